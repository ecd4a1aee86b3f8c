/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>

#include "loop_state.h"
#include "redis-election/base/assert.h"

static const int signals[REL_LOOP_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

static void on_signal(uv_signal_t *handle, int signum)
{
	struct rel_loop *loop = handle->data;

	loop->on_signal(loop->signal_ctx, signum);
}

void rel_loop_signals(struct rel_loop *loop, void (*callback)(void *ctx, int signum), void *ctx)
{
	loop->on_signal = callback;
	loop->signal_ctx = ctx;
	if (loop->signals_started)
		return;
	loop->signals_started = true;
	for (int i = 0; i < REL_LOOP_SIGNALS; i++) {
		int failed = uv_signal_init(&loop->uv, &loop->signals[i]);

		rel_assert(!failed);
		loop->signals[i].data = loop;
		failed = uv_signal_start(&loop->signals[i], on_signal, signals[i]);
		rel_assert(!failed);
	}
}
