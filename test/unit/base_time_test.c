/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis-election/base/text.h"
#include "redis-election/base/time.h"

static void wall_is_formatted_and_read_back(void **state)
{
	static const struct {
		int64_t us;
		const char *text;
	} rows[] = {
		{0, "1970-01-01T00:00:00.000000Z"},
		{1, "1970-01-01T00:00:00.000001Z"},
		{INT64_C(951782399999999), "2000-02-28T23:59:59.999999Z"},
		{INT64_C(951782400000000), "2000-02-29T00:00:00.000000Z"},
		{INT64_C(1709164800123456), "2024-02-29T00:00:00.123456Z"},
		{INT64_C(1767225599000000), "2025-12-31T23:59:59.000000Z"},
		{INT64_C(4107542400000000), "2100-03-01T00:00:00.000000Z"},
		{INT64_C(253402300799999999), "9999-12-31T23:59:59.999999Z"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[REL_WALL_TEXT];
		struct rel_wall wall;

		rel_wall_format((struct rel_wall){rows[i].us}, text);
		assert_string_equal(text, rows[i].text);
		assert_true(rel_wall_parse(text, &wall));
		assert_int_equal(wall.us, rows[i].us);
	}
}

static void every_day_survives_the_round_trip(void **state)
{
	const int64_t day_us = INT64_C(86400000000);

	(void)state;
	for (int64_t day = 0; day < 200000; day++) {
		char text[REL_WALL_TEXT];
		struct rel_wall wall;

		rel_wall_format((struct rel_wall){day * day_us + 1}, text);
		assert_true(rel_wall_parse(text, &wall));
		assert_int_equal(wall.us, day * day_us + 1);
	}
}

static void wall_outside_its_years_is_1970(void **state)
{
	static const int64_t rows[] = {-1, INT64_MIN, INT64_MAX, INT64_C(253402300800000000)};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[REL_WALL_TEXT];

		rel_wall_format((struct rel_wall){rows[i]}, text);
		assert_string_equal(text, "1970-01-01T00:00:00.000000Z");
	}
}

static void wall_offsets_are_taken_off(void **state)
{
	struct rel_wall wall;

	(void)state;
	assert_true(rel_wall_parse("2026-01-31T12:00:00.000000+02:30", &wall));
	assert_int_equal(wall.us, INT64_C(1769851800000000));
	assert_true(rel_wall_parse("2026-01-31T12:00:00.000000-02:30", &wall));
	assert_int_equal(wall.us, INT64_C(1769869800000000));
}

static void wall_refuses_anything_else(void **state)
{
	static const char *const rows[] = {
		"",
		"2026",
		"2026-01-31",
		"2026-01-31T12:00:00Z",
		"2026-01-31T12:00:00.000Z",
		"2026-01-31T12:00:00.0000000Z",
		"2026-01-31T12:00:00.000000",
		"2026-01-31T12:00:00.000000z",
		"2026-01-31T12:00:00.000000Z ",
		"2026-01-31 12:00:00.000000Z",
		"2026-13-01T12:00:00.000000Z",
		"2026-00-01T12:00:00.000000Z",
		"2026-02-29T12:00:00.000000Z",
		"2100-02-29T12:00:00.000000Z",
		"2026-04-31T12:00:00.000000Z",
		"2026-01-00T12:00:00.000000Z",
		"2026-01-31T24:00:00.000000Z",
		"2026-01-31T12:60:00.000000Z",
		"2026-01-31T12:00:60.000000Z",
		"2026-01-31T12:00:00.000000+24:00",
		"2026-01-31T12:00:00.000000+01",
		"1969-12-31T23:59:59.000000Z",
		"1970-01-01T00:00:00.000000+01:00",
		"9999-12-31T23:59:59.999999-01:00",
		"-026-01-31T12:00:00.000000Z",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_wall wall = {42};

		assert_false(rel_wall_parse(rows[i], &wall));
		assert_int_equal(wall.us, 0);
	}
}

static void durations_are_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ns;
	} rows[] = {
		{"0", 0},
		{"0s", 0},
		{"1ns", 1},
		{"250ms", 250000000},
		{"5s", INT64_C(5000000000)},
		{"1m30s", INT64_C(90000000000)},
		{"2h", INT64_C(7200000000000)},
		{"1h0m1s", INT64_C(3601000000000)},
		{"100h", INT64_C(360000000000000)},
		{"1m5ms", INT64_C(60005000000)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_duration duration;

		assert_true(rel_duration_parse(rows[i].text, &duration));
		assert_int_equal(duration.ns, rows[i].ns);
	}
}

static void durations_refuse_anything_else(void **state)
{
	static const char *const rows[] = {
		"",	"5",	  "s",	 "-1s",	  "+1s",	 "1.5s",
		" 1s",	"1s ",	  "1S",	 "1d",	  "1s1m",	 "1s1s",
		"101h", "100h1s", "00",	 "1 s",	  "99999999999999999999s", "1sm",
		"1ms1", "18446744073709551617ns", "360000000000001us",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_duration duration = {42};

		assert_false(rel_duration_parse(rows[i], &duration));
		assert_int_equal(duration.ns, 0);
	}
}

static void durations_are_written_short_and_exact(void **state)
{
	static const struct {
		int64_t ns;
		const char *text;
	} rows[] = {
		{0, "0"},
		{1, "1ns"},
		{1500000, "1500us"},
		{INT64_C(6000000000), "6s"},
		{INT64_C(90000000000), "90s"},
		{INT64_C(600000000000), "10m"},
		{INT64_C(3600000000001), "1h1ns"},
		{-INT64_C(6000000000), "-6s"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[REL_DURATION_TEXT];
		struct rel_duration duration;

		rel_duration_format((struct rel_duration){rows[i].ns}, text);
		assert_string_equal(text, rows[i].text);
		if (rows[i].ns < 0)
			continue;
		assert_true(rel_duration_parse(text, &duration));
		assert_int_equal(duration.ns, rows[i].ns);
	}
}

static void the_longest_duration_has_room(void **state)
{
	static const int64_t rows[] = {INT64_MIN, INT64_MAX, INT64_MIN + 1};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char text[REL_DURATION_TEXT];

		rel_duration_format((struct rel_duration){rows[i]}, text);
		assert_true(rel_text_starts(text, rows[i] < 0 ? "-" : "9223372036854775807ns"));
	}
}

static void instants_saturate(void **state)
{
	struct rel_instant late = {INT64_MAX - 5};

	(void)state;
	assert_int_equal(rel_after(late, (struct rel_duration){6}).ns, INT64_MAX);
	assert_int_equal(rel_after(late, (struct rel_duration){5}).ns, INT64_MAX);
	assert_int_equal(rel_after(late, (struct rel_duration){4}).ns, INT64_MAX - 1);
	assert_int_equal(rel_after(REL_FOREVER, rel_ms(1)).ns, INT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_is_formatted_and_read_back),
		cmocka_unit_test(every_day_survives_the_round_trip),
		cmocka_unit_test(wall_outside_its_years_is_1970),
		cmocka_unit_test(wall_offsets_are_taken_off),
		cmocka_unit_test(wall_refuses_anything_else),
		cmocka_unit_test(durations_are_read),
		cmocka_unit_test(durations_refuse_anything_else),
		cmocka_unit_test(durations_are_written_short_and_exact),
		cmocka_unit_test(the_longest_duration_has_room),
		cmocka_unit_test(instants_saturate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
