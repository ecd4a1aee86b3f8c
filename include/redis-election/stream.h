/* SPDX-License-Identifier: Apache-2.0 */
/* One TCP, TLS or unix-socket stream for every protocol of the agent, and the
 * listener for the other direction. libuv carries, OpenSSL encrypts through memory
 * BIOs, names are resolved off the loop. Callbacks run on the loop and never from
 * inside a call of this room; they may call anything here, close included. */
#ifndef REL_STREAM_H
#define REL_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"

struct rel_loop;
struct rel_tls;
struct rel_stream;
struct rel_listener;

/* NULL and "" mean the same in all texts. */
struct rel_tls_options {
	bool server;
	const char *ca;   /* PEM file. Client: none = the system's. Server: none = clients
			   * need no certificate, else they need one that it vouches for */
	const char *cert; /* PEM chain and key; a server needs them, a client may have them */
	const char *key;
	bool skip_verify; /* client: any certificate will do */
};

/* Certificates and policy, TLS 1.2 or later. Reads the files; no state is shared
 * with another call, so it may run on any thread. NULL, and one line in error, when
 * something is wrong with them. */
struct rel_tls *rel_tls_create(const struct rel_tls_options *options, char *error,
			       size_t error_size);

/* Streams that were made with it live on. NULL is fine. */
void rel_tls_destroy(struct rel_tls *tls);

struct rel_stream_handler {
	/* Connected and, with TLS, the other side's certificate was accepted. In TLS 1.3
	 * a server may still refuse ours: only its first bytes prove that it did not. */
	void (*opened)(void *ctx);
	/* What arrived; borrowed for the call. */
	void (*bytes)(void *ctx, const char *bytes, size_t size);
	/* What had to be queued is sent. May be NULL. */
	void (*drained)(void *ctx);
	/* It could not be opened (REFUSED: every address that exists here refused;
	 * UNREACHABLE, RESOLVE, TIMEOUT, TLS, …) or has ended (CLOSED, RESET, TIMEOUT, TLS,
	 * …). Called once; afterwards the owner closes it. */
	void (*ended)(void *ctx, enum rel_err err);
};

struct rel_stream_target {
	const char *host;        /* name, IPv4 or IPv6 address without brackets; a path that
				  * starts with / is a unix socket */
	uint16_t port;
	const struct rel_tls *tls; /* NULL = plain; needed for the call only */
	const char *server_name; /* what the certificate must show; none = host */
	struct rel_duration open_timeout; /* over resolving, connecting and TLS together */
	struct rel_duration user_timeout; /* TCP_USER_TIMEOUT; 0 = the kernel's */
	size_t queue_limit;      /* bytes that may wait to be sent */
};

/* Starts at once; reports failures through ended. Never NULL. The handler must
 * outlive the stream, the target only the call. Several addresses of a name are
 * tried one after the other, each with its share of the time. */
struct rel_stream *rel_stream_connect(struct rel_loop *loop,
				      const struct rel_stream_target *target,
				      const struct rel_stream_handler *handler, void *ctx);

/* Copies what the kernel does not take at once. False, and nothing taken, when the
 * stream is not open or the queue would pass its limit. */
bool rel_stream_write(struct rel_stream *stream, const void *bytes, size_t size);

/* Back-pressure, for an open stream: while paused nothing is given to `bytes`, and
 * the other side's end is not noticed. */
void rel_stream_pause(struct rel_stream *stream);
void rel_stream_resume(struct rel_stream *stream);

/* Ends our direction once everything is sent: close_notify and FIN. The other
 * side's end is reported as usual. */
void rel_stream_finish(struct rel_stream *stream);

/* Why it ended, for logs: "connect 10.0.0.1:6379: connection refused",
 * "TLS: certificate verify failed (hostname mismatch)". "" while it has not. */
const char *rel_stream_error(const struct rel_stream *stream);

/* Address of the other side, "" before there is a connection. */
const char *rel_stream_peer(const struct rel_stream *stream);

/* Drops what is queued, calls nothing any more but closed(ctx), when the memory is
 * gone. closed may be NULL. */
void rel_stream_close(struct rel_stream *stream, void (*closed)(void *ctx), void *ctx);

struct rel_listener_options {
	const char *host;        /* numeric; none = all addresses */
	uint16_t port;           /* 0 = the kernel chooses */
	const struct rel_tls *tls; /* NULL = plain; needed for the call only */
	struct rel_duration open_timeout; /* over the TLS handshake */
	struct rel_duration user_timeout;
	size_t queue_limit;
	/* A client connected: takes it with rel_stream_attach or closes it, at once. The
	 * handshake follows, then opened. */
	void (*accepted)(void *ctx, struct rel_stream *stream);
	void *ctx;
};

/* NULL, and one line in error, when the address cannot be used. */
struct rel_listener *rel_listener_create(struct rel_loop *loop,
					 const struct rel_listener_options *options, char *error,
					 size_t error_size);
uint16_t rel_listener_port(const struct rel_listener *listener);
/* For connections from now on: rotated certificates. */
void rel_listener_set_tls(struct rel_listener *listener, const struct rel_tls *tls);
void rel_listener_close(struct rel_listener *listener, void (*closed)(void *ctx), void *ctx);

/* Only inside accepted. */
void rel_stream_attach(struct rel_stream *stream, const struct rel_stream_handler *handler,
		       void *ctx);

/* Reads "host:port" or "[v6]:port"; host gets no brackets. False for anything else. */
bool rel_stream_split(const char *address, char *host, size_t size, uint16_t *port);

#endif
