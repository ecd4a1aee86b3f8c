/* SPDX-License-Identifier: Apache-2.0 */
/* What a case does to members: their processes, their writes, their operators. */
#include "agent.h"
#include "case_acts.h"
#include "client.h"
#include "redis-election/base/text.h"
#include "redis.h"

static void act_redis_restart(struct world *world, int slot, int64_t after)
{
	redis_kill(world, slot, false, after);
}

static void act_redis_down(struct world *world, int slot, int64_t after)
{
	world->slot[slot].redis_kept_down = true;
	redis_kill(world, slot, false, NEVER);
	(void)after;
}

static void act_redis_empty(struct world *world, int slot, int64_t after)
{
	redis_kill(world, slot, false, after);
	world->slot[slot].disk.data = false;
}

static void act_agent_restart(struct world *world, int slot, int64_t after)
{
	agent_kill(world, slot, after);
}

static void act_agent_down(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_kill(world, slot, NEVER);
}

static void act_node_down(struct world *world, int slot, int64_t after)
{
	(void)after;
	world->slot[slot].down_for_good = true;
	agent_kill(world, slot, NEVER);
	redis_kill(world, slot, true, NEVER);
}

static void act_recreate(struct world *world, int slot, int64_t after)
{
	(void)after;
	pod_end_now(world, slot);
}

static void act_delete(struct world *world, int slot, int64_t after)
{
	(void)after;
	pod_delete(world, slot, true);
}

static void act_late_write(struct world *world, int slot, int64_t after)
{
	world->slot[slot].late_writes = after;
}

static void act_lose_write(struct world *world, int slot, int64_t after)
{
	(void)after;
	world->slot[slot].lost_writes++;
}

static void act_drop_write(struct world *world, int slot, int64_t after)
{
	(void)after;
	world->slot[slot].dropped_writes++;
}

static void act_freeze(struct world *world, int slot, int64_t after)
{
	agent_stop(world, slot, after);
}

static void act_switchover(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_command(world, slot, REL_COMMAND_SWITCHOVER, "", false);
}

static void act_set_pause(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_command(world, slot, REL_COMMAND_PAUSE, "", false);
}

static void act_resume(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_command(world, slot, REL_COMMAND_RESUME, "", false);
}

static void act_sigterm(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_sigterm(world, slot);
}

/* A second SIGTERM. */
static void act_stop_now(struct world *world, int slot, int64_t after)
{
	(void)after;
	agent_stop_now(world, slot);
}

static void act_redis_sigterm(struct world *world, int slot, int64_t after)
{
	(void)after;
	redis_sigterm(world, slot);
}

/* Redis stalls as the next unlatch is sent to it, and its agent is asked to end. */
static void act_unlatch_stall(struct world *world, int slot, int64_t after)
{
	world->slot[slot].stall_at_unlatch = after;
}

/* The next pause of writes is over at once: somebody's CLIENT UNPAUSE, or a step of
 * the wall clock, by which Redis counts it. */
static void act_end_pause(struct world *world, int slot, int64_t after)
{
	(void)after;
	world->slot[slot].end_next_pause = true;
}

static const struct act acts[] = {
	{"redis-restart", act_redis_restart},
	{"redis-down", act_redis_down},
	{"redis-empty", act_redis_empty},
	{"agent-restart", act_agent_restart},
	{"agent-down", act_agent_down},
	{"node-down", act_node_down},
	{"recreate", act_recreate},
	{"delete", act_delete},
	{"late-write", act_late_write},
	{"lose-write", act_lose_write},
	{"drop-write", act_drop_write},
	{"freeze", act_freeze},
	{"switch", act_switchover},
	{"hold", act_set_pause},
	{"resume", act_resume},
	{"sigterm", act_sigterm},
	{"stop-now", act_stop_now},
	{"redis-sigterm", act_redis_sigterm},
	{"unlatch-stall", act_unlatch_stall},
	{"end-pause", act_end_pause},
};

const struct act *member_act(const char *name)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (rel_text_equal(acts[i].name, name))
			return &acts[i];
	return NULL;
}
