/* SPDX-License-Identifier: Apache-2.0 */
/* What local.c (the connection) and ops.c (what is asked over it) share. */
#ifndef REL_REDIS_LOCAL_STATE_H
#define REL_REDIS_LOCAL_STATE_H

#include "commands.h"
#include "local.h"
#include "query.h"
#include "redis-election/loop.h"

enum rel_op_phase {
	REL_OP_WAITING, /* an observation, until there is a connection */
	REL_OP_SENT,
	REL_OP_SETTLED, /* to be reported */
	REL_OP_DROPPED, /* nobody asked for the answer any more */
};

struct rel_op {
	struct rel_op *next;
	struct rel_local *local;
	uint64_t op; /* 0 = reported without being asked */
	bool is_command;
	enum rel_op_phase phase;
	struct rel_instant deadline;
	enum rel_err err;
	enum rel_redis_reach reach; /* of an observation */
	struct rel_query query;
	struct rel_order order; /* of a command */
};

/* How the last attempt to connect went, while there is no good connection. */
enum rel_standing {
	REL_STANDING_UNKNOWN, /* none ended yet, or by something that tells nothing */
	REL_STANDING_REFUSED, /* nobody listens */
	REL_STANDING_DENIED,  /* it answers, but not us; denied_err tells why */
};

struct rel_local {
	struct rel_loop *loop;
	struct rel_local_options options;

	struct rel_conn *conn;
	bool ready;  /* requests may be sent */
	bool proven; /* the first view was answered */
	char run_id[REL_REPLID_SIZE]; /* at the other end of conn; "" = not known */
	enum rel_standing standing;
	enum rel_err denied_err;
	struct rel_timer redial;
	int64_t backoff_ms;
	struct rel_instant gone_at; /* last reported without being asked */
	char cause[192]; /* last logged */

	struct rel_op *ops, *spare; /* in the order they came; to be used again */
	struct rel_timer expiry;
	struct rel_buf view_wire; /* the same for every view */
	unsigned view_replies;
	struct rel_buf wire;
	struct rel_ping_period ping_period;

	bool closing;
	unsigned open; /* that libuv has yet to let go of */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* ops.c */
void rel_ops_init(struct rel_local *local);
void rel_ops_free(struct rel_local *local);
/* A first view: reported with op 0, gone with its connection. */
void rel_ops_first_view(struct rel_local *local);
/* Reports GONE without being asked. */
void rel_ops_report_gone(struct rel_local *local);
/* Sends the observations that wait. */
void rel_ops_send(struct rel_local *local);
/* The connection is lost: what was sent waits again, but for commands. */
void rel_ops_lost(struct rel_local *local);
/* Answers the observations that wait. */
void rel_ops_settle_waiting(struct rel_local *local, enum rel_redis_reach reach,
			    enum rel_err err);
/* Reports what is settled; only from callbacks of the loop. The owner may close
 * the driver in it. */
void rel_ops_deliver(struct rel_local *local);

/* local.c */
/* The first view of this connection was answered. */
void rel_local_proven(struct rel_local *local);
void rel_local_lost(struct rel_local *local, enum rel_err err, const char *cause);

#endif
