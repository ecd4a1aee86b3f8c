/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "loop_state.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"

/* libuv runs I/O callbacks while it polls, so a turn is what passed between two
 * polls less the time spent waiting in them. */
static void on_turn(uv_prepare_t *handle)
{
	struct rel_loop *loop = handle->data;
	uint64_t now = uv_hrtime();
	uint64_t idle = uv_metrics_idle_time(&loop->uv);
	int64_t busy = (int64_t)(now - loop->turn_began_ns) - (int64_t)(idle - loop->idle_ns);

	if (busy > loop->delay_ns)
		loop->delay_ns = busy;
	loop->turn_began_ns = now;
	loop->idle_ns = idle;
}

static void ignore_sigpipe(void)
{
	struct sigaction action = {.sa_handler = SIG_IGN};

	sigaction(SIGPIPE, &action, NULL);
}

struct rel_loop *rel_loop_create(void)
{
	struct rel_loop *loop = rel_calloc(1, sizeof(*loop));
	int failed = uv_loop_init(&loop->uv);

	rel_assert(!failed);
	ignore_sigpipe();
	failed = uv_loop_configure(&loop->uv, UV_METRICS_IDLE_TIME);
	rel_assert(!failed);
	uv_prepare_init(&loop->uv, &loop->turn);
	loop->turn.data = loop;
	rel_loop_deadline_init(loop);
	return loop;
}

uv_loop_t *rel_loop_uv(struct rel_loop *loop)
{
	return &loop->uv;
}

void rel_loop_run(struct rel_loop *loop)
{
	loop->turn_began_ns = uv_hrtime();
	loop->idle_ns = uv_metrics_idle_time(&loop->uv);
	uv_prepare_start(&loop->turn, on_turn);
	while (!loop->stopped)
		uv_run(&loop->uv, UV_RUN_DEFAULT);
	loop->stopped = false;
	uv_prepare_stop(&loop->turn);
}

void rel_loop_stop(struct rel_loop *loop)
{
	loop->stopped = true;
	uv_stop(&loop->uv);
}

struct rel_duration rel_loop_delay(struct rel_loop *loop)
{
	struct rel_duration delay = {loop->delay_ns};

	loop->delay_ns = 0;
	return delay;
}

static void close_left_over(uv_handle_t *handle, void *ctx)
{
	(void)ctx;
	if (!uv_is_closing(handle))
		uv_close(handle, NULL);
}

void rel_loop_destroy(struct rel_loop *loop)
{
	/* A completion that runs here may open something once more. */
	do {
		uv_walk(&loop->uv, close_left_over, NULL);
		uv_run(&loop->uv, UV_RUN_DEFAULT);
	} while (uv_loop_close(&loop->uv));
	rel_loop_deadline_finish(loop);
	rel_free(loop);
}
