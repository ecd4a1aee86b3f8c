/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a stream: one end, one close, memory until libuv has let go. */
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "stream_state.h"

static void let_go(struct rel_stream *stream)
{
	void (*closed)(void *ctx) = stream->closed;
	void *ctx = stream->closed_ctx;

	rel_assert(stream->handles > 0);
	if (--stream->handles > 0)
		return;
	rel_session_destroy(stream->session);
	rel_free(stream);
	if (closed)
		closed(ctx);
}

static void on_socket_closed(uv_handle_t *handle)
{
	struct rel_socket *socket = handle->data;
	struct rel_stream *owner = socket->owner;

	rel_free(socket);
	let_go(owner);
}

static void on_timer_closed(void *ctx)
{
	let_go(ctx);
}

static void on_timer(void *ctx)
{
	struct rel_stream *stream = ctx;

	switch (stream->state) {
	case REL_STREAM_RESOLVING:
		rel_stream_end(stream, REL_ERR_TIMEOUT, "no answer in time: resolving the name");
		break;
	case REL_STREAM_CONNECTING:
		rel_stream_attempt_failed(stream, REL_ERR_TIMEOUT);
		break;
	case REL_STREAM_HANDSHAKE:
		rel_stream_end(stream, REL_ERR_TIMEOUT, "no answer in time: TLS handshake");
		break;
	case REL_STREAM_OPEN:
		rel_stream_pump(stream);
		break;
	case REL_STREAM_ENDING:
		rel_stream_end(stream, stream->err, stream->error);
		break;
	case REL_STREAM_ENDED:
	case REL_STREAM_CLOSING:
		break;
	}
}

struct rel_stream *rel_stream_new(struct rel_loop *loop, struct rel_duration open_timeout,
				  size_t queue_limit)
{
	struct rel_stream *stream = rel_calloc(1, sizeof(*stream));

	stream->loop = loop;
	stream->queue_limit = queue_limit;
	stream->deadline = rel_after(rel_loop_now(), open_timeout);
	rel_timer_init(loop, &stream->timer, on_timer, stream);
	stream->handles = 1;
	return stream;
}

void rel_socket_adopt(struct rel_stream *stream, struct rel_socket *socket)
{
	rel_assert(!stream->socket);
	socket->uv.handle.data = socket;
	socket->owner = stream;
	stream->socket = socket;
	stream->handles++;
}

void rel_socket_drop(struct rel_stream *stream)
{
	if (!stream->socket)
		return;
	stream->socket->dropped = true;
	uv_close(&stream->socket->uv.handle, on_socket_closed);
	stream->socket = NULL;
}

static void note_end(struct rel_stream *stream, enum rel_err err, const char *text)
{
	stream->err = err;
	if (text != stream->error)
		rel_text_copy(stream->error, sizeof(stream->error),
			      text ? text : rel_err_text(err));
}

void rel_stream_end(struct rel_stream *stream, enum rel_err err, const char *text)
{
	if (stream->state == REL_STREAM_ENDED || stream->state == REL_STREAM_CLOSING)
		return;
	note_end(stream, err, text);
	stream->state = REL_STREAM_ENDED;
	rel_stream_forget_resolve(stream);
	rel_socket_drop(stream);
	rel_timer_set(&stream->timer, REL_FOREVER);
	stream->handler->ended(stream->ctx, err);
}

void rel_stream_end_soon(struct rel_stream *stream, enum rel_err err, const char *text)
{
	if (stream->state >= REL_STREAM_ENDING)
		return;
	note_end(stream, err, text);
	stream->state = REL_STREAM_ENDING;
	rel_stream_forget_resolve(stream);
	rel_socket_drop(stream);
	rel_timer_set(&stream->timer, rel_loop_now());
}

const char *rel_stream_error(const struct rel_stream *stream)
{
	return stream->state >= REL_STREAM_ENDED ? stream->error : "";
}

const char *rel_stream_peer(const struct rel_stream *stream)
{
	return stream->peer;
}

void rel_stream_close(struct rel_stream *stream, void (*closed)(void *ctx), void *ctx)
{
	rel_assert(stream->state != REL_STREAM_CLOSING);
	if (stream->state == REL_STREAM_OPEN)
		rel_stream_say_goodbye(stream);
	stream->state = REL_STREAM_CLOSING;
	stream->closed = closed;
	stream->closed_ctx = ctx;
	rel_stream_forget_resolve(stream);
	rel_socket_drop(stream);
	rel_timer_close(&stream->timer, on_timer_closed);
}
