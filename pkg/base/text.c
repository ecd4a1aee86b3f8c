/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/text.h"

#include <stdio.h>
#include <string.h>

#include "redis-election/base/assert.h"

bool rel_text_copy(char *to, size_t size, const char *text)
{
	return rel_text_copy_n(to, size, text, strlen(text));
}

bool rel_text_copy_n(char *to, size_t size, const char *text, size_t length)
{
	size_t fits;

	rel_assert(size > 0);
	length = strnlen(text, length);
	fits = length < size ? length : size - 1;
	memmove(to, text, fits);
	to[fits] = '\0';
	return fits == length;
}

bool rel_text_append(char *to, size_t size, const char *text)
{
	size_t used = strnlen(to, size);

	rel_assert(used < size);
	return rel_text_copy(to + used, size - used, text);
}

bool rel_text_format(char *to, size_t size, const char *format, ...)
{
	va_list arguments;
	int length;

	rel_assert(size > 0);
	va_start(arguments, format);
	length = vsnprintf(to, size, format, arguments);
	va_end(arguments);
	rel_assert(length >= 0);
	return (size_t)length < size;
}

bool rel_text_equal(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool rel_text_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool rel_text_to_u64(const char *text, uint64_t *value)
{
	uint64_t sum = 0;

	if (!*text)
		return false;
	for (const char *c = text; *c; c++) {
		if (*c < '0' || *c > '9')
			return false;
		if (__builtin_mul_overflow(sum, 10u, &sum) ||
		    __builtin_add_overflow(sum, (uint64_t)(*c - '0'), &sum))
			return false;
	}
	*value = sum;
	return true;
}

bool rel_text_to_i64(const char *text, int64_t *value)
{
	uint64_t unsigned_value;

	if (!rel_text_to_u64(text, &unsigned_value) || unsigned_value > INT64_MAX)
		return false;
	*value = (int64_t)unsigned_value;
	return true;
}
