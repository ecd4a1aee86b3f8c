/* SPDX-License-Identifier: Apache-2.0 */
/* The data mark. docs/protocol.md, "Who tries first": rewritten at most once a second
 * and at each fence, and after a restart of Redis not again until it is in sync or
 * promoted, because until then the old mark is all that tells where its data stands. */
#include "redis-election/base/text.h"
#include "role.h"

#define MARK_INTERVAL_MS 1000

/* In sync with a Redis that was promoted under its epoch, by the record or by what we
 * saw: one that was only named still has the data of an older epoch. */
static bool follows_promoted(const struct rel_facts *facts)
{
	return rel_facts_follows_leader(facts) && facts->redis.link_up && !facts->redis.syncing &&
	       (facts->leader_promoted ||
		(facts->leader_line.replid[0] != '\0' &&
		 rel_text_equal(facts->leader_line.replid, facts->redis.line.replid)));
}

/* The epoch that this data belongs to, or 0 when INFO does not tell its place. */
static uint64_t epoch_of_data(const struct rel_role *role, enum rel_goal goal)
{
	const struct rel_facts *facts = &role->facts;

	if (goal == REL_GOAL_LEAD)
		return facts->claim.epoch;
	if (follows_promoted(facts))
		return facts->leader_epoch;
	/* Fenced a moment ago: still the process, and the line, of the last mark. */
	if (role->mark_at_once && rel_text_equal(facts->mark.run_id, facts->redis.run_id))
		return facts->mark.epoch;
	return 0;
}

static bool same_mark(const struct rel_mark *a, const struct rel_mark *b)
{
	return a->epoch == b->epoch && a->line.offset == b->line.offset &&
	       a->line.fork_offset == b->line.fork_offset && a->min_replicas == b->min_replicas &&
	       rel_text_equal(a->run_id, b->run_id) &&
	       rel_text_equal(a->line.replid, b->line.replid) &&
	       rel_text_equal(a->line.replid2, b->line.replid2);
}

void rel_role_mark(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions)
{
	struct rel_facts *facts = &role->facts;
	uint64_t epoch = facts->reach == REL_REDIS_UP ? epoch_of_data(role, goal) : 0;
	struct rel_mark mark = {.epoch = epoch, .line = facts->redis.line};
	struct rel_action *action;

	if (epoch == 0 || role->mark_save.op != 0 || !facts->mark_loaded ||
	    (rel_before(facts->now, role->next_mark) && !role->mark_at_once))
		return;
	rel_text_copy(mark.run_id, sizeof(mark.run_id), facts->redis.run_id);
	mark.min_replicas = role->user_min_replicas;
	role->next_mark = rel_after(facts->now, rel_ms(MARK_INTERVAL_MS));
	role->announce_mark |= role->mark_at_once || mark.epoch != facts->mark.epoch;
	role->mark_at_once = false;
	if (same_mark(&mark, &facts->mark)) {
		role->announce |= role->announce_mark;
		role->announce_mark = false;
		return;
	}
	action = rel_actions_add(actions, REL_ACTION_SAVE_MARK);
	action->op = role->mark_save.op = rel_role_op(role);
	action->mark = role->mark_sent = mark;
}
