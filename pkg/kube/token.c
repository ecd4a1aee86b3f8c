/* SPDX-License-Identifier: Apache-2.0 */
#include "token.h"

#include <string.h>

#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"
#include "token_files.h"

#define LOOK_INTERVAL_MS 5000
#define READ_INTERVAL_MS 60000
#define REFUSED_INTERVAL_MS 1000
#define ERROR_SIZE 256

/* Belongs to the thread pool while `looking`. */
struct look {
	bool must_read;
	struct rel_token_stamp before, now;
	bool was_read, failed;
	struct rel_credentials found;
	char error[ERROR_SIZE];
};

struct rel_token {
	struct rel_loop *loop;
	struct rel_timer timer;
	char *dir;
	struct rel_credentials current;
	struct rel_token_stamp stamp;
	struct rel_instant read_at;
	struct rel_instant looked_at; /* when the last look began */
	struct look look;
	bool looking;
	bool failing; /* told in the log */
	bool timer_gone;
	struct rel_token_owner owner;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* On the thread pool. */
static void look_work(void *ctx)
{
	struct rel_token *token = ctx;
	struct look *look = &token->look;

	look->now = rel_token_files_stamp(token->dir);
	if (!look->must_read && look->now.hash == look->before.hash)
		return;
	look->was_read = true;
	look->failed = !rel_token_files_read(token->dir, &look->found, look->error, ERROR_SIZE);
}

static void free_if_closed(struct rel_token *token)
{
	void (*closed)(void *ctx) = token->closed;
	void *ctx = token->closed_ctx;

	if (!closed || token->looking || !token->timer_gone)
		return;
	rel_token_files_free(&token->current);
	rel_free(token->dir);
	rel_free(token);
	closed(ctx);
}

static bool same(const struct rel_credentials *a, const struct rel_credentials *b)
{
	return rel_text_equal(a->token, b->token) && rel_text_equal(a->ca, b->ca);
}

static void adopt(struct rel_token *token, struct rel_credentials *found)
{
	bool news = !same(&token->current, found);

	token->read_at = rel_loop_now();
	token->stamp = token->look.now;
	rel_token_files_free(&token->current);
	token->current = *found;
	*found = (struct rel_credentials){0};
	if (token->failing)
		rel_log(REL_LOG_INFO, "service account readable again", "dir", token->dir, NULL);
	token->failing = false;
	if (news)
		token->owner.changed(token->owner.ctx, &token->current);
}

static void look_done(void *ctx)
{
	struct rel_token *token = ctx;
	struct look *look = &token->look;

	token->looking = false;
	if (token->closed) {
		rel_token_files_free(&look->found);
		free_if_closed(token);
		return;
	}
	if (!look->was_read)
		return;
	if (!look->failed) {
		adopt(token, &look->found);
		return;
	}
	if (!token->failing)
		rel_log(REL_LOG_WARN, "service account not readable, the old one stays in use",
			"error", look->error, NULL);
	token->failing = true;
}

static void start_look(struct rel_token *token, bool must_read)
{
	if (token->looking || token->closed)
		return;
	token->looking = true;
	token->looked_at = rel_loop_now();
	token->look = (struct look){.must_read = must_read, .before = token->stamp};
	rel_loop_work(token->loop, look_work, look_done, token);
}

static bool passed(struct rel_instant since, int64_t ms)
{
	return rel_to_ms(rel_between(since, rel_loop_now())) >= ms;
}

static void look_again(struct rel_token *token)
{
	rel_timer_set(&token->timer, rel_after(rel_loop_now(), rel_ms(LOOK_INTERVAL_MS)));
}

static void on_timer(void *ctx)
{
	struct rel_token *token = ctx;

	start_look(token, passed(token->read_at, READ_INTERVAL_MS));
	look_again(token);
}

struct rel_token *rel_token_create(struct rel_loop *loop, const char *dir,
				   const struct rel_token_owner *owner, char *error,
				   size_t error_size)
{
	struct rel_token *token = rel_calloc(1, sizeof(*token));

	token->stamp = rel_token_files_stamp(dir);
	if (!rel_token_files_read(dir, &token->current, error, error_size)) {
		rel_free(token);
		return NULL;
	}
	token->loop = loop;
	token->dir = rel_strdup(dir);
	token->owner = *owner;
	token->read_at = rel_loop_now();
	rel_timer_init(loop, &token->timer, on_timer, token);
	look_again(token);
	return token;
}

const struct rel_credentials *rel_token_credentials(const struct rel_token *token)
{
	return &token->current;
}

struct rel_instant rel_token_read_at(const struct rel_token *token)
{
	return token->read_at;
}

void rel_token_refused(struct rel_token *token)
{
	if (passed(token->looked_at, REFUSED_INTERVAL_MS))
		start_look(token, true);
}

static void timer_closed(void *ctx)
{
	struct rel_token *token = ctx;

	token->timer_gone = true;
	free_if_closed(token);
}

void rel_token_close(struct rel_token *token, void (*closed)(void *ctx), void *ctx)
{
	token->closed = closed;
	token->closed_ctx = ctx;
	rel_timer_close(&token->timer, timer_closed);
}
