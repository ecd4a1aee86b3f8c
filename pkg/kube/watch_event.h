/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a watch. */
#ifndef REL_KUBE_WATCH_EVENT_H
#define REL_KUBE_WATCH_EVENT_H

#include <jansson.h>

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"

enum rel_watch_type {
	REL_WATCH_ADDED,
	REL_WATCH_MODIFIED,
	REL_WATCH_DELETED,
	REL_WATCH_BOOKMARK, /* version alone: nothing up to it was left out */
};

struct rel_watch_event {
	enum rel_watch_type type;
	json_t *object;   /* owned by whoever decoded it */
	uint64_t version; /* of the object; where a later watch may begin */
};

/* REL_OK: *event is valid. Else the watch is over: REL_ERR_GARBLED, or what the
 * ERROR line says (410 Gone: REL_ERR_EXPIRED). */
enum rel_err rel_watch_event_decode(const char *line, size_t size, struct rel_watch_event *event)
	REL_MUST_USE;

#endif
