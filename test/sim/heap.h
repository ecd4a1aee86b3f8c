/* SPDX-License-Identifier: Apache-2.0 */
/* What is going to happen, by time; at the same time, by the order of asking. */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#define HEAP_MAX 16384

struct happening {
	int64_t at; /* real nanoseconds */
	uint64_t a;
	uint32_t order;
	uint32_t life; /* generation: the receiver drops what is not of its own */
	uint32_t b;
	int16_t slot;
	uint16_t kind; /* enum happening_kind of world.h */
};

struct heap {
	uint32_t count, order;
	struct happening at[HEAP_MAX];
};

void heap_push(struct heap *heap, struct happening happening);
/* When the soonest happens; INT64_MAX when there is none. */
static inline int64_t heap_next(const struct heap *heap)
{
	return heap->count > 0 ? heap->at[0].at : INT64_MAX;
}
/* False when it is empty. */
bool heap_pop(struct heap *heap, struct happening *happening);

#endif
