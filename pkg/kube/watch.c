/* SPDX-License-Identifier: Apache-2.0 */
#include "watch.h"

#include "driver.h"
#include "redis-election/base/mem.h"
#include "watch_lines.h"

#define LINE_LIMIT (1024 * 1024)

struct rel_watch {
	struct rel_kube *kube;
	struct rel_web_request *request;
	struct rel_lines lines;
	const struct rel_watch_ops *ops;
	void *ctx;
	bool calling; /* its owner, who may cancel meanwhile */
	bool cancelled;
};

static void destroy(struct rel_watch *watch)
{
	rel_lines_finish(&watch->lines);
	rel_free(watch);
}

void rel_watch_cancel(struct rel_watch *watch)
{
	if (!watch)
		return;
	watch->cancelled = true;
	rel_web_cancel(watch->request);
	if (!watch->calling)
		destroy(watch);
}

static void end(struct rel_watch *watch, enum rel_err err, struct rel_duration retry_after)
{
	const struct rel_watch_ops *ops = watch->ops;
	void *ctx = watch->ctx;

	destroy(watch);
	ops->ended(ctx, err, retry_after);
}

static void on_opened(void *ctx)
{
	struct rel_watch *watch = ctx;

	watch->calling = true;
	watch->ops->established(watch->ctx);
	watch->calling = false;
	if (watch->cancelled)
		destroy(watch);
}

static enum rel_err take_line(struct rel_watch *watch, const struct rel_piece *line)
{
	struct rel_watch_event event;
	enum rel_err err = rel_watch_event_decode(line->bytes, line->size, &event);

	if (err == REL_OK)
		err = watch->ops->seen(watch->ctx, &event);
	json_decref(event.object);
	return err;
}

/* Lines until there are no more, one is bad, or the owner has had enough. */
static enum rel_err take_lines(struct rel_watch *watch, struct rel_piece *piece)
{
	enum rel_err err = REL_OK;
	struct rel_piece line;

	while (err == REL_OK && !watch->cancelled) {
		enum rel_lines_found found = rel_lines_next(&watch->lines, piece, &line);

		if (found == REL_LINES_MORE)
			break;
		err = found == REL_LINES_LINE ? take_line(watch, &line) : REL_ERR_TOO_LARGE;
	}
	return err;
}

static void on_data(void *ctx, const char *bytes, size_t size)
{
	struct rel_watch *watch = ctx;
	struct rel_piece piece = {bytes, size};
	enum rel_err err;

	watch->calling = true;
	err = take_lines(watch, &piece);
	if (!watch->cancelled)
		watch->ops->settled(watch->ctx);
	watch->calling = false;
	if (watch->cancelled) {
		destroy(watch);
	} else if (err != REL_OK) {
		rel_web_cancel(watch->request);
		end(watch, err, (struct rel_duration){0});
	}
}

static void on_done(void *ctx, const struct rel_web_answer *answer)
{
	struct rel_watch *watch = ctx;
	enum rel_err err = rel_kube_outcome(watch->kube, REL_WEB_WATCH, answer);

	end(watch, err == REL_OK ? REL_ERR_CLOSED : err, answer->retry_after);
}

struct rel_watch *rel_watch_start(struct rel_kube *kube, const char *path,
				  struct rel_duration timeout, const struct rel_watch_ops *ops,
				  void *ctx)
{
	struct rel_watch *watch = rel_calloc(1, sizeof(*watch));
	struct rel_web_call call = {
		.verb = REL_WEB_WATCH,
		.path = path,
		.timeout = timeout,
		.opened = on_opened,
		.data = on_data,
		.done = on_done,
		.ctx = watch,
	};

	watch->kube = kube;
	watch->ops = ops;
	watch->ctx = ctx;
	rel_lines_init(&watch->lines, LINE_LIMIT);
	watch->request = rel_web_start(kube->web, &call);
	return watch;
}
