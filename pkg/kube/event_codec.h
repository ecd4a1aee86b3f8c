/* SPDX-License-Identifier: Apache-2.0 */
/* An Event of core/v1 as JSON. Written, never read. */
#ifndef REL_KUBE_EVENT_CODEC_H
#define REL_KUBE_EVENT_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "redis-election/base/time.h"

/* What the Event is about. */
struct rel_event_object {
	const char *api_version, *kind, *name;
	const char *uid; /* "" = not known */
};

struct rel_event_text {
	const char *namespace_;
	const char *reporter; /* pod name of this agent */
	const char *reason;
	const char *message;
	bool warning;
	uint64_t unique; /* makes the name: <reporter>.<hex of it> */
	struct rel_wall at;
};

/* The caller owns it. */
json_t *rel_event_encode(const struct rel_event_text *text, const struct rel_event_object *about);

#endif
