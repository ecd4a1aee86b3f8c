/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "redis.h"

enum { FOLLOWING, STICKY };

static int64_t pace(const struct world *world, int64_t every)
{
	return world->faulty ? every : every * 3;
}

static void again(struct world *world, int turn)
{
	int64_t every = turn == STICKY ? world->settings.sticky_every
				       : world->settings.router_every;

	world->clients_at[turn] = world->now + pace(world, every);
}

void clients_start(struct world *world)
{
	again(world, FOLLOWING);
	again(world, STICKY);
}

void clients_turn(struct world *world, int turn)
{
	if (turn == STICKY) {
		for (int i = 0; i < SLOTS_MAX; i++)
			if (world->slot[i].used)
				redis_write(world, i, CLIENT_STICKY);
	} else {
		for (int client = 0; client < CLIENT_STICKY; client++)
			if (world->route[client] != NOBODY &&
			    world->slot[world->route[client]].used)
				redis_write(world, world->route[client], client);
	}
	again(world, turn);
}

void clients_notice(struct world *world, int client, int slot)
{
	world_at(world, world->now + random_tail(&world->network, 5 * MS, 2 * SECOND),
		 (struct cue){HAPPEN_ROUTE, NOBODY, 0, (uint64_t)(slot + 1), (uint32_t)client});
}
