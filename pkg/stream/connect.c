/* SPDX-License-Identifier: Apache-2.0 */
/* From a host and a port to a connected socket: resolve, then one address after
 * the other. */
#include <netinet/in.h>
#include <string.h>
#include <sys/un.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "stream_state.h"
#include "tls.h"

static void try_address(struct rel_stream *stream);

/* What several failed attempts mean together: only if every address that exists
 * here refused is nobody listening. */
static int weight(enum rel_err err)
{
	if (err == REL_OK)
		return 0;
	if (err == REL_ERR_UNREACHABLE)
		return 1;
	return err == REL_ERR_REFUSED ? 2 : 3;
}

static void note_failure(struct rel_stream *stream, enum rel_err err)
{
	if (weight(err) <= weight(stream->err))
		return;
	stream->err = err;
	rel_text_format(stream->error, sizeof(stream->error), "connect %s: %s", stream->peer,
			rel_err_text(err));
}

void rel_stream_attempt_failed(struct rel_stream *stream, enum rel_err err)
{
	rel_socket_drop(stream);
	note_failure(stream, err);
	try_address(stream);
}

static void on_connected(uv_connect_t *request, int status)
{
	struct rel_socket *socket = request->handle->data;
	struct rel_stream *stream = socket->owner;

	if (socket->dropped)
		return;
	if (status)
		rel_stream_attempt_failed(stream, rel_stream_err_of(status));
	else
		rel_stream_begin(stream);
}

/* An equal share of the time that is left, so that an address that does not answer
 * cannot take it all. */
static struct rel_instant attempt_end(const struct rel_stream *stream, struct rel_instant now)
{
	int64_t left = rel_between(now, stream->deadline).ns;
	int64_t share = left / (int64_t)(stream->address_count - stream->next_address + 1);

	return rel_after(now, (struct rel_duration){share});
}

/* False when there is nothing to wait for. */
static bool start_attempt(struct rel_stream *stream, const struct sockaddr *address)
{
	struct rel_socket *socket = rel_calloc(1, sizeof(*socket));
	uv_loop_t *loop = rel_loop_uv(stream->loop);
	int failed = uv_tcp_init_ex(loop, &socket->uv.tcp, address->sa_family);

	if (failed) {
		rel_free(socket);
		note_failure(stream, rel_stream_err_of(failed));
		return false;
	}
	rel_socket_adopt(stream, socket);
	rel_stream_tune(&socket->uv.tcp, stream->user_timeout);
	failed = uv_tcp_connect(&socket->connect, &socket->uv.tcp, address, on_connected);
	if (!failed)
		return true;
	rel_socket_drop(stream);
	note_failure(stream, rel_stream_err_of(failed));
	return false;
}

static void try_address(struct rel_stream *stream)
{
	stream->state = REL_STREAM_CONNECTING;
	while (stream->next_address < stream->address_count) {
		const struct sockaddr *address =
			(const struct sockaddr *)&stream->addresses[stream->next_address++];
		struct rel_instant now = rel_loop_now();

		rel_stream_address_text(address, stream->peer, sizeof(stream->peer));
		if (rel_before(now, stream->deadline) && start_attempt(stream, address)) {
			rel_timer_set(&stream->timer, attempt_end(stream, now));
			return;
		}
	}
	rel_stream_end_soon(stream, stream->err == REL_OK ? REL_ERR_TIMEOUT : stream->err,
			    stream->err == REL_OK ? NULL : stream->error);
}

static void add_address(struct rel_stream *stream, const struct sockaddr *address, uint16_t port)
{
	struct sockaddr_storage *to = &stream->addresses[stream->address_count];

	if (stream->address_count == REL_STREAM_ADDRESSES)
		return;
	if (address->sa_family == AF_INET) {
		memcpy(to, address, sizeof(struct sockaddr_in));
		((struct sockaddr_in *)to)->sin_port = htons(port);
	} else if (address->sa_family == AF_INET6) {
		memcpy(to, address, sizeof(struct sockaddr_in6));
		((struct sockaddr_in6 *)to)->sin6_port = htons(port);
	} else {
		return;
	}
	stream->address_count++;
}

static void add_loopback(struct rel_stream *stream, uint16_t port)
{
	struct sockaddr_in v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct sockaddr_in6 v6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};

	add_address(stream, (const struct sockaddr *)&v4, port);
	add_address(stream, (const struct sockaddr *)&v6, port);
}

static bool add_numeric(struct rel_stream *stream, const char *host, uint16_t port)
{
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;

	if (!uv_ip4_addr(host, port, &v4))
		add_address(stream, (const struct sockaddr *)&v4, port);
	else if (!uv_ip6_addr(host, port, &v6))
		add_address(stream, (const struct sockaddr *)&v6, port);
	return stream->address_count > 0;
}

static void on_resolved(uv_getaddrinfo_t *request, int status, struct addrinfo *found)
{
	struct rel_resolve *resolve = request->data;
	struct rel_stream *stream = resolve->owner;
	uint16_t port = resolve->port;

	rel_free(resolve);
	if (stream) {
		stream->resolve = NULL;
		for (struct addrinfo *at = status ? NULL : found; at; at = at->ai_next)
			add_address(stream, at->ai_addr, port);
		if (stream->address_count)
			try_address(stream);
		else
			rel_stream_end(stream, REL_ERR_RESOLVE, stream->error);
	}
	uv_freeaddrinfo(found);
}

void rel_stream_forget_resolve(struct rel_stream *stream)
{
	if (!stream->resolve)
		return;
	stream->resolve->owner = NULL;
	uv_cancel((uv_req_t *)&stream->resolve->request);
	stream->resolve = NULL;
}

static void resolve(struct rel_stream *stream, const char *host, uint16_t port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct rel_resolve *r = rel_calloc(1, sizeof(*r));

	rel_text_format(stream->error, sizeof(stream->error), "resolve %s: %s", host,
			rel_err_text(REL_ERR_RESOLVE));
	r->request.data = r;
	r->owner = stream;
	r->port = port;
	if (uv_getaddrinfo(rel_loop_uv(stream->loop), &r->request, on_resolved, host, NULL,
			   &hints)) {
		rel_free(r); /* not a name at all */
		rel_stream_end_soon(stream, REL_ERR_RESOLVE, stream->error);
		return;
	}
	stream->resolve = r;
	rel_timer_set(&stream->timer, stream->deadline);
}

static void connect_pipe(struct rel_stream *stream, const char *path)
{
	struct rel_socket *socket = rel_calloc(1, sizeof(*socket));

	uv_pipe_init(rel_loop_uv(stream->loop), &socket->uv.pipe, 0);
	rel_socket_adopt(stream, socket);
	stream->state = REL_STREAM_CONNECTING;
	rel_timer_set(&stream->timer, stream->deadline);
	uv_pipe_connect(&socket->connect, &socket->uv.pipe, path, on_connected);
}

static void start(struct rel_stream *stream, const struct rel_stream_target *target)
{
	/* "localhost" is always the loopback (RFC 6761 §6.3): no resolver that may be
	 * slow stands between the agent and the Redis beside it. */
	if (target->host[0] == '/') {
		rel_text_copy(stream->peer, sizeof(stream->peer), target->host);
		if (strlen(target->host) < sizeof(((struct sockaddr_un *)NULL)->sun_path))
			connect_pipe(stream, target->host);
		else
			rel_stream_end_soon(stream, REL_ERR_INVALID, "socket path: too long");
	} else if (add_numeric(stream, target->host, target->port)) {
		try_address(stream);
	} else if (rel_text_equal(target->host, "localhost")) {
		add_loopback(stream, target->port);
		try_address(stream);
	} else {
		resolve(stream, target->host, target->port);
	}
}

struct rel_stream *rel_stream_connect(struct rel_loop *loop,
				      const struct rel_stream_target *target,
				      const struct rel_stream_handler *handler, void *ctx)
{
	struct rel_stream *stream =
		rel_stream_new(loop, target->open_timeout, target->queue_limit);
	bool named = target->server_name && target->server_name[0];

	stream->handler = handler;
	stream->ctx = ctx;
	stream->user_timeout = target->user_timeout;
	if (target->tls)
		stream->session = rel_session_create(target->tls,
						     named ? target->server_name : target->host);
	start(stream, target);
	return stream;
}
