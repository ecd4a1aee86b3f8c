/* SPDX-License-Identifier: Apache-2.0 */
/* Text, buffers, memory and errors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis-election/base/buf.h"
#include "redis-election/base/err.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

static void copies_tell_when_they_cut(void **state)
{
	char to[4] = "abc";

	(void)state;
	assert_true(rel_text_copy(to, sizeof(to), "xyz"));
	assert_string_equal(to, "xyz");
	assert_false(rel_text_copy(to, sizeof(to), "1234"));
	assert_string_equal(to, "123");
	assert_true(rel_text_copy_n(to, sizeof(to), "abcdef", 2));
	assert_string_equal(to, "ab");
	assert_true(rel_text_copy_n(to, sizeof(to), "a\0bcdef", 7));
	assert_string_equal(to, "a");
	assert_false(rel_text_copy(to, 1, "a"));
	assert_string_equal(to, "");
}

static void a_copy_reads_no_further_than_told(void **state)
{
	const char unended[3] = {'a', 'b', 'c'};
	char to[8];

	(void)state;
	assert_true(rel_text_copy_n(to, sizeof(to), unended, sizeof(unended)));
	assert_string_equal(to, "abc");
}

static void appending_and_formatting_stay_inside(void **state)
{
	char to[6] = "ab";

	(void)state;
	assert_true(rel_text_append(to, sizeof(to), "cde"));
	assert_false(rel_text_append(to, sizeof(to), "f"));
	assert_string_equal(to, "abcde");
	assert_true(rel_text_format(to, sizeof(to), "%d", 12345));
	assert_false(rel_text_format(to, sizeof(to), "%d", 123456));
	assert_string_equal(to, "12345");
}

static void numbers_are_digits_only(void **state)
{
	static const char *const bad[] = {"", "-1", "+1", " 1", "1 ", "0x1", "1.0", "one",
					  "18446744073709551616", "99999999999999999999999"};
	uint64_t number;
	int64_t small;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rel_text_to_u64(bad[i], &number));
	assert_true(rel_text_to_u64("18446744073709551615", &number));
	assert_true(number == UINT64_MAX);
	assert_true(rel_text_to_i64("9223372036854775807", &small));
	assert_true(small == INT64_MAX);
	assert_false(rel_text_to_i64("9223372036854775808", &small));
}

static void a_buffer_never_passes_its_limit(void **state)
{
	struct rel_buf buf;

	(void)state;
	rel_buf_init(&buf, 600);
	for (int i = 0; i < 600; i++)
		assert_true(rel_buf_add_char(&buf, 'x'));
	assert_true(buf.capacity <= 601);
	assert_false(rel_buf_add_char(&buf, 'y'));
	assert_false(rel_buf_printf(&buf, "%d", 7));
	assert_true(rel_buf_add(&buf, "", 0));
	assert_true(buf.overflowed);
	assert_int_equal(buf.size, 600);
	assert_int_equal(strlen(buf.data), 600);
	rel_buf_clear(&buf);
	assert_false(buf.overflowed);
	assert_string_equal(buf.data, "");
	rel_buf_finish(&buf);
	assert_null(buf.data);
}

static void a_refused_addition_changes_nothing(void **state)
{
	struct rel_buf buf;

	(void)state;
	rel_buf_init(&buf, 8);
	assert_true(rel_buf_printf(&buf, "%s-%d", "ab", 12));
	assert_false(rel_buf_add_text(&buf, "wxyz"));
	assert_string_equal(buf.data, "ab-12");
	assert_true(rel_buf_add(&buf, "\0z", 2));
	assert_int_equal(buf.size, 7);
	rel_buf_consume(&buf, 3);
	assert_memory_equal(buf.data, "12\0z", 5);
	rel_buf_consume(&buf, 100);
	assert_int_equal(buf.size, 0);
	rel_buf_finish(&buf);
}

static void an_unused_buffer_is_free(void **state)
{
	struct rel_buf zeroed = {0};

	(void)state;
	rel_buf_consume(&zeroed, 5);
	rel_buf_clear(&zeroed);
	assert_false(rel_buf_add_char(&zeroed, 'a'));
	rel_buf_finish(&zeroed);
}

static void memory_is_zeroed_and_wiped(void **state)
{
	unsigned char *memory = rel_calloc(3, 7);
	char *copy = rel_strdup("secret");

	(void)state;
	for (int i = 0; i < 21; i++)
		assert_int_equal(memory[i], 0);
	memory = rel_realloc(memory, 64);
	rel_free(memory);
	rel_wipe(copy, 6);
	assert_memory_equal(copy, "\0\0\0\0\0\0", 7);
	rel_free(copy);
	rel_free(NULL);
	rel_wipe(NULL, 0);
	rel_free(rel_calloc(0, 0));
}

static void errors_have_text_and_class(void **state)
{
	(void)state;
	assert_string_equal(rel_err_text(REL_OK), "ok");
	assert_int_equal(rel_err_class(REL_OK), REL_CLASS_OK);
	assert_int_equal(rel_err_class(REL_ERR_CONFLICT), REL_CLASS_CONFLICT);
	assert_int_equal(rel_err_class(REL_ERR_NO_SPACE), REL_CLASS_TRANSIENT);
	/* What is not known must be taken as unresolved. */
	assert_int_equal(rel_err_class((enum rel_err)12345), REL_CLASS_TRANSIENT);
	assert_non_null(rel_err_text((enum rel_err)12345));
	assert_non_null(rel_err_text((enum rel_err)-1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(copies_tell_when_they_cut),
		cmocka_unit_test(a_copy_reads_no_further_than_told),
		cmocka_unit_test(appending_and_formatting_stay_inside),
		cmocka_unit_test(numbers_are_digits_only),
		cmocka_unit_test(a_buffer_never_passes_its_limit),
		cmocka_unit_test(a_refused_addition_changes_nothing),
		cmocka_unit_test(an_unused_buffer_is_free),
		cmocka_unit_test(memory_is_zeroed_and_wiped),
		cmocka_unit_test(errors_have_text_and_class),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
