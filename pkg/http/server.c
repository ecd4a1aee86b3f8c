/* SPDX-License-Identifier: Apache-2.0 */
#include "server.h"

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"

#define BACKLOG 511

/* Who goes when the cap is reached: first somebody who asks for nothing, then the
 * slowest; a request that is being carried out is never cut off for a new one. */
static const enum http_state evictable[] = {HTTP_DRAINING, HTTP_IDLE, HTTP_READING,
					    HTTP_WRITING};

static bool evict(struct rel_http *server)
{
	for (size_t i = 0; i < sizeof(evictable) / sizeof(evictable[0]); i++) {
		for (struct http_connection *c = server->oldest; c; c = c->next) {
			if (c->state != evictable[i])
				continue;
			http_connection_close(c);
			return true;
		}
	}
	return false;
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct rel_http *server = stream->data;
	bool full;

	if (status)
		return;
	full = server->count >= REL_HTTP_CONNECTIONS_MAX && !evict(server);
	http_connection_accept(server);
	if (full && server->newest)
		http_connection_close(server->newest);
}

void http_server_release(struct rel_http *server)
{
	void (*closed)(void *ctx) = server->closed;
	void *ctx = server->closed_ctx;

	if (--server->alive)
		return;
	rel_free(server);
	if (closed)
		closed(ctx);
}

static void on_closed(uv_handle_t *handle)
{
	http_server_release(handle->data);
}

static int open_socket(struct rel_http *server, struct rel_loop *loop,
		       const struct sockaddr_storage *address)
{
	int err = uv_tcp_init_ex(rel_loop_uv(loop), &server->tcp, address->ss_family);

	if (err)
		return err;
	server->tcp.data = server;
	err = uv_tcp_bind(&server->tcp, (const struct sockaddr *)address, 0);
	if (!err)
		err = uv_listen((uv_stream_t *)&server->tcp, BACKLOG, on_connection);
	if (err) {
		server->alive = 1;
		uv_close((uv_handle_t *)&server->tcp, on_closed);
	}
	return err;
}

static void note_port(struct rel_http *server)
{
	struct sockaddr_storage name;
	int size = sizeof(name);

	if (uv_tcp_getsockname(&server->tcp, (struct sockaddr *)&name, &size))
		return;
	server->port = ntohs(name.ss_family == AF_INET6
				     ? ((struct sockaddr_in6 *)&name)->sin6_port
				     : ((struct sockaddr_in *)&name)->sin_port);
}

static void use_ipv4(struct sockaddr_storage *address)
{
	in_port_t port = ((struct sockaddr_in6 *)address)->sin6_port;
	struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = port};

	memset(address, 0, sizeof(*address));
	memcpy(address, &any, sizeof(any));
}

/* A server whose socket failed frees itself on the loop; a failure before that
 * leaves it to us. */
static struct rel_http *try_listen(struct rel_loop *loop, const struct rel_http_options *options,
				   const struct sockaddr_storage *address, int *err)
{
	struct rel_http *server = rel_calloc(1, sizeof(*server));

	server->options = *options;
	server->options.bind = NULL;
	*err = open_socket(server, loop, address);
	if (*err) {
		if (!server->alive)
			rel_free(server);
		return NULL;
	}
	server->alive = 1;
	note_port(server);
	return server;
}

struct rel_http *rel_http_listen(struct rel_loop *loop, const struct rel_http_options *options,
				 char *error, size_t error_size)
{
	struct sockaddr_storage address;
	struct rel_http *server;
	bool any;
	int err;

	if (!http_bind_parse(options->bind, &address, &any)) {
		rel_text_format(error, error_size,
				"cannot listen on \"%s\": PORT, ADDRESS:PORT or [ADDRESS]:PORT "
				"expected",
				options->bind);
		return NULL;
	}
	server = try_listen(loop, options, &address, &err);
	if (!server && any && (err == UV_EAFNOSUPPORT || err == UV_EADDRNOTAVAIL)) {
		use_ipv4(&address);
		server = try_listen(loop, options, &address, &err);
	}
	if (!server)
		rel_text_format(error, error_size, "cannot listen on %s: %s", options->bind,
				uv_strerror(err));
	return server;
}

uint16_t rel_http_port(const struct rel_http *http)
{
	return http->port;
}

void rel_http_close(struct rel_http *http, void (*closed)(void *ctx), void *ctx)
{
	http->closed = closed;
	http->closed_ctx = ctx;
	while (http->oldest)
		http_connection_close(http->oldest);
	uv_close((uv_handle_t *)&http->tcp, on_closed);
}
