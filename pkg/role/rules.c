/* SPDX-License-Identifier: Apache-2.0 */
/* The policy of the product: read from top to bottom, the first rule that matches
 * decides. Order is the safety argument:
 *
 *  1. What clients can write to without a claim is fenced, before anything else is
 *     considered (the one exception: our own restart, half a second).
 *  2. A claim whose Redis cannot lead is given away, or left to run out, never used.
 *  3. A claim is used only by a Redis whose data is in order.
 *  4. Only then, without a claim: follow, and try to become the leader.
 *
 * Each rule has a row in test/unit/role_rules_test.c of the same name. */
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "role.h"

/* How long a survey may be used to judge who is best. */
#define SURVEY_AGE_MS 1000
/* How long a new holder looks before it gives the lease to somebody better. */
#define RANK_AGAIN_MS 500
/* How long before the record may be taken a follower begins to campaign. */
#define CANDIDATE_AHEAD_MS 300

static bool holds(const struct rel_role *role)
{
	return role->facts.claim.state == REL_CLAIM_SELF;
}

static const struct rel_record *record(const struct rel_role *role)
{
	return role->facts.election.record;
}

static bool record_names_us(const struct rel_role *role)
{
	return role->facts.election.kind == REL_RECORD_HELD && !role->facts.election.takes_over;
}

/* Was this very process promoted under the epoch that the record shows? */
static bool is_promoted_process(const struct rel_role *role)
{
	return record(role) != NULL && record_names_us(role) && record(role)->run_id[0] != '\0' &&
	       rel_text_equal(record(role)->run_id, role->facts.redis.run_id) &&
	       role->facts.mark.epoch <= record(role)->epoch; /* else a record of before */
}

/* A successor is followed before we go: its data are the line now, and the clients
 * that are still with us are cut off. */
static bool successor_awaits(const struct rel_facts *facts, const struct rel_member *self)
{
	return facts->reach == REL_REDIS_UP && facts->redis.is_leader &&
	       facts->claim.state == REL_CLAIM_PEER && rel_member_is_set(&facts->leader) &&
	       !rel_member_equal(&facts->leader, self);
}

static bool left(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	if (facts->stop_now && rel_facts_fenced(facts))
		return true; /* the claim runs out, unused */
	return facts->stopping && !holds(role) && !facts->election.handing_over &&
	       !successor_awaits(facts, &role->config.self) &&
	       (rel_facts_fenced(facts) || facts->reach == REL_REDIS_UNSEEN ||
		facts->reach == REL_REDIS_REFUSED) &&
	       !role->unpause && !role->restore_ping;
}

static bool redis_unseen(const struct rel_role *role)
{
	return role->facts.reach == REL_REDIS_UNSEEN;
}

/* Protocol, "After its own restart": without a deadline inside Redis a writable
 * Redis is latched unless a write of the record succeeds in time. */
static bool agent_restarted(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;
	struct rel_instant limit = rel_after(facts->started, role->config.restart_latch);

	return rel_facts_writable(facts) && !holds(role) && !facts->ever_leader &&
	       !facts->stopping && rel_before(facts->now, limit) &&
	       (facts->claim.state == REL_CLAIM_UNKNOWN || is_promoted_process(role));
}

static bool claim_ended(const struct rel_role *role)
{
	return rel_facts_writable(&role->facts) && !holds(role);
}

static bool hand_over_sent(const struct rel_role *role)
{
	return role->facts.election.handing_over;
}

static bool stop_now(const struct rel_role *role)
{
	return role->facts.stop_now;
}

static bool redis_hung(const struct rel_role *role)
{
	return holds(role) && rel_facts_hung(role);
}

static bool is_paused(const struct rel_role *role)
{
	return record(role) != NULL && record(role)->paused;
}

/* Was just given the lease: others may have seen what we have not seen yet, and two
 * such members must not pass it to and fro. */
static bool just_named(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	return !facts->claim.promoted && role->vouched[0] == '\0' &&
	       rel_before(facts->now, rel_after(facts->leader_since, rel_ms(RANK_AGAIN_MS)));
}

static bool redis_gone(const struct rel_role *role)
{
	return holds(role) && role->facts.reach == REL_REDIS_GONE && !is_paused(role) &&
	       !just_named(role);
}

/* Protocol, "Role changes": a holder whose Redis differs from a non-empty run_id
 * written under its own epoch has lost leadership, also after its own restart; and so
 * has one whose promoted Redis ended before the record could say so. */
static bool another_process(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;
	const char *run_id = facts->redis.run_id;

	return (facts->claim.promoted && !rel_text_equal(record(role)->run_id, run_id)) ||
	       (role->vouched[0] != '\0' && !rel_text_equal(role->vouched, run_id)) ||
	       /* Our former life led under this epoch: nobody else writes such a mark. */
	       (facts->mark.epoch == facts->claim.epoch &&
		!rel_text_equal(facts->mark.run_id, run_id));
}

static bool redis_restarted(const struct rel_role *role)
{
	enum rel_redis_reach reach = role->facts.reach;

	return holds(role) && !is_paused(role) && another_process(role) &&
	       (reach == REL_REDIS_UP || reach == REL_REDIS_LOADING);
}

static bool paused_restart(const struct rel_role *role)
{
	return holds(role) && is_paused(role) && another_process(role);
}

/* It takes leadership back only if no member with data could have it. */
static bool nobody_has_data(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;

	return redis_restarted(role) && role->facts.reach == REL_REDIS_UP &&
	       rel_ranking_fresh(role, rel_ms(SURVEY_AGE_MS)) &&
	       !rel_ranking_other_is_better(role) && standing->at[0].fit &&
	       (standing->better == 0 || rel_ranking_led_before(role)) && rel_ranking_waited(role);
}

static bool loading(const struct rel_role *role)
{
	return holds(role) && role->facts.reach != REL_REDIS_UP;
}

static bool handing_over(const struct rel_role *role)
{
	return holds(role) && role->handover.phase != REL_HANDOVER_IDLE;
}

static bool leads(const struct rel_role *role)
{
	return holds(role) && rel_facts_writable(&role->facts);
}

static bool may_begin(const struct rel_role *role)
{
	return !rel_before(role->facts.now, role->handover.not_again_before);
}

static bool stopping(const struct rel_role *role)
{
	return holds(role) && role->facts.stopping && may_begin(role);
}

static bool switchover(const struct rel_role *role)
{
	return leads(role) && rel_operator_wants_switchover(role);
}

static bool barred(const struct rel_role *role)
{
	return role->config.no_promote || role->config.priority == 0;
}

static bool unfit(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	return leads(role) && !is_paused(role) && may_begin(role) &&
	       (facts->redis.persistence_failed || facts->redis.shutdown_ms > 0 || barred(role)) &&
	       facts->standing.best_other >= 0;
}

/* The history's reason is the name of the rule that began the hand-over. */
static bool is_planned(const char *reason)
{
	static const char *const planned[] = {"stopping", "switchover", "unfit"};

	for (size_t i = 0; i < sizeof(planned) / sizeof(planned[0]); i++)
		if (rel_text_equal(planned[i], reason))
			return true;
	return false;
}

/* The holder before us saw that we have every byte, and named us for it. One that had
 * lost its Redis only named the best it saw; that is for us to look at again. */
static bool named_for_its_data(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;
	const struct rel_record *named = record(role);
	const struct rel_transition *last;

	if (named == NULL || named->history_count == 0 || !record_names_us(role) ||
	    rel_before(facts->observed_at, facts->leader_since))
		return false;
	last = &named->history[0];
	return last->epoch == named->epoch && last->to_offset >= 0 && facts->redis.line_known &&
	       is_planned(last->reason) && rel_text_equal(last->to, role->config.self.name) &&
	       rel_text_equal(named->line.replid, facts->redis.line.replid) &&
	       facts->redis.line.offset >= last->to_offset;
}

/* Data in order: promoted already, in sync a moment ago, or best of all there are. */
static bool data_in_order(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;
	bool fresh = rel_ranking_fresh(role, rel_ms(SURVEY_AGE_MS));

	if (role->facts.redis.loading || role->facts.redis.syncing)
		return false;
	if (is_promoted_process(role) || rel_text_equal(role->vouched, role->facts.redis.run_id))
		return true;
	if (barred(role))
		return false;
	if (named_for_its_data(role) || rel_ranking_in_sync(role))
		return true;
	/* A mark tells that our offset is true, not that it is the greatest. */
	if (rel_ranking_settled(role))
		return fresh && standing->at[0].fit && standing->better == 0;
	return fresh && standing->at[0].fit && standing->better == 0 && rel_ranking_waited(role);
}

static bool not_the_best(const struct rel_role *role)
{
	return holds(role) && !data_in_order(role) && !is_paused(role) && !just_named(role) &&
	       rel_ranking_fresh(role, rel_ms(SURVEY_AGE_MS)) &&
	       rel_ranking_other_is_better(role) && rel_ranking_waited(role);
}

static bool data_not_in_order(const struct rel_role *role)
{
	return holds(role) && !data_in_order(role);
}

static bool won(const struct rel_role *role)
{
	return holds(role) && !rel_facts_writable(&role->facts);
}

static bool leading(const struct rel_role *role)
{
	return holds(role);
}

static bool may_lead(const struct rel_role *role)
{
	return role->facts.reach == REL_REDIS_UP && !role->facts.stopping &&
	       role->facts.redis.shutdown_ms <= 0;
}

/* The record names us: our own former life, a lapsed claim of ours, or a leader that
 * handed over. No survey is needed to renew what is ours already. */
static bool named(const struct rel_role *role)
{
	enum rel_redis_reach reach = role->facts.reach;

	return record_names_us(role) && reach != REL_REDIS_REFUSED && !role->facts.stopping &&
	       !rel_facts_hung(role);
}

static bool paused(const struct rel_role *role)
{
	return is_paused(role);
}

struct rel_instant rel_role_candidate_from(const struct rel_facts *facts)
{
	struct rel_instant may = facts->election.may_acquire_at;

	if (may.ns == REL_FOREVER.ns)
		return may;
	return (struct rel_instant){may.ns - CANDIDATE_AHEAD_MS * INT64_C(1000000)};
}

static bool candidate(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	if (!may_lead(role) || rel_facts_hung(role) ||
	    rel_before(facts->now, rel_role_candidate_from(facts)))
		return false;
	if (!rel_is_set(facts->surveyed_at))
		return !barred(role); /* campaigning begins with a survey */
	return facts->standing.at[0].fit || facts->standing.at[0].short_of_data ||
	       rel_ranking_only_unlisted(role);
}

static bool always(const struct rel_role *role)
{
	(void)role;
	return true;
}

static const struct {
	const char *name;
	bool (*matches)(const struct rel_role *role);
	enum rel_goal goal;
} rules[] = {
	{"left", left, REL_GOAL_LEAVE},
	{"redis-unseen", redis_unseen, REL_GOAL_WAIT},
	{"agent-restarted", agent_restarted, REL_GOAL_KEEP},
	{"stop-now", stop_now, REL_GOAL_FENCE},
	{"claim-ended", claim_ended, REL_GOAL_FENCE},
	{"hand-over-sent", hand_over_sent, REL_GOAL_HAND_OVER},
	{"redis-hung", redis_hung, REL_GOAL_YIELD},
	{"redis-gone", redis_gone, REL_GOAL_GIVE_AWAY},
	{"nobody-has-data", nobody_has_data, REL_GOAL_RETAKE},
	{"redis-restarted", redis_restarted, REL_GOAL_GIVE_AWAY},
	{"paused-restart", paused_restart, REL_GOAL_WAIT},
	{"loading", loading, REL_GOAL_WAIT},
	{"handing-over", handing_over, REL_GOAL_HAND_OVER},
	{"stopping", stopping, REL_GOAL_HAND_OVER},
	{"switchover", switchover, REL_GOAL_HAND_OVER},
	{"unfit", unfit, REL_GOAL_HAND_OVER},
	{"not-the-best", not_the_best, REL_GOAL_GIVE_AWAY},
	{"data-not-in-order", data_not_in_order, REL_GOAL_WAIT},
	{"won", won, REL_GOAL_PROMOTE},
	{"leading", leading, REL_GOAL_LEAD},
	{"named", named, REL_GOAL_CAMPAIGN},
	{"paused", paused, REL_GOAL_FOLLOW},
	{"candidate", candidate, REL_GOAL_CAMPAIGN},
	{"following", always, REL_GOAL_FOLLOW},
};

struct rel_decision rel_role_decide(struct rel_role *role, const struct rel_claim *claim,
				    const struct rel_election_view *election)
{
	role->facts.claim = *claim;
	role->facts.election = *election;
	if (claim->state != REL_CLAIM_SELF)
		role->vouched[0] = '\0';
	rel_facts_learn_leader(&role->facts);
	rel_gift_watch(role);
	if (role->rank_again)
		rel_ranking(role);
	role->rank_again = false;
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].matches(role))
			return (struct rel_decision){rules[i].goal, rules[i].name};
	rel_unreachable("the last rule always matches");
}

const char *rel_role_rule(size_t index)
{
	return index < sizeof(rules) / sizeof(rules[0]) ? rules[index].name : NULL;
}

const char *rel_goal_name(enum rel_goal goal)
{
	static const char *const names[REL_GOALS_COUNT] = {
		[REL_GOAL_WAIT] = "wait",           [REL_GOAL_FENCE] = "fence",
		[REL_GOAL_FOLLOW] = "follow",       [REL_GOAL_CAMPAIGN] = "campaign",
		[REL_GOAL_KEEP] = "keep",           [REL_GOAL_PROMOTE] = "promote",
		[REL_GOAL_LEAD] = "lead",           [REL_GOAL_HAND_OVER] = "hand-over",
		[REL_GOAL_GIVE_AWAY] = "give-away", [REL_GOAL_RETAKE] = "retake",
		[REL_GOAL_YIELD] = "yield",         [REL_GOAL_LEAVE] = "leave",
	};

	rel_assert((unsigned)goal < REL_GOALS_COUNT);
	return names[goal];
}
