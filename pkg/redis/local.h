/* SPDX-License-Identifier: Apache-2.0 */
/* The local Redis: one connection for ever, and what was asked of it. */
#ifndef REL_REDIS_LOCAL_H
#define REL_REDIS_LOCAL_H

#include "dial.h"
#include "redis-election/redis.h"

struct rel_local;

/* dialer and host are borrowed until it is closed. */
struct rel_local_options {
	struct rel_dialer *dialer;
	const char *host;
	uint16_t port;
	rel_redis_sink sink;
	void *sink_ctx;
};

/* The calls of redis.h. */
struct rel_local *rel_local_create(struct rel_loop *loop, const struct rel_local_options *options);
void rel_local_observe(struct rel_local *local, uint64_t op, struct rel_duration timeout);
void rel_local_command(struct rel_local *local, uint64_t op, const struct rel_redis_action *action,
		       struct rel_duration timeout);
void rel_local_close(struct rel_local *local, void (*closed)(void *ctx), void *ctx);

#endif
