/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef REL_LOOP_STATE_H
#define REL_LOOP_STATE_H

#include "redis-election/loop.h"

#define REL_LOOP_SIGNALS 3

struct rel_loop {
	uv_loop_t uv;
	uv_prepare_t turn; /* runs once a turn, just before the loop waits */
	uint64_t turn_began_ns, idle_ns;
	int64_t delay_ns; /* longest since it was asked for */
	bool stopped;

	int timer_fd;
	uv_poll_t timer_poll;
	struct rel_instant wake_at;
	void (*wake)(void *ctx);
	void *wake_ctx;

	uv_signal_t signals[REL_LOOP_SIGNALS];
	bool signals_started;
	void (*on_signal)(void *ctx, int signum);
	void *signal_ctx;
};

/* Sets up and takes down the timer behind rel_loop_arm. */
void rel_loop_deadline_init(struct rel_loop *loop);
void rel_loop_deadline_finish(struct rel_loop *loop);

#endif
