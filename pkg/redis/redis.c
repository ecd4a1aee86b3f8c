/* SPDX-License-Identifier: Apache-2.0 */
/* The room's front door: the local Redis, the others, and what they share. */
#include "redis-election/redis.h"

#include "dial.h"
#include "local.h"
#include "redis-election/base/mem.h"
#include "survey.h"

struct rel_redis {
	struct rel_dialer *dialer;
	struct rel_local *local;
	struct rel_surveyor *surveyor;
	char *host;
	unsigned open; /* of local and surveyor */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

struct rel_redis *rel_redis_create(struct rel_loop *loop, const struct rel_redis_options *options,
				   rel_redis_sink sink, void *ctx)
{
	struct rel_redis *redis = rel_calloc(1, sizeof(*redis));
	struct rel_local_options local = {
		.port = options->port,
		.sink = sink,
		.sink_ctx = ctx,
	};

	redis->host = rel_strdup(options->host);
	redis->dialer = rel_dialer_create(loop, options);
	local.host = redis->host;
	local.dialer = redis->dialer;
	redis->local = rel_local_create(loop, &local);
	redis->surveyor = rel_surveyor_create(loop, redis->dialer, sink, ctx);
	return redis;
}

void rel_redis_observe(struct rel_redis *redis, uint64_t op, struct rel_duration timeout)
{
	rel_local_observe(redis->local, op, timeout);
}

void rel_redis_command(struct rel_redis *redis, uint64_t op, const struct rel_redis_action *action,
		       struct rel_duration timeout)
{
	rel_local_command(redis->local, op, action, timeout);
}

void rel_redis_survey(struct rel_redis *redis, uint64_t op, const struct rel_survey_action *targets,
		      struct rel_duration timeout)
{
	rel_surveyor_ask(redis->surveyor, op, targets, timeout);
}

void rel_redis_set_password(struct rel_redis *redis, const char *password)
{
	rel_dialer_set_password(redis->dialer, password);
}

static void on_all_closed(void *ctx)
{
	struct rel_redis *redis = ctx;
	void (*closed)(void *ctx) = redis->closed;
	void *closed_ctx = redis->closed_ctx;

	rel_free(redis->host);
	rel_free(redis);
	if (closed)
		closed(closed_ctx);
}

static void on_part_closed(void *ctx)
{
	struct rel_redis *redis = ctx;

	if (--redis->open == 0)
		rel_dialer_close(redis->dialer, on_all_closed, redis);
}

void rel_redis_close(struct rel_redis *redis, void (*closed)(void *ctx), void *ctx)
{
	redis->closed = closed;
	redis->closed_ctx = ctx;
	redis->open = 2;
	rel_local_close(redis->local, on_part_closed, redis);
	rel_surveyor_close(redis->surveyor, on_part_closed, redis);
}
