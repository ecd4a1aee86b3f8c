/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/assert.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "server.h"

#define HEAD_MAX 8192
#define TEXT_TYPE "text/plain; charset=utf-8"

static struct rel_http_request describe(const struct http_connection *connection, bool bodiless)
{
	const struct http_head *head = &connection->head;

	return (struct rel_http_request){
		.method = bodiless ? "GET" : head->method,
		.sent_method = head->method,
		.path = head->path,
		.query = head->query,
		.body = connection->in + head->head_size,
		.body_size = head->body_size,
		.on_admin = connection->server->options.admin,
	};
}

/* handle may answer at once, which frees the exchange; so what is looked at
 * afterwards is the connection, which outlives this call: libuv frees later. */
void http_exchange_begin(struct http_connection *connection)
{
	struct rel_http_exchange *exchange = rel_calloc(1, sizeof(*exchange));
	const struct rel_http_options *options = &connection->server->options;
	struct rel_http_request request;

	exchange->connection = connection;
	exchange->options = rel_text_equal(connection->head.method, "OPTIONS");
	exchange->bodiless = exchange->options ||
			     rel_text_equal(connection->head.method, "HEAD");
	connection->exchange = exchange;
	connection->keep_alive = connection->head.keep_alive;
	request = describe(connection, exchange->bodiless);
	options->handle(options->ctx, exchange, &request);
	if (connection->state != HTTP_HANDLING)
		return;
	exchange->deferred = true;
	http_connection_deadline(connection, REL_HTTP_DEFERRED_MS);
}

const char *rel_http_header(const struct rel_http_exchange *exchange, const char *name)
{
	if (!exchange->connection)
		return NULL;
	return http_find(&exchange->connection->head, name, NULL);
}

/* RFC 9110 §5.6.7. The names are English whatever the locale is: nobody calls
 * setlocale in this process. */
static void format_date(char *text, size_t size)
{
	time_t now = (time_t)(rel_wall_now().us / 1000000);
	struct tm parts;

	gmtime_r(&now, &parts);
	if (!strftime(text, size, "%a, %d %b %Y %H:%M:%S GMT", &parts))
		*text = '\0';
}

static void send_answer(struct http_connection *connection, struct http_answer_head *head,
			const char *body, bool bodiless)
{
	char date[40];
	struct rel_buf answer;

	format_date(date, sizeof(date));
	head->date = date;
	head->keep_alive = connection->keep_alive;
	rel_buf_init(&answer, HEAD_MAX + (bodiless ? 0 : head->length));
	if (!http_format(head, &answer) || answer.overflowed) {
		rel_buf_finish(&answer);
		http_connection_refuse(connection, 500);
		return;
	}
	if (!bodiless)
		rel_buf_add(&answer, body, head->length);
	if (answer.overflowed) {
		rel_buf_finish(&answer);
		http_connection_refuse(connection, 500);
		return;
	}
	http_connection_write(connection, &answer);
}

void rel_http_answer(struct rel_http_exchange *exchange, int code, const char *type,
		     const char *extra, const char *body, size_t body_size)
{
	struct http_connection *connection = exchange->connection;
	struct http_answer_head head = {
		.code = code,
		.type = type,
		.extra = extra,
		.length = exchange->options ? 0 : body_size,
	};
	bool bodiless = exchange->bodiless, deferred = exchange->deferred;

	rel_assert(!connection || connection->exchange == exchange);
	rel_free(exchange);
	if (!connection)
		return;
	connection->exchange = NULL;
	if (deferred)
		http_connection_deadline(connection, REL_HTTP_DEADLINE_MS);
	send_answer(connection, &head, body, bodiless);
}

void rel_http_answer_text(struct rel_http_exchange *exchange, int code, const char *text)
{
	rel_http_answer(exchange, code, TEXT_TYPE, NULL, text, strlen(text));
}

void rel_http_refuse_method(struct rel_http_exchange *exchange, const char *allow)
{
	char extra[80];

	rel_text_format(extra, sizeof(extra), "Allow: %s\r\n", allow);
	rel_http_answer(exchange, 405, TEXT_TYPE, extra, "Method Not Allowed\n", 19);
}
