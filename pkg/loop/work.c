/* SPDX-License-Identifier: Apache-2.0 */
#include "loop_state.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"

struct work {
	uv_work_t request;
	void (*work)(void *ctx);
	void (*done)(void *ctx);
	void *ctx;
};

static void on_thread(uv_work_t *request)
{
	struct work *work = request->data;

	work->work(work->ctx);
}

static void on_done(uv_work_t *request, int status)
{
	struct work *work = request->data;
	void (*done)(void *ctx) = work->done;
	void *ctx = work->ctx;

	(void)status; /* nobody cancels */
	rel_free(work);
	done(ctx);
}

void rel_loop_work(struct rel_loop *loop, void (*work)(void *ctx), void (*done)(void *ctx),
		   void *ctx)
{
	struct work *w = rel_calloc(1, sizeof(*w));
	int failed;

	w->request.data = w;
	w->work = work;
	w->done = done;
	w->ctx = ctx;
	failed = uv_queue_work(&loop->uv, &w->request, on_thread, on_done);
	rel_assert(!failed);
}
