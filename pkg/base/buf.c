/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"

#define FIRST_CAPACITY 256

void rel_buf_init(struct rel_buf *buf, size_t limit)
{
	rel_assert(limit < SIZE_MAX / 2);
	*buf = (struct rel_buf){.limit = limit};
}

void rel_buf_finish(struct rel_buf *buf)
{
	rel_free(buf->data);
	*buf = (struct rel_buf){.limit = buf->limit};
}

void rel_buf_clear(struct rel_buf *buf)
{
	buf->size = 0;
	buf->overflowed = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/* Makes room for extra bytes and the NUL behind them. */
static bool reserve(struct rel_buf *buf, size_t extra)
{
	size_t wanted, capacity = buf->capacity ? buf->capacity : FIRST_CAPACITY;

	if (extra > buf->limit - buf->size) {
		buf->overflowed = true;
		return false;
	}
	wanted = buf->size + extra + 1;
	if (wanted <= buf->capacity)
		return true;
	while (capacity < wanted)
		capacity *= 2;
	if (capacity > buf->limit + 1)
		capacity = buf->limit + 1;
	buf->data = rel_realloc(buf->data, capacity);
	buf->capacity = capacity;
	return true;
}

bool rel_buf_add(struct rel_buf *buf, const void *bytes, size_t size)
{
	if (!reserve(buf, size))
		return false;
	if (size)
		memcpy(buf->data + buf->size, bytes, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
	return true;
}

bool rel_buf_add_text(struct rel_buf *buf, const char *text)
{
	return rel_buf_add(buf, text, strlen(text));
}

bool rel_buf_add_char(struct rel_buf *buf, char c)
{
	return rel_buf_add(buf, &c, 1);
}

bool rel_buf_printf(struct rel_buf *buf, const char *format, ...)
{
	va_list arguments;
	bool added;

	va_start(arguments, format);
	added = rel_buf_vprintf(buf, format, arguments);
	va_end(arguments);
	return added;
}

bool rel_buf_vprintf(struct rel_buf *buf, const char *format, va_list arguments)
{
	va_list again;
	int length;

	va_copy(again, arguments);
	length = vsnprintf(NULL, 0, format, again);
	va_end(again);
	rel_assert(length >= 0);
	if (!reserve(buf, (size_t)length))
		return false;
	vsnprintf(buf->data + buf->size, (size_t)length + 1, format, arguments);
	buf->size += (size_t)length;
	return true;
}

void rel_buf_consume(struct rel_buf *buf, size_t size)
{
	if (size > buf->size)
		size = buf->size;
	if (size == 0)
		return;
	buf->size -= size;
	memmove(buf->data, buf->data + size, buf->size + 1);
}
