/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/assert.h"
#include "redis-election/loop.h"

/* A longer wait is made of several, which also bounds what suspend can add. */
#define LONGEST_MS 60000

static void on_timer(uv_timer_t *handle);

static void start(struct rel_timer *timer)
{
	int64_t ns = rel_between(rel_loop_now(), timer->at).ns;
	int64_t ms = ns <= 0 ? 0 : ns / 1000000 + 1;
	int failed;

	if (ms > LONGEST_MS)
		ms = LONGEST_MS;
	uv_update_time(timer->handle.loop);
	failed = uv_timer_start(&timer->handle, on_timer, (uint64_t)ms, 0);
	rel_assert(!failed);
}

static void on_timer(uv_timer_t *handle)
{
	struct rel_timer *timer = handle->data;

	if (rel_before(rel_loop_now(), timer->at)) {
		start(timer);
		return;
	}
	timer->at = REL_FOREVER;
	timer->fire(timer->ctx);
}

void rel_timer_init(struct rel_loop *loop, struct rel_timer *timer, void (*fire)(void *ctx),
		    void *ctx)
{
	uv_timer_init(rel_loop_uv(loop), &timer->handle);
	timer->handle.data = timer;
	timer->at = REL_FOREVER;
	timer->fire = fire;
	timer->closed = NULL;
	timer->ctx = ctx;
}

void rel_timer_set(struct rel_timer *timer, struct rel_instant at)
{
	if (timer->at.ns == at.ns)
		return;
	timer->at = at;
	if (at.ns == INT64_MAX)
		uv_timer_stop(&timer->handle);
	else
		start(timer);
}

static void on_closed(uv_handle_t *handle)
{
	struct rel_timer *timer = handle->data;

	timer->closed(timer->ctx);
}

void rel_timer_close(struct rel_timer *timer, void (*closed)(void *ctx))
{
	timer->closed = closed;
	uv_close((uv_handle_t *)&timer->handle, on_closed);
}
