/* SPDX-License-Identifier: Apache-2.0 */
/* Was the lease that we gave to somebody better used? docs/protocol.md, "Who tries
 * first": a Redis may answer while its agent is dead, and must not be named for ever. */
#include "role.h"

#define UNUSED_MAX 3 /* in a row: an agent that is only being restarted is back by then */
#define PASSED_OVER_MS 60000

void rel_gift_sent(struct rel_role *role, const struct rel_member *to)
{
	struct rel_gift *gift = &role->gift;

	if (!rel_member_equal(&gift->to, to))
		*gift = (struct rel_gift){.to = *to};
	gift->open = true;
	gift->epoch = 0;
}

static void unused(struct rel_role *role)
{
	struct rel_gift *gift = &role->gift;

	gift->open = false;
	if (++gift->unused < UNUSED_MAX)
		return;
	gift->unused = 0;
	gift->passed_until = rel_after(role->facts.now, rel_ms(PASSED_OVER_MS));
	role->rank_again = true;
}

void rel_gift_watch(struct rel_role *role)
{
	const struct rel_record *record = role->facts.election.record;
	struct rel_gift *gift = &role->gift;
	struct rel_member holder;

	if (!gift->open || record == NULL || role->facts.election.kind != REL_RECORD_HELD)
		return;
	holder = rel_record_holder(record);
	if (!rel_member_equal(&holder, &gift->to)) {
		if (gift->epoch != 0 && record->epoch > gift->epoch)
			unused(role);
	} else if (gift->epoch == 0) {
		gift->epoch = record->epoch;
		gift->mark = record->mark;
	} else if (record->epoch != gift->epoch || record->mark != gift->mark) {
		*gift = (struct rel_gift){0}; /* it lives */
	}
}

bool rel_gift_passes_over(const struct rel_role *role, const struct rel_member *member)
{
	return rel_is_set(role->gift.passed_until) &&
	       rel_before(role->facts.now, role->gift.passed_until) &&
	       rel_member_equal(&role->gift.to, member);
}
