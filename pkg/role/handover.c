/* SPDX-License-Identifier: Apache-2.0 */
/* The planned hand-over. docs/protocol.md, "Planned hand-over": the writes are held,
 * the target proves that it has every byte, the fence goes up, and only then does
 * the register name the target. It may be aborted until that write is sent. */
#include <stdarg.h>
#include <stdio.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "role.h"

#define SELECT_LIMIT_MS 5000
#define POLL_MS 3
#define AGAIN_MS 1000

void rel_handover_begin(struct rel_role *role, const char *cause)
{
	struct rel_handover *handover = &role->handover;
	const struct rel_request *request = rel_operator_request(role);

	handover->phase = REL_HANDOVER_SELECT;
	handover->cause = cause;
	handover->started = role->facts.now;
	handover->target = (struct rel_member){0};
	if (request != NULL && handover->answer_op == 0) {
		handover->request_id = request->id;
		rel_text_copy(handover->wanted, sizeof(handover->wanted), request->to);
	}
}

static void answer(struct rel_role *role, enum rel_err err, const char *text,
		   struct rel_actions *actions)
{
	struct rel_action *action;

	if (role->handover.answer_op == 0)
		return;
	action = rel_actions_add(actions, REL_ACTION_ANSWER);
	action->op = role->handover.answer_op;
	action->answer.err = err;
	action->answer.id = role->handover.request_id;
	rel_text_copy(action->answer.text, sizeof(action->answer.text), text);
	role->handover.answer_op = 0;
}

static void reset(struct rel_handover *handover, struct rel_instant not_again_before)
{
	*handover = (struct rel_handover){.not_again_before = not_again_before};
}

/* Ends it before the register names anybody: everything is put back by the rules
 * (a latched Redis with a claim is made the leader again) and restore_settings(). */
void rel_handover_end(struct rel_role *role, const char *why, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;
	bool done = role->facts.claim.state != REL_CLAIM_SELF;

	if (!done && handover->answer_op != 0) {
		answer(role, REL_ERR_INVALID, why, actions);
	} else if (!done) {
		if (handover->request_id != 0)
			rel_operator_outcome(role, handover->request_id, "refused: %s", why);
	} else {
		answer(role, REL_ERR_INVALID, "the claim ended before it was done", actions);
		rel_role_kill_clients(role);
	}
	reset(handover, rel_after(role->facts.now, rel_ms(AGAIN_MS)));
	if (role->facts.redis.persistence_failed)
		handover->not_again_before =
			rel_after(role->facts.now, role->config.unfit_cooldown);
}

static const struct rel_candidate *choose(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;
	const char *wanted = role->handover.wanted;

	if (wanted[0] == '\0')
		return standing->best_other >= 0 ? &standing->at[standing->best_other] : NULL;
	for (int i = 1; i < standing->count; i++)
		if (rel_text_equal(standing->at[i].member.name, wanted))
			return &standing->at[i];
	return NULL;
}

static const struct rel_redis_view *surveyed_view(const struct rel_survey *survey,
						  const struct rel_member *member)
{
	for (int i = 0; i < survey->count; i++)
		if (rel_member_equal(&survey->at[i].member, member) &&
		    survey->at[i].reach == REL_REDIS_UP)
			return &survey->at[i].view;
	return NULL;
}

/* Does this Redis follow ours, with the same history and its link up? */
static const char *not_following(const struct rel_role *role, const struct rel_redis_view *view)
{
	if (view == NULL)
		return "does not answer";
	if (view->is_leader || !view->link_up)
		return "its replication link is down";
	if (!rel_text_equal(view->line.replid, role->facts.redis.line.replid))
		return "has another history";
	return "";
}

/* Without a fit target a stopping leader releases: nobody loses what nobody has. */
static void no_target(struct rel_role *role, const char *name, const char *why,
		      struct rel_actions *actions)
{
	char text[128];

	rel_text_format(text, sizeof(text), "%s %s", name, why);
	if (role->facts.stopping && role->handover.wanted[0] == '\0') {
		role->handover.phase = REL_HANDOVER_LATCH;
		role->handover.target = (struct rel_member){0};
		role->handover.pause_until = REL_FOREVER;
		return;
	}
	rel_handover_end(role, text, actions);
}

static void begin_pause(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_action *action = rel_role_redis(role, REL_REDIS_PAUSE, actions);
	struct rel_handover *handover = &role->handover;

	if (action == NULL)
		return;
	action->redis.number = rel_to_ms(role->config.handover_pause);
	handover->pause_until = rel_after(role->facts.now, role->config.handover_pause);
	handover->paused_at = REL_NEVER;
	handover->phase = REL_HANDOVER_PAUSE;
	role->unpause = true;
}

/* Pings first, then the pause, which must not outlive the claim. */
static void prepare(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_duration needed = {role->config.handover_pause.ns +
				      role->config.fence_budget.ns};

	if (role->restore_ping) {
		if (rel_facts_claim_left(&role->facts).ns >= needed.ns)
			begin_pause(role, actions);
		return;
	}
	rel_role_quiet(role, actions);
}

static void select_target(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;
	const struct rel_candidate *candidate;
	const char *why;

	if (rel_before(role->facts.surveyed_at, handover->started)) {
		rel_role_survey(role, NULL, actions);
		return;
	}
	candidate = choose(role);
	if (candidate == NULL) {
		bool named = handover->wanted[0] != '\0';
		no_target(role, named ? handover->wanted : "no replica",
			  named ? "does not answer or is not a member" : "is fit to lead", actions);
		return;
	}
	why = candidate->fit
		      ? not_following(role, surveyed_view(&role->facts.survey, &candidate->member))
		      : candidate->why;
	if (why[0] != '\0') {
		no_target(role, candidate->member.name, why, actions);
		return;
	}
	handover->target = candidate->member;
	rel_text_copy(handover->address, sizeof(handover->address), candidate->address);
	prepare(role, actions);
}

static void paused(struct rel_role *role, struct rel_actions *actions)
{
	(void)actions;
	if (!rel_is_set(role->handover.paused_at) && role->command.op == 0) {
		rel_handover_end(role, "Redis refused the pause", actions);
		return;
	}
	if (rel_is_set(role->handover.paused_at)) {
		role->observe_soon = true;
		role->handover.phase = REL_HANDOVER_OFFSET;
	}
}

/* Our offset counts only when it was asked for after the pause began. */
static void read_offset(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;

	if (rel_before(role->facts.observed_at, handover->paused_at)) {
		role->observe_soon = true;
		return;
	}
	handover->offset = role->facts.redis.line.offset;
	handover->phase = REL_HANDOVER_CATCH_UP;
	rel_role_survey(role, &handover->target, actions);
}

static void catch_up(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;
	const struct rel_redis_view *view = surveyed_view(&role->target_view, &handover->target);

	if (role->survey.op != 0)
		return;
	if (not_following(role, view)[0] == '\0' && view->line.offset >= handover->offset &&
	    role->survey_one && !rel_before(role->survey.since, handover->paused_at)) {
		handover->phase = REL_HANDOVER_LATCH;
		rel_role_latch(role, actions);
		return;
	}
	if (!rel_before(role->facts.now, rel_after(role->survey.since, rel_ms(POLL_MS))))
		rel_role_survey(role, &handover->target, actions);
}

/* What must be left of pause and claim when the target is named. */
static int64_t remaining_ns(const struct rel_role *role)
{
	return role->config.handover_pause.ns / 2;
}

static bool enough_left(const struct rel_role *role)
{
	return rel_between(role->facts.now, role->handover.pause_until).ns >= remaining_ns(role) &&
	       rel_facts_claim_left(&role->facts).ns >= remaining_ns(role);
}

/* The pause may have ended early, by another's UNPAUSE or a step of the wall clock:
 * what was written until the latch counts too. */
static void latch(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;
	const struct rel_facts *facts = &role->facts;

	if (!rel_role_latch(role, actions) || !rel_facts_fenced(facts))
		return;
	if (!rel_member_is_set(&handover->target)) {
		handover->phase = REL_HANDOVER_COMMIT;
		return;
	}
	if (rel_before(facts->observed_at, role->latch_look)) {
		role->observe_soon = true;
		return;
	}
	if (facts->redis.line.offset <= handover->offset) {
		handover->phase = REL_HANDOVER_COMMIT;
		return;
	}
	handover->offset = facts->redis.line.offset;
	handover->paused_at = facts->now;
	handover->phase = REL_HANDOVER_CATCH_UP;
	rel_role_survey(role, &handover->target, actions);
}

static void commit(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;

	if (!role->facts.election.handing_over && !enough_left(role) &&
	    rel_member_is_set(&handover->target)) {
		rel_handover_end(role, "the pause was too short", actions);
		return;
	}
	wish->kind = REL_WISH_HAND_OVER;
	wish->successor = handover->target;
	rel_text_copy(wish->successor_address, sizeof(wish->successor_address), handover->address);
	wish->to_offset = handover->offset;
	wish->reason = handover->cause;
	if (handover->request_id != 0) {
		wish->clear_request = true;
		wish->outcome.id = handover->request_id;
		rel_text_format(wish->outcome.text, sizeof(wish->outcome.text), "done: %s leads",
				handover->target.name);
	}
	if (handover->answer_op != 0)
		answer(role, REL_OK, "switching over", actions);
}

static bool too_late(const struct rel_role *role)
{
	const struct rel_handover *handover = &role->handover;

	if (handover->phase == REL_HANDOVER_COMMIT)
		return false; /* has its own test */
	if (handover->phase == REL_HANDOVER_SELECT)
		return !rel_before(role->facts.now,
				   rel_after(handover->started, rel_ms(SELECT_LIMIT_MS)));
	return !enough_left(role) && rel_member_is_set(&handover->target);
}

void rel_handover_step(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;

	wish->kind = REL_WISH_HOLD;
	if (role->facts.election.handing_over) {
		wish->kind = REL_WISH_HAND_OVER; /* sent: it can only be repeated */
		rel_role_latch(role, actions);
		return;
	}
	if (too_late(role)) {
		if (handover->phase == REL_HANDOVER_SELECT)
			no_target(role, "the target", "was not ready in time", actions);
		else
			rel_handover_end(role, "the target did not catch up in time", actions);
		return;
	}
	switch (handover->phase) {
	case REL_HANDOVER_SELECT:
		select_target(role, actions);
		break;
	case REL_HANDOVER_PAUSE:
		paused(role, actions);
		break;
	case REL_HANDOVER_OFFSET:
		read_offset(role, actions);
		break;
	case REL_HANDOVER_CATCH_UP:
		catch_up(role, actions);
		break;
	case REL_HANDOVER_LATCH:
		latch(role, actions);
		break;
	case REL_HANDOVER_COMMIT:
		break;
	case REL_HANDOVER_IDLE:
	case REL_HANDOVER_PHASES:
		rel_unreachable("a hand-over runs");
	}
	if (handover->phase == REL_HANDOVER_COMMIT)
		commit(role, wish, actions);
}

struct rel_instant rel_handover_deadline(const struct rel_role *role, struct rel_instant at,
					 struct rel_instant now)
{
	const struct rel_handover *handover = &role->handover;

	at = rel_sooner(at, handover->not_again_before, now);
	if (handover->phase == REL_HANDOVER_IDLE)
		return at;
	at = rel_sooner(at, rel_after(handover->started, rel_ms(SELECT_LIMIT_MS)), now);
	if (rel_is_set(handover->pause_until) && handover->pause_until.ns != REL_FOREVER.ns)
		at = rel_sooner(at,
				(struct rel_instant){handover->pause_until.ns - remaining_ns(role)},
				now);
	if (handover->phase == REL_HANDOVER_CATCH_UP)
		at = rel_sooner(at, rel_after(role->survey.since, rel_ms(POLL_MS)), now);
	return at;
}
