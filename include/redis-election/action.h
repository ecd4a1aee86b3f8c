/* SPDX-License-Identifier: Apache-2.0 */
/* Everything a node can ask for. Actions are carried out in their order; each
 * with an op is answered by exactly one event with that op, never from inside
 * the call that hands it over. Every op ends: drivers answer REL_ERR_TIMEOUT at
 * the action's timeout, and REL_ERR_CLOSED when the connection ends. */
#ifndef REL_ACTION_H
#define REL_ACTION_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/time.h"
#include "redis-election/line.h"
#include "redis-election/member.h"
#include "redis-election/pods.h"
#include "redis-election/record.h"
#include "redis-election/redis_view.h"

enum rel_action_type {
	REL_ACTION_REGISTER_READ,   /* linearizable read -> REGISTER_READ */
	REL_ACTION_REGISTER_CREATE, /* a vacant record, only if there is none -> REGISTER_WRITTEN */
	REL_ACTION_REGISTER_WRITE,  /* record replaces exactly `expected` -> REGISTER_WRITTEN */
	REL_ACTION_REGISTER_WATCH,  /* a new watch on a new connection, ending the old one;
				     * from `expected` on -> REGISTER_WATCH when established,
				     * again when it ends; REGISTER_SEEN in between */
	REL_ACTION_REDIS_OBSERVE,   /* INFO of the local Redis -> REDIS_SEEN */
	REL_ACTION_REDIS_COMMAND,   /* changes the local Redis -> REDIS_DONE */
	REL_ACTION_SURVEY,          /* INFO of other Redis, in parallel -> SURVEYED */
	REL_ACTION_PATCH_POD,       /* labels and annotations -> POD_PATCHED */
	REL_ACTION_SAVE_MARK,       /* durable, off the loop -> MARK_SAVED */
	REL_ACTION_EMIT,            /* a Kubernetes Event; no answer */
	REL_ACTION_ANSWER,          /* the result of a COMMAND (its op); no answer */
	REL_ACTION_EXIT,            /* the process may end now */
};

/* Commands for the local Redis only. Each is sent on a connection whose run_id
 * was checked against `run_id` and never again on another one: a driver that has
 * no such connection answers REL_ERR_STALE. */
enum rel_redis_command {
	REL_REDIS_LATCH,       /* CONFIG SET min-replicas-to-write REL_LATCH_VALUE */
	REL_REDIS_UNLATCH,     /* CONFIG SET min-replicas-to-write `number` */
	REL_REDIS_PROMOTE,     /* REPLICAOF NO ONE */
	REL_REDIS_FOLLOW,      /* MULTI, REPLICAOF host port, kills as below, EXEC */
	REL_REDIS_KILL,        /* CLIENT KILL TYPE normal and TYPE pubsub, never our own */
	REL_REDIS_PAUSE,       /* CLIENT PAUSE `number` ms WRITE */
	REL_REDIS_UNPAUSE,     /* CLIENT UNPAUSE */
	REL_REDIS_PING_PERIOD, /* CONFIG SET repl-ping-replica-period `number` s; 0 = what it was */
};

struct rel_redis_action {
	enum rel_redis_command command;
	char run_id[REL_REPLID_SIZE];
	char host[REL_ADDRESS_SIZE];
	uint16_t port;
	int64_t number;
	struct rel_instant not_after; /* where set: not sent any later, but REL_ERR_STALE;
				       * the agent may have stood still since it decided */
};

struct rel_survey_target {
	struct rel_member member;
	char address[REL_ADDRESS_SIZE];
};

struct rel_survey_action {
	struct rel_survey_target at[REL_MEMBERS_MAX];
	uint8_t count;
};

struct rel_patch_action {
	struct rel_member member;   /* whose pod; the patch names its UID */
	uint64_t index;             /* resourceVersion it must still have; 0 = any */
	bool set_role;
	char role[REL_ROLE_SIZE];   /* "" = remove the label */
	bool announce;              /* own pod: address, priority, no-promote and mark */
	struct rel_mark mark;       /* epoch 0 = leave the mark annotation away */
};

struct rel_emit_action {
	const char *reason; /* constant: LeaderElection, Fenced, HandOver, NoCandidate, SplitView */
	bool warning;
	char text[192];
};

struct rel_answer_action {
	enum rel_err err; /* OK = accepted; INVALID = refused; MISSING = nobody to do it;
			   * TIMEOUT = the register did not take it in time */
	uint64_t id;      /* of the request in the record, to find its outcome; 0 = none */
	char text[160];
};

struct rel_action {
	enum rel_action_type type;
	uint64_t op;
	struct rel_duration timeout; /* 0 = none */
	union {
		struct {
			struct rel_version expected;
			/* WRITE: borrowed until the next rel_node_step(). */
			const struct rel_record *record;
		};
		struct rel_redis_action redis;
		/* Borrowed until the next rel_node_step(). */
		const struct rel_survey_action *survey;
		struct rel_patch_action patch;
		struct rel_mark mark;
		struct rel_emit_action emit;
		struct rel_answer_action answer;
		int exit_code;
	};
};

#define REL_ACTIONS_MAX 24

struct rel_actions {
	struct rel_action at[REL_ACTIONS_MAX];
	uint8_t count;
};

/* The next free action, zeroed but for its type. Asserts that there is one. */
struct rel_action *rel_actions_add(struct rel_actions *actions, enum rel_action_type type);

#endif
