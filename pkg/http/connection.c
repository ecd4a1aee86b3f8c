/* SPDX-License-Identifier: Apache-2.0 */
/* One client. Its deadline is absolute: a byte now and then buys no time. */
#include "redis-election/base/mem.h"
#include "redis-election/loop.h"
#include "server.h"

/* After the last answer the client gets this long to read it: closing at once with
 * unread bytes would reset the connection and take the answer along. */
#define DRAIN_MS 500

struct outgoing {
	uv_write_t request;
	struct rel_buf bytes;
	struct http_connection *connection;
};

static void consider(struct http_connection *connection);
static void listen_on(struct http_connection *connection);

static void link_newest(struct http_connection *connection)
{
	struct rel_http *server = connection->server;

	connection->previous = server->newest;
	connection->next = NULL;
	if (server->newest)
		server->newest->next = connection;
	else
		server->oldest = connection;
	server->newest = connection;
	server->count++;
}

static void unlink_it(struct http_connection *connection)
{
	struct rel_http *server = connection->server;

	if (connection->previous)
		connection->previous->next = connection->next;
	else
		server->oldest = connection->next;
	if (connection->next)
		connection->next->previous = connection->previous;
	else
		server->newest = connection->previous;
	server->count--;
}

void http_connection_touch(struct http_connection *connection)
{
	unlink_it(connection);
	link_newest(connection);
}

static void on_closed(uv_handle_t *handle)
{
	struct http_connection *connection = handle->data;
	struct rel_http *server = connection->server;

	if (--connection->handles)
		return;
	rel_free(connection);
	http_server_release(server);
}

void http_connection_close(struct http_connection *connection)
{
	if (connection->state == HTTP_CLOSING)
		return;
	connection->state = HTTP_CLOSING;
	if (connection->exchange)
		connection->exchange->connection = NULL;
	unlink_it(connection);
	uv_close((uv_handle_t *)&connection->tcp, on_closed);
	uv_close((uv_handle_t *)&connection->timer, on_closed);
}

static void on_deadline(uv_timer_t *timer)
{
	struct http_connection *connection = timer->data;

	if (connection->state == HTTP_READING && connection->size > 0)
		http_connection_refuse(connection, 408);
	else
		http_connection_close(connection);
}

void http_connection_deadline(struct http_connection *connection, uint64_t ms)
{
	uv_update_time(connection->timer.loop);
	uv_timer_start(&connection->timer, on_deadline, ms, 0);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct http_connection *connection = handle->data;

	(void)suggested;
	if (connection->state == HTTP_DRAINING)
		connection->size = 0;
	*buf = uv_buf_init(connection->in + connection->size,
			   (unsigned)(sizeof(connection->in) - connection->size));
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *buf)
{
	struct http_connection *connection = stream->data;

	(void)buf;
	if (size < 0) {
		http_connection_close(connection);
		return;
	}
	if (size == 0 || connection->state == HTTP_DRAINING)
		return;
	connection->size += (size_t)size;
	if (connection->state == HTTP_IDLE) {
		connection->state = HTTP_READING;
		http_connection_deadline(connection, REL_HTTP_DEADLINE_MS);
	}
	consider(connection);
}

static void listen_on(struct http_connection *connection)
{
	if (uv_read_start((uv_stream_t *)&connection->tcp, on_alloc, on_read))
		http_connection_close(connection);
}

/* Looks at the bytes so far: refuse, wait for more, or hand over. */
static void consider(struct http_connection *connection)
{
	struct http_head *head = &connection->head;

	if (!connection->have_head) {
		int code = http_parse(connection->in, connection->size, head);

		if (code != 200 && code != 0)
			http_connection_refuse(connection, code);
		if (code != 200)
			return;
		connection->have_head = true;
	}
	if (connection->size < head->head_size + head->body_size)
		return;
	uv_read_stop((uv_stream_t *)&connection->tcp);
	connection->state = HTTP_HANDLING;
	http_exchange_begin(connection);
}

/* Drops the request that was answered; what came behind it is the next one. */
static void next_request(struct http_connection *connection)
{
	size_t done = connection->head.head_size + connection->head.body_size;

	connection->size -= done;
	memmove(connection->in, connection->in + done, connection->size);
	connection->have_head = false;
	http_connection_touch(connection);
	connection->state = connection->size ? HTTP_READING : HTTP_IDLE;
	http_connection_deadline(connection,
				 connection->size ? REL_HTTP_DEADLINE_MS : REL_HTTP_IDLE_MS);
	listen_on(connection);
	if (connection->state == HTTP_READING)
		consider(connection);
}

static void drain(struct http_connection *connection)
{
	int fd;

	if (uv_fileno((uv_handle_t *)&connection->tcp, &fd) || shutdown(fd, SHUT_WR)) {
		http_connection_close(connection);
		return;
	}
	connection->state = HTTP_DRAINING;
	http_connection_deadline(connection, DRAIN_MS);
	listen_on(connection);
}

static void on_written(uv_write_t *request, int status)
{
	struct outgoing *outgoing = request->data;
	struct http_connection *connection = outgoing->connection;

	rel_buf_finish(&outgoing->bytes);
	rel_free(outgoing);
	if (connection->state == HTTP_CLOSING)
		return;
	if (status)
		http_connection_close(connection);
	else if (connection->keep_alive)
		next_request(connection);
	else
		drain(connection);
}

void http_connection_write(struct http_connection *connection, struct rel_buf *answer)
{
	struct outgoing *outgoing = rel_calloc(1, sizeof(*outgoing));
	uv_buf_t bytes = uv_buf_init(answer->data, (unsigned)answer->size);

	outgoing->request.data = outgoing;
	outgoing->bytes = *answer;
	outgoing->connection = connection;
	connection->state = HTTP_WRITING;
	if (uv_write(&outgoing->request, (uv_stream_t *)&connection->tcp, &bytes, 1,
		     on_written)) {
		rel_buf_finish(&outgoing->bytes);
		rel_free(outgoing);
		http_connection_close(connection);
	}
}

void http_connection_refuse(struct http_connection *connection, int code)
{
	const char *reason = http_reason(code);
	struct http_answer_head head = {.code = code, .type = "text/plain; charset=utf-8"};
	struct rel_buf answer;

	head.length = strlen(reason) + 1;
	rel_buf_init(&answer, 1024);
	http_format(&head, &answer);
	rel_buf_printf(&answer, "%s\n", reason);
	uv_read_stop((uv_stream_t *)&connection->tcp);
	connection->keep_alive = false;
	http_connection_deadline(connection, REL_HTTP_DEADLINE_MS);
	http_connection_write(connection, &answer);
}

void http_connection_accept(struct rel_http *server)
{
	struct http_connection *connection = rel_calloc(1, sizeof(*connection));
	uv_loop_t *loop = server->tcp.loop;

	connection->server = server;
	connection->handles = 2;
	connection->state = HTTP_READING;
	uv_tcp_init(loop, &connection->tcp);
	uv_timer_init(loop, &connection->timer);
	connection->tcp.data = connection;
	connection->timer.data = connection;
	server->alive++;
	link_newest(connection);
	if (uv_accept((uv_stream_t *)&server->tcp, (uv_stream_t *)&connection->tcp)) {
		http_connection_close(connection);
		return;
	}
	uv_tcp_nodelay(&connection->tcp, 1);
	http_connection_deadline(connection, REL_HTTP_DEADLINE_MS);
	listen_on(connection);
}
