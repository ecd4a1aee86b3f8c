/* SPDX-License-Identifier: Apache-2.0 */
/* Bounded text in fixed arrays. Pure: no allocation, no locale. */
#ifndef REL_BASE_TEXT_H
#define REL_BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies text, always ends it with NUL. False when it had to be cut: callers at
 * the edge refuse such input, callers inside may ignore it for log text. */
bool rel_text_copy(char *to, size_t size, const char *text);

/* The same for the first length bytes, which need not end with NUL. */
bool rel_text_copy_n(char *to, size_t size, const char *text, size_t length);

/* Appends to text already in to. False when cut. */
bool rel_text_append(char *to, size_t size, const char *text);

/* snprintf that tells whether everything fitted. */
bool rel_text_format(char *to, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

bool rel_text_equal(const char *a, const char *b);
bool rel_text_starts(const char *text, const char *prefix);

/* Decimal digits only, no sign, no blank, no overflow. */
bool rel_text_to_u64(const char *text, uint64_t *value);
bool rel_text_to_i64(const char *text, int64_t *value);

#endif
