/* SPDX-License-Identifier: Apache-2.0 */
/* Labels and annotations of pods. The label is what Services select: it follows the
 * role and is repaired whenever it differs, also on other pods, whose agents may be
 * dead. docs/protocol.md, "Role changes". */
#include "redis-election/base/text.h"
#include "role.h"

#define PATCH_TIMEOUT_MS 2000

/* The label our pod should have: leader only while clients can write, replica only
 * after the last kill, none while fenced. NULL: too early to tell, leave it. */
static const char *wanted_role(const struct rel_role *role, enum rel_goal goal)
{
	const struct rel_facts *facts = &role->facts;

	if (facts->reach == REL_REDIS_UNSEEN || goal == REL_GOAL_KEEP)
		return NULL;
	/* Until a planned hand-over fences, it may still be given up. */
	if ((goal == REL_GOAL_LEAD || goal == REL_GOAL_HAND_OVER) &&
	    facts->claim.state == REL_CLAIM_SELF && rel_facts_writable(facts))
		return "leader";
	if ((goal == REL_GOAL_FOLLOW || goal == REL_GOAL_CAMPAIGN) &&
	    rel_facts_follows_leader(facts) && !rel_before(facts->now, role->label_hold))
		return "replica";
	return "";
}

static struct rel_action *patch(struct rel_actions *actions, const struct rel_member *member)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_PATCH_POD);

	action->timeout = rel_ms(PATCH_TIMEOUT_MS);
	action->patch.member = *member;
	return action;
}

static void patch_own(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions)
{
	struct rel_facts *facts = &role->facts;
	int index = rel_pods_find(&facts->pods, &role->config.self);
	const char *wanted = wanted_role(role, goal);
	const char *has = index >= 0 ? facts->pods.at[index].role : "";
	bool leave = wanted == NULL;
	bool announce = role->announce && facts->mark_loaded && facts->pods_known;
	/* The watch needs a moment to show our own patch; a change of mind does not wait. */
	bool settled = !rel_before(facts->now, role->own_patch_after) ||
		       (!leave && !rel_text_equal(wanted, role->patched_role));
	bool same = leave ||
		    (rel_text_equal(wanted, has) && rel_text_equal(wanted, role->patched_role));
	struct rel_action *action;

	if (role->own_patch.op != 0 || index < 0 || !settled || (same && !announce))
		return;
	action = patch(actions, &role->config.self);
	action->op = role->own_patch.op = rel_role_op(role);
	if (!leave) {
		action->patch.set_role = true;
		rel_text_copy(action->patch.role, sizeof(action->patch.role), wanted);
		rel_text_copy(role->patched_role, sizeof(role->patched_role), wanted);
	}
	action->patch.announce = role->announce_sent = announce;
	action->patch.mark = facts->mark;
	role->announce &= !announce;
}

/* A leader takes the leader label away from everybody else. The version that was
 * seen makes sure that a newer leader's fresh label is not hit. */
static void strip_others(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions)
{
	struct rel_facts *facts = &role->facts;
	struct rel_action *action;

	if (goal != REL_GOAL_LEAD || role->strip_patch.op != 0 ||
	    rel_before(facts->now, role->strip_patch_after))
		return;
	for (int i = 0; i < facts->pods.count; i++) {
		const struct rel_pod *pod = &facts->pods.at[i];
		if (rel_member_equal(&pod->member, &role->config.self) ||
		    !rel_text_equal(pod->role, "leader"))
			continue;
		action = patch(actions, &pod->member);
		action->op = role->strip_patch.op = rel_role_op(role);
		action->patch.set_role = true;
		action->patch.index = pod->index;
		return;
	}
}

void rel_role_pod(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions)
{
	patch_own(role, goal, actions);
	strip_others(role, goal, actions);
}
