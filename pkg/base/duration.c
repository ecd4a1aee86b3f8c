/* SPDX-License-Identifier: Apache-2.0 */
/* Spans of time as text, in the form of Go's time.ParseDuration: whole numbers
 * with units in falling order. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "redis-election/base/text.h"
#include "redis-election/base/time.h"

#define NS_PER_HOUR INT64_C(3600000000000)
#define MAX_NS (100 * NS_PER_HOUR)

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{"h", NS_PER_HOUR}, {"m", INT64_C(60000000000)}, {"s", INT64_C(1000000000)},
	{"ms", 1000000},    {"us", 1000},                {"ns", 1},
};

#define UNITS (sizeof(units) / sizeof(units[0]))

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The unit at the start of text that ends where the unit's letters end. */
static size_t find_unit(const char *text, size_t from)
{
	for (size_t i = from; i < UNITS; i++) {
		size_t length = strlen(units[i].name);

		if (rel_text_starts(text, units[i].name) &&
		    (text[length] == '\0' || is_digit(text[length])))
			return i;
	}
	return UNITS;
}

/* One "NUMBERunit"; the unit must stand at or after `*unit` in the table. */
static bool parse_part(const char **at, size_t *unit, int64_t *sum)
{
	int64_t number = 0, part;

	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++) {
		number = number * 10 + (**at - '0');
		if (number > MAX_NS)
			return false;
	}
	*unit = find_unit(*at, *unit);
	if (*unit == UNITS || __builtin_mul_overflow(number, units[*unit].ns, &part))
		return false;
	*at += strlen(units[*unit].name);
	*unit += 1;
	return !__builtin_add_overflow(*sum, part, sum) && *sum <= MAX_NS;
}

bool rel_duration_parse(const char *text, struct rel_duration *duration)
{
	const char *at = text;
	size_t unit = 0;
	int64_t sum = 0;

	duration->ns = 0;
	if (rel_text_equal(text, "0"))
		return true;
	do {
		if (!parse_part(&at, &unit, &sum))
			return false;
	} while (*at);
	duration->ns = sum;
	return true;
}

/* Every unit in turn takes what it can: "1m30s". */
static void format_parts(uint64_t left, char text[REL_DURATION_TEXT])
{
	text[0] = '\0';
	for (size_t i = 0; i < UNITS && left; i++) {
		char part[REL_DURATION_TEXT];
		uint64_t number = left / (uint64_t)units[i].ns;

		left %= (uint64_t)units[i].ns;
		if (!number)
			continue;
		rel_text_format(part, sizeof(part), "%" PRIu64 "%s", number, units[i].name);
		rel_text_append(text, REL_DURATION_TEXT, part);
	}
}

/* The largest unit that divides it takes all: "90s". */
static void format_single(uint64_t left, char text[REL_DURATION_TEXT])
{
	size_t i = 0;

	while (left % (uint64_t)units[i].ns)
		i++;
	rel_text_format(text, REL_DURATION_TEXT, "%" PRIu64 "%s", left / (uint64_t)units[i].ns,
			units[i].name);
}

void rel_duration_format(struct rel_duration duration, char text[REL_DURATION_TEXT])
{
	uint64_t left = duration.ns < 0 ? 0 - (uint64_t)duration.ns : (uint64_t)duration.ns;
	char parts[REL_DURATION_TEXT], single[REL_DURATION_TEXT];

	text[0] = '\0';
	if (left == 0) {
		rel_text_copy(text, REL_DURATION_TEXT, "0");
		return;
	}
	if (duration.ns < 0)
		rel_text_append(text, REL_DURATION_TEXT, "-");
	format_parts(left, parts);
	format_single(left, single);
	rel_text_append(text, REL_DURATION_TEXT, strlen(single) < strlen(parts) ? single : parts);
}
