/* SPDX-License-Identifier: Apache-2.0 */
#include "connection.h"

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "wire.h"

/* A user name and a password of the longest allowed size, formatted. */
#define AUTH_LIMIT 4096

struct request {
	const struct rel_request_handler *handler; /* NULL = forgotten */
	void *ctx;
	unsigned replies, got;
};

enum state { OPENING, READY, ENDED, CLOSING };

struct rel_conn {
	struct rel_stream *stream;
	struct rel_reader *reader;
	const struct rel_conn_handler *handler;
	void *ctx;
	enum state state;
	struct rel_buf auth; /* secret; empty when there is none to send */
	struct request requests[REL_CONN_REQUESTS];
	unsigned first, count; /* a ring */
	char error[160];
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void forget_secret(struct rel_conn *conn)
{
	if (conn->auth.data)
		rel_wipe(conn->auth.data, conn->auth.capacity);
	rel_buf_finish(&conn->auth);
}

static void end(struct rel_conn *conn, enum rel_err err, const char *text)
{
	if (conn->state >= ENDED)
		return;
	conn->state = ENDED;
	rel_text_copy(conn->error, sizeof(conn->error), text);
	forget_secret(conn);
	conn->handler->ended(conn->ctx, err);
}

static bool push(struct rel_conn *conn, unsigned replies,
		 const struct rel_request_handler *handler, void *ctx)
{
	if (conn->count == REL_CONN_REQUESTS)
		return false;
	conn->requests[(conn->first + conn->count) % REL_CONN_REQUESTS] = (struct request){
		.handler = handler,
		.ctx = ctx,
		.replies = replies,
	};
	conn->count++;
	return true;
}

static void become_ready(struct rel_conn *conn)
{
	conn->state = READY;
	conn->handler->ready(conn->ctx);
}

/* A Redis without a password refuses AUTH with this text and serves all the same. */
static void on_auth_reply(void *ctx, unsigned index, const struct rel_reply *reply)
{
	struct rel_conn *conn = ctx;
	enum rel_err err;

	(void)index;
	if (reply->type == REL_REPLY_STATUS ||
	    rel_reply_starts(reply, "ERR AUTH <password> called without any password configured"))
		return;
	err = reply->type == REL_REPLY_ERROR ? rel_reply_err(reply) : REL_ERR_GARBLED;
	if (err == REL_ERR_INVALID)
		err = REL_ERR_UNAUTHORIZED;
	end(conn, err, rel_err_text(err));
}

static void on_auth_done(void *ctx)
{
	struct rel_conn *conn = ctx;

	if (conn->state == OPENING)
		become_ready(conn);
}

static const struct rel_request_handler auth_handler = {on_auth_reply, on_auth_done};

static void on_opened(void *ctx)
{
	struct rel_conn *conn = ctx;

	if (conn->auth.size == 0) {
		become_ready(conn);
		return;
	}
	push(conn, 1, &auth_handler, conn);
	/* A failed write is reported as the stream's end. */
	(void)!rel_stream_write(conn->stream, conn->auth.data, conn->auth.size);
	forget_secret(conn);
}

static void hand_over(struct rel_conn *conn, const struct request *request,
		      const struct rel_reply *reply)
{
	bool last = request->got + 1 == request->replies;

	if (request->handler)
		request->handler->reply(request->ctx, request->got, reply);
	if (!last || conn->state >= ENDED)
		return;
	if (request->handler)
		request->handler->done(request->ctx);
	else if (conn->handler->room)
		conn->handler->room(conn->ctx);
}

/* False when the connection has no further use for replies. */
static bool dispatch(struct rel_conn *conn, const struct rel_reply *reply)
{
	struct request *request = &conn->requests[conn->first];
	struct request now = *request;

	if (conn->count == 0) {
		bool refusal = reply->type == REL_REPLY_ERROR;

		end(conn, refusal ? rel_reply_err(reply) : REL_ERR_GARBLED, "a reply to nothing");
		return false;
	}
	request->got++;
	if (request->got == request->replies) {
		conn->first = (conn->first + 1) % REL_CONN_REQUESTS;
		conn->count--;
	}
	hand_over(conn, &now, reply);
	return conn->state < ENDED;
}

static void on_bytes(void *ctx, const char *bytes, size_t size)
{
	struct rel_conn *conn = ctx;
	const struct rel_reply *reply;
	enum rel_err err;

	if (conn->state >= ENDED)
		return;
	err = rel_reader_feed(conn->reader, bytes, size);
	while (err == REL_OK) {
		err = rel_reader_next(conn->reader, &reply);
		if (err == REL_OK && (!reply || !dispatch(conn, reply)))
			return;
	}
	end(conn, err, rel_err_text(err));
}

static void on_ended(void *ctx, enum rel_err err)
{
	struct rel_conn *conn = ctx;

	end(conn, err, rel_stream_error(conn->stream));
}

static const struct rel_stream_handler stream_handler = {
	.opened = on_opened,
	.bytes = on_bytes,
	.ended = on_ended,
};

static void prepare_auth(struct rel_conn *conn, const struct rel_login *login)
{
	const char *named[] = {"AUTH", login->username, login->password, NULL};
	const char *plain[] = {"AUTH", login->password, NULL};

	rel_buf_init(&conn->auth, AUTH_LIMIT);
	if (login->password[0])
		rel_wire_add(&conn->auth, login->username[0] ? named : plain);
}

struct rel_conn *rel_conn_open(struct rel_loop *loop, const struct rel_stream_target *target,
			       const struct rel_login *login,
			       const struct rel_conn_handler *handler, void *ctx)
{
	struct rel_conn *conn = rel_calloc(1, sizeof(*conn));

	conn->handler = handler;
	conn->ctx = ctx;
	conn->reader = rel_reader_create();
	prepare_auth(conn, login);
	conn->stream = rel_stream_connect(loop, target, &stream_handler, conn);
	return conn;
}

bool rel_conn_send(struct rel_conn *conn, const struct rel_buf *wire, unsigned replies,
		   const struct rel_request_handler *handler, void *ctx)
{
	if (conn->state != READY || conn->count == REL_CONN_REQUESTS ||
	    !rel_stream_write(conn->stream, wire->data, wire->size))
		return false;
	return push(conn, replies, handler, ctx);
}

unsigned rel_conn_waiting(const struct rel_conn *conn)
{
	return conn->count;
}

void rel_conn_forget(struct rel_conn *conn, const void *ctx)
{
	for (unsigned i = 0; i < conn->count; i++) {
		struct request *request = &conn->requests[(conn->first + i) % REL_CONN_REQUESTS];

		if (request->ctx == ctx)
			request->handler = NULL;
	}
}

const char *rel_conn_error(const struct rel_conn *conn)
{
	return conn->error;
}

static void on_closed(void *ctx)
{
	struct rel_conn *conn = ctx;
	void (*closed)(void *ctx) = conn->closed;
	void *closed_ctx = conn->closed_ctx;

	rel_reader_destroy(conn->reader);
	rel_free(conn);
	if (closed)
		closed(closed_ctx);
}

void rel_conn_close(struct rel_conn *conn, void (*closed)(void *ctx), void *ctx)
{
	conn->state = CLOSING;
	conn->closed = closed;
	conn->closed_ctx = ctx;
	forget_secret(conn);
	rel_stream_close(conn->stream, on_closed, conn);
}
