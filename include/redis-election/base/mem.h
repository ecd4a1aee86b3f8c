/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation for drivers. Pure rooms never allocate. Running out of memory
 * aborts: a crash is a safe state by design, a half-done operation is not. */
#ifndef REL_BASE_MEM_H
#define REL_BASE_MEM_H

#include <stddef.h>

/* Zeroed memory, never NULL. The caller frees it with rel_free. */
void *rel_calloc(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* Like realloc, never NULL. */
void *rel_realloc(void *memory, size_t size) __attribute__((returns_nonnull));

/* A copy of text, never NULL. */
char *rel_strdup(const char *text) __attribute__((malloc, returns_nonnull));

/* NULL is fine. */
void rel_free(void *memory);

/* Overwrites a secret in a way the compiler keeps. */
void rel_wipe(void *memory, size_t size);

#endif
