/* SPDX-License-Identifier: Apache-2.0 */
/* Actions of an agent become requests, commands and questions of its drivers. */
#include "agent.h"
#include "redis-election/base/assert.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

#define PATIENCE (10 * SECOND) /* of a driver whose action names no time-out */

static bool wants_answer(enum rel_action_type type)
{
	return type != REL_ACTION_EMIT && type != REL_ACTION_ANSWER && type != REL_ACTION_EXIT;
}

static void forget_watches(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;

	for (int i = agent->pending_count; i-- > 0;) {
		struct parcel *parcel;

		if (agent->pending[i].type != REL_ACTION_REGISTER_WATCH)
			continue;
		if (random_chance(&world->network, 500000)) {
			agent->pending[i] = agent->pending[--agent->pending_count];
			continue;
		}
		agent->pending[i].watching = true;
		parcel = parcel_take(world, REL_EVENT_REGISTER_WATCH);
		parcel->op = agent->pending[i].op;
		parcel->err = REL_ERR_STALE;
		agent_post(world, slot, agent->life, parcel, 100 * US);
	}
}

static void open_pending(struct world *world, int slot, const struct rel_action *action)
{
	struct slot *at = &world->slot[slot];
	struct agent *agent = &at->agent;
	int64_t timeout = action->timeout.ns > 0 ? action->timeout.ns : PATIENCE;
	int64_t due;

	if (action->op == 0 || agent_pending(world, slot, action->op) != NULL)
		world_fail(world, "S13", "%s: op %lx of %s is not new", at->identity,
			   (unsigned long)action->op, trace_action(action->type));
	if (action->type == REL_ACTION_REGISTER_WATCH)
		forget_watches(world, slot);
	if (agent->pending_count == PENDING_MAX)
		world_fail(world, "S13", "%s: %d actions without an answer", at->identity,
			   PENDING_MAX);
	agent->pending[agent->pending_count++] =
		(struct pending){.op = action->op, .type = action->type, .due = NEVER};
	due = clock_real(&at->clock, clock_local(&at->clock, world->now) + timeout) +
	      random_between(&world->network, 0, MS);
	if (action->type == REL_ACTION_SURVEY)
		return; /* its driver answers in any case */
	agent->pending[agent->pending_count - 1].due = due;
	agent_await(world, slot, due);
}

void agent_exit(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	TRACE(world, slot, "agent exits");
	agent_kill(world, slot,
		   at->pod.exists && !at->pod.terminating
			   ? random_between(&world->chance, 300 * MS, 3 * SECOND)
			   : NEVER);
}

void agent_execute(struct world *world, int slot, const struct rel_action *action)
{
	struct agent *agent = &world->slot[slot].agent;

	world_mix(world, (uint64_t)action->type << 60 ^ action->op ^ (uint64_t)slot << 50);
	if (wants_answer(action->type))
		open_pending(world, slot, action);
	switch (action->type) {
	case REL_ACTION_REGISTER_READ:
	case REL_ACTION_REGISTER_CREATE:
	case REL_ACTION_REGISTER_WRITE:
	case REL_ACTION_REGISTER_WATCH:
	case REL_ACTION_PATCH_POD:
		register_send(world, slot, action);
		break;
	case REL_ACTION_REDIS_OBSERVE:
	case REL_ACTION_REDIS_COMMAND:
		command_send(world, slot, action);
		break;
	case REL_ACTION_SURVEY:
		world->stats.count[STAT_SURVEYS]++;
		survey_send(world, slot, action);
		break;
	case REL_ACTION_SAVE_MARK:
		mark_save(world, slot, action);
		break;
	case REL_ACTION_EMIT:
		rel_assert(action->emit.reason != NULL && action->emit.reason[0] != '\0');
		break;
	case REL_ACTION_ANSWER:
		world->stats.count[STAT_ANSWERS]++;
		TRACE(world, slot, "> answer %s: %s", rel_err_text(action->answer.err),
		      action->answer.text);
		if (action->op == agent->asked_op)
			agent->asked_op = 0;
		break;
	case REL_ACTION_EXIT:
		agent_exit(world, slot);
		break;
	}
}
