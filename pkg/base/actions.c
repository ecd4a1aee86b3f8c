/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/action.h"

#include "redis-election/base/assert.h"

struct rel_action *rel_actions_add(struct rel_actions *actions, enum rel_action_type type)
{
	struct rel_action *action;

	rel_assert(actions->count < REL_ACTIONS_MAX);
	action = &actions->at[actions->count++];
	*action = (struct rel_action){.type = type};
	return action;
}
