/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of one agent, one Redis or their machine. */
#include "agent.h"
#include "blow.h"
#include "redis.h"
#include "register.h"

/* Within the restart latch, a kubelet's pace, or longer. */
static int64_t restart_after(struct random_stream *chance)
{
	if (random_chance(chance, 400000))
		return random_between(chance, 50 * MS, 1200 * MS);
	return random_between(chance, SECOND, 8 * SECOND);
}

static bool strike_agent_kill(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	if (!world->slot[blow->slot].agent.running)
		return false;
	agent_kill(world, blow->slot, restart_after(blow->chance));
	return true;
}

static bool strike_agent_pause(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	if (random_chance(blow->chance, 30000))
		blow->duration = random_between(blow->chance, SECOND, 10 * world->settings.lease);
	agent_stop(world, blow->slot, blow->duration);
	return true;
}

static bool strike_starved(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	world->slot[blow->slot].agent.rate_penalty = random_between(blow->chance, MS, 60 * MS);
	return true;
}

static void heal_starved(struct world *world, const struct wound *wound)
{
	world->slot[wound->a].agent.rate_penalty = 0;
}

static bool strike_redis_kill(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	if (!slot->redis.up)
		return false;
	wound->a = blow->slot;
	if (random_chance(blow->chance, 300000)) {
		slot->redis_kept_down = true;
		redis_kill(world, blow->slot, false, NEVER);
	} else {
		redis_kill(world, blow->slot, false, restart_after(blow->chance));
	}
	return true;
}

static void heal_redis_kill(struct world *world, const struct wound *wound)
{
	struct slot *slot = &world->slot[wound->a];

	if (!slot->redis_kept_down)
		return;
	slot->redis_kept_down = false;
	if (!slot->redis.up)
		redis_kill(world, wound->a, false, 100 * MS);
}

static bool strike_redis_stop(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	redis_stop(world, blow->slot, blow->duration);
	return true;
}

static bool strike_redis_slow(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	world->slot[blow->slot].command_slow_until = world->now + blow->duration;
	return true;
}

static bool strike_refuse(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	world->slot[blow->slot].redis.refusing = true;
	return true;
}

static void heal_refuse(struct world *world, const struct wound *wound)
{
	world->slot[wound->a].redis.refusing = false;
	world->slot[wound->a].redis.reach_again_at = world->now;
}

static bool strike_failing(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	world->slot[blow->slot].redis.failing = true;
	return true;
}

static void heal_failing(struct world *world, const struct wound *wound)
{
	world->slot[wound->a].redis.failing = false;
}

static bool strike_node_kill(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	if (slot->down_for_good)
		return false;
	wound->a = blow->slot;
	slot->down_for_good = true;
	agent_kill(world, blow->slot, NEVER);
	redis_kill(world, blow->slot, true, NEVER);
	return true;
}

static void heal_node_kill(struct world *world, const struct wound *wound)
{
	struct slot *slot = &world->slot[wound->a];

	if (!slot->down_for_good)
		return;
	slot->down_for_good = false;
	agent_kill(world, wound->a, random_between(&world->chance, 50 * MS, SECOND));
	redis_kill(world, wound->a, true, random_between(&world->chance, 50 * MS, SECOND));
}

static bool strike_repl_lag(struct world *world, struct blow *blow, struct wound *wound)
{
	struct redis *redis = &world->slot[blow->slot].redis;

	(void)wound;
	if (random_chance(blow->chance, 500000))
		redis->lag = random_between(blow->chance, 10 * MS, 2 * SECOND);
	else
		redis->stall_until = world->now + blow->duration;
	return true;
}

static bool strike_link_drop(struct world *world, struct blow *blow, struct wound *wound)
{
	struct redis *redis = &world->slot[blow->slot].redis;

	(void)wound;
	if (!redis->up || redis->leader || (!redis->link_up && !redis->syncing))
		return false;
	link_drop(world, blow->slot, random_chance(blow->chance, 500000));
	link_begin(world, blow->slot, random_between(blow->chance, 10 * MS, SECOND));
	return true;
}

/* SIGTERM to the agent, in half of the cases with its Redis getting one too. */
static bool strike_stop(struct world *world, struct blow *blow, struct wound *wound)
{
	if (!world->slot[blow->slot].agent.running)
		return false;
	wound->a = blow->slot;
	wound->bits = world->slot[blow->slot].agent.life;
	agent_sigterm(world, blow->slot);
	if (random_chance(blow->chance, 500000))
		redis_sigterm(world, blow->slot);
	blow->duration = 10 * SECOND;
	return true;
}

static void heal_stop(struct world *world, const struct wound *wound)
{
	if (world->slot[wound->a].agent.life == wound->bits)
		agent_kill(world, wound->a, SECOND);
}

/* One more agent is started anew with another D, as a rolling upgrade does it. */
static bool strike_upgrade(struct world *world, struct blow *blow, struct wound *wound)
{
	const struct settings *settings = &world->settings;
	struct slot *slot = &world->slot[blow->slot];
	bool other = slot->lease == settings->lease;

	(void)wound;
	slot->lease = other ? settings->other_lease : settings->lease;
	slot->renew = other ? settings->other_renew : settings->renew;
	agent_kill(world, blow->slot, restart_after(blow->chance));
	return true;
}

/* SIGTERM, and a second one before it has left. */
static bool strike_stop_now(struct world *world, struct blow *blow, struct wound *wound)
{
	if (!world->slot[blow->slot].agent.running)
		return false;
	wound->a = blow->slot;
	wound->bits = world->slot[blow->slot].agent.life;
	agent_sigterm(world, blow->slot);
	blow->duration = random_tail(blow->chance, 100 * US, 10 * SECOND);
	return true;
}

/* The agent's own driver gives it two seconds. */
static void heal_stop_now(struct world *world, const struct wound *wound)
{
	struct agent *agent = &world->slot[wound->a].agent;

	if (!agent->running || agent->life != wound->bits)
		return;
	agent_stop_now(world, wound->a);
	world_at(world, world->now + 2 * SECOND,
		 (struct cue){HAPPEN_END_AGENT, wound->a, agent->life, 0, 0});
}

static const struct blow_row rows[FAULT_COUNT] = {
	[FAULT_AGENT_KILL] = {strike_agent_kill, NULL},
	[FAULT_AGENT_PAUSE] = {strike_agent_pause, NULL},
	[FAULT_AGENT_STARVED] = {strike_starved, heal_starved},
	[FAULT_REDIS_KILL] = {strike_redis_kill, heal_redis_kill},
	[FAULT_REDIS_STOP] = {strike_redis_stop, NULL},
	[FAULT_REDIS_SLOW] = {strike_redis_slow, NULL},
	[FAULT_REDIS_REFUSE] = {strike_refuse, heal_refuse},
	[FAULT_REDIS_FAILING] = {strike_failing, heal_failing},
	[FAULT_NODE_KILL] = {strike_node_kill, heal_node_kill},
	[FAULT_REPL_LAG] = {strike_repl_lag, NULL},
	[FAULT_LINK_DROP] = {strike_link_drop, NULL},
	[FAULT_STOP] = {strike_stop, heal_stop},
	[FAULT_STOP_NOW] = {strike_stop_now, heal_stop_now},
	[FAULT_UPGRADE] = {strike_upgrade, NULL},
};

const struct blow_row *blow_process_row(enum fault fault)
{
	return &rows[fault];
}
