/* SPDX-License-Identifier: Apache-2.0 */
/* Answers of the API server and failures of the connection: which leave the outcome
 * of a write open and which do not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/kube/web_private.h"
#include "../../pkg/kube/status_codec.h"
#include "redis-election/base/text.h"

static void codes(void **state)
{
	static const struct {
		int code;
		const char *body;
		enum rel_err err;
	} rows[] = {
		{200, "", REL_OK},
		{201, "", REL_OK},
		{202, "", REL_ERR_GARBLED},
		{204, "", REL_ERR_GARBLED},
		{301, "", REL_ERR_GARBLED},
		{307, "", REL_ERR_GARBLED},
		{400, "{\"reason\":\"BadRequest\"}", REL_ERR_INVALID},
		{401, "{\"reason\":\"Unauthorized\"}", REL_ERR_UNAUTHORIZED},
		{403, "{\"reason\":\"Forbidden\"}", REL_ERR_FORBIDDEN},
		{404, "{\"reason\":\"NotFound\"}", REL_ERR_MISSING},
		{404, "404 page not found\n", REL_ERR_MISSING},
		{405, "", REL_ERR_INVALID},
		{408, "", REL_ERR_GARBLED},
		{409, "{\"reason\":\"Conflict\"}", REL_ERR_CONFLICT},
		{409, "{\"reason\":\"AlreadyExists\"}", REL_ERR_EXISTS},
		{409, "garbage", REL_ERR_CONFLICT},
		{410, "{\"reason\":\"Expired\"}", REL_ERR_EXPIRED},
		{413, "", REL_ERR_INVALID},
		{415, "{\"reason\":\"UnsupportedMediaType\"}", REL_ERR_INVALID},
		{422, "{\"reason\":\"Invalid\"}", REL_ERR_INVALID},
		{429, "Too many requests, please try again later.\n", REL_ERR_THROTTLED},
		{500, "{\"code\":500}", REL_ERR_SERVER},
		{503, "", REL_ERR_SERVER},
		{504, "{\"reason\":\"Timeout\"}", REL_ERR_SERVER},
		{599, "", REL_ERR_SERVER},
		{600, "", REL_ERR_GARBLED},
		{0, "", REL_ERR_GARBLED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_status_answer answer;

		rel_status_decode(rows[i].code, rows[i].body, strlen(rows[i].body), &answer);
		assert_int_equal(answer.err, rows[i].err);
	}
}

static void texts(void **state)
{
	static const char *const rows[][2] = {
		{"{\"message\":\"no such lease\"}", "no such lease"},
		{"Too many requests, please try again later.\nmore",
		 "Too many requests, please try again later."},
		{"", ""},
		{"\x01", ""},
	};
	struct rel_status_answer answer;
	char longer[2 * REL_STATUS_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rel_status_decode(429, rows[i][0], strlen(rows[i][0]), &answer);
		assert_string_equal(answer.text, rows[i][1]);
	}
	memset(longer, 'a', sizeof(longer));
	rel_status_decode(429, longer, sizeof(longer), &answer);
	assert_int_equal(strlen(answer.text), REL_STATUS_TEXT - 1);
}

static void retry_after(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"1", 1000},
		{"0", 0},
		{"30", 30000},
		{"31", 30000},
		{"18446744073709551615", 30000},
		{"", 0},
		{"-1", 0},
		{"1.5", 0},
		{"soon", 0},
		{"Wed, 21 Oct 2026 07:28:00 GMT", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rel_to_ms(rel_status_retry_after(rows[i].text)), rows[i].ms);
}

static bool is_certain(enum rel_err err)
{
	enum rel_err_class class = rel_err_class(err);

	return class != REL_CLASS_OK && class != REL_CLASS_TRANSIENT && class != REL_CLASS_TIMEOUT;
}

static void transport_rows(void **state)
{
	static const struct {
		CURLcode result;
		bool sent;
		long os_errno;
		enum rel_err err;
	} rows[] = {
		{CURLE_OK, true, 0, REL_OK},
		{CURLE_COULDNT_RESOLVE_HOST, false, 0, REL_ERR_RESOLVE},
		{CURLE_COULDNT_CONNECT, false, ECONNREFUSED, REL_ERR_REFUSED},
		{CURLE_COULDNT_CONNECT, false, EHOSTUNREACH, REL_ERR_UNREACHABLE},
		{CURLE_PEER_FAILED_VERIFICATION, false, 0, REL_ERR_TLS},
		{CURLE_SSL_CONNECT_ERROR, false, 0, REL_ERR_TLS},
		{CURLE_OPERATION_TIMEDOUT, false, 0, REL_ERR_UNREACHABLE},
		{CURLE_OPERATION_TIMEDOUT, true, 0, REL_ERR_TIMEOUT},
		{CURLE_GOT_NOTHING, true, 0, REL_ERR_CLOSED},
		{CURLE_PARTIAL_FILE, true, 0, REL_ERR_CLOSED},
		{CURLE_RECV_ERROR, true, ECONNRESET, REL_ERR_RESET},
		{CURLE_SEND_ERROR, true, EPIPE, REL_ERR_RESET},
		{CURLE_ABORTED_BY_CALLBACK, true, 0, REL_ERR_RESET},
		{CURLE_WEIRD_SERVER_REPLY, true, 0, REL_ERR_GARBLED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(rel_web_err(rows[i].result, rows[i].sent, rows[i].os_errno),
				 rows[i].err);
}

/* Whatever libcurl says: sent means open, unsent means certain. */
static void sending_decides(void **state)
{
	(void)state;
	for (int result = 1; result < CURL_LAST; result++) {
		assert_false(is_certain(rel_web_err((CURLcode)result, true, ECONNREFUSED)));
		assert_true(is_certain(rel_web_err((CURLcode)result, false, 0)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(codes),           cmocka_unit_test(texts),
		cmocka_unit_test(retry_after),     cmocka_unit_test(transport_rows),
		cmocka_unit_test(sending_decides),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
