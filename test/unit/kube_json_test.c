/* SPDX-License-Identifier: Apache-2.0 */
/* Documents that are not what they should be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/kube/json.h"
#include "../../pkg/kube/lease_codec.h"
#include "../../pkg/kube/values.h"

#define NAME "redis"
#define LONG_DIGITS "18446744073709551616"

static json_t *parse(const char *text)
{
	json_t *json = rel_json_parse(text, strlen(text));

	assert_non_null(json);
	return json;
}

#define LEASE(metadata) "{\"kind\":\"Lease\",\"metadata\":" metadata "}"

#define STATUS \
	"{\"kind\":\"Status\",\"metadata\":{\"name\":\"redis\",\"uid\":\"u\"," \
	"\"resourceVersion\":\"1\"}}"

static void not_a_lease(void **state)
{
	static const char *const rows[] = {
		"{}",
		LEASE("{}"),
		LEASE("[]"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\"}"),
		LEASE("{\"name\":\"redis\",\"resourceVersion\":\"1\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"\",\"resourceVersion\":\"1\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\",\"resourceVersion\":\"0\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\",\"resourceVersion\":\"\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\",\"resourceVersion\":\"1a\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\",\"resourceVersion\":1}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"u\",\"resourceVersion\":\"" LONG_DIGITS "\"}"),
		LEASE("{\"name\":\"other\",\"uid\":\"u\",\"resourceVersion\":\"1\"}"),
		LEASE("{\"name\":\"redis\",\"uid\":\"0123456789012345678901234567890123456789\","
		      "\"resourceVersion\":\"1\"}"),
		STATUS,
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *lease = parse(rows[i]);
		struct rel_record read;

		assert_int_equal(rel_lease_decode(lease, NAME, &read), REL_ERR_GARBLED);
		assert_int_equal(rel_record_kind(&read), REL_RECORD_MISSING);
		json_decref(lease);
	}
}

static void not_an_object(void **state)
{
	static const char *const rows[] = {"",
					   "[]",
					   "1",
					   "null",
					   "\"x\"",
					   "{",
					   "{}{}",
					   "{}x",
					   "{\"a\":\"\\u0000\"}",
					   "{\"a\":1e999}",
					   "{\"a\":\"\xff\"}"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_null(rel_json_parse(rows[i], strlen(rows[i])));
}

static void last_of_two_keys_counts(void **state)
{
	json_t *lease = parse("{\"kind\":\"Lease\",\"metadata\":{\"name\":\"redis\",\"uid\":\"u\","
			      "\"resourceVersion\":\"1\",\"resourceVersion\":\"2\"},\"spec\":{"
			      "\"holderIdentity\":\"a\",\"holderIdentity\":\"b\"}}");
	struct rel_record read;

	(void)state;
	assert_int_equal(rel_lease_decode(lease, NAME, &read), REL_OK);
	assert_int_equal(read.version.index, 2);
	assert_string_equal(read.holder, "b");
	json_decref(lease);
}

/* A name becomes part of a path. */
static void names(void **state)
{
	static const char *const bad[] = {"",  ".",   "..",   "a/b", "a b",
					  "A", "a_b", "a%2f", "-a",  "a?"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rel_value_is_name(bad[i], 16));
	assert_true(rel_value_is_name("redis-0.a", 10));
	assert_false(rel_value_is_name("redis-0.a", 9));
}

static void written_text_is_printable(void **state)
{
	json_t *json = rel_json_new();

	(void)state;
	rel_json_set_text(json, "a", "x\n\xc3\x28\x7f ~");
	assert_string_equal(rel_json_text(json, "a"), "x?"
						      "?(? ~");
	json_decref(json);
}

static void does_not_fit(void **state)
{
	json_t *json = rel_json_new();
	struct rel_buf out;

	(void)state;
	rel_json_set_text(json, "key", "value");
	rel_buf_init(&out, 14);
	assert_false(rel_json_write(json, &out));
	rel_buf_finish(&out);
	rel_buf_init(&out, 15);
	assert_true(rel_json_write(json, &out));
	assert_string_equal(out.data, "{\"key\":\"value\"}");
	rel_buf_finish(&out);
	json_decref(json);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_a_lease),
		cmocka_unit_test(not_an_object),
		cmocka_unit_test(last_of_two_keys_counts),
		cmocka_unit_test(names),
		cmocka_unit_test(written_text_is_printable),
		cmocka_unit_test(does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
