/* SPDX-License-Identifier: Apache-2.0 */
/* Points and spans of time. Wrapped in structs so that a point, a span and a
 * bare number can never be mixed. A point is a reading of CLOCK_BOOTTIME, which
 * also counts suspend; the only reader is rel_loop_now() in pkg/loop. Wall time
 * appears only as text in records and logs. */
#ifndef REL_BASE_TIME_H
#define REL_BASE_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since boot. 0 is "never" wherever a field may be unset. */
struct rel_instant {
	int64_t ns;
};

/* Nanoseconds. May be negative as the result of a subtraction. */
struct rel_duration {
	int64_t ns;
};

/* Microseconds since the Unix epoch, for text only: never compared with a clock. */
struct rel_wall {
	int64_t us;
};

#define REL_NEVER ((struct rel_instant){0})
/* Later than any instant a machine reaches: 292 years of uptime. */
#define REL_FOREVER ((struct rel_instant){INT64_MAX})

static inline struct rel_duration rel_ms(int64_t ms)
{
	return (struct rel_duration){ms * 1000000};
}

static inline int64_t rel_to_ms(struct rel_duration d)
{
	return d.ns / 1000000;
}

/* t + d, saturating at REL_FOREVER. */
static inline struct rel_instant rel_after(struct rel_instant t, struct rel_duration d)
{
	if (d.ns > 0 && t.ns > INT64_MAX - d.ns)
		return REL_FOREVER;
	return (struct rel_instant){t.ns + d.ns};
}

/* a - b */
static inline struct rel_duration rel_between(struct rel_instant b, struct rel_instant a)
{
	return (struct rel_duration){a.ns - b.ns};
}

static inline bool rel_before(struct rel_instant a, struct rel_instant b)
{
	return a.ns < b.ns;
}

static inline bool rel_is_set(struct rel_instant t)
{
	return t.ns != 0;
}

static inline struct rel_instant rel_earlier(struct rel_instant a, struct rel_instant b)
{
	return a.ns < b.ns ? a : b;
}

static inline struct rel_instant rel_later(struct rel_instant a, struct rel_instant b)
{
	return a.ns > b.ns ? a : b;
}

/* The next of several deadlines: `candidate` when it lies after now and before `at`,
 * else `at`. What lies at or before now was dealt with in the step at now. */
static inline struct rel_instant rel_sooner(struct rel_instant at, struct rel_instant candidate,
					    struct rel_instant now)
{
	return rel_before(now, candidate) && rel_before(candidate, at) ? candidate : at;
}

/* Length of an RFC 3339 text with six fractional digits ("MicroTime" of the
 * Kubernetes API, which refuses any other width), with the final NUL. */
#define REL_WALL_TEXT 28

/* Writes "2026-01-31T23:59:59.000000Z". Years outside 1970..9999 become 1970. */
void rel_wall_format(struct rel_wall wall, char text[REL_WALL_TEXT]);

/* Reads what rel_wall_format writes, and offsets other than Z. False and 0 when
 * the text is anything else. */
bool rel_wall_parse(const char *text, struct rel_wall *wall);

/* Reads "250ms", "5s", "1m30s", "2h" and bare "0". False when text is anything
 * else, negative or over 100 hours. */
bool rel_duration_parse(const char *text, struct rel_duration *duration);

/* Room for any text of rel_duration_format. */
#define REL_DURATION_TEXT 32

/* Writes the shortest exact form that rel_duration_parse reads. */
void rel_duration_format(struct rel_duration duration, char text[REL_DURATION_TEXT]);

#endif
