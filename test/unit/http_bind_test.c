/* SPDX-License-Identifier: Apache-2.0 */
/* Where the server can be told to listen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "redis-election/http.h"
#include "redis-election/loop.h"

static struct rel_loop *loop;

static void handle(void *ctx, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	(void)ctx;
	(void)request;
	rel_http_answer_text(exchange, 200, "");
}

static struct rel_http *open_server(const char *bind, char *error, size_t size)
{
	struct rel_http_options options = {.bind = bind, .handle = handle};

	return rel_http_listen(loop, &options, error, size);
}

static int set_up(void **state)
{
	(void)state;
	loop = rel_loop_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rel_loop_destroy(loop);
	return 0;
}

/* The kernel accepts for a listening socket before the loop runs. */
static bool reachable(const struct rel_http *http)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
				      .sin_port = htons(rel_http_port(http))};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int failed = connect(fd, (struct sockaddr *)&address, sizeof(address));

	close(fd);
	return !failed;
}

static void addresses_that_are_none(void **state)
{
	static const char *const bad[] = {
		"",	 "x",	     "8080x", "65536", "1.2.3.4",    "name:80",
		"::1:0", "[::1:80", "[]:80", "-1",    "127.0.0.1:",
	};
	char error[160];

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_null(open_server(bad[i], error, sizeof(error)));
		assert_non_null(strstr(error, bad[i]));
	}
}

static void addresses_that_work(void **state)
{
	static const char *const good[] = {"0",	      ":0",	   "[::]:0",
					   "localhost:0", "0.0.0.0:0", "127.0.0.1:0"};
	char error[160];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct rel_http *http = open_server(good[i], error, sizeof(error));

		assert_non_null(http);
		assert_int_not_equal(0, rel_http_port(http));
		assert_true(reachable(http));
		rel_http_close(http, NULL, NULL);
	}
}

static void port_in_use(void **state)
{
	char bind[32], error[160];
	struct rel_http *http = open_server("127.0.0.1:0", error, sizeof(error));

	(void)state;
	snprintf(bind, sizeof(bind), "127.0.0.1:%d", rel_http_port(http));
	assert_null(open_server(bind, error, sizeof(error)));
	assert_non_null(strstr(error, "address already in use"));
	rel_http_close(http, NULL, NULL);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(addresses_that_are_none),
		TEST(addresses_that_work),
		TEST(port_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
