/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/assert.h"
#include "role.h"

size_t rel_role_size(void)
{
	return sizeof(struct rel_role);
}

void rel_role_init(struct rel_role *role, const struct rel_role_config *config,
		   struct rel_instant now)
{
	rel_assert(rel_member_is_set(&config->self));
	role->config = *config;
	role->facts.started = now;
	role->facts.now = now;
	role->facts.redis.min_replicas = -1;
	role->announce = true;
	role->rank_again = true;
	role->last_goal = REL_GOAL_WAIT;
	role->emitted_rule = "";
}

uint64_t rel_role_op(struct rel_role *role)
{
	return ++role->ops;
}

const struct rel_facts *rel_role_facts(const struct rel_role *role)
{
	return &role->facts;
}

const char *rel_role_phase(const struct rel_role *role)
{
	static const char *const names[REL_HANDOVER_PHASES] = {
		[REL_HANDOVER_IDLE] = "",
		[REL_HANDOVER_SELECT] = "choosing a target",
		[REL_HANDOVER_PAUSE] = "pausing writes",
		[REL_HANDOVER_OFFSET] = "reading the offset",
		[REL_HANDOVER_CATCH_UP] = "waiting for the target",
		[REL_HANDOVER_LATCH] = "fencing",
		[REL_HANDOVER_COMMIT] = "naming the target",
	};

	return names[role->handover.phase];
}

struct rel_instant rel_role_deadline(const struct rel_role *role, struct rel_instant now)
{
	const struct rel_role_config *config = &role->config;
	const struct rel_facts *facts = &role->facts;
	struct rel_instant at = REL_FOREVER;

	at = rel_sooner(at, rel_after(role->observe.since, rel_role_observe_interval(role)), now);
	at = rel_sooner(at, rel_after(facts->started, config->restart_latch), now);
	if (rel_is_set(facts->silent_since))
		at = rel_sooner(at, rel_after(facts->silent_since, config->redis_down_after), now);
	at = rel_sooner(at, role->next_survey, now);
	at = rel_sooner(at, role->command_hold, now);
	at = rel_sooner(at, role->latch_hold, now);
	at = rel_sooner(at, rel_role_candidate_from(facts), now);
	at = rel_sooner(at, role->label_hold, now);
	if (rel_before(now, role->kill_until))
		at = rel_sooner(at, role->next_kill, now);
	at = rel_sooner(at, role->own_patch_after, now);
	at = rel_sooner(at, role->strip_patch_after, now);
	at = rel_sooner(at, role->outgoing.until, now);
	at = rel_sooner(at, role->next_mark, now);
	at = rel_sooner(
		at, rel_after(rel_later(facts->started, facts->run_since), config->bootstrap_grace),
		now);
	at = rel_sooner(at, rel_after(facts->leader_since, rel_ms(REL_PROMOTION_WAIT_MS)), now);
	return rel_handover_deadline(role, at, now);
}
