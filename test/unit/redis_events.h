/* SPDX-License-Identifier: Apache-2.0 */
/* A driver for Redis on a loop, and the events it reports, for the tests of
 * pkg/redis. Used by one test program at a time, so it lives in the header. */
#ifndef TEST_REDIS_EVENTS_H
#define TEST_REDIS_EVENTS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis-election/base/text.h"
#include "redis-election/loop.h"
#include "redis-election/redis.h"
#include "redis_server.h"

#define GUARD_MS 20000
#define EVENTS_MAX 256

struct seen {
	enum rel_event_type type;
	uint64_t op;
	enum rel_err err;
	enum rel_redis_reach reach;
	bool has_view;
	struct rel_redis_view view;
	struct rel_survey survey;
	struct rel_instant at;
};

static struct {
	struct rel_loop *loop;
	struct rel_redis *redis;
	struct seen events[EVENTS_MAX];
	size_t count;
	bool (*wanted)(const struct seen *seen);
	const struct seen *found;
	uint64_t wanted_op;
	bool late, inside, closed, close_at_next;
	uint64_t last_op;
} run;

static inline void on_closed(void *ctx)
{
	(void)ctx;
	run.closed = true;
	rel_loop_stop(run.loop);
}

static inline void close_driver(void)
{
	struct rel_redis *redis = run.redis;

	run.redis = NULL;
	if (redis)
		rel_redis_close(redis, on_closed, NULL);
}

static inline void on_event(void *ctx, const struct rel_event *event)
{
	struct seen *seen = &run.events[run.count++];

	assert_ptr_equal(ctx, &run);
	assert_false(run.inside);
	assert_false(run.closed);
	assert_true(run.count < EVENTS_MAX);
	*seen = (struct seen){.type = event->type, .op = event->op, .err = event->err};
	seen->at = rel_loop_now();
	if (event->type == REL_EVENT_SURVEYED) {
		seen->survey = *event->survey;
	} else if (event->type == REL_EVENT_REDIS_SEEN) {
		seen->reach = event->redis.reach;
		seen->has_view = event->redis.view != NULL;
		if (seen->has_view)
			seen->view = *event->redis.view;
	}
	if (run.close_at_next)
		close_driver();
	if (!run.wanted || !run.wanted(seen))
		return;
	/* More may come in the same turn of the loop. */
	run.wanted = NULL;
	run.found = seen;
	rel_loop_stop(run.loop);
}

static inline void on_late(void *ctx)
{
	(void)ctx;
	run.late = true;
	rel_loop_stop(run.loop);
}

static inline void run_guarded(void)
{
	rel_loop_arm(run.loop, rel_after(rel_loop_now(), rel_ms(GUARD_MS)), on_late, NULL);
	rel_loop_run(run.loop);
	assert_false(run.late);
}

/* Runs until an event that is wanted; returns it. Events before are kept too. */
static inline const struct seen *await(bool (*wanted)(const struct seen *seen))
{
	run.wanted = wanted;
	run_guarded();
	return run.found;
}

static inline bool is_wanted_op(const struct seen *seen)
{
	return seen->op == run.wanted_op;
}

static inline const struct seen *await_op(uint64_t op)
{
	run.wanted_op = op;
	return await(is_wanted_op);
}

static inline bool is_up(const struct seen *seen)
{
	return seen->type == REL_EVENT_REDIS_SEEN && seen->reach == REL_REDIS_UP && seen->op == 0;
}

static inline bool is_gone(const struct seen *seen)
{
	return seen->type == REL_EVENT_REDIS_SEEN && seen->reach == REL_REDIS_GONE && seen->op == 0;
}

static inline const struct seen *observe(int64_t timeout_ms)
{
	uint64_t op = ++run.last_op;

	run.inside = true;
	rel_redis_observe(run.redis, op, rel_ms(timeout_ms));
	run.inside = false;
	return await_op(op);
}

static inline uint64_t send_command(const struct rel_redis_action *action, int64_t timeout_ms)
{
	uint64_t op = ++run.last_op;

	run.inside = true;
	rel_redis_command(run.redis, op, action, rel_ms(timeout_ms));
	run.inside = false;
	return op;
}

static inline enum rel_err command(const struct rel_redis_action *action)
{
	return await_op(send_command(action, 10000))->err;
}

/* A command for the Redis that was seen last. */
static inline struct rel_redis_action action_of(enum rel_redis_command kind, int64_t number)
{
	struct rel_redis_action action = {.command = kind, .number = number};

	for (size_t i = run.count; i > 0; i--) {
		if (run.events[i - 1].has_view) {
			rel_text_copy(action.run_id, sizeof(action.run_id),
				      run.events[i - 1].view.run_id);
			break;
		}
	}
	return action;
}

static inline enum rel_err do_command(enum rel_redis_command kind, int64_t number)
{
	struct rel_redis_action action = action_of(kind, number);

	return command(&action);
}

static inline void create_driver(const struct rel_redis_options *options)
{
	run.inside = true;
	run.redis = rel_redis_create(run.loop, options, on_event, &run);
	run.inside = false;
}

static inline void start_driver(uint16_t port)
{
	create_driver(&(struct rel_redis_options){.host = "127.0.0.1", .port = port});
}

static inline void begin(void)
{
	memset(&run, 0, sizeof(run));
	run.loop = rel_loop_create();
}

static inline void finish(void)
{
	if (run.redis) {
		close_driver();
		run_guarded();
	}
	assert_true(run.closed);
	rel_loop_destroy(run.loop);
}

#endif
