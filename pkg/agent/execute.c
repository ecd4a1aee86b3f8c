/* SPDX-License-Identifier: Apache-2.0 */
/* Actions become calls of drivers. */
#include "agent.h"

void rel_agent_execute(struct rel_agent *agent, const struct rel_action *action)
{
	switch (action->type) {
	case REL_ACTION_REGISTER_READ:
	case REL_ACTION_REGISTER_CREATE:
	case REL_ACTION_REGISTER_WRITE:
	case REL_ACTION_REGISTER_WATCH:
		rel_kube_register(agent->kube, action);
		return;
	case REL_ACTION_REDIS_OBSERVE:
		rel_redis_observe(agent->redis, action->op, action->timeout);
		return;
	case REL_ACTION_REDIS_COMMAND:
		if (action->redis.command == REL_REDIS_KILL)
			rel_metrics_add(agent->metrics, REL_METRIC_CLIENT_KILL_ROUNDS, NULL, 1);
		rel_redis_command(agent->redis, action->op, &action->redis, action->timeout);
		return;
	case REL_ACTION_SURVEY:
		rel_redis_survey(agent->redis, action->op, action->survey, action->timeout);
		return;
	case REL_ACTION_PATCH_POD:
		rel_kube_patch_pod(agent->kube, action);
		return;
	case REL_ACTION_SAVE_MARK:
		rel_agent_save_mark(agent, action->op, &action->mark);
		return;
	case REL_ACTION_EMIT:
		rel_kube_emit(agent->kube, action);
		return;
	case REL_ACTION_ANSWER:
		rel_agent_answer(agent, action);
		return;
	case REL_ACTION_EXIT:
		rel_agent_leave(agent, action->exit_code);
		return;
	}
}
