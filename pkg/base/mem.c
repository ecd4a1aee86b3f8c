/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Noreturn void out_of_memory(size_t size)
{
	fprintf(stderr, "out of memory: %zu bytes were refused\n", size);
	abort();
}

void *rel_calloc(size_t count, size_t size)
{
	void *memory = calloc(count ? count : 1, size ? size : 1);

	if (!memory)
		out_of_memory(size);
	return memory;
}

void *rel_realloc(void *memory, size_t size)
{
	void *grown = realloc(memory, size ? size : 1);

	if (!grown)
		out_of_memory(size);
	return grown;
}

char *rel_strdup(const char *text)
{
	size_t size = strlen(text) + 1;

	return memcpy(rel_calloc(1, size), text, size);
}

void rel_free(void *memory)
{
	free(memory);
}

void rel_wipe(void *memory, size_t size)
{
	if (size)
		explicit_bzero(memory, size);
}
