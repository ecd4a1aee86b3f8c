/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "stream_state.h"
#include "tls.h"

#define BACKLOG 256

struct rel_listener {
	uv_tcp_t tcp;
	struct rel_loop *loop;
	struct rel_listener_options options; /* host and tls are not kept in it */
	struct rel_tls *tls;
	uint16_t port;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static void note_peer(struct rel_stream *stream)
{
	struct sockaddr_storage address;
	int size = sizeof(address);

	if (!uv_tcp_getpeername(&stream->socket->uv.tcp, (struct sockaddr *)&address, &size))
		rel_stream_address_text((struct sockaddr *)&address, stream->peer,
					sizeof(stream->peer));
}

static struct rel_stream *take(struct rel_listener *listener)
{
	struct rel_stream *stream = rel_stream_new(listener->loop, listener->options.open_timeout,
						   listener->options.queue_limit);
	struct rel_socket *socket = rel_calloc(1, sizeof(*socket));

	uv_tcp_init(rel_loop_uv(listener->loop), &socket->uv.tcp);
	rel_socket_adopt(stream, socket);
	if (uv_accept((uv_stream_t *)&listener->tcp, &socket->uv.stream)) {
		rel_stream_close(stream, NULL, NULL);
		return NULL;
	}
	rel_stream_tune(&socket->uv.tcp, listener->options.user_timeout);
	note_peer(stream);
	if (listener->tls)
		stream->session = rel_session_create(listener->tls, "");
	return stream;
}

static void on_connection(uv_stream_t *handle, int status)
{
	struct rel_listener *listener = handle->data;
	struct rel_stream *stream = status ? NULL : take(listener);

	if (!stream)
		return;
	listener->options.accepted(listener->options.ctx, stream);
	if (stream->state == REL_STREAM_CLOSING)
		return;
	rel_assert(stream->handler);
	rel_stream_begin(stream);
}

void rel_stream_attach(struct rel_stream *stream, const struct rel_stream_handler *handler,
		       void *ctx)
{
	stream->handler = handler;
	stream->ctx = ctx;
}

static int bind_and_listen(struct rel_listener *listener, const struct sockaddr *address)
{
	struct sockaddr_storage bound;
	int size = sizeof(bound);
	int failed = uv_tcp_bind(&listener->tcp, address, 0);

	if (!failed)
		failed = uv_listen((uv_stream_t *)&listener->tcp, BACKLOG, on_connection);
	if (!failed)
		failed = uv_tcp_getsockname(&listener->tcp, (struct sockaddr *)&bound, &size);
	if (failed)
		return failed;
	listener->port = ntohs(bound.ss_family == AF_INET6
				       ? ((struct sockaddr_in6 *)&bound)->sin6_port
				       : ((struct sockaddr_in *)&bound)->sin_port);
	return 0;
}

static int listen_on(struct rel_listener *listener, const char *host, uint16_t port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	int failed;

	if (host && host[0]) {
		if (!uv_ip4_addr(host, port, &v4))
			return bind_and_listen(listener, (const struct sockaddr *)&v4);
		failed = uv_ip6_addr(host, port, &v6);
		return failed ? failed : bind_and_listen(listener, (const struct sockaddr *)&v6);
	}
	uv_ip6_addr("::", port, &v6);
	failed = bind_and_listen(listener, (const struct sockaddr *)&v6);
	if (failed != UV_EAFNOSUPPORT)
		return failed;
	uv_ip4_addr("0.0.0.0", port, &v4); /* a node without IPv6 */
	return bind_and_listen(listener, (const struct sockaddr *)&v4);
}

struct rel_listener *rel_listener_create(struct rel_loop *loop,
					 const struct rel_listener_options *options, char *error,
					 size_t error_size)
{
	struct rel_listener *listener = rel_calloc(1, sizeof(*listener));
	bool named = options->host && options->host[0];
	int failed;

	listener->loop = loop;
	listener->options = *options;
	uv_tcp_init(rel_loop_uv(loop), &listener->tcp);
	listener->tcp.data = listener;
	rel_listener_set_tls(listener, options->tls);
	failed = listen_on(listener, options->host, options->port);
	if (!failed)
		return listener;
	rel_text_format(error, error_size, "listen on %s port %u: %s",
			named ? options->host : "all addresses", options->port,
			uv_strerror(failed));
	rel_listener_close(listener, NULL, NULL);
	return NULL;
}

uint16_t rel_listener_port(const struct rel_listener *listener)
{
	return listener->port;
}

void rel_listener_set_tls(struct rel_listener *listener, const struct rel_tls *tls)
{
	rel_tls_destroy(listener->tls);
	listener->tls = tls ? rel_tls_share(tls) : NULL;
	listener->options.tls = NULL;
	listener->options.host = NULL;
}

static void on_closed(uv_handle_t *handle)
{
	struct rel_listener *listener = handle->data;
	void (*closed)(void *ctx) = listener->closed;
	void *ctx = listener->closed_ctx;

	rel_tls_destroy(listener->tls);
	rel_free(listener);
	if (closed)
		closed(ctx);
}

void rel_listener_close(struct rel_listener *listener, void (*closed)(void *ctx), void *ctx)
{
	listener->closed = closed;
	listener->closed_ctx = ctx;
	uv_close((uv_handle_t *)&listener->tcp, on_closed);
}
