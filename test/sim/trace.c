/* SPDX-License-Identifier: Apache-2.0 */
#include "trace.h"

#include <stdarg.h>

void trace_line(struct world *world, int slot, const char *format, ...)
{
	struct trace *trace = world->trace;
	char *line = trace->line[trace->count++ % TRACE_KEPT];
	va_list arguments;
	int length;

	length = snprintf(line, TRACE_LINE, "%10.4f %-9s ", (double)(world->now - START) / 1e9,
			  slot >= 0 ? world->slot[slot].member.name : "");
	if (slot >= 0)
		length += snprintf(line + length, TRACE_LINE - (size_t)length, "%s ",
				   world->slot[slot].member.uid);
	va_start(arguments, format);
	vsnprintf(line + length, TRACE_LINE - (size_t)length, format, arguments);
	va_end(arguments);
	if (trace->out)
		fprintf(trace->out, "%s\n", line);
}

void trace_kept(const struct trace *trace, FILE *out)
{
	uint32_t first = trace->count > TRACE_KEPT ? trace->count - TRACE_KEPT : 0;

	for (uint32_t i = first; i < trace->count; i++)
		fprintf(out, "  %s\n", trace->line[i % TRACE_KEPT]);
}

const char *trace_event(enum rel_event_type type)
{
	static const char *const names[] = {
		"TICK",          "MARK_LOADED",    "MARK_SAVED",       "REGISTER_READ",
		"REGISTER_SEEN", "REGISTER_WATCH", "REGISTER_WRITTEN", "PODS_SEEN",
		"POD_PATCHED",   "REDIS_SEEN",     "REDIS_DONE",       "SURVEYED",
		"COMMAND",       "STOP",           "STOP_NOW"};

	return names[type];
}

const char *trace_action(enum rel_action_type type)
{
	static const char *const names[] = {"REGISTER_READ",  "REGISTER_CREATE", "REGISTER_WRITE",
					    "REGISTER_WATCH", "REDIS_OBSERVE",   "REDIS_COMMAND",
					    "SURVEY",         "PATCH_POD",       "SAVE_MARK",
					    "EMIT",           "ANSWER",          "EXIT"};

	return names[type];
}

const char *trace_command(enum rel_redis_command command)
{
	static const char *const names[] = {"LATCH", "UNLATCH", "PROMOTE", "FOLLOW",
					    "KILL",  "PAUSE",   "UNPAUSE", "PING_PERIOD"};

	return names[command];
}

const char *trace_kind(enum rel_record_kind kind)
{
	static const char *const names[] = {"MISSING", "VACANT", "RELEASED", "HELD", "FOREIGN"};

	return names[kind];
}
