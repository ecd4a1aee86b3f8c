/* SPDX-License-Identifier: Apache-2.0 */
/* A blocking HTTP client for the client verbs, over libcurl's easy interface. */
#ifndef REL_CLIENT_H
#define REL_CLIENT_H

#include "options.h"
#include "redis-election/base/buf.h"
#include "redis-election/status.h"
#include "verb.h"

/* The caller gives the memory back with rel_buf_finish(&answer.body), whatever the
 * call returned. */
struct rel_answer {
	long code;
	struct rel_buf body;
};

/* Both send one request, signed where the options name a secret. Anything but
 * REL_EXIT_OK was reported on stderr and means that there is no answer. */
enum rel_exit rel_client_get(const struct rel_options *options, const char *path,
			     struct rel_answer *answer);
enum rel_exit rel_client_post(const struct rel_options *options, const char *path,
			      const char *body, struct rel_answer *answer);

/* GET /status, checked. answer keeps the JSON as it came. */
enum rel_exit rel_client_status(const struct rel_options *options, struct rel_status *status,
				struct rel_answer *answer);

/* Reports an answer that refuses on account of its credentials or is none of ours. */
enum rel_exit rel_client_unexpected(const struct rel_answer *answer, const char *path);

#endif
