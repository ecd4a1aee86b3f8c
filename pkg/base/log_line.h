/* SPDX-License-Identifier: Apache-2.0 */
/* One log line as bytes. A line never passes REL_LOG_LINE_MAX: a write of so much
 * to a pipe is atomic. Values are cut after REL_LOG_VALUE_MAX bytes; pairs that do
 * not fit are left out and the line says cut=true. */
#ifndef REL_BASE_LOG_LINE_H
#define REL_BASE_LOG_LINE_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "redis-election/base/log.h"

#define REL_LOG_LINE_MAX 4096
#define REL_LOG_VALUE_MAX 1024

struct rel_log_line {
	enum rel_log_format format;
	char data[REL_LOG_LINE_MAX];
	size_t size; /* the final newline included once it is ended */
	bool cut;
};

/* Time, level and message. */
void rel_log_line_begin(struct rel_log_line *line, enum rel_log_format format,
			struct rel_wall wall, enum rel_log_level level, const char *message);
void rel_log_line_pair(struct rel_log_line *line, const char *key, const char *value);
/* key, value, …, NULL */
void rel_log_line_pairs(struct rel_log_line *line, va_list pairs);
void rel_log_line_end(struct rel_log_line *line);

#endif
