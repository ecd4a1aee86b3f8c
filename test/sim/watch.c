/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"
#include "register.h"
#include "trace.h"

static uint32_t oldest(const struct world *world)
{
	return world->store.count > HISTORY_MAX ? world->store.count - HISTORY_MAX : 0;
}

/* The connection is closed by its client, or its client is gone. */
void watch_close(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	at->watch++;
	at->watch_up = false;
	at->watch_silent = false;
	at->watch_op = 0;
	at->watch_last = world->now;
}

void watch_open(struct world *world, int slot, uint64_t op, const struct rel_version *from)
{
	struct slot *at = &world->slot[slot];
	uint32_t next = world->store.count;

	at->watch_up = true;
	at->watch_op = op;
	while (next > oldest(world) &&
	       world->store.history[(next - 1) % HISTORY_MAX].index > from->index) {
		next--;
		if (from->index == 0)
			break;
	}
	if (next > oldest(world) + 3 && fault_strikes(world, FAULT_WATCH_REPLAY, 300000))
		next -= 1 + random_below(&world->network, 3);
	at->watch_next = next;
}

void watch_end(struct world *world, int slot, enum rel_err err)
{
	struct slot *at = &world->slot[slot];
	struct parcel *parcel;

	if (!at->watch_up || at->watch_silent || !register_reaches(world, slot))
		return;
	parcel = parcel_take(world, REL_EVENT_REGISTER_WATCH);
	parcel->op = at->watch_op;
	parcel->err = err;
	parcel->watch = at->watch;
	at->watch_up = false;
	agent_post(world, slot, at->agent.life, parcel, 0);
}

/* Sends what was not sent yet, in order, each with a delay of its own. */
void watch_send(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	if (!at->watch_up || at->watch_silent || !register_reaches(world, slot))
		return;
	if (at->watch_next < oldest(world))
		at->watch_next = oldest(world);
	while (at->watch_next < world->store.count) {
		uint32_t position = at->watch_next++;
		int64_t delay = random_tail(&world->network, 300 * US, 30 * MS) + at->watch_lag +
				world->slow[slot];

		if (at->watch_next < world->store.count && random_chance(&world->network, 300000))
			continue; /* the server leaves out what is already outdated */
		if (at->watch_last < world->now + delay)
			at->watch_last = world->now + delay;
		world_at(world, at->watch_last,
			 (struct cue){HAPPEN_WATCH, slot, at->agent.life, position, at->watch});
	}
}

void watch_spread(struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used)
			watch_send(world, i);
}

void watch_deliver(struct world *world, int slot, uint32_t generation, uint64_t position)
{
	struct slot *at = &world->slot[slot];
	struct parcel *parcel;

	if (at->watch != generation || !at->watch_up || at->watch_silent ||
	    position < oldest(world) || position >= world->store.count)
		return;
	if (!register_reaches(world, slot)) {
		/* It waits in the connection, unless that dies of it. */
		if (random_chance(&world->network, 500000))
			at->watch_silent = true;
		else if (at->watch_next > position)
			at->watch_next = (uint32_t)position;
		return;
	}
	parcel = parcel_take(world, REL_EVENT_REGISTER_SEEN);
	parcel->watch = generation;
	parcel->record = pool_take(&world->records);
	*parcel->record = world->store.history[position % HISTORY_MAX].record;
	agent_post(world, slot, at->agent.life, parcel, 0);
}
