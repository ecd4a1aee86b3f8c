/* SPDX-License-Identifier: Apache-2.0 */
/* What is going to happen, by time; at the same time, by the order of asking. */
#ifndef SIM_HEAP_H
#define SIM_HEAP_H

#include <stdbool.h>
#include <stdint.h>

#define HEAP_MAX 16384

struct happening {
	int64_t at; /* real nanoseconds */
	uint64_t order;
	uint16_t kind; /* enum happening_kind of world.h */
	int16_t slot;
	uint32_t life; /* generation: the receiver drops what is not of its own */
	uint64_t a;
	uint32_t b;
};

struct heap {
	uint32_t count;
	uint64_t order;
	struct happening at[HEAP_MAX];
};

void heap_push(struct heap *heap, struct happening happening);
/* False when it is empty. */
bool heap_pop(struct heap *heap, struct happening *happening);

#endif
