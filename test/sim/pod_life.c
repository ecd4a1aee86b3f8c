/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a pod, as a kubelet with native sidecars does it: preStop, SIGTERM to
 * Redis, SIGTERM to the agent, object gone, successor. */
#include "agent.h"
#include "client.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

enum { STEP_PRESTOP = 1, STEP_REDIS, STEP_AGENT, STEP_GONE };

#define POLL (100 * MS)

static void next_step(struct world *world, int slot, uint32_t step, int64_t patience)
{
	struct slot *at = &world->slot[slot];

	at->step_until = world->now + patience;
	world_at(world, world->now + MS, (struct cue){HAPPEN_POD_END, slot, at->uid, 0, step});
}

static void poll(struct world *world, int slot, uint32_t step)
{
	world_at(world, world->now + POLL,
		 (struct cue){HAPPEN_POD_END, slot, world->slot[slot].uid, 0, step});
}

void pod_delete(struct world *world, int slot, bool prestop)
{
	struct slot *at = &world->slot[slot];

	if (!at->pod.exists || at->pod.terminating)
		return;
	at->pod.terminating = true;
	at->pod.index = ++world->store.index;
	TRACE(world, slot, "pod is deleted");
	pods_changed(world);
	if (prestop) {
		agent_command(world, slot, REL_COMMAND_SWITCHOVER, "", false);
		next_step(world, slot, STEP_PRESTOP, 6 * SECOND);
		return;
	}
	redis_sigterm(world, slot);
	if (random_chance(&world->chance, 500000))
		agent_sigterm(world, slot);
	next_step(world, slot, STEP_REDIS, 12 * SECOND);
}

void pod_end_now(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	agent_kill(world, slot, NEVER);
	redis_kill(world, slot, false, NEVER);
	pods_remove(world, slot);
	world_at(world, world->now + random_between(&world->chance, 500 * MS, 3 * SECOND),
		 (struct cue){HAPPEN_POD_START, at->ordinal, 0, (uint64_t)(slot + 1), 0});
}

void pod_end_step(struct world *world, int slot, uint32_t step)
{
	struct slot *at = &world->slot[slot];
	bool patient = world->now < at->step_until;

	if (step == STEP_PRESTOP) {
		if (patient && at->agent.running && at->agent.asked_op != 0) {
			poll(world, slot, step);
			return;
		}
		redis_sigterm(world, slot);
		next_step(world, slot, STEP_REDIS, 12 * SECOND);
	} else if (step == STEP_REDIS) {
		if (patient && at->redis.up) {
			poll(world, slot, step);
			return;
		}
		redis_kill(world, slot, false, NEVER);
		agent_sigterm(world, slot);
		next_step(world, slot, STEP_AGENT, 8 * SECOND);
	} else if (step == STEP_AGENT) {
		if (patient && at->agent.running) {
			poll(world, slot, step);
			return;
		}
		pod_end_now(world, slot);
	}
}

void pod_start(struct world *world, int ordinal, int from)
{
	if (from != NOBODY && world->slot[from].pod.exists)
		return;
	if (ordinal < world->ordinals &&
	    pods_create(world, ordinal, world->settings.volumes ? from : NOBODY) == NOBODY &&
	    pods_current(world, ordinal) == NOBODY) {
		world_at(world, world->now + SECOND,
			 (struct cue){HAPPEN_POD_START, ordinal, 0, (uint64_t)(from + 1), 0});
		return;
	}
	if (from != NOBODY && !world->slot[from].agent.running && !world->slot[from].redis.up)
		world->slot[from].used = false;
}
