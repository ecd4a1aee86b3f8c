/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way, in a fixed store of parcels. */
#include "agent.h"
#include "redis-election/base/assert.h"

struct parcel *parcel_take(struct world *world, enum rel_event_type type)
{
	struct parcel *parcel;

	rel_assert(world->parcel_free_count > 0);
	parcel = &world->parcel[world->parcel_free[--world->parcel_free_count]];
	parcel->type = type;
	parcel->op = 0;
	parcel->err = REL_OK;
	parcel->retry_after = 0;
	parcel->reach = REL_REDIS_UNSEEN;
	parcel->watch = 0;
	parcel->expiry = false;
	parcel->record = NULL;
	parcel->survey = NULL;
	parcel->pods = NULL;
	if (type == REL_EVENT_MARK_LOADED)
		memset(&parcel->mark, 0, sizeof(parcel->mark));
	return parcel;
}

void parcel_give(struct world *world, struct parcel *parcel)
{
	pool_give(&world->records, parcel->record);
	pool_give(&world->surveys, parcel->survey);
	pool_give(&world->pod_lists, parcel->pods);
	world->parcel_free[world->parcel_free_count++] = (uint32_t)(parcel - world->parcel);
}

void agent_post(struct world *world, int slot, uint32_t life, struct parcel *parcel, int64_t after)
{
	after += world->slot[slot].agent.rate_penalty;
	world_at(world, world->now + after,
		 (struct cue){HAPPEN_DELIVER, slot, life, (uint64_t)(parcel - world->parcel), 0});
}

void parcel_event(const struct parcel *parcel, struct rel_event *event)
{
	static const struct rel_record nothing;

	memset(event, 0, sizeof(*event));
	event->type = parcel->type;
	event->op = parcel->op;
	event->err = parcel->err;
	event->retry_after.ns = parcel->retry_after;
	switch (parcel->type) {
	case REL_EVENT_MARK_LOADED:
		event->mark = &parcel->mark;
		break;
	case REL_EVENT_REGISTER_READ:
	case REL_EVENT_REGISTER_SEEN:
	case REL_EVENT_REGISTER_WRITTEN:
		event->record = parcel->record;
		if (event->record == NULL && event->err == REL_OK)
			event->record = &nothing;
		break;
	case REL_EVENT_PODS_SEEN:
		event->pods = parcel->pods;
		break;
	case REL_EVENT_REDIS_SEEN:
		event->redis.reach = parcel->reach;
		event->redis.view = parcel->reach == REL_REDIS_UP ? &parcel->view : NULL;
		break;
	case REL_EVENT_SURVEYED:
		event->survey = parcel->survey;
		break;
	case REL_EVENT_COMMAND:
		event->command = parcel->command;
		break;
	case REL_EVENT_TICK:
	case REL_EVENT_MARK_SAVED:
	case REL_EVENT_REGISTER_WATCH:
	case REL_EVENT_POD_PATCHED:
	case REL_EVENT_REDIS_DONE:
	case REL_EVENT_STOP:
	case REL_EVENT_STOP_NOW:
		break;
	}
}
