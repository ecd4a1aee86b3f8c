/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include "redis.h"

#define STICKY 1

static int64_t pace(const struct world *world, int64_t every)
{
	return world->faulty ? every : every * 3;
}

static void again(struct world *world, uint64_t sticky)
{
	int64_t every = sticky ? world->settings.sticky_every : world->settings.router_every;

	world_at(world, world->now + pace(world, every),
		 (struct cue){HAPPEN_CLIENTS, NOBODY, 0, 0, (uint32_t)sticky});
}

void clients_start(struct world *world)
{
	again(world, 0);
	again(world, STICKY);
}

void clients_turn(struct world *world, uint32_t sticky)
{
	if (sticky) {
		for (int i = 0; i < SLOTS_MAX; i++)
			if (world->slot[i].used)
				redis_write(world, i, CLIENT_STICKY);
	} else {
		for (int client = 0; client < CLIENT_STICKY; client++)
			if (world->route[client] != NOBODY &&
			    world->slot[world->route[client]].used)
				redis_write(world, world->route[client], client);
	}
	again(world, sticky);
}

void clients_notice(struct world *world, int client, int slot)
{
	world_at(world, world->now + random_tail(&world->network, 5 * MS, 2 * SECOND),
		 (struct cue){HAPPEN_ROUTE, NOBODY, 0, (uint64_t)(slot + 1), (uint32_t)client});
}
