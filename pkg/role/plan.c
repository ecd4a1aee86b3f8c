/* SPDX-License-Identifier: Apache-2.0 */
/* Goal -> what is missing. One function a goal; each compares with the facts, so a
 * lost answer, a restart and a duplicate are the same case. Orders are those of
 * docs/protocol.md, "Role changes". */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "role.h"

#define COMMAND_TIMEOUT_MS 1000
/* How long before it may take over a candidate asks the others. */
#define SURVEY_AHEAD_MS 150
#define SURVEY_AGAIN_MS 250
#define SURVEY_CAMPAIGN_MS 400
/* How long a new leader looks at its Redis more often. */
#define SETTLING_MS 2000
/* Only for those who look at the status. */
#define SURVEY_IDLE_MS 1000

static struct rel_action *send_command(struct rel_role *role, struct rel_flight *lane,
				       enum rel_redis_command command, struct rel_actions *actions)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_REDIS_COMMAND);

	action->op = lane->op = rel_role_op(role);
	action->timeout = rel_ms(COMMAND_TIMEOUT_MS);
	action->redis.command = command;
	rel_text_copy(action->redis.run_id, sizeof(action->redis.run_id), role->facts.redis.run_id);
	lane->since = role->facts.now;
	return action;
}

struct rel_action *rel_role_redis(struct rel_role *role, enum rel_redis_command command,
				  struct rel_actions *actions)
{
	struct rel_action *action;

	if (role->command.op != 0 || role->facts.reach != REL_REDIS_UP ||
	    rel_before(role->facts.observed_at, role->command_look) ||
	    rel_before(role->facts.now, role->command_hold))
		return NULL;
	role->command_kind = command;
	action = send_command(role, &role->command, command, actions);
	if (command == REL_REDIS_PROMOTE || command == REL_REDIS_UNLATCH)
		action->redis.not_after = role->facts.claim.valid_until;
	return action;
}

/* True when Redis is latched already. */
bool rel_role_latch(struct rel_role *role, struct rel_actions *actions)
{
	if (role->facts.redis.min_replicas == REL_LATCH_VALUE && !role->facts.unlatching)
		return true;
	if (role->latch.op != 0 || role->facts.reach != REL_REDIS_UP ||
	    rel_before(role->facts.observed_at, role->latch_look) ||
	    rel_before(role->facts.now, role->latch_hold))
		return false;
	send_command(role, &role->latch, REL_REDIS_LATCH, actions);
	role->mark_at_once = true;
	return false;
}

void rel_role_emit(struct rel_actions *actions, const char *reason, bool warning,
		   const char *format, ...)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_EMIT);
	va_list arguments;

	action->emit.reason = reason;
	action->emit.warning = warning;
	va_start(arguments, format);
	vsnprintf(action->emit.text, sizeof(action->emit.text), format, arguments);
	va_end(arguments);
}

/* Service routing lags behind, so clients are cut off again and again. */
void rel_role_kill_clients(struct rel_role *role)
{
	role->kill_until = rel_after(role->facts.now, role->config.kill_for);
	role->next_kill = role->facts.now;
	role->label_hold = role->kill_until;
}

static void go_on_killing(struct rel_role *role, struct rel_actions *actions)
{
	const struct rel_facts *facts = &role->facts;

	if (!rel_before(facts->now, role->kill_until) || rel_before(facts->now, role->next_kill) ||
	    facts->reach != REL_REDIS_UP || facts->claim.state == REL_CLAIM_SELF)
		return;
	if (rel_role_redis(role, REL_REDIS_KILL, actions) != NULL)
		role->next_kill = rel_after(facts->now, role->config.kill_interval);
}

/* The 10 s pings of the replication stream would move our offset beyond the fork. */
bool rel_role_quiet(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_action *action = rel_role_redis(role, REL_REDIS_PING_PERIOD, actions);

	if (action == NULL)
		return false;
	action->redis.number = REL_QUIET_PING_PERIOD_S;
	role->restoring = false;
	role->restore_ping = true;
	return true;
}

/* What a planned hand-over changed in passing, once Redis is a replica or leads. A
 * former life may have ended in the middle of one: so once in each life the period of
 * the pings is set and restored, which repairs what it left. */
static void restore_settings(struct rel_role *role, struct rel_actions *actions)
{
	if (role->facts.reach != REL_REDIS_UP || role->command.op != 0)
		return;
	if (role->unpause)
		rel_role_redis(role, REL_REDIS_UNPAUSE, actions);
	else if (role->restore_ping)
		role->restoring = rel_role_redis(role, REL_REDIS_PING_PERIOD, actions) != NULL;
	else if (!role->ping_checked && !role->facts.stopping)
		role->ping_checked = rel_role_quiet(role, actions);
}

static void add_target(struct rel_survey_action *targets, const struct rel_pod *pod)
{
	struct rel_survey_target *target = &targets->at[targets->count++];

	target->member = pod->member;
	rel_text_copy(target->address, sizeof(target->address), pod->address);
}

void rel_role_survey(struct rel_role *role, const struct rel_member *only,
		     struct rel_actions *actions)
{
	const struct rel_pods *pods = &role->facts.pods;
	struct rel_action *action;

	if (role->survey.op != 0 || !role->facts.pods_known)
		return;
	role->targets.count = 0;
	for (int i = 0; i < pods->count && role->targets.count < REL_MEMBERS_MAX; i++) {
		const struct rel_pod *pod = &pods->at[i];
		if (rel_member_equal(&pod->member, &role->config.self) || pod->address[0] == '\0')
			continue;
		if (only == NULL || rel_member_equal(&pod->member, only))
			add_target(&role->targets, pod);
	}
	action = rel_actions_add(actions, REL_ACTION_SURVEY);
	action->op = role->survey.op = rel_role_op(role);
	action->timeout = role->config.survey_timeout;
	action->survey = &role->targets;
	role->survey.since = role->facts.now;
	role->survey_one = only != NULL;
	role->observe_soon = true;
}

/* When the others are to be asked again, for this goal. */
static struct rel_instant survey_due(const struct rel_role *role, enum rel_goal goal)
{
	const struct rel_facts *facts = &role->facts;
	struct rel_instant last = facts->surveyed_at;
	struct rel_instant may = facts->election.may_acquire_at;

	switch (goal) {
	case REL_GOAL_CAMPAIGN:
		if (!facts->election.takes_over)
			break;
		if (may.ns == REL_FOREVER.ns)
			return rel_after(last, rel_ms(SURVEY_IDLE_MS));
		return rel_later((struct rel_instant){may.ns - SURVEY_AHEAD_MS * 1000000},
				 rel_after(last, rel_ms(SURVEY_CAMPAIGN_MS)));
	case REL_GOAL_WAIT:
	case REL_GOAL_GIVE_AWAY:
	case REL_GOAL_RETAKE:
		if (rel_before(last, role->goal_since))
			return facts->now;
		return rel_after(last, rel_ms(SURVEY_AGAIN_MS));
	case REL_GOAL_FOLLOW:
		if (!facts->standing.at[0].fit && facts->reach == REL_REDIS_UP &&
		    facts->claim.state != REL_CLAIM_PEER)
			return rel_after(last, rel_ms(SURVEY_CAMPAIGN_MS));
		break;
	case REL_GOAL_HAND_OVER:
		return REL_FOREVER; /* it asks by itself */
	case REL_GOAL_FENCE:
	case REL_GOAL_KEEP:
	case REL_GOAL_PROMOTE:
	case REL_GOAL_LEAD:
	case REL_GOAL_YIELD:
	case REL_GOAL_LEAVE:
	case REL_GOALS_COUNT:
		break;
	}
	return rel_after(last, rel_ms(SURVEY_IDLE_MS));
}

/* A leader that never had a replica makes a new replid when the first one attaches.
 * Should it end before that is published, nobody knows whose data the replica has. */
struct rel_duration rel_role_observe_interval(const struct rel_role *role)
{
	struct rel_instant settled = rel_after(role->led_since, rel_ms(SETTLING_MS));

	if (rel_is_set(role->led_since) && rel_before(role->facts.now, settled))
		return (struct rel_duration){role->config.observe_interval.ns / 5};
	return role->config.observe_interval;
}

static void observe(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_instant next = rel_after(role->observe.since, rel_role_observe_interval(role));
	struct rel_action *action;

	if (role->observe.op != 0 || (!role->observe_soon && rel_before(role->facts.now, next)))
		return;
	action = rel_actions_add(actions, REL_ACTION_REDIS_OBSERVE);
	action->op = role->observe.op = rel_role_op(role);
	action->timeout = rel_ms(COMMAND_TIMEOUT_MS);
	role->observe.since = role->facts.now;
	role->observe_soon = false;
}

/* Whom to follow: the leader we know; nowhere only while none was ever known. */
static bool must_follow(const struct rel_role *role, char host[REL_ADDRESS_SIZE], uint16_t *port)
{
	const struct rel_facts *facts = &role->facts;
	const char *colon = strrchr(facts->leader_address, ':');
	uint64_t number;

	if (rel_member_equal(&facts->leader, &role->config.self))
		return false;
	/* The record may still name our predecessor, whose address we have now. */
	if (facts->leader_epoch == 0 ||
	    rel_text_equal(facts->leader_address, role->config.address)) {
		rel_text_copy(host, REL_ADDRESS_SIZE, REL_NOWHERE_HOST);
		*port = REL_NOWHERE_PORT;
		return facts->redis.is_leader;
	}
	if (colon == NULL || rel_facts_follows_leader(facts) ||
	    !rel_text_to_u64(colon + 1, &number))
		return false;
	*port = (uint16_t)number;
	if (facts->leader_address[0] == '[')
		return rel_text_copy_n(host, REL_ADDRESS_SIZE, facts->leader_address + 1,
				       (size_t)(colon - facts->leader_address) - 2);
	return rel_text_copy_n(host, REL_ADDRESS_SIZE, facts->leader_address,
			       (size_t)(colon - facts->leader_address));
}

static bool promotion_awaited(const struct rel_facts *facts)
{
	return facts->leader_epoch != 0 && !facts->leader_promoted &&
	       rel_before(facts->now,
			  rel_after(facts->leader_since, rel_ms(REL_PROMOTION_WAIT_MS)));
}

static void follow(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	char host[REL_ADDRESS_SIZE];
	uint16_t port;
	struct rel_action *action;

	wish->kind = REL_WISH_ABSTAIN;
	if (role->facts.reach != REL_REDIS_UP || !rel_role_latch(role, actions))
		return;
	if (!must_follow(role, host, &port) || promotion_awaited(&role->facts))
		return;
	action = rel_role_redis(role, REL_REDIS_FOLLOW, actions);
	if (action == NULL)
		return;
	rel_text_copy(action->redis.host, sizeof(action->redis.host), host);
	action->redis.port = port;
	if (role->facts.redis.is_leader)
		rel_role_kill_clients(role);
}

static void wait(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	(void)actions;
	wish->kind = role->facts.claim.state == REL_CLAIM_SELF ? REL_WISH_HOLD : REL_WISH_ABSTAIN;
}

static void fence(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	wish->kind = REL_WISH_ABSTAIN;
	if (role->last_goal != REL_GOAL_FENCE && role->facts.ever_leader)
		rel_role_emit(actions, "Fenced", true, "%s refuses writes: its claim is over",
			      role->config.self.name);
	if (role->last_goal != REL_GOAL_FENCE)
		rel_role_kill_clients(role);
	rel_role_latch(role, actions);
}

static void campaign(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	const struct rel_facts *facts = &role->facts;
	struct rel_instant from = rel_later(facts->election.may_acquire_at, facts->surveyed_at);

	follow(role, wish, actions);
	if (!facts->election.takes_over) {
		wish->kind = REL_WISH_CAMPAIGN;
		wish->reason = "renewed";
		return;
	}
	if (!rel_ranking_fresh(role, rel_ms(SURVEY_CAMPAIGN_MS + 600)) ||
	    !rel_ranking_may_campaign(role))
		return;
	wish->kind = REL_WISH_CAMPAIGN;
	wish->reason = REL_TAKEOVER;
	wish->from_offset = -1; /* nobody asked the one before us */
	wish->not_before = rel_after(
		from, (struct rel_duration){facts->standing.rank * role->config.stagger.ns});
	wish->to_offset = facts->standing.at[0].offset;
	wish->line = facts->leader_line;
	wish->line_epoch = facts->leader_epoch;
}

static void keep(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	(void)role;
	(void)actions;
	wish->kind = REL_WISH_CAMPAIGN;
	wish->reason = "renewed";
}

static void promote(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	struct rel_facts *facts = &role->facts;
	struct rel_action *action;

	wish->kind = REL_WISH_HOLD;
	if (facts->reach != REL_REDIS_UP ||
	    rel_facts_claim_left(facts).ns < role->config.promote_margin.ns)
		return;
	if (!facts->redis.is_leader) {
		rel_role_redis(role, REL_REDIS_PROMOTE, actions);
		return;
	}
	action = rel_role_redis(role, REL_REDIS_UNLATCH, actions);
	if (action == NULL)
		return;
	action->redis.number = role->user_min_replicas;
	facts->unlatching = true;
	facts->unlatched_at = facts->now;
}

static void lead(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	struct rel_facts *facts = &role->facts;

	wish->kind = REL_WISH_HOLD;
	wish->publish = true;
	rel_text_copy(wish->run_id, sizeof(wish->run_id), facts->redis.run_id);
	wish->line = facts->redis.line;
	facts->leader_line = facts->redis.line;
	facts->ever_leader = true;
	if (role->led_epoch != facts->claim.epoch) {
		role->led_epoch = facts->claim.epoch;
		role->led_since = facts->now;
		rel_role_emit(actions, "LeaderElection", false, "%s became leader, epoch %llu",
			      role->config.self.name, (unsigned long long)facts->claim.epoch);
	}
}

static void hand_over(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	rel_handover_step(role, wish, actions);
}

static void give_away(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	const struct rel_facts *facts = &role->facts;
	const struct rel_standing *standing = &facts->standing;
	const struct rel_candidate *best;

	wish->kind = REL_WISH_HOLD;
	if (!rel_facts_fenced(facts)) {
		rel_role_latch(role, actions);
		return;
	}
	if (rel_before(facts->surveyed_at, role->goal_since))
		return;
	if (!rel_ranking_other_is_better(role)) {
		if (facts->stopping)
			wish->kind = REL_WISH_HAND_OVER; /* a release: nobody is fit */
		return;
	}
	if (!standing->by_line && !rel_ranking_waited(role))
		return;
	best = &standing->at[standing->best_other];
	wish->kind = REL_WISH_HAND_OVER;
	wish->successor = best->member;
	rel_gift_sent(role, &best->member);
	wish->to_offset = best->offset;
	rel_text_copy(wish->successor_address, sizeof(wish->successor_address), best->address);
}

static void retake(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	wish->kind = rel_facts_fenced(&role->facts) ? REL_WISH_RETAKE : REL_WISH_HOLD;
	rel_text_copy(role->vouched, sizeof(role->vouched), role->facts.redis.run_id);
	wish->to_offset = role->facts.standing.at[0].offset;
	rel_role_latch(role, actions);
}

static void yield(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	wish->kind = REL_WISH_ABSTAIN;
	rel_role_latch(role, actions); /* waits in its queue for the moment it wakes */
}

static void leave(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	wish->kind = REL_WISH_ABSTAIN;
	if (role->last_goal != REL_GOAL_LEAVE)
		rel_actions_add(actions, REL_ACTION_EXIT);
}

static const struct {
	void (*plan)(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions);
	bool undo; /* what a hand-over changed in passing may be restored here */
} goals[REL_GOALS_COUNT] = {
	[REL_GOAL_WAIT] = {wait, true},
	[REL_GOAL_FENCE] = {fence, false},
	[REL_GOAL_FOLLOW] = {follow, true},
	[REL_GOAL_CAMPAIGN] = {campaign, true},
	[REL_GOAL_KEEP] = {keep, true},
	[REL_GOAL_PROMOTE] = {promote, false},
	[REL_GOAL_LEAD] = {lead, true},
	[REL_GOAL_HAND_OVER] = {hand_over, false},
	[REL_GOAL_GIVE_AWAY] = {give_away, false},
	[REL_GOAL_RETAKE] = {retake, false},
	[REL_GOAL_YIELD] = {yield, false},
	[REL_GOAL_LEAVE] = {leave, false},
};

static void enter(struct rel_role *role, struct rel_decision decision, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;

	if (decision.goal != role->last_goal) {
		role->goal_since = role->facts.now;
		if (decision.goal == REL_GOAL_GIVE_AWAY)
			rel_role_emit(actions, "HandOver", true, "%s cannot lead: %s",
				      role->config.self.name, decision.rule);
	}
	if (decision.goal == REL_GOAL_HAND_OVER && handover->phase == REL_HANDOVER_IDLE &&
	    !role->facts.election.handing_over)
		rel_handover_begin(role, decision.rule);
	if (decision.goal != REL_GOAL_HAND_OVER && handover->phase != REL_HANDOVER_IDLE)
		rel_handover_end(role, decision.rule, actions);
}

void rel_role_plan(struct rel_role *role, const struct rel_event *event,
		   struct rel_decision decision, struct rel_wish *wish, struct rel_actions *actions)
{
	*wish = (struct rel_wish){
		.kind = REL_WISH_ABSTAIN,
		.reason = decision.rule,
		.from_offset = role->facts.redis.line.offset,
		.to_offset = -1,
	};
	(void)event;
	enter(role, decision, actions);
	goals[decision.goal].plan(role, wish, actions);
	if (goals[decision.goal].undo)
		restore_settings(role, actions);
	go_on_killing(role, actions);
	rel_operator_plan(role, wish, actions);
	rel_role_mark(role, decision.goal, actions);
	rel_role_pod(role, decision.goal, actions);
	role->next_survey = survey_due(role, decision.goal);
	if (!rel_before(role->facts.now, role->next_survey))
		rel_role_survey(role, NULL, actions);
	observe(role, actions);
	role->last_goal = decision.goal;
}
