/* SPDX-License-Identifier: Apache-2.0 */
/* The server on loopback, against a client on a second thread with blocking
 * sockets: what it answers, and that nobody can lock it out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/socket.h>

#include "redis-election/base/text.h"
#include "redis-election/http.h"
#include "redis-election/loop.h"

#define DRIPPERS 300
#define HOST "Host: x\r\n"
#define GET_ROOT "GET / HTTP/1.1\r\n" HOST "\r\n"
/* Far above anything but a hang. */
#define PATIENCE_S 20

struct fixture {
	struct rel_loop *loop;
	struct rel_http *http;
	struct rel_http_exchange *kept; /* answered by /release */
	bool closed;
	uv_async_t done;
	void (*client)(struct fixture *f);
	char failure[256]; /* of the client; "" = none */
};

static struct fixture fixture;

/* Fails the test from the client's thread, where cmocka cannot jump. */
#define CHECK(condition)                                                             \
	do {                                                                         \
		if (!(condition) && !*f->failure)                                    \
			rel_text_format(f->failure, sizeof(f->failure), "line %d: %s", \
					__LINE__, #condition);                       \
	} while (0)

static void release(struct fixture *f)
{
	if (f->kept)
		rel_http_answer_text(f->kept, 200, "late");
	f->kept = NULL;
}

static void handle(void *ctx, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	struct fixture *f = ctx;
	const char *token = rel_http_header(exchange, "x-token");

	if (rel_text_equal(request->path, "/keep")) {
		f->kept = exchange;
	} else if (rel_text_equal(request->path, "/release")) {
		release(f);
		rel_http_answer_text(exchange, 200, "released");
	} else if (rel_text_equal(request->path, "/split")) {
		rel_http_answer(exchange, 200, "text/plain", "A: b\r\n\r\nevil", "", 0);
	} else if (rel_text_equal(request->path, "/post")) {
		if (rel_text_equal(request->method, "POST"))
			rel_http_answer(exchange, 202, "text/plain", NULL, request->body,
					request->body_size);
		else
			rel_http_refuse_method(exchange, "POST");
	} else {
		rel_http_answer_text(exchange, 200, token ? token : request->path);
	}
}

static void on_done(uv_async_t *async)
{
	rel_loop_stop(fixture.loop);
	uv_close((uv_handle_t *)async, NULL);
}

static void *run_client(void *ctx)
{
	struct fixture *f = ctx;

	f->client(f);
	uv_async_send(&f->done);
	return NULL;
}

static void on_closed(void *ctx)
{
	((struct fixture *)ctx)->closed = true;
}

static struct rel_http *open_server(const char *bind, char *error, size_t size)
{
	struct rel_http_options options = {.bind = bind, .handle = handle, .ctx = &fixture};

	return rel_http_listen(fixture.loop, &options, error, size);
}

static int set_up(void **state)
{
	char error[160];

	(void)state;
	memset(&fixture, 0, sizeof(fixture));
	fixture.loop = rel_loop_create();
	fixture.http = open_server("127.0.0.1:0", error, sizeof(error));
	return fixture.http ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	if (fixture.http)
		rel_http_close(fixture.http, on_closed, &fixture);
	rel_loop_destroy(fixture.loop);
	release(&fixture);
	return fixture.http && !fixture.closed;
}

/* Runs the loop until the client is through. */
static void with_client(void (*client)(struct fixture *f))
{
	pthread_t thread;

	fixture.client = client;
	assert_int_equal(0, uv_async_init(rel_loop_uv(fixture.loop), &fixture.done, on_done));
	assert_int_equal(0, pthread_create(&thread, NULL, run_client, &fixture));
	rel_loop_run(fixture.loop);
	pthread_join(thread, NULL);
	if (*fixture.failure)
		fail_msg("%s", fixture.failure);
}

static int dial(const struct fixture *f)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(rel_http_port(f->http))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool put_bytes(int fd, const void *bytes, size_t size)
{
	return send(fd, bytes, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool put(int fd, const char *text)
{
	return put_bytes(fd, text, strlen(text));
}

/* Reads until the end. -1 when there is none in time. */
static ssize_t drain(int fd, char *text, size_t size)
{
	size_t got = 0;
	ssize_t n;

	while ((n = recv(fd, text + got, size - 1 - got, 0)) > 0)
		got += (size_t)n;
	text[got] = '\0';
	return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) ? -1 : (ssize_t)got;
}

/* Reads until text has the answer's last part. */
static bool expect(int fd, const char *last, char *text, size_t size)
{
	size_t got = 0;
	ssize_t n = 1;

	text[0] = '\0';
	while (n > 0 && !strstr(text, last)) {
		n = recv(fd, text + got, size - 1 - got, 0);
		got += n > 0 ? (size_t)n : 0;
		text[got] = '\0';
	}
	return strstr(text, last) != NULL;
}

static bool good_request(const struct fixture *f)
{
	char text[1024];
	int fd = dial(f);
	bool good = fd >= 0 && put(fd, GET_ROOT) && expect(fd, "\r\n\r\n/", text, sizeof(text)) &&
		    rel_text_starts(text, "HTTP/1.1 200 OK\r\n");

	if (fd >= 0)
		close(fd);
	return good;
}

/* Sends, then expects code and the end of the connection. */
static bool refused_with(const struct fixture *f, const void *bytes, size_t size, int code)
{
	char text[1024], start[16];
	int fd = dial(f);
	bool good = put_bytes(fd, bytes, size) && drain(fd, text, sizeof(text)) > 0;

	snprintf(start, sizeof(start), "HTTP/1.1 %d ", code);
	close(fd);
	return good && rel_text_starts(text, start) && strstr(text, "Connection: close\r\n");
}

static void client_parts(struct fixture *f)
{
	char text[2048];
	int fd = dial(f);

	CHECK(put(fd, "GET /a?b HTTP/1.1\r\nX-Token: secret\r\n" HOST "\r\n"));
	CHECK(expect(fd, "secret", text, sizeof(text)));
	CHECK(strstr(text, "Content-Length: 6\r\n") && strstr(text, "\r\nDate: "));
	CHECK(strstr(text, "Connection: keep-alive\r\n"));
	CHECK(put(fd, "GET /split HTTP/1.1\r\n" HOST "\r\n") && drain(fd, text, sizeof(text)) > 0);
	CHECK(rel_text_starts(text, "HTTP/1.1 500 ") && !strstr(text, "evil"));
	close(fd);
}

static void answers(void **state)
{
	(void)state;
	with_client(client_parts);
}

static void client_methods(struct fixture *f)
{
	char text[2048];
	int fd = dial(f);

	CHECK(put(fd, "HEAD /abc HTTP/1.1\r\n" HOST "\r\nOPTIONS /abc HTTP/1.1\r\n" HOST
		      "\r\nGET /post HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"));
	CHECK(drain(fd, text, sizeof(text)) > 0);
	CHECK(strstr(text, "Content-Length: 4\r\n"));
	CHECK(strstr(text, "Content-Length: 0\r\n"));
	CHECK(!strstr(text, "/abc"));
	CHECK(strstr(text, "HTTP/1.1 405 ") && strstr(text, "Allow: POST\r\n"));
	close(fd);
}

static void head_options_and_405(void **state)
{
	(void)state;
	with_client(client_methods);
}

static void client_pipeline(struct fixture *f)
{
	char text[4096];
	const char *one, *two, *three;
	int fd = dial(f);

	CHECK(put(fd, "GET /one HTTP/1.1\r\n" HOST "\r\nPOST /post HTTP/1.1\r\n" HOST
		      "Content-Length: 5\r\n\r\n-two-GET /three HTTP/1.0\r\n\r\n"));
	CHECK(drain(fd, text, sizeof(text)) > 0);
	one = strstr(text, "/one");
	two = strstr(text, "-two-");
	three = strstr(text, "/three");
	CHECK(one && two && three && one < two && two < three);
	close(fd);
}

static void pipelined_in_order(void **state)
{
	(void)state;
	with_client(client_pipeline);
}

static void client_pieces(struct fixture *f)
{
	static const char request[] = "POST /post HTTP/1.1\r\n" HOST
				      "Content-Length: 6\r\n\r\nabcdef";
	char text[2048];
	int fd = dial(f);

	for (size_t i = 0; i < sizeof(request) - 1; i++)
		CHECK(put_bytes(fd, request + i, 1));
	CHECK(expect(fd, "\r\n\r\nabcdef", text, sizeof(text)));
	close(fd);
	fd = dial(f);
	CHECK(put(fd, GET_ROOT) && !shutdown(fd, SHUT_WR));
	CHECK(drain(fd, text, sizeof(text)) > 0 && strstr(text, "200 OK"));
	close(fd);
}

static void in_pieces_and_half_closed(void **state)
{
	(void)state;
	with_client(client_pieces);
}

static void client_garbage(struct fixture *f)
{
	static char large[3 * REL_HTTP_REQUEST_MAX];
	static const char big_body[] = "POST /post HTTP/1.1\r\n" HOST
				       "Content-Length: 20000\r\n\r\n";
	static const char chunked[] = "POST /post HTTP/1.1\r\n" HOST
				      "Transfer-Encoding: chunked\r\n\r\n";

	memset(large, 'x', sizeof(large));
	memcpy(large, "GET / HTTP/1.1\r\nA: ", 19);
	CHECK(refused_with(f, "\x16\x03\x01\x02", 4, 400));
	CHECK(refused_with(f, "*1\r\n$4\r\nPING\r\n", 14, 400));
	CHECK(refused_with(f, "\0", 1, 400));
	CHECK(refused_with(f, large, REL_HTTP_REQUEST_MAX, 431));
	CHECK(refused_with(f, large, sizeof(large), 431));
	CHECK(refused_with(f, big_body, sizeof(big_body) - 1, 413));
	CHECK(refused_with(f, chunked, sizeof(chunked) - 1, 411));
	CHECK(good_request(f));
}

static void garbage_is_refused_and_closed(void **state)
{
	(void)state;
	with_client(client_garbage);
}

static void client_deferred(struct fixture *f)
{
	char text[2048];
	int fd = dial(f), gone = dial(f), other = dial(f);

	CHECK(put(fd, "GET /keep HTTP/1.1\r\n" HOST "\r\n" GET_ROOT));
	/* The second request shows that the first one has arrived. */
	CHECK(good_request(f));
	CHECK(put(other, "GET /release HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(expect(other, "released", text, sizeof(text)));
	CHECK(expect(fd, "\r\n\r\n/", text, sizeof(text)) && strstr(text, "late"));
	CHECK(put(gone, "GET /keep HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(good_request(f));
	close(gone);
	CHECK(put(other, "GET /release HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(expect(other, "released", text, sizeof(text)));
	close(fd);
	close(other);
}

static void deferred_answers(void **state)
{
	(void)state;
	with_client(client_deferred);
	assert_null(fixture.kept);
}

static void client_keeps(struct fixture *f)
{
	int fd = dial(f);

	CHECK(put(fd, "GET /keep HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(good_request(f));
	close(fd);
}

/* tear_down closes the server, then answers what is still open. */
static void answered_after_close(void **state)
{
	(void)state;
	with_client(client_keeps);
	assert_non_null(fixture.kept);
}

static void drip(const int *fds, char c)
{
	for (int i = 0; i < DRIPPERS; i++)
		put_bytes(fds[i], &c, 1); /* those thrown out fail: that is the point */
}

static void client_slow_loris(struct fixture *f)
{
	static const char letters[] = "GET / HTTP/1.1";
	int fds[DRIPPERS];

	for (int i = 0; i < DRIPPERS; i++) {
		fds[i] = dial(f);
		CHECK(fds[i] >= 0);
	}
	for (size_t i = 0; i < sizeof(letters) - 1; i++) {
		drip(fds, letters[i]);
		CHECK(good_request(f));
	}
	for (int i = 0; i < DRIPPERS; i++)
		close(fds[i]);
	CHECK(good_request(f));
}

static void three_hundred_drippers(void **state)
{
	(void)state;
	with_client(client_slow_loris);
}

/* Connections that were answered and wait count as less than those that ask. */
static void client_cap(struct fixture *f)
{
	int fds[REL_HTTP_CONNECTIONS_MAX], asking = dial(f), late;
	char text[1024];

	CHECK(put(asking, "GET /"));
	for (int i = 0; i < REL_HTTP_CONNECTIONS_MAX - 1; i++) {
		fds[i] = dial(f);
		CHECK(put(fds[i], GET_ROOT) && expect(fds[i], "\r\n\r\n/", text, sizeof(text)));
	}
	late = dial(f);
	CHECK(put(late, GET_ROOT) && expect(late, "\r\n\r\n/", text, sizeof(text)));
	CHECK(drain(fds[0], text, sizeof(text)) == 0);
	CHECK(put(fds[1], GET_ROOT) && expect(fds[1], "\r\n\r\n/", text, sizeof(text)));
	CHECK(put(asking, "asked HTTP/1.1\r\n" HOST "\r\n"));
	CHECK(expect(asking, "/asked", text, sizeof(text)));
	for (int i = 0; i < REL_HTTP_CONNECTIONS_MAX - 1; i++)
		close(fds[i]);
	close(asking);
	close(late);
}

static void the_oldest_idle_one_goes(void **state)
{
	(void)state;
	with_client(client_cap);
}

static int64_t now_ms(void)
{
	return rel_loop_now().ns / 1000000;
}

/* A byte now and then does not move the deadline: the dripper sends all the time. */
static void client_deadline(struct fixture *f)
{
	int64_t began = now_ms();
	int silent = dial(f), dripper = dial(f);
	struct timeval tick = {.tv_usec = 50000};
	char text[1024];
	ssize_t n = -1;

	setsockopt(dripper, SOL_SOCKET, SO_RCVTIMEO, &tick, sizeof(tick));
	CHECK(put(dripper, "GET /"));
	while (n < 0 && now_ms() - began < 3 * REL_HTTP_DEADLINE_MS) {
		put(dripper, "x");
		n = recv(dripper, text, sizeof(text) - 1, 0);
	}
	text[n > 0 ? n : 0] = '\0';
	CHECK(rel_text_starts(text, "HTTP/1.1 408 "));
	CHECK(drain(silent, text, sizeof(text)) == 0);
	CHECK(now_ms() - began >= REL_HTTP_DEADLINE_MS - 100);
	CHECK(now_ms() - began < 2 * REL_HTTP_DEADLINE_MS);
	close(silent);
	close(dripper);
}

static void five_seconds_and_no_more(void **state)
{
	(void)state;
	with_client(client_deadline);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(answers),
		TEST(head_options_and_405),
		TEST(pipelined_in_order),
		TEST(in_pieces_and_half_closed),
		TEST(garbage_is_refused_and_closed),
		TEST(deferred_answers),
		TEST(answered_after_close),
		TEST(three_hundred_drippers),
		TEST(the_oldest_idle_one_goes),
		TEST(five_seconds_and_no_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
