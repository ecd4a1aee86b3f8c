/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that can happen to a node. An event is stamped when it is handed to
 * rel_node_step(), not when its cause arrived. Pointers are borrowed for the call. */
#ifndef REL_EVENT_H
#define REL_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"
#include "redis-election/pods.h"
#include "redis-election/record.h"
#include "redis-election/redis_view.h"

/* One Redis of the set that was asked for its INFO. */
struct rel_survey_result {
	struct rel_member member;
	enum rel_redis_reach reach; /* UP: view is valid */
	struct rel_redis_view view;
};

struct rel_survey {
	struct rel_survey_result at[REL_MEMBERS_MAX];
	uint8_t count;
};

enum rel_event_type {
	REL_EVENT_TICK,             /* the deadline of rel_node_deadline() has come */
	REL_EVENT_MARK_LOADED,      /* once at start: err, mark */
	REL_EVENT_MARK_SAVED,       /* op, err */
	REL_EVENT_REGISTER_READ,    /* op, err; ok: record (kind MISSING when there is none) */
	REL_EVENT_REGISTER_SEEN,    /* a watch event: record; deleted objects are MISSING with
				     * the version of the deletion */
	REL_EVENT_REGISTER_WATCH,   /* op; ok: the watch is established; else it ended: err */
	REL_EVENT_REGISTER_WRITTEN, /* op, err; ok: record as the register answered it */
	REL_EVENT_PODS_SEEN,        /* the whole set, complete and in order */
	REL_EVENT_POD_PATCHED,      /* op, err */
	REL_EVENT_REDIS_SEEN,       /* the local Redis: reach, err, view; op when asked for */
	REL_EVENT_REDIS_DONE,       /* op, err: a command was answered, or never will be */
	REL_EVENT_SURVEYED,         /* op: one result for each target asked */
	REL_EVENT_COMMAND,          /* an operator's wish, from HTTP */
	REL_EVENT_STOP,             /* SIGTERM: hand over, then leave */
	REL_EVENT_STOP_NOW,         /* second SIGTERM: fence, then leave */
};

enum rel_command_kind {
	REL_COMMAND_SWITCHOVER, /* to: a member's name, "" = the best */
	REL_COMMAND_FAILOVER,   /* to: required; promoted even if not of the line */
	REL_COMMAND_PAUSE,
	REL_COMMAND_RESUME,
};

struct rel_command {
	enum rel_command_kind kind;
	char to[REL_NAME_SIZE];
	bool accept_data_loss;
};

struct rel_redis_seen {
	enum rel_redis_reach reach;
	const struct rel_redis_view *view; /* NULL unless reach is UP, or LOADING with INFO */
};

struct rel_event {
	enum rel_event_type type;
	struct rel_instant now;
	struct rel_wall wall; /* text for records only */
	uint64_t entropy;     /* 64 fresh random bits for each event */
	uint64_t op;          /* of the action that this completes; 0 = none */
	enum rel_err err;
	struct rel_duration retry_after; /* of a throttled request; 0 = not given */
	union {
		const struct rel_record *record;
		const struct rel_pods *pods;
		const struct rel_mark *mark;
		const struct rel_survey *survey;
		struct rel_redis_seen redis;
		struct rel_command command;
	};
};

#endif
