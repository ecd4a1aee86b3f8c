/* SPDX-License-Identifier: Apache-2.0 */
/* Readable lines of one seed, made only when somebody wants them: all of them to
 * a stream, or the last few kept for a report. */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdio.h>

#include "world.h"

#define TRACE_KEPT 60
#define TRACE_LINE 360

struct trace {
	FILE *out; /* NULL = keep the last ones */
	uint32_t count;
	char line[TRACE_KEPT][TRACE_LINE];
};

void trace_line(struct world *world, int slot, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void trace_kept(const struct trace *trace, FILE *out);

#define TRACE(world, slot, ...) \
	do { \
		if ((world)->tracing) \
			trace_line(world, slot, __VA_ARGS__); \
	} while (0)

const char *trace_event(enum rel_event_type type);
const char *trace_action(enum rel_action_type type);
const char *trace_command(enum rel_redis_command command);
const char *trace_kind(enum rel_record_kind kind);

#endif
