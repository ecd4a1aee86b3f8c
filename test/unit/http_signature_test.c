/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures, against values computed with openssl dgst -hmac and Python's hmac. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkg/http/nonces.h"
#include "pkg/http/server.h"
#include "redis-election/http.h"

#define SECRET "s3cret"
#define NOW 1700000000
#define NONCE "0123456789abcdef0123456789abcdef"
#define V1_GET_STATE "901d2822065a91013fb88be12bf072726cebfab79d389b5b694b2b2794911aa5"
#define V2_POST "8430b522353f162a24633d323d294deaf8caf93d722f9366f8e845eb0767107d"
#define V2_GET_QUERY "b15efd95ec4a259dcc7cd3bf93d10fff6c0766479d9ce5ee5a49fdc57191285f"

#define TIME "X-Orchestrator-Timestamp: 1700000000\r\n"
#define NONCE_LINE "X-Redis-Election-Nonce: " NONCE "\r\n"
#define STATE "GET /state HTTP/1.0\r\n"
#define SWITCHOVER "POST /switchover HTTP/1.0\r\nContent-Length: 16\r\n"
#define BODY "{\"to\":\"redis-1\"}"
#define V1(hex) "X-Orchestrator-Signature: " hex "\r\n"
#define V2(hex) "X-Redis-Election-Signature: " hex "\r\n"

static struct rel_http_nonces *nonces;

static int set_up(void **state)
{
	(void)state;
	nonces = rel_http_nonces_create();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rel_http_nonces_destroy(nonces);
	return 0;
}

static enum rel_http_auth check_at(const char *text, const char *secret, int64_t now)
{
	static struct http_connection connection;
	struct rel_http_exchange exchange = {.connection = &connection};
	struct rel_http_request request;

	connection.size = strlen(text);
	memcpy(connection.in, text, connection.size);
	assert_int_equal(200, http_parse(connection.in, connection.size, &connection.head));
	request = (struct rel_http_request){
		.method = connection.head.method,
		.sent_method = connection.head.method,
		.path = connection.head.path,
		.query = connection.head.query,
		.body = connection.in + connection.head.head_size,
		.body_size = connection.head.body_size,
	};
	return rel_http_authenticate(&exchange, &request, secret, now, nonces);
}

static enum rel_http_auth check(const char *text)
{
	return check_at(text, SECRET, NOW);
}

static void version_1(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_V1, check(STATE TIME V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_V1,
			 check("GET /state?x=1 HTTP/1.0\r\n" TIME V1(V1_GET_STATE) "\r\n"));
}

static void version_1_refused(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_NONE, check(STATE TIME "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_BAD,
			 check("GET /status HTTP/1.0\r\n" TIME V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_BAD,
			 check("HEAD /state HTTP/1.0\r\n" TIME V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE TIME V1("") "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE TIME V1(V1_GET_STATE "00") "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE TIME V1(V2_POST) "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE TIME TIME V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_BAD, check(STATE TIME V1("x") V1(V1_GET_STATE) "\r\n"));
	assert_int_equal(REL_AUTH_BAD,
			 check(STATE "X-Orchestrator-Timestamp: -5\r\n" V1(V1_GET_STATE) "\r\n"));
}

static void thirty_seconds_either_way(void **state)
{
	static const char request[] = STATE TIME V1(V1_GET_STATE) "\r\n";

	(void)state;
	assert_int_equal(REL_AUTH_V1, check_at(request, SECRET, NOW - 30));
	assert_int_equal(REL_AUTH_V1, check_at(request, SECRET, NOW + 30));
	assert_int_equal(REL_AUTH_BAD, check_at(request, SECRET, NOW - 31));
	assert_int_equal(REL_AUTH_BAD, check_at(request, SECRET, NOW + 31));
}

static void wrong_and_empty_secrets(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_BAD, check_at(STATE TIME V1(V1_GET_STATE) "\r\n", "s3cres", NOW));
	assert_int_equal(REL_AUTH_BAD, check_at(STATE TIME V1(V1_GET_STATE) "\r\n", "", NOW));
}

static void version_2(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_V2, check(SWITCHOVER TIME NONCE_LINE V2(V2_POST) "\r\n" BODY));
}

static void version_2_covers_the_query(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_BAD, check("GET /status?wide=2 HTTP/1.0\r\n" TIME NONCE_LINE
						     V2(V2_GET_QUERY) "\r\n"));
	assert_int_equal(REL_AUTH_V2, check("GET /status?wide=1 HTTP/1.0\r\n" TIME NONCE_LINE
						    V2(V2_GET_QUERY) "\r\n"));
}

static void a_nonce_counts_once(void **state)
{
	static const char request[] = SWITCHOVER TIME NONCE_LINE V2(V2_POST) "\r\n" BODY;

	(void)state;
	assert_int_equal(REL_AUTH_V2, check(request));
	assert_int_equal(REL_AUTH_BAD, check(request));
	assert_int_equal(REL_AUTH_BAD, check_at(request, SECRET, NOW + 30));
}

static void version_2_refused(void **state)
{
	(void)state;
	assert_int_equal(REL_AUTH_BAD, check(SWITCHOVER TIME NONCE_LINE V2(V2_POST) "\r\n"
						     "{\"to\":\"redis-2\"}"));
	assert_int_equal(REL_AUTH_BAD, check(SWITCHOVER TIME V2(V2_POST) "\r\n" BODY));
	assert_int_equal(REL_AUTH_BAD,
			 check(SWITCHOVER TIME NONCE_LINE NONCE_LINE V2(V2_POST) "\r\n" BODY));
	assert_int_equal(REL_AUTH_BAD, check(SWITCHOVER TIME "X-Redis-Election-Nonce: short\r\n" V2(
					       V2_POST) "\r\n" BODY));
	/* A bad second version is not saved by a good first one. */
	assert_int_equal(REL_AUTH_BAD,
			 check(STATE TIME NONCE_LINE V1(V1_GET_STATE) V2(V2_POST) "\r\n"));
	/* What was refused has not used its nonce up. */
	assert_int_equal(REL_AUTH_V2, check(SWITCHOVER TIME NONCE_LINE V2(V2_POST) "\r\n" BODY));
}

static void signs_what_it_accepts(void **state)
{
	static const struct rel_http_signing what = {
		.method = "POST",
		.path = "/switchover",
		.query = "",
		.timestamp = "1700000000",
		.nonce = NONCE,
		.body = BODY,
		.body_size = sizeof(BODY) - 1,
	};
	char signature[REL_HTTP_SIGNATURE_SIZE];

	(void)state;
	rel_http_sign(SECRET, &what, signature);
	assert_string_equal(V2_POST, signature);
}

static void nonces_are_bounded(void **state)
{
	char nonce[32];

	(void)state;
	for (int i = 0; i < HTTP_NONCES_MAX; i++) {
		snprintf(nonce, sizeof(nonce), "nonce-number-%06d", i);
		assert_true(http_nonces_use(nonces, nonce, NOW, NOW + 30));
	}
	assert_false(http_nonces_use(nonces, "one-too-many-here", NOW, NOW + 30));
	assert_false(http_nonces_use(nonces, "one-too-many-here", NOW + 30, NOW + 60));
	assert_true(http_nonces_use(nonces, "one-too-many-here", NOW + 31, NOW + 61));
	assert_false(http_nonces_use(nonces, "one-too-many-here", NOW + 31, NOW + 61));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(version_1),
		TEST(version_1_refused),
		TEST(thirty_seconds_either_way),
		TEST(wrong_and_empty_secrets),
		TEST(version_2),
		TEST(version_2_covers_the_query),
		TEST(a_nonce_counts_once),
		TEST(version_2_refused),
		TEST(signs_what_it_accepts),
		TEST(nonces_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
