/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/log.h"

static void wake(void *ctx)
{
	struct rel_event event = {.type = REL_EVENT_TICK};

	rel_agent_dispatch(ctx, &event);
}

/* Drivers never report from inside a call, so a step is never entered twice. */
void rel_agent_dispatch(struct rel_agent *agent, const struct rel_event *event)
{
	struct rel_event stamped = *event;

	rel_assert(!agent->stepping);
	if (agent->leaving)
		return;
	agent->stepping = true;
	stamped.now = rel_loop_now();
	stamped.wall = rel_wall_now();
	stamped.entropy = rel_loop_entropy();
	agent->actions.count = 0;
	rel_node_step(agent->node, &stamped, &agent->actions);
	for (int i = 0; i < agent->actions.count && !agent->leaving; i++)
		rel_agent_execute(agent, &agent->actions.at[i]);
	agent->last_step = stamped.now;
	if (!agent->leaving)
		rel_loop_arm(agent->loop, rel_node_deadline(agent->node), wake, agent);
	rel_agent_report(agent, &stamped);
	rel_log_flush();
	agent->stepping = false;
}
