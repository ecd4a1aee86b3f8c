/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "../../pkg/base/log_line.h"
#include "redis-election/base/log.h"
#include "redis-election/base/text.h"

#define TAKE_MAX (256 * 1024)

static char taken[TAKE_MAX];

/* Everything that can be read now, added to taken. */
static size_t take(int fd)
{
	size_t size = strlen(taken), before = size;
	ssize_t got;

	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	while ((got = read(fd, taken + size, sizeof(taken) - 1 - size)) > 0)
		size += (size_t)got;
	taken[size] = '\0';
	return size - before;
}

static int count(const char *what)
{
	int found = 0;

	for (const char *at = taken; (at = strstr(at, what)); at++)
		found++;
	return found;
}

static const char *line(enum rel_log_format format, const char *key, const char *value)
{
	static struct rel_log_line made;

	rel_log_line_begin(&made, format, (struct rel_wall){1500}, REL_LOG_WARN, "it is");
	rel_log_line_pair(&made, key, value);
	rel_log_line_end(&made);
	made.data[made.size] = '\0';
	return made.data;
}

#define LOGFMT "ts=1970-01-01T00:00:00.001Z level=warn msg=\"it is\" "
#define JSON "{\"ts\":\"1970-01-01T00:00:00.001Z\",\"level\":\"warn\",\"msg\":\"it is\","

static void values_are_quoted_as_the_format_needs(void **state)
{
	static const struct {
		const char *value, *logfmt, *json;
	} rows[] = {
		{"plain-1.2:3/x", "k=plain-1.2:3/x", "\"k\":\"plain-1.2:3/x\""},
		{"", "k=\"\"", "\"k\":\"\""},
		{"a b", "k=\"a b\"", "\"k\":\"a b\""},
		{"a=b", "k=\"a=b\"", "\"k\":\"a=b\""},
		{"say \"no\"", "k=\"say \\\"no\\\"\"", "\"k\":\"say \\\"no\\\"\""},
		{"c:\\d", "k=\"c:\\\\d\"", "\"k\":\"c:\\\\d\""},
		{"a\nb\tc\r", "k=\"a\\nb\\tc\\r\"", "\"k\":\"a\\nb\\tc\\r\""},
		{"\x1b[0m\x7f", "k=\"\\u001b[0m\\u007f\"", "\"k\":\"\\u001b[0m\\u007f\""},
		{"gr\xc3\xbc\xc3\x9f", "k=\"gr\xc3\xbc\xc3\x9f\"", "\"k\":\"gr\xc3\xbc\xc3\x9f\""},
		{"\xff", "k=\"\\ufffd\"", "\"k\":\"\\ufffd\""},
		{"\xc3", "k=\"\\ufffd\"", "\"k\":\"\\ufffd\""},
		{"\xc0\xaf", "k=\"\\ufffd\\ufffd\"", "\"k\":\"\\ufffd\\ufffd\""},
		{"\xed\xa0\x80", "k=\"\\ufffd\\ufffd\\ufffd\"", "\"k\":\"\\ufffd\\ufffd\\ufffd\""},
		{"\xf0\x9f\x98\x80", "k=\"\xf0\x9f\x98\x80\"", "\"k\":\"\xf0\x9f\x98\x80\""},
		{"\xe2\x82", "k=\"\\ufffd\\ufffd\"", "\"k\":\"\\ufffd\\ufffd\""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char wanted[256];

		rel_text_format(wanted, sizeof(wanted), LOGFMT "%s\n", rows[i].logfmt);
		assert_string_equal(line(REL_LOG_LOGFMT, "k", rows[i].value), wanted);
		rel_text_format(wanted, sizeof(wanted), JSON "%s}\n", rows[i].json);
		assert_string_equal(line(REL_LOG_JSON, "k", rows[i].value), wanted);
	}
}

static void long_values_are_cut(void **state)
{
	char value[REL_LOG_VALUE_MAX + 2];

	(void)state;
	memset(value, 'v', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	assert_non_null(strstr(line(REL_LOG_JSON, "k", value), "vvv...\"}\n"));
	assert_non_null(strstr(line(REL_LOG_LOGFMT, "k", value), "vvv...\"\n"));
	value[REL_LOG_VALUE_MAX] = '\0';
	assert_null(strstr(line(REL_LOG_JSON, "k", value), "..."));
}

static void a_full_line_says_so(void **state)
{
	static struct rel_log_line made;
	char value[1000];

	(void)state;
	memset(value, '"', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	for (int format = REL_LOG_LOGFMT; format <= REL_LOG_JSON; format++) {
		rel_log_line_begin(&made, (enum rel_log_format)format, (struct rel_wall){0},
				   REL_LOG_INFO, "m");
		for (int i = 0; i < 5; i++)
			rel_log_line_pair(&made, "k", value);
		rel_log_line_pair(&made, "small", "fits");
		rel_log_line_end(&made);
		assert_true(made.size <= PIPE_BUF);
		assert_int_equal(made.data[made.size - 1], '\n');
		made.data[made.size] = '\0';
		assert_non_null(strstr(made.data, "fits"));
		assert_non_null(strstr(made.data, "cut"));
	}
}

static void lines_reach_the_reader(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	taken[0] = '\0';
	rel_log_init(ends[1], REL_LOG_INFO, REL_LOG_LOGFMT);
	rel_log(REL_LOG_INFO, "one", "a", "1", "b", "x y", NULL);
	rel_log(REL_LOG_DEBUG, "two", NULL);
	rel_log(REL_LOG_ERROR, "three", NULL);
	assert_true(rel_log_flush());
	take(ends[0]);
	assert_int_equal(count("\n"), 2);
	assert_int_equal(count("level=info msg=one a=1 b=\"x y\"\n"), 1);
	assert_int_equal(count("level=error msg=three\n"), 1);
	rel_log_set_level(REL_LOG_DEBUG);
	assert_true(rel_log_enabled(REL_LOG_DEBUG));
	close(ends[0]);
	close(ends[1]);
}

static void fill(int lines)
{
	char number[16];

	for (int i = 0; i < lines; i++) {
		rel_text_format(number, sizeof(number), "%d", i);
		rel_log(REL_LOG_INFO, "line", "n", number, NULL);
		rel_log_flush();
	}
}

/* What a stopped reader of each kind of outlet must not do: stop us. SIGALRM ends
 * the test if a write blocks. */
static void a_stopped_reader_costs_lines_only(const int ends[2])
{
	int flags = fcntl(ends[1], F_GETFL);
	uint64_t dropped;

	taken[0] = '\0';
	rel_log_init(ends[1], REL_LOG_INFO, REL_LOG_LOGFMT);
	alarm(20);
	fill(8000);
	alarm(0);
	assert_false(rel_log_flush());
	dropped = rel_log_dropped();
	assert_true(dropped > 0);
	assert_int_equal(fcntl(ends[1], F_GETFL), flags);
	while (take(ends[0]) > 0 || !rel_log_flush())
		;
	take(ends[0]);
	assert_int_equal(count("msg=line") + (int)dropped, 8000);
	rel_log(REL_LOG_INFO, "after", NULL);
	assert_true(rel_log_flush());
	take(ends[0]);
	assert_int_equal(count("msg=after"), 1);
	assert_int_equal(count("dropped="), 1);
	assert_true(rel_log_dropped() == dropped);
}

static void a_stopped_pipe_reader_stops_nobody(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	a_stopped_reader_costs_lines_only(ends);
	close(ends[0]);
	close(ends[1]);
}

static void a_stopped_socket_reader_stops_nobody(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	a_stopped_reader_costs_lines_only(ends);
	close(ends[0]);
	close(ends[1]);
}

static void a_dead_reader_is_no_error(void **state)
{
	int ends[2];

	(void)state;
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(ends), 0);
	rel_log_init(ends[1], REL_LOG_INFO, REL_LOG_JSON);
	close(ends[0]);
	for (int i = 0; i < 10; i++) {
		rel_log(REL_LOG_INFO, "nobody reads", NULL);
		assert_true(rel_log_flush());
	}
	assert_int_equal(rel_log_dropped(), 10);
	close(ends[1]);
	signal(SIGPIPE, SIG_DFL);
}

static void files_are_written_too(void **state)
{
	FILE *file = tmpfile();

	(void)state;
	assert_non_null(file);
	taken[0] = '\0';
	rel_log_init(fileno(file), REL_LOG_INFO, REL_LOG_JSON);
	fill(3000);
	assert_true(rel_log_flush());
	assert_int_equal(rel_log_dropped(), 0);
	rewind(file);
	take(fileno(file));
	assert_int_equal(count("\"msg\":\"line\""), 3000);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_quoted_as_the_format_needs),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(a_full_line_says_so),
		cmocka_unit_test(lines_reach_the_reader),
		cmocka_unit_test(a_stopped_pipe_reader_stops_nobody),
		cmocka_unit_test(a_stopped_socket_reader_stops_nobody),
		cmocka_unit_test(a_dead_reader_is_no_error),
		cmocka_unit_test(files_are_written_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
