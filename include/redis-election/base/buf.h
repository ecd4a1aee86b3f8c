/* SPDX-License-Identifier: Apache-2.0 */
/* A growing byte buffer born with its maximum: what comes from outside can never
 * take more memory than its owner granted. For drivers; it allocates. */
#ifndef REL_BASE_BUF_H
#define REL_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct rel_buf {
	char *data;  /* NUL after the last byte once anything was added; else NULL */
	size_t size; /* bytes in use, the NUL not counted */
	size_t capacity;
	size_t limit; /* bytes it will ever hold */
	bool overflowed; /* an addition was refused; sticky until rel_buf_clear */
};

/* No memory is taken before the first addition. */
void rel_buf_init(struct rel_buf *buf, size_t limit);

/* Gives the memory back; the buffer may be initialised again. Zeroed memory is fine. */
void rel_buf_finish(struct rel_buf *buf);

/* Empties it and keeps the memory. */
void rel_buf_clear(struct rel_buf *buf);

/* False, and nothing added, when the limit would be passed. */
bool rel_buf_add(struct rel_buf *buf, const void *bytes, size_t size);
bool rel_buf_add_text(struct rel_buf *buf, const char *text);
bool rel_buf_add_char(struct rel_buf *buf, char c);
bool rel_buf_printf(struct rel_buf *buf, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool rel_buf_vprintf(struct rel_buf *buf, const char *format, va_list arguments)
	__attribute__((format(printf, 2, 0)));

/* Removes the first size bytes (at most all of them). */
void rel_buf_consume(struct rel_buf *buf, size_t size);

#endif
