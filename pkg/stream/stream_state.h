/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this room share. */
#ifndef REL_STREAM_STATE_H
#define REL_STREAM_STATE_H

#include <uv.h>

#include "redis-election/loop.h"
#include "redis-election/stream.h"
#include "session.h"

/* Addresses of one name that are tried. */
#define REL_STREAM_ADDRESSES 8

enum rel_stream_state {
	REL_STREAM_RESOLVING,
	REL_STREAM_CONNECTING,
	REL_STREAM_HANDSHAKE,
	REL_STREAM_OPEN,
	REL_STREAM_ENDING, /* `ended` will be called from the timer */
	REL_STREAM_ENDED,
	REL_STREAM_CLOSING,
};

/* A libuv socket. It outlives its stream's interest in it until libuv has let go:
 * an attempt that failed is replaced by a new one at once. */
struct rel_socket {
	union {
		uv_handle_t handle;
		uv_stream_t stream;
		uv_tcp_t tcp;
		uv_pipe_t pipe;
	} uv;
	uv_connect_t connect;
	uv_shutdown_t shutdown;
	struct rel_stream *owner; /* to count it out when it is closed */
	bool dropped;             /* of no interest any more */
};

struct rel_resolve {
	uv_getaddrinfo_t request;
	struct rel_stream *owner; /* NULL once the stream has lost interest */
	uint16_t port;
};

struct rel_stream {
	struct rel_loop *loop;
	const struct rel_stream_handler *handler;
	void *ctx;
	enum rel_stream_state state;
	struct rel_timer timer;      /* opening: the deadline; ending, resuming: soon */
	unsigned handles;            /* libuv has yet to let go of */
	struct rel_socket *socket;   /* NULL while there is none */
	struct rel_session *session; /* NULL = plain */
	size_t queue_limit;
	bool paused, finished;
	enum rel_err err; /* of the attempts so far; then of the end */
	char error[160];
	char peer[80];
	void (*closed)(void *ctx);
	void *closed_ctx;

	/* while it opens */
	struct rel_instant deadline;
	struct rel_duration user_timeout;
	struct rel_resolve *resolve;
	struct sockaddr_storage addresses[REL_STREAM_ADDRESSES];
	unsigned address_count, next_address;
};

/* stream.c */
struct rel_stream *rel_stream_new(struct rel_loop *loop, struct rel_duration open_timeout,
				  size_t queue_limit);
/* An initialised socket becomes the stream's, closed and freed with it. */
void rel_socket_adopt(struct rel_stream *stream, struct rel_socket *socket);
/* Lets go of the stream's socket. */
void rel_socket_drop(struct rel_stream *stream);
/* Ends the stream now; only from callbacks of libuv. text NULL = that of err. */
void rel_stream_end(struct rel_stream *stream, enum rel_err err, const char *text);
/* The same on the next turn of the loop. */
void rel_stream_end_soon(struct rel_stream *stream, enum rel_err err, const char *text);

/* io.c */
/* The socket is connected: starts TLS if any, and reading. */
void rel_stream_begin(struct rel_stream *stream);
/* Goes on with what was read but not yet given to the owner. */
void rel_stream_pump(struct rel_stream *stream);
void rel_stream_say_goodbye(struct rel_stream *stream);

/* connect.c */
/* Tries the next address, or ends the stream soon. */
void rel_stream_attempt_failed(struct rel_stream *stream, enum rel_err err);
void rel_stream_forget_resolve(struct rel_stream *stream);

/* options.c */
void rel_stream_tune(const uv_tcp_t *tcp, struct rel_duration user_timeout);
enum rel_err rel_stream_err_of(int uv_code);
void rel_stream_address_text(const struct sockaddr *address, char *text, size_t size);

#endif
