/* SPDX-License-Identifier: Apache-2.0 */
/* The node's one timer. Timers of libuv count whole milliseconds of a clock that
 * stops in suspend; a fence deadline is worth more than that, so the kernel
 * watches it on CLOCK_BOOTTIME. */
#include <errno.h>
#include <sys/timerfd.h>

#include "loop_state.h"
#include "redis-election/base/assert.h"

static void set_kernel_timer(struct rel_loop *loop, struct rel_instant at)
{
	/* All zero would disarm, so an instant in the past becomes the first one. */
	int64_t ns = at.ns == INT64_MAX ? 0 : at.ns > 0 ? at.ns : 1;
	struct itimerspec spec = {
		.it_value.tv_sec = (time_t)(ns / 1000000000),
		.it_value.tv_nsec = (long)(ns % 1000000000),
	};
	int failed = timerfd_settime(loop->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);

	rel_assert(!failed);
}

static void note_lateness(struct rel_loop *loop, struct rel_instant now)
{
	int64_t late = rel_between(loop->wake_at, now).ns;

	if (rel_is_set(loop->wake_at) && late > loop->delay_ns)
		loop->delay_ns = late;
}

static void on_timer(uv_poll_t *handle, int status, int events)
{
	struct rel_loop *loop = handle->data;
	struct rel_instant now = rel_loop_now();
	uint64_t expirations;

	(void)status;
	(void)events;
	/* Nothing to read when the deadline was moved after the kernel reported it. */
	if (read(loop->timer_fd, &expirations, sizeof(expirations)) < 0)
		rel_assert(errno == EAGAIN || errno == EINTR);
	if (rel_before(now, loop->wake_at))
		return;
	note_lateness(loop, now);
	loop->wake_at = REL_FOREVER;
	loop->wake(loop->wake_ctx);
}

void rel_loop_deadline_init(struct rel_loop *loop)
{
	int failed;

	loop->wake_at = REL_FOREVER;
	loop->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	rel_assert(loop->timer_fd >= 0);
	failed = uv_poll_init(&loop->uv, &loop->timer_poll, loop->timer_fd);
	rel_assert(!failed);
	loop->timer_poll.data = loop;
	failed = uv_poll_start(&loop->timer_poll, UV_READABLE, on_timer);
	rel_assert(!failed);
}

void rel_loop_deadline_finish(struct rel_loop *loop)
{
	close(loop->timer_fd);
}

void rel_loop_arm(struct rel_loop *loop, struct rel_instant at, void (*wake)(void *ctx), void *ctx)
{
	loop->wake = wake;
	loop->wake_ctx = ctx;
	if (loop->wake_at.ns == at.ns)
		return;
	loop->wake_at = at;
	set_kernel_timer(loop, at);
}
