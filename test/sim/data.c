/* SPDX-License-Identifier: Apache-2.0 */
#include "data.h"

#include <string.h>

void data_reset(struct data *data)
{
	data->count = 1;
	data->branches = 1;
	data->at[0] = (struct datum){.slot = -1};
	data->branch[0] = (struct branch){0};
}

static bool opens_branch(const struct data *data, uint32_t position, int64_t offset)
{
	return position == DATA_NOTHING || data->at[position].next != 0 ||
	       data->at[position].offset > offset;
}

uint32_t data_append(struct data *data, uint32_t position, int64_t offset, int64_t at)
{
	uint32_t new = data->count;
	struct datum *datum = &data->at[new];

	if (new == DATA_MAX)
		return 0;
	*datum = (struct datum){.offset = offset, .at = at, .slot = -1};
	if (opens_branch(data, position, offset)) {
		if (data->branches == BRANCHES_MAX)
			return 0;
		datum->branch = data->branches++;
		data->branch[datum->branch] =
			(struct branch){.parent = position,
					.first = new,
					.depth = data->branch[data->at[position].branch].depth + 1};
	} else {
		datum->branch = data->at[position].branch;
		datum->index = data->at[position].index + 1;
		data->at[position].next = new;
	}
	data->count++;
	return new;
}

bool data_within(const struct data *data, uint32_t position, uint32_t later)
{
	uint32_t branch = data->at[position].branch;

	if (position == DATA_NOTHING)
		return true;
	while (data->branch[data->at[later].branch].depth > data->branch[branch].depth)
		later = data->branch[data->at[later].branch].parent;
	return data->at[later].branch == branch && later != DATA_NOTHING &&
	       data->at[position].index <= data->at[later].index;
}

uint32_t data_step(const struct data *data, uint32_t position, uint32_t later)
{
	uint32_t branch = data->at[position].branch;
	uint32_t leaving = later;

	if (data->at[later].branch == branch && position != DATA_NOTHING)
		return data->at[position].next;
	while (data->branch[data->at[leaving].branch].depth > data->branch[branch].depth + 1)
		leaving = data->branch[data->at[leaving].branch].parent;
	if (data->branch[data->at[leaving].branch].parent != position)
		return data->at[position].next;
	return data->branch[data->at[leaving].branch].first;
}

uint32_t data_as_of(const struct data *data, uint32_t position, int64_t at)
{
	uint32_t found = DATA_NOTHING;

	while (found != position) {
		uint32_t next = data_step(data, found, position);

		if (data->at[next].at > at)
			return found;
		found = next;
	}
	return found;
}
