/* SPDX-License-Identifier: Apache-2.0 */
/* Every command that changes the local Redis: one row each in commands.c. */
#ifndef REL_REDIS_COMMANDS_H
#define REL_REDIS_COMMANDS_H

#include "redis-election/action.h"
#include "redis-election/base/buf.h"
#include "reply.h"

/* repl-ping-replica-period as it was before PING_PERIOD changed it. */
struct rel_ping_period {
	char run_id[REL_REPLID_SIZE]; /* of the Redis it was read from */
	char seconds[24];             /* "" = nothing remembered */
};

/* One command on its way. */
struct rel_order {
	struct rel_redis_action action;
	struct rel_ping_period *ping_period;
	enum rel_err err; /* of the first reply that was not as it should be */
};

/* Writes it; returns the number of replies, 0 when there is nothing to do. */
unsigned rel_order_write(struct rel_order *order, struct rel_buf *wire);
void rel_order_reply(struct rel_order *order, unsigned index, const struct rel_reply *reply);

/* For logs. */
const char *rel_order_name(enum rel_redis_command command);

#endif
