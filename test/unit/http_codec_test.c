/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: what is read, what waits, what is refused with which code; answers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkg/http/codec.h"
#include "redis-election/http.h"

#define HOST "Host: redis-0\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST

static char data[2 * REL_HTTP_REQUEST_MAX];
static struct http_head head;

static int parse(const char *text)
{
	size_t size = strlen(text);

	memcpy(data, text, size);
	return http_parse(data, size, &head);
}

static void reads_the_parts(void **state)
{
	(void)state;
	assert_int_equal(200,
			 parse("POST /switchover?wait=1 HTTP/1.1\r\n" HOST
			       "X-One:  a b\t\r\nx-one: second\r\nContent-Length: 4\r\n\r\nbody"));
	assert_string_equal("POST", head.method);
	assert_string_equal("/switchover", head.path);
	assert_string_equal("wait=1", head.query);
	assert_string_equal("a b", http_find(&head, "X-ONE", NULL));
	assert_int_equal(4, head.body_size);
	assert_memory_equal("body", data + head.head_size, 4);
	assert_true(head.keep_alive);
}

static void counts_repeated_headers(void **state)
{
	size_t count;

	(void)state;
	assert_int_equal(200, parse(GET "A: 1\r\na: 2\r\n\r\n"));
	assert_string_equal("1", http_find(&head, "A", &count));
	assert_int_equal(2, count);
	assert_null(http_find(&head, "B", &count));
	assert_int_equal(0, count);
}

struct row {
	const char *name;
	const char *request;
	int code;
};

static const struct row rows[] = {
	{"absolute form", "GET http://redis-0:8080/state HTTP/1.1\r\n" HOST "\r\n", 200},
	{"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n", 200},
	{"empty value", GET "X-Empty:\r\n\r\n", 200},
	{"other bytes in a value", GET "X: \xc3\xa4\r\n\r\n", 200},
	{"nothing yet", "", 0},
	{"half a method", "GE", 0},
	{"half a head", GET, 0},
	{"not HTTP: TLS", "\x16\x03\x01", 400},
	{"not HTTP: Redis", "*1\r\n$4\r\nPING\r\n", 400},
	{"not HTTP: lower case", "ping\r\n", 400},
	{"not HTTP: a long word", "AAAAAAAAAAAAAAAAAAAAAAAA", 400},
	{"no target", "GET HTTP/1.1\r\n\r\n", 400},
	{"no version", "GET /\r\n\r\n", 400},
	{"two blanks", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400},
	{"blank at the end", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400},
	{"another version", "GET / HTTP/2.0\r\n" HOST "\r\n", 505},
	{"another protocol", "GET / ICY/1.1\r\n" HOST "\r\n", 400},
	{"asterisk form", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400},
	{"authority form", "CONNECT redis-0:80 HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a quote in the target", "GET /\" HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a fragment", "GET /#a HTTP/1.1\r\n" HOST "\r\n", 400},
	{"a byte over ASCII in the target", "GET /\xff HTTP/1.1\r\n" HOST "\r\n", 400},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400},
	{"two Hosts", GET HOST "\r\n", 400},
	{"bare LF in a header", GET "A: 1\nB: 2\r\n\r\n", 400},
	{"folded header", GET "A: 1\r\n 2\r\n\r\n", 400},
	{"blank before the colon", GET "A : 1\r\n\r\n", 400},
	{"no name", GET ": 1\r\n\r\n", 400},
	{"no colon", GET "A\r\n\r\n", 400},
	{"control byte in a value", GET "A: \x01\r\n\r\n", 400},
	{"CR in a value", GET "A: 1\rB: 2\r\n\r\n", 400},
	{"chunked", GET "Transfer-Encoding: chunked\r\n\r\n", 411},
	{"other coding", GET "Transfer-Encoding: gzip, chunked\r\n\r\n", 501},
	{"coding and length", GET "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n", 400},
	{"two codings", GET "Transfer-Encoding: x\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
	{"two lengths", GET "Content-Length: 1\r\nContent-Length: 1\r\n\r\n", 400},
	{"a list of lengths", GET "Content-Length: 1, 1\r\n\r\n", 400},
	{"negative length", GET "Content-Length: -1\r\n\r\n", 400},
	{"length with a sign", GET "Content-Length: +1\r\n\r\n", 400},
	{"hexadecimal length", GET "Content-Length: 0x1\r\n\r\n", 400},
	{"length over 64 bits", GET "Content-Length: 99999999999999999999\r\n\r\n", 400},
	{"greatest length", GET "Content-Length: 18446744073709551615\r\n\r\n", 413},
	{"body over the limit", GET "Content-Length: 16384\r\n\r\n", 413},
	{"an expectation", GET "Expect: 100-continue\r\n\r\n", 417},
};

static void judges_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int code = parse(rows[i].request);

		if (code != rows[i].code)
			fail_msg("%s: %d instead of %d", rows[i].name, code, rows[i].code);
	}
}

static void refuses_a_nul(void **state)
{
	static const char request[] = GET "A: 1\0 2\r\n\r\n";

	(void)state;
	memcpy(data, request, sizeof(request) - 1);
	assert_int_equal(400, http_parse(data, sizeof(request) - 1, &head));
}

static void every_prefix_waits(void **state)
{
	static const char request[] = "POST /pause?x HTTP/1.1\r\n" HOST "A: b\r\n\r\n";

	(void)state;
	for (size_t size = 0; size < sizeof(request) - 1; size++) {
		memcpy(data, request, size);
		assert_int_equal(0, http_parse(data, size, &head));
		assert_memory_equal(request, data, size);
	}
}

static void closes_when_asked_to(void **state)
{
	(void)state;
	assert_int_equal(200, parse(GET "Connection: close\r\n\r\n"));
	assert_false(head.keep_alive);
	assert_int_equal(200, parse(GET "Connection: Keep-Alive\r\n\r\n"));
	assert_true(head.keep_alive);
	assert_int_equal(200, parse("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
	assert_false(head.keep_alive);
}

static size_t with_filler(size_t total)
{
	static const char begin[] = GET "X: ", end[] = "\r\n\r\n";
	size_t filler = total - (sizeof(begin) - 1) - (sizeof(end) - 1);

	memcpy(data, begin, sizeof(begin) - 1);
	memset(data + sizeof(begin) - 1, 'x', filler);
	memcpy(data + total - (sizeof(end) - 1), end, sizeof(end) - 1);
	return total;
}

static void sixteen_kib_and_no_more(void **state)
{
	(void)state;
	assert_int_equal(200, http_parse(data, with_filler(REL_HTTP_REQUEST_MAX), &head));
	assert_int_equal(REL_HTTP_REQUEST_MAX, head.head_size);
	with_filler(REL_HTTP_REQUEST_MAX + 1);
	assert_int_equal(0, http_parse(data, REL_HTTP_REQUEST_MAX - 1, &head));
	assert_int_equal(431, http_parse(data, REL_HTTP_REQUEST_MAX, &head));
}

static void too_many_headers(void **state)
{
	size_t size = strlen(GET);

	(void)state;
	memcpy(data, GET, size);
	for (int i = 0; i < HTTP_HEADERS_MAX; i++, size += 6)
		memcpy(data + size, "A: b\r\n", 6);
	memcpy(data + size, "\r\n", 2);
	assert_int_equal(431, http_parse(data, size + 2, &head));
}

static void formats_a_head(void **state)
{
	struct http_answer_head answer = {
		.code = 405,
		.type = "text/plain",
		.extra = "Allow: POST\r\nX-Y: z\r\n",
		.length = 3,
		.keep_alive = true,
	};
	struct rel_buf out;

	(void)state;
	rel_buf_init(&out, 1024);
	assert_true(http_format(&answer, &out));
	assert_string_equal("HTTP/1.1 405 Method Not Allowed\r\nContent-Type: text/plain\r\n"
			    "Content-Length: 3\r\nCache-Control: no-store\r\n"
			    "X-Content-Type-Options: nosniff\r\nAllow: POST\r\nX-Y: z\r\n"
			    "Connection: keep-alive\r\n\r\n",
			    out.data);
	rel_buf_finish(&out);
}

static void no_line_is_split(void **state)
{
	static const struct http_answer_head bad[] = {
		{.code = 200, .type = "text/plain\r\nX: y"},
		{.code = 200, .extra = "no colon\r\n"},
		{.code = 200, .extra = "A: b"},
		{.code = 200, .extra = "A: b\nC: d\r\n"},
		{.code = 200, .extra = "A: b\r\n\r\n<script>"},
		{.code = 200, .extra = ": b\r\n"},
		{.code = 200, .extra = "A b: c\r\n"},
		{.code = 200, .extra = "A\r\nB: c\r\n"},
	};
	struct rel_buf out;

	(void)state;
	rel_buf_init(&out, 1024);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(http_format(&bad[i], &out));
	assert_int_equal(0, out.size);
	rel_buf_finish(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_the_parts),
		cmocka_unit_test(counts_repeated_headers),
		cmocka_unit_test(judges_every_row),
		cmocka_unit_test(refuses_a_nul),
		cmocka_unit_test(every_prefix_waits),
		cmocka_unit_test(closes_when_asked_to),
		cmocka_unit_test(sixteen_kib_and_no_more),
		cmocka_unit_test(too_many_headers),
		cmocka_unit_test(formats_a_head),
		cmocka_unit_test(no_line_is_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
