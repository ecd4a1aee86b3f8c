/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the set as a whole: pods, network between members, operators. */
#include "agent.h"
#include "blow.h"
#include "client.h"
#include "redis.h"
#include "register.h"

int blow_victim(const struct world *world, struct random_stream *chance)
{
	int candidates[SLOTS_MAX], count = 0;

	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.exists)
			candidates[count++] = i;
	/* Half of all evil befalls whoever leads: there it hurts. */
	if (count > 0 && random_chance(chance, 400000) && blow_leader(world) != NOBODY)
		return blow_leader(world);
	return count == 0 ? NOBODY : candidates[random_below(chance, (uint32_t)count)];
}

int blow_leader(const struct world *world)
{
	const struct version *now = register_now(world);
	int slot = now ? pods_by_identity(world, now->record.holder) : NOBODY;

	return slot != NOBODY && world->slot[slot].pod.exists ? slot : NOBODY;
}

static bool strike_recreate(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	(void)wound;
	if (!slot->pod.exists || slot->pod.terminating)
		return false;
	if (random_chance(blow->chance, 500000))
		pod_end_now(world, blow->slot);
	else
		pod_delete(world, blow->slot, random_chance(blow->chance, 500000));
	return true;
}

/* A pod object is deleted by force while its processes run on. */
static bool strike_ghost(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	if (!slot->pod.exists || slot->pod.terminating)
		return false;
	wound->a = blow->slot;
	wound->bits = slot->uid;
	slot->api_cut = random_chance(blow->chance, 500000);
	pods_remove(world, blow->slot);
	world_at(world, world->now + random_between(blow->chance, 200 * MS, 3 * SECOND),
		 (struct cue){HAPPEN_POD_START, slot->ordinal, 0, 0, 0});
	return true;
}

static void heal_ghost(struct world *world, const struct wound *wound)
{
	struct slot *slot = &world->slot[wound->a];

	if (!slot->used || slot->uid != wound->bits)
		return;
	agent_kill(world, wound->a, NEVER);
	redis_kill(world, wound->a, true, NEVER);
	slot->used = false;
}

/* A rolling update: from the last pod to the first, one by one. */
static bool strike_rolling(struct world *world, struct blow *blow, struct wound *wound)
{
	int ordinal = blow->other == NOBODY ? world->ordinals - 1 : blow->other;
	int slot = pods_current(world, ordinal);

	if (slot == NOBODY)
		return false;
	pod_delete(world, slot, true);
	wound->b = ordinal;
	blow->duration = random_between(blow->chance, 3 * SECOND, 9 * SECOND);
	return true;
}

static void heal_rolling(struct world *world, const struct wound *wound)
{
	if (world->faulty && wound->b > 0)
		fault_do(world, FAULT_ROLLING, NOBODY, wound->b - 1, 0);
}

static bool strike_scale(struct world *world, struct blow *blow, struct wound *wound)
{
	int wanted = 1 + (int)random_below(blow->chance, 5);

	(void)wound;
	for (int i = wanted; i < world->ordinals; i++) {
		int slot = pods_current(world, i);

		if (slot != NOBODY)
			pod_delete(world, slot, random_chance(blow->chance, 700000));
	}
	for (int i = world->ordinals; i < wanted; i++)
		world_at(world, world->now + SECOND, (struct cue){HAPPEN_POD_START, i, 0, 0, 0});
	world->ordinals = wanted;
	return true;
}

static bool strike_all_restart(struct world *world, struct blow *blow, struct wound *wound)
{
	bool crash = random_chance(blow->chance, 500000);
	bool agents = random_chance(blow->chance, 700000);

	(void)wound;
	for (int i = 0; i < SLOTS_MAX; i++) {
		if (!world->slot[i].used || !world->slot[i].pod.exists)
			continue;
		if (agents)
			agent_kill(world, i, random_between(blow->chance, 100 * MS, 4 * SECOND));
		redis_kill(world, i, crash, random_between(blow->chance, 100 * MS, 4 * SECOND));
	}
	return true;
}

static void cut_pair(struct world *world, int a, int b, bool value)
{
	world->cut[a][b] = value;
}

static bool strike_net_cut(struct world *world, struct blow *blow, struct wound *wound)
{
	int other = blow->other;

	for (int tries = 0; tries < 8 && (other == NOBODY || other == blow->slot); tries++)
		other = blow_victim(world, blow->chance);
	if (other == NOBODY || other == blow->slot)
		return false;
	wound->a = blow->slot;
	wound->b = other;
	wound->bits = 1 + random_below(blow->chance, 3);
	if (wound->bits & 1)
		cut_pair(world, blow->slot, other, true);
	if (wound->bits & 2)
		cut_pair(world, other, blow->slot, true);
	return true;
}

static void heal_net_cut(struct world *world, const struct wound *wound)
{
	cut_pair(world, wound->a, wound->b, false);
	cut_pair(world, wound->b, wound->a, false);
}

static void partition(struct world *world, uint64_t side, bool value)
{
	for (int a = 0; a < SLOTS_MAX; a++)
		for (int b = 0; b < SLOTS_MAX; b++)
			if ((side >> a & 1) != (side >> b & 1))
				cut_pair(world, a, b, value);
}

/* By halves, or one alone; who is cut off may lose the API server as well. */
static bool strike_partition(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	wound->bits = random_chance(blow->chance, 500000) ? UINT64_C(1) << blow->slot
							  : random_next(blow->chance) & 0xffff;
	partition(world, wound->bits, true);
	if (random_chance(blow->chance, 500000)) {
		world->slot[blow->slot].api_cut = true;
		wound->b = blow->slot;
	}
	return true;
}

static void heal_partition(struct world *world, const struct wound *wound)
{
	partition(world, wound->bits, false);
	if (wound->b == NOBODY)
		return;
	world->slot[wound->b].api_cut = false;
	watch_send(world, wound->b);
}

static bool strike_net_slow(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	world->slow[blow->slot] = random_between(blow->chance, MS, 150 * MS);
	return true;
}

static void heal_net_slow(struct world *world, const struct wound *wound)
{
	world->slow[wound->a] = 0;
}

/* Asked of any agent; sometimes two at once, sometimes the target dies of it. */
static bool strike_switchover(struct world *world, struct blow *blow, struct wound *wound)
{
	int target = blow->other != NOBODY ? blow->other : blow_victim(world, blow->chance);
	const char *to = random_chance(blow->chance, 500000) && blow->other == NOBODY
				 ? ""
				 : world->slot[target].member.name;

	wound->a = target;
	agent_command(world, blow->slot, REL_COMMAND_SWITCHOVER, to, false);
	if (random_chance(blow->chance, 200000))
		agent_command(world, blow_victim(world, blow->chance), REL_COMMAND_SWITCHOVER,
			      world->slot[blow_victim(world, blow->chance)].member.name, false);
	wound->bits = blow->other == NOBODY ? random_below(blow->chance, 6) : 9;
	blow->duration = random_between(blow->chance, 200 * US, 80 * MS);
	return true;
}

static void heal_switchover(struct world *world, const struct wound *wound)
{
	if (!world->slot[wound->a].used || !world->faulty)
		return;
	if (wound->bits == 0)
		redis_kill(world, wound->a, false, REDIS_AGAIN);
	else if (wound->bits == 1)
		agent_kill(world, wound->a, 2 * SECOND);
	else if (wound->bits == 2)
		agent_stop(world, wound->a, SECOND);
}

static bool strike_pause(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	agent_command(world, blow->slot, REL_COMMAND_PAUSE, "", false);
	return true;
}

static void heal_pause(struct world *world, const struct wound *wound)
{
	agent_command(world, wound->a, REL_COMMAND_RESUME, "", false);
}

static bool strike_failover(struct world *world, struct blow *blow, struct wound *wound)
{
	int target = blow_victim(world, blow->chance);

	(void)wound;
	agent_command(world, random_chance(blow->chance, 500000) ? target : blow->slot,
		      REL_COMMAND_FAILOVER, world->slot[target].member.name,
		      random_chance(blow->chance, 500000));
	return true;
}

static const struct blow_row rows[FAULT_COUNT] = {
	[FAULT_POD_RECREATE] = {strike_recreate, NULL},
	[FAULT_POD_GHOST] = {strike_ghost, heal_ghost},
	[FAULT_ROLLING] = {strike_rolling, heal_rolling},
	[FAULT_SCALE] = {strike_scale, NULL},
	[FAULT_ALL_RESTART] = {strike_all_restart, NULL},
	[FAULT_NET_CUT] = {strike_net_cut, heal_net_cut},
	[FAULT_NET_PARTITION] = {strike_partition, heal_partition},
	[FAULT_NET_SLOW] = {strike_net_slow, heal_net_slow},
	[FAULT_SWITCHOVER] = {strike_switchover, heal_switchover},
	[FAULT_PAUSE] = {strike_pause, heal_pause},
	[FAULT_FAILOVER] = {strike_failover, NULL},
};

const struct blow_row *blow_set_row(enum fault fault)
{
	return &rows[fault];
}
