/* SPDX-License-Identifier: Apache-2.0 */
/* What an HTTP answer of the API server means: its code, the reason of a
 * metav1.Status and Retry-After -> enum rel_err. */
#ifndef REL_KUBE_STATUS_CODEC_H
#define REL_KUBE_STATUS_CODEC_H

#include <stddef.h>

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"

/* REL_OK for 200 and 201 only. reason may be NULL; it separates AlreadyExists from
 * Conflict. A code that is not in the table may have been given after the request
 * was carried out. */
enum rel_err rel_status_err(int code, const char *reason);

#define REL_STATUS_TEXT 256

struct rel_status_answer {
	enum rel_err err;
	char text[REL_STATUS_TEXT]; /* for logs: what the server says about it, or "" */
};

/* Reads the body of an answer too: a Status, or a line of text such as that of 429. */
void rel_status_decode(int code, const char *body, size_t size, struct rel_status_answer *answer);

/* Of a Retry-After header in seconds; 0 for anything else, at most 30 s. */
struct rel_duration rel_status_retry_after(const char *text);

#endif
