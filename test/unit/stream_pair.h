/* SPDX-License-Identifier: Apache-2.0 */
/* A listener and a client on one loop, for the tests of streams. Used by one test
 * program at a time, so it lives in the header. */
#ifndef TEST_STREAM_PAIR_H
#define TEST_STREAM_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis-election/base/buf.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"
#include "redis-election/stream.h"

#define KEEP (8 * 1024 * 1024)
#define GUARD_MS 20000

struct pair;

struct end {
	struct pair *pair;
	struct rel_stream *stream;
	struct rel_buf got;
	int opened, drained, ended, closed;
	enum rel_err err;
	char error[160];
	bool echo, pause_at_first, close_when_opened, close_at_bytes, close_at_end, finish_at_bytes;
};

struct pair {
	struct rel_loop *loop;
	struct rel_listener *listener;
	struct end client, server;
	bool (*enough)(struct pair *pair);
	bool late, inside, listener_closed, refuse;
};

static struct pair pair;

static inline void look(struct pair *p)
{
	if (p->enough && p->enough(p))
		rel_loop_stop(p->loop);
}

static inline void on_late(void *ctx)
{
	struct pair *p = ctx;

	p->late = true;
	rel_loop_stop(p->loop);
}

/* Runs the loop until enough(pair), or fails after a long time. */
static inline void run_until(bool (*enough)(struct pair *pair))
{
	if (enough(&pair))
		return;
	pair.enough = enough;
	rel_loop_arm(pair.loop, rel_after(rel_loop_now(), rel_ms(GUARD_MS)), on_late, &pair);
	rel_loop_run(pair.loop);
	pair.enough = NULL;
	assert_false(pair.late);
}

static inline void on_closed(void *ctx)
{
	struct end *end = ctx;

	end->closed++;
	look(end->pair);
}

static inline void close_end(struct end *end)
{
	struct rel_stream *stream = end->stream;

	end->stream = NULL;
	if (stream)
		rel_stream_close(stream, on_closed, end);
}

static inline void on_opened(void *ctx)
{
	struct end *end = ctx;

	assert_false(end->pair->inside);
	assert_int_equal(end->closed, 0);
	end->opened++;
	if (end->close_when_opened)
		close_end(end);
	look(end->pair);
}

static inline void on_bytes(void *ctx, const char *bytes, size_t size)
{
	struct end *end = ctx;

	assert_false(end->pair->inside);
	assert_int_equal(end->closed, 0);
	assert_true(rel_buf_add(&end->got, bytes, size));
	if (end->echo)
		assert_true(rel_stream_write(end->stream, bytes, size));
	if (end->pause_at_first) {
		end->pause_at_first = false;
		rel_stream_pause(end->stream);
	}
	if (end->finish_at_bytes)
		rel_stream_finish(end->stream);
	if (end->close_at_bytes)
		close_end(end);
	look(end->pair);
}

static inline void on_drained(void *ctx)
{
	struct end *end = ctx;

	assert_false(end->pair->inside);
	end->drained++;
	look(end->pair);
}

static inline void on_ended(void *ctx, enum rel_err err)
{
	struct end *end = ctx;

	assert_false(end->pair->inside);
	assert_int_equal(end->closed, 0);
	end->ended++;
	end->err = err;
	rel_text_copy(end->error, sizeof(end->error), rel_stream_error(end->stream));
	if (end->close_at_end)
		close_end(end);
	look(end->pair);
}

static const struct rel_stream_handler handler = {on_opened, on_bytes, on_drained, on_ended};

static inline void on_accepted(void *ctx, struct rel_stream *stream)
{
	struct pair *p = ctx;

	if (p->refuse || p->server.stream) {
		rel_stream_close(stream, NULL, NULL);
		return;
	}
	p->server.stream = stream;
	rel_stream_attach(stream, &handler, &p->server);
}

static inline uint16_t listen_here(const struct rel_tls *tls, const char *host, int64_t open_ms)
{
	struct rel_listener_options options = {
		.host = host,
		.tls = tls,
		.open_timeout = rel_ms(open_ms),
		.queue_limit = KEEP,
		.accepted = on_accepted,
		.ctx = &pair,
	};
	char error[160] = "";

	pair.listener = rel_listener_create(pair.loop, &options, error, sizeof(error));
	if (!pair.listener)
		return 0;
	assert_true(rel_listener_port(pair.listener) != 0);
	return rel_listener_port(pair.listener);
}

static inline void connect_with(const struct rel_stream_target *target)
{
	pair.inside = true;
	pair.client.stream = rel_stream_connect(pair.loop, target, &handler, &pair.client);
	pair.inside = false;
}

static inline bool client_ended(struct pair *p)
{
	return p->client.ended == 1;
}

static inline int set_up_pair(void **state)
{
	(void)state;
	pair = (struct pair){.loop = rel_loop_create()};
	pair.client.pair = pair.server.pair = &pair;
	rel_buf_init(&pair.client.got, KEEP);
	rel_buf_init(&pair.server.got, KEEP);
	return 0;
}

static inline void on_listener_closed(void *ctx)
{
	struct pair *p = ctx;

	p->listener_closed = true;
}

static inline int tear_down_pair(void **state)
{
	bool listened = pair.listener != NULL;

	(void)state;
	if (listened)
		rel_listener_close(pair.listener, on_listener_closed, &pair);
	close_end(&pair.client);
	close_end(&pair.server);
	rel_loop_destroy(pair.loop);
	rel_buf_finish(&pair.client.got);
	rel_buf_finish(&pair.server.got);
	assert_int_equal(pair.listener_closed, listened);
	return 0;
}

#endif
