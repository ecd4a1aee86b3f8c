/* SPDX-License-Identifier: Apache-2.0 */
#include "heap.h"

#include "redis-election/base/assert.h"

static bool sooner(const struct happening *a, const struct happening *b)
{
	return a->at < b->at || (a->at == b->at && a->order < b->order);
}

void heap_push(struct heap *heap, struct happening happening)
{
	uint32_t i = heap->count++;

	rel_assert(heap->count < HEAP_MAX);
	happening.order = heap->order++;
	while (i > 0 && sooner(&happening, &heap->at[(i - 1) / 2])) {
		heap->at[i] = heap->at[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	heap->at[i] = happening;
}

bool heap_pop(struct heap *heap, struct happening *happening)
{
	struct happening last;
	uint32_t i = 0;

	if (heap->count == 0)
		return false;
	*happening = heap->at[0];
	last = heap->at[--heap->count];
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child >= heap->count)
			break;
		if (child + 1 < heap->count && sooner(&heap->at[child + 1], &heap->at[child]))
			child++;
		if (!sooner(&heap->at[child], &last))
			break;
		heap->at[i] = heap->at[child];
		i = child;
	}
	heap->at[i] = last;
	return true;
}
