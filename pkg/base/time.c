/* SPDX-License-Identifier: Apache-2.0 */
/* Points in time as text. Own calendar arithmetic: the C library's reads the
 * environment and files for the zone. */
#include "redis-election/base/time.h"

#include <stdio.h>
#include <string.h>

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)
/* 9999-12-31T23:59:59.999999Z */
#define WALL_MAX_US (INT64_C(253402300800) * US_PER_SECOND - 1)

struct civil {
	int64_t year;
	int month, day, hour, minute, second;
	int64_t us;
};

/* Days since 1970-01-01 of a day in the Gregorian calendar. Years are counted
 * from March, so that the leap day is the last of its year. */
static int64_t days_from_civil(int64_t year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = y / 400;
	int64_t year_of_era = y % 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

static void civil_from_days(int64_t days, struct civil *civil)
{
	int64_t z = days + 719468;
	int64_t era = z / 146097;
	int64_t day_of_era = z % 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
			       day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 -
					    year_of_era / 100);
	int64_t month = (5 * day_of_year + 2) / 153;

	civil->day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
	civil->month = (int)(month < 10 ? month + 3 : month - 9);
	civil->year = year_of_era + era * 400 + (civil->month <= 2 ? 1 : 0);
}

void rel_wall_format(struct rel_wall wall, char text[REL_WALL_TEXT])
{
	struct civil c = {0};
	int64_t us = wall.us >= 0 && wall.us <= WALL_MAX_US ? wall.us : 0;
	int64_t seconds = us / US_PER_SECOND;
	int second_of_day = (int)(seconds % SECONDS_PER_DAY);

	civil_from_days(seconds / SECONDS_PER_DAY, &c);
	/* The masks tell the compiler what the calendar guarantees. */
	snprintf(text, REL_WALL_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
		 (unsigned int)c.year % 10000u, (unsigned int)c.month % 100u,
		 (unsigned int)c.day % 100u, (unsigned int)(second_of_day / 3600) % 100u,
		 (unsigned int)(second_of_day / 60 % 60) % 100u,
		 (unsigned int)(second_of_day % 60) % 100u,
		 (unsigned int)(us % US_PER_SECOND) % 1000000u);
}

/* Reads exactly width digits and moves on. */
static bool digits(const char **at, int width, int64_t *value)
{
	*value = 0;
	for (int i = 0; i < width; i++, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*value = *value * 10 + (**at - '0');
	}
	return true;
}

static bool literal(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

static bool days_in_month_ok(int64_t year, int month, int day)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	if (month < 1 || month > 12 || day < 1)
		return false;
	return day <= days[month - 1] + (month == 2 && leap ? 1 : 0);
}

static bool parse_date(const char **at, struct civil *c)
{
	int64_t month, day;

	if (!digits(at, 4, &c->year) || !literal(at, '-') || !digits(at, 2, &month) ||
	    !literal(at, '-') || !digits(at, 2, &day))
		return false;
	c->month = (int)month;
	c->day = (int)day;
	return c->year >= 1970 && days_in_month_ok(c->year, c->month, c->day);
}

static bool parse_clock(const char **at, struct civil *c)
{
	int64_t hour, minute, second;

	if (!digits(at, 2, &hour) || !literal(at, ':') || !digits(at, 2, &minute) ||
	    !literal(at, ':') || !digits(at, 2, &second))
		return false;
	c->hour = (int)hour;
	c->minute = (int)minute;
	c->second = (int)second;
	return hour <= 23 && minute <= 59 && second <= 59;
}

/* "Z" or "+hh:mm"; seconds east of UTC. */
static bool parse_offset(const char **at, int64_t *offset)
{
	int64_t hours, minutes, sign = **at == '-' ? -1 : 1;

	*offset = 0;
	if (literal(at, 'Z'))
		return true;
	if (!literal(at, '+') && !literal(at, '-'))
		return false;
	if (!digits(at, 2, &hours) || !literal(at, ':') || !digits(at, 2, &minutes))
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return hours <= 23 && minutes <= 59;
}

bool rel_wall_parse(const char *text, struct rel_wall *wall)
{
	struct civil c = {0};
	const char *at = text;
	int64_t offset, us;

	wall->us = 0;
	if (!parse_date(&at, &c) || !literal(&at, 'T') || !parse_clock(&at, &c) ||
	    !literal(&at, '.') || !digits(&at, 6, &c.us) || !parse_offset(&at, &offset) || *at)
		return false;
	us = (days_from_civil(c.year, c.month, c.day) * SECONDS_PER_DAY + c.hour * 3600 +
	      c.minute * 60 + c.second - offset) * US_PER_SECOND + c.us;
	if (us < 0 || us > WALL_MAX_US)
		return false;
	wall->us = us;
	return true;
}
