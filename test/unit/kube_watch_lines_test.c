/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a watch, however they are cut into pieces, and what a line says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/kube/watch_event.h"
#include "../../pkg/kube/watch_lines.h"

static const char stream[] = "first\n\nsecond line\nx\n{\"a\":1}\nunfinished";

/* Everything found in piece, each line ended by '|'. */
static enum rel_lines_found take(struct rel_lines *lines, const char *bytes, size_t size,
				 struct rel_buf *found)
{
	struct rel_piece piece = {bytes, size}, line;
	enum rel_lines_found result;

	while ((result = rel_lines_next(lines, &piece, &line)) == REL_LINES_LINE) {
		rel_buf_add(found, line.bytes, line.size);
		rel_buf_add_char(found, '|');
	}
	return result;
}

static void cut_at(size_t first, size_t second)
{
	size_t size = sizeof(stream) - 1;
	struct rel_lines lines;
	struct rel_buf found;

	rel_buf_init(&found, 256);
	rel_lines_init(&lines, 64);
	assert_int_equal(take(&lines, stream, first, &found), REL_LINES_MORE);
	assert_int_equal(take(&lines, stream + first, second - first, &found), REL_LINES_MORE);
	assert_int_equal(take(&lines, stream + second, size - second, &found), REL_LINES_MORE);
	assert_int_equal(take(&lines, "\n", 1, &found), REL_LINES_MORE);
	assert_string_equal(found.data, "first|second line|x|{\"a\":1}|unfinished|");
	rel_lines_finish(&lines);
	rel_buf_finish(&found);
}

static void every_cut(void **state)
{
	size_t size = sizeof(stream) - 1;

	(void)state;
	for (size_t first = 0; first <= size; first++)
		for (size_t second = first; second <= size; second++)
			cut_at(first, second);
}

static void byte_by_byte(void **state)
{
	struct rel_lines lines;
	struct rel_buf found;

	(void)state;
	rel_buf_init(&found, 256);
	rel_lines_init(&lines, 64);
	for (size_t i = 0; i < sizeof(stream) - 1; i++)
		assert_int_equal(take(&lines, &stream[i], 1, &found), REL_LINES_MORE);
	assert_string_equal(found.data, "first|second line|x|{\"a\":1}|");
	rel_lines_finish(&lines);
	rel_buf_finish(&found);
}

static void limit_is_exact(void **state)
{
	static const struct {
		const char *pieces[2];
		enum rel_lines_found wanted;
	} rows[] = {
		{{"1234\n", ""}, REL_LINES_MORE},
		{{"12345\n", ""}, REL_LINES_TOO_LONG},
		{{"12", "34\n"}, REL_LINES_MORE},
		{{"12", "345\n"}, REL_LINES_TOO_LONG},
		{{"1234", ""}, REL_LINES_MORE},
		{{"12345", ""}, REL_LINES_TOO_LONG},
		{{"1\n2\n3\n4\n", "5\n"}, REL_LINES_MORE},
		{{"1234", "\n12345"}, REL_LINES_TOO_LONG},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum rel_lines_found result = REL_LINES_MORE;
		struct rel_lines lines;
		struct rel_buf found;

		rel_buf_init(&found, 256);
		rel_lines_init(&lines, 4);
		for (int k = 0; k < 2 && result == REL_LINES_MORE; k++)
			result = take(&lines, rows[i].pieces[k], strlen(rows[i].pieces[k]), &found);
		assert_int_equal(result, rows[i].wanted);
		rel_lines_finish(&lines);
		rel_buf_finish(&found);
	}
}

#define OBJECT "{\"metadata\":{\"resourceVersion\":\"12\"}}"

static void events(void **state)
{
	static const struct {
		const char *line;
		enum rel_err err;
		enum rel_watch_type type;
	} rows[] = {
		{"{\"type\":\"ADDED\",\"object\":" OBJECT "}", REL_OK, REL_WATCH_ADDED},
		{"{\"type\":\"MODIFIED\",\"object\":" OBJECT "}", REL_OK, REL_WATCH_MODIFIED},
		{"{\"type\":\"DELETED\",\"object\":" OBJECT "}", REL_OK, REL_WATCH_DELETED},
		{"{\"type\":\"BOOKMARK\",\"object\":" OBJECT "}", REL_OK, REL_WATCH_BOOKMARK},
		{"{\"type\":\"OTHER\",\"object\":" OBJECT "}", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ADDED\",\"object\":{}}", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"0\"}}}",
		 REL_ERR_GARBLED, 0},
		{"{\"type\":\"ADDED\",\"object\":[]}", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ADDED\"}", REL_ERR_GARBLED, 0},
		{"{\"object\":" OBJECT "}", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ADDED\",", REL_ERR_GARBLED, 0},
		{"", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ERROR\",\"object\":{\"kind\":\"Status\",\"reason\":\"Expired\","
		 "\"code\":410}}",
		 REL_ERR_EXPIRED, 0},
		{"{\"type\":\"ERROR\",\"object\":{\"code\":500}}", REL_ERR_SERVER, 0},
		{"{\"type\":\"ERROR\",\"object\":{\"code\":429}}", REL_ERR_THROTTLED, 0},
		{"{\"type\":\"ERROR\",\"object\":{\"code\":200}}", REL_ERR_GARBLED, 0},
		{"{\"type\":\"ERROR\",\"object\":{}}", REL_ERR_GARBLED, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_watch_event event;

		assert_int_equal(rel_watch_event_decode(rows[i].line, strlen(rows[i].line), &event),
				 rows[i].err);
		assert_true((event.object != NULL) == (rows[i].err == REL_OK));
		if (rows[i].err != REL_OK)
			continue;
		assert_int_equal(event.type, rows[i].type);
		assert_int_equal(event.version, 12);
		json_decref(event.object);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cut),
		cmocka_unit_test(byte_by_byte),
		cmocka_unit_test(limit_is_exact),
		cmocka_unit_test(events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
