/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes in and out of a connected socket. */
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "stream_state.h"

#define CHUNK 65536
#define RECORD 16384 /* the most that one TLS record carries (RFC 8446 §5.1) */

struct write {
	uv_write_t request;
	char bytes[];
};

/* One for all streams: libuv asks for it just before it hands it back. */
static char read_buffer[CHUNK];

static void give_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	(void)handle;
	(void)suggested;
	*buf = uv_buf_init(read_buffer, sizeof(read_buffer));
}

static void fail_tls(struct rel_stream *stream)
{
	char text[sizeof(stream->error)];

	rel_session_error(stream->session, text, sizeof(text));
	rel_stream_end(stream, REL_ERR_TLS, text);
}

static void on_written(uv_write_t *request, int status)
{
	struct rel_socket *socket = request->handle->data;
	struct rel_stream *stream = socket->owner;

	rel_free(request->data);
	if (socket->dropped)
		return;
	if (status)
		rel_stream_end(stream, rel_stream_err_of(status), NULL);
	else if (uv_stream_get_write_queue_size(&socket->uv.stream) == 0 &&
		 stream->handler->drained && stream->state == REL_STREAM_OPEN)
		stream->handler->drained(stream->ctx);
}

/* Queues what the kernel did not take. False when the socket is broken. */
static bool send_raw(struct rel_socket *socket, const char *bytes, size_t size)
{
	uv_buf_t buf = uv_buf_init((char *)bytes, (unsigned)size);
	int taken = uv_try_write(&socket->uv.stream, &buf, 1);
	struct write *write;

	if (taken < 0 && taken != UV_EAGAIN)
		return false;
	if (taken < 0)
		taken = 0;
	if ((size_t)taken == size)
		return true;
	size -= (size_t)taken;
	write = rel_calloc(1, sizeof(*write) + size);
	memcpy(write->bytes, bytes + taken, size);
	write->request.data = write;
	buf = uv_buf_init(write->bytes, (unsigned)size);
	if (!uv_write(&write->request, &socket->uv.stream, &buf, 1, on_written))
		return true;
	rel_free(write);
	return false;
}

static bool flush(struct rel_stream *stream)
{
	size_t size;
	const char *bytes = rel_session_output(stream->session, &size);
	bool sent = size == 0 || send_raw(stream->socket, bytes, size);

	rel_session_sent(stream->session);
	return sent;
}

static void become_open(struct rel_stream *stream)
{
	stream->state = REL_STREAM_OPEN;
	rel_timer_set(&stream->timer, REL_FOREVER);
	stream->handler->opened(stream->ctx);
}

/* False when there is no reason to go on. */
static bool shake_hands(struct rel_stream *stream)
{
	enum rel_session_result result = rel_session_handshake(stream->session);
	bool sent = flush(stream); /* an alert too */

	if (result == REL_SESSION_FAILED) {
		fail_tls(stream);
		return false;
	}
	if (!sent) {
		rel_stream_end(stream, REL_ERR_RESET, "connection reset: TLS handshake");
		return false;
	}
	if (result == REL_SESSION_CLOSED) {
		rel_stream_end(stream, REL_ERR_CLOSED, "connection closed: TLS handshake");
		return false;
	}
	if (result == REL_SESSION_WANT)
		return false;
	become_open(stream);
	return true;
}

static void decrypt(struct rel_stream *stream)
{
	char plain[RECORD];
	size_t got;

	while (stream->state == REL_STREAM_OPEN && !stream->paused) {
		switch (rel_session_read(stream->session, plain, sizeof(plain), &got)) {
		case REL_SESSION_DONE:
			stream->handler->bytes(stream->ctx, plain, got);
			break;
		case REL_SESSION_WANT:
			if (!flush(stream)) /* answers to key updates */
				rel_stream_end(stream, REL_ERR_RESET, NULL);
			return;
		case REL_SESSION_CLOSED:
			rel_stream_end(stream, REL_ERR_CLOSED, NULL);
			return;
		case REL_SESSION_FAILED:
			flush(stream);
			fail_tls(stream);
			return;
		}
	}
}

void rel_stream_pump(struct rel_stream *stream)
{
	if (stream->state == REL_STREAM_HANDSHAKE && !stream->session)
		become_open(stream);
	if (!stream->session)
		return;
	if (stream->state == REL_STREAM_HANDSHAKE && !shake_hands(stream))
		return;
	decrypt(stream);
}

static void on_read(uv_stream_t *handle, ssize_t size, const uv_buf_t *buf)
{
	struct rel_socket *socket = handle->data;
	struct rel_stream *stream = socket->owner;

	if (socket->dropped || size == 0)
		return;
	if (size < 0) {
		rel_stream_end(stream, rel_stream_err_of((int)size), NULL);
		return;
	}
	if (!stream->session) {
		stream->handler->bytes(stream->ctx, buf->base, (size_t)size);
		return;
	}
	rel_session_feed(stream->session, buf->base, (size_t)size);
	rel_stream_pump(stream);
}

void rel_stream_begin(struct rel_stream *stream)
{
	int failed;

	stream->state = REL_STREAM_HANDSHAKE;
	rel_timer_set(&stream->timer, stream->deadline);
	failed = uv_read_start(&stream->socket->uv.stream, give_buffer, on_read);
	if (failed)
		rel_stream_end(stream, rel_stream_err_of(failed), NULL);
	else
		rel_stream_pump(stream);
}

bool rel_stream_write(struct rel_stream *stream, const void *bytes, size_t size)
{
	bool sent;

	if (stream->state != REL_STREAM_OPEN || stream->finished)
		return false;
	if (uv_stream_get_write_queue_size(&stream->socket->uv.stream) + size > stream->queue_limit)
		return false;
	if (stream->session)
		sent = rel_session_write(stream->session, bytes, size) && flush(stream);
	else
		sent = size == 0 || send_raw(stream->socket, bytes, size);
	if (!sent)
		rel_stream_end_soon(stream, REL_ERR_RESET, NULL);
	return sent;
}

void rel_stream_pause(struct rel_stream *stream)
{
	if (stream->state != REL_STREAM_OPEN)
		return;
	uv_read_stop(&stream->socket->uv.stream);
	stream->paused = true;
}

void rel_stream_resume(struct rel_stream *stream)
{
	if (stream->state != REL_STREAM_OPEN || !stream->paused)
		return;
	stream->paused = false;
	uv_read_start(&stream->socket->uv.stream, give_buffer, on_read);
	if (stream->session)
		rel_timer_set(&stream->timer, rel_loop_now());
}

static void on_shutdown(uv_shutdown_t *request, int status)
{
	(void)request;
	(void)status; /* the reading side reports a broken connection */
}

void rel_stream_finish(struct rel_stream *stream)
{
	if (stream->state != REL_STREAM_OPEN || stream->finished)
		return;
	stream->finished = true;
	rel_stream_say_goodbye(stream);
	uv_shutdown(&stream->socket->shutdown, &stream->socket->uv.stream, on_shutdown);
}

void rel_stream_say_goodbye(struct rel_stream *stream)
{
	if (!stream->session)
		return;
	rel_session_finish(stream->session);
	(void)!flush(stream);
}
