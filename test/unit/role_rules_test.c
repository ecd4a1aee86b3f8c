/* SPDX-License-Identifier: Apache-2.0 */
/* The policy, rule by rule: for each rule the facts under which it decides, and the
 * goal. Rows are named like the rules; a rule without a row fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkg/role/role.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define ID_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define ID_C "cccccccccccccccccccccccccccccccccccccccc"

struct scene {
	struct rel_role *role;
	struct rel_claim claim;
	struct rel_election_view view;
	struct rel_record record;
};

static const struct rel_member self = {"redis-0", "uid-0"};
static const struct rel_member peer = {"redis-1", "uid-1"};

static void hold_record(struct scene *scene, const struct rel_member *holder)
{
	rel_member_identity(holder, scene->record.holder);
	scene->record.epoch = 7;
	rel_record_stamp(&scene->record);
	scene->view.kind = REL_RECORD_HELD;
	scene->view.takes_over = !rel_member_equal(holder, &self);
}

/* A replica in sync with redis-1, which leads under epoch 7. */
static void replica(struct scene *scene)
{
	struct rel_facts *facts = &scene->role->facts;

	facts->reach = REL_REDIS_UP;
	rel_text_copy(facts->redis.run_id, REL_REPLID_SIZE, ID_A);
	rel_text_copy(facts->redis.line.replid, REL_REPLID_SIZE, ID_C);
	rel_text_copy(facts->redis.followed_host, REL_ADDRESS_SIZE, "10.0.0.2");
	facts->redis.followed_port = 6379;
	facts->redis.line.offset = 1000;
	facts->redis.line_known = facts->redis.link_up = facts->redis.has_data = true;
	facts->redis.min_replicas = REL_LATCH_VALUE;
	facts->run_since = facts->started;
	facts->observed_at = facts->now;
	rel_text_copy(facts->warm_run_id, REL_REPLID_SIZE, ID_A);
	facts->warm_seen = true;
	rel_text_copy(scene->record.line.replid, REL_REPLID_SIZE, ID_C);
	rel_text_copy(scene->record.run_id, REL_REPLID_SIZE, ID_B);
	hold_record(scene, &peer);
	scene->claim = (struct rel_claim){.state = REL_CLAIM_PEER, .leader = peer, .epoch = 7};
	scene->claim.promoted = true;
	rel_text_copy(scene->claim.address, REL_ADDRESS_SIZE, "10.0.0.2:6379");
}

/* We lead under epoch 7. */
static void leader(struct scene *scene)
{
	struct rel_facts *facts = &scene->role->facts;

	replica(scene);
	facts->redis.is_leader = true;
	facts->redis.min_replicas = 0;
	facts->ever_leader = true;
	rel_text_copy(scene->record.run_id, REL_REPLID_SIZE, ID_A);
	hold_record(scene, &self);
	scene->claim = (struct rel_claim){.state = REL_CLAIM_SELF, .leader = self, .epoch = 7};
	scene->claim.promoted = true;
	scene->claim.valid_until = rel_after(facts->now, rel_ms(4000));
}

/* redis-1 answered a survey just now, with data of the line. */
static void fit_peer(struct scene *scene)
{
	struct rel_facts *facts = &scene->role->facts;
	struct rel_survey_result *result = &facts->survey.at[0];

	facts->survey.count = 1;
	*result = (struct rel_survey_result){.member = peer, .reach = REL_REDIS_UP};
	rel_text_copy(result->view.line.replid, REL_REPLID_SIZE, ID_C);
	result->view.line.offset = 1000;
	result->view.line_known = result->view.has_data = result->view.link_up = true;
	facts->surveyed_at = facts->now;
}

/* Up for a second: marks have had the time to be published. */
static void settled(struct scene *scene)
{
	struct rel_facts *facts = &scene->role->facts;

	facts->started.ns -= rel_ms(1000).ns;
	facts->run_since = facts->started;
	facts->leader = self;
	facts->leader_epoch = 7;
	facts->leader_since = facts->started;
}

static void surveyed_alone(struct scene *scene)
{
	settled(scene);
	scene->role->facts.surveyed_at = scene->role->facts.now;
	scene->role->config.expected_members = 1;
}

static void set_left(struct scene *scene)
{
	replica(scene);
	scene->role->facts.stopping = true;
}

static void set_unseen(struct scene *scene)
{
	(void)scene;
}

static void set_agent_restarted(struct scene *scene)
{
	leader(scene);
	scene->role->facts.ever_leader = false;
	scene->claim.state = REL_CLAIM_NONE;
}

static void set_stop_now(struct scene *scene)
{
	leader(scene);
	scene->role->facts.stop_now = scene->role->facts.stopping = true;
}

static void set_claim_ended(struct scene *scene)
{
	leader(scene);
	scene->claim.state = REL_CLAIM_NONE;
}

static void set_hand_over_sent(struct scene *scene)
{
	leader(scene);
	scene->role->facts.redis.min_replicas = REL_LATCH_VALUE;
	scene->claim.state = REL_CLAIM_NONE;
	scene->view.handing_over = true;
}

static void set_hung(struct scene *scene)
{
	leader(scene);
	scene->role->facts.silent_since = scene->role->facts.started;
}

static void set_gone(struct scene *scene)
{
	leader(scene);
	scene->role->facts.reach = REL_REDIS_GONE;
}

/* Another process, started latched as a replica of nowhere. */
static void set_restarted(struct scene *scene)
{
	leader(scene);
	scene->role->facts.redis.is_leader = false;
	scene->role->facts.redis.min_replicas = REL_LATCH_VALUE;
	rel_text_copy(scene->role->facts.redis.run_id, REL_REPLID_SIZE, ID_B);
	fit_peer(scene);
}

static void set_nobody_has_data(struct scene *scene)
{
	set_restarted(scene);
	scene->role->facts.survey.count = 0;
	surveyed_alone(scene);
}

static void set_loading(struct scene *scene)
{
	leader(scene);
	scene->role->facts.reach = REL_REDIS_LOADING;
}

static void set_handing_over(struct scene *scene)
{
	leader(scene);
	scene->role->handover.phase = REL_HANDOVER_CATCH_UP;
}

static void set_stopping(struct scene *scene)
{
	leader(scene);
	scene->role->facts.stopping = true;
}

static void set_switchover(struct scene *scene)
{
	leader(scene);
	scene->record.switchover.id = 5;
}

static void set_unfit(struct scene *scene)
{
	leader(scene);
	fit_peer(scene);
	scene->role->facts.redis.persistence_failed = true;
}

/* Named by the record, but straight from disk, and redis-1 has more. */
static void set_not_the_best(struct scene *scene)
{
	set_restarted(scene);
	scene->record.run_id[0] = '\0';
	scene->claim.promoted = false;
	scene->role->facts.redis.line.offset = 10;
	scene->role->config.expected_members = 2;
	settled(scene);
}

static void set_data_not_in_order(struct scene *scene)
{
	set_not_the_best(scene);
	scene->role->facts.surveyed_at = REL_NEVER;
}

static void set_won(struct scene *scene)
{
	leader(scene);
	scene->role->facts.redis.is_leader = false;
	scene->role->facts.redis.min_replicas = REL_LATCH_VALUE;
	scene->record.run_id[0] = '\0';
	scene->claim.promoted = false;
	scene->role->facts.surveyed_at = scene->role->facts.now;
}

static void set_named(struct scene *scene)
{
	set_won(scene);
	scene->claim.state = REL_CLAIM_NONE;
}

static void set_paused(struct scene *scene)
{
	replica(scene);
	scene->record.paused = true;
}

static void set_paused_restart(struct scene *scene)
{
	set_restarted(scene);
	scene->record.paused = true;
}

static void set_following(struct scene *scene)
{
	replica(scene);
	scene->role->config.no_promote = true;
}

static const struct {
	const char *rule;
	void (*set)(struct scene *scene);
	enum rel_goal goal;
} rows[] = {
	{"left", set_left, REL_GOAL_LEAVE},
	{"redis-unseen", set_unseen, REL_GOAL_WAIT},
	{"agent-restarted", set_agent_restarted, REL_GOAL_KEEP},
	{"stop-now", set_stop_now, REL_GOAL_FENCE},
	{"claim-ended", set_claim_ended, REL_GOAL_FENCE},
	{"hand-over-sent", set_hand_over_sent, REL_GOAL_HAND_OVER},
	{"redis-hung", set_hung, REL_GOAL_YIELD},
	{"redis-gone", set_gone, REL_GOAL_GIVE_AWAY},
	{"nobody-has-data", set_nobody_has_data, REL_GOAL_RETAKE},
	{"redis-restarted", set_restarted, REL_GOAL_GIVE_AWAY},
	{"paused-restart", set_paused_restart, REL_GOAL_WAIT},
	{"loading", set_loading, REL_GOAL_WAIT},
	{"handing-over", set_handing_over, REL_GOAL_HAND_OVER},
	{"stopping", set_stopping, REL_GOAL_HAND_OVER},
	{"switchover", set_switchover, REL_GOAL_HAND_OVER},
	{"unfit", set_unfit, REL_GOAL_HAND_OVER},
	{"not-the-best", set_not_the_best, REL_GOAL_GIVE_AWAY},
	{"data-not-in-order", set_data_not_in_order, REL_GOAL_WAIT},
	{"won", set_won, REL_GOAL_PROMOTE},
	{"leading", leader, REL_GOAL_LEAD},
	{"named", set_named, REL_GOAL_CAMPAIGN},
	{"paused", set_paused, REL_GOAL_FOLLOW},
	{"candidate", replica, REL_GOAL_CAMPAIGN},
	{"following", set_following, REL_GOAL_FOLLOW},
};

static struct rel_role *new_role(void)
{
	struct rel_role *role = rel_calloc(1, rel_role_size());
	struct rel_role_config config = {
		.self = self,
		.priority = 100,
		.max_lag = 1 << 20,
		.observe_interval = rel_ms(100),
		.redis_down_after = rel_ms(5000),
		.bootstrap_grace = rel_ms(10000),
		.restart_latch = rel_ms(500),
		.promote_margin = rel_ms(500),
	};

	rel_role_init(role, &config, (struct rel_instant){rel_ms(100000).ns});
	return role;
}

static void each_rule_decides_in_its_case(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct scene *scene = rel_calloc(1, sizeof(*scene));
		struct rel_decision decision;

		scene->role = new_role();
		scene->role->facts.pods_known = true;
		scene->view.record = &scene->record;
		scene->view.read_once = true;
		scene->view.why = "";
		rows[i].set(scene);
		if (rel_text_equal(rows[i].rule, "redis-hung"))
			scene->role->facts.now =
				rel_after(scene->role->facts.started, rel_ms(6000));
		scene->claim.valid_until = rel_after(scene->role->facts.now, rel_ms(4000));
		scene->view.highest = &scene->claim;
		decision = rel_role_decide(scene->role, &scene->claim, &scene->view);
		assert_string_equal(decision.rule, rows[i].rule);
		assert_int_equal(decision.goal, rows[i].goal);
		rel_free(scene->role);
		rel_free(scene);
	}
}

static void each_rule_has_a_row_in_order(void **state)
{
	size_t count = sizeof(rows) / sizeof(rows[0]);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		assert_non_null(rel_role_rule(i));
		assert_string_equal(rows[i].rule, rel_role_rule(i));
	}
	assert_null(rel_role_rule(count));
}

static struct scene *new_scene(void)
{
	struct scene *scene = rel_calloc(1, sizeof(*scene));

	scene->role = new_role();
	scene->role->facts.pods_known = true;
	scene->view.record = &scene->record;
	scene->view.read_once = true;
	scene->view.why = "";
	scene->view.highest = &scene->claim;
	return scene;
}

static void free_scene(struct scene *scene)
{
	rel_free(scene->role);
	rel_free(scene);
}

/* It waits in the socket of a Redis that stands still: the latch must wait behind it. */
static void an_unlatch_on_its_way_is_no_fence(void **state)
{
	struct scene *scene = new_scene();
	struct rel_facts *facts = &scene->role->facts;
	struct rel_event event = {.type = REL_EVENT_TICK, .now = facts->now};
	struct rel_actions *actions = rel_calloc(1, sizeof(*actions));
	struct rel_decision decision;
	struct rel_wish wish;

	(void)state;
	leader(scene);
	scene->claim.state = REL_CLAIM_NONE;
	facts->redis.min_replicas = REL_LATCH_VALUE;
	facts->unlatching = facts->stopping = true;
	facts->unlatched_at = facts->now;
	assert_false(rel_facts_fenced(facts));
	decision = rel_role_decide(scene->role, &scene->claim, &scene->view);
	assert_int_not_equal(decision.goal, REL_GOAL_LEAVE);
	rel_role_plan(scene->role, &event, decision, &wish, actions);
	assert_int_equal(actions->at[0].type, REL_ACTION_REDIS_COMMAND);
	assert_int_equal(actions->at[0].redis.command, REL_REDIS_LATCH);
	facts->unlatching = facts->redis.is_leader = false;
	decision = rel_role_decide(scene->role, &scene->claim, &scene->view);
	assert_int_equal(decision.goal, REL_GOAL_LEAVE);
	rel_free(actions);
	free_scene(scene);
}

/* The peer has fewer bytes, but of a leader that ended before its line was published. */
static void data_of_a_later_leader_goes_first(void **state)
{
	struct scene *scene = new_scene();
	struct rel_facts *facts = &scene->role->facts;
	struct rel_pod *pod = &facts->pods.at[0];

	(void)state;
	replica(scene);
	fit_peer(scene);
	scene->record.line_epoch = 6;
	facts->survey.at[0].view.line.offset = 500;
	rel_text_copy(facts->survey.at[0].view.line.replid, REL_REPLID_SIZE, ID_B);
	facts->pods.count = 1;
	*pod = (struct rel_pod){.member = peer, .announced = true, .priority = 100};
	pod->mark.epoch = 7;
	rel_text_copy(pod->mark.line.replid, REL_REPLID_SIZE, ID_B);
	rel_role_decide(scene->role, &scene->claim, &scene->view);
	assert_int_equal(facts->standing.best_other, 1);
	assert_false(facts->standing.at[0].fit);
	assert_true(facts->standing.at[0].short_of_data);
	free_scene(scene);
}

/* Two members whose Redis is gone would pass the lease to and fro. */
static void who_was_just_named_looks_twice(void **state)
{
	struct scene *scene = new_scene();
	struct rel_facts *facts = &scene->role->facts;

	(void)state;
	set_gone(scene);
	scene->claim.promoted = false;
	scene->record.run_id[0] = '\0';
	assert_int_equal(rel_role_decide(scene->role, &scene->claim, &scene->view).goal,
			 REL_GOAL_WAIT);
	facts->now = rel_after(facts->now, rel_ms(500));
	assert_int_equal(rel_role_decide(scene->role, &scene->claim, &scene->view).goal,
			 REL_GOAL_GIVE_AWAY);
	free_scene(scene);
}

/* Exhaustive over what makes a Redis dangerous: whatever else holds, a writable
 * Redis without a claim is fenced, or kept for the half second after our start. */
static void writable_without_claim_is_always_fenced(void **state)
{
	(void)state;
	for (int bits = 0; bits < 1 << 7; bits++) {
		struct scene *scene = rel_calloc(1, sizeof(*scene));
		struct rel_facts *facts;
		struct rel_decision decision;

		scene->role = new_role();
		facts = &scene->role->facts;
		scene->view.record = &scene->record;
		scene->view.why = "";
		leader(scene);
		scene->claim.state = bits & 1 ? REL_CLAIM_NONE : REL_CLAIM_PEER;
		facts->stopping = bits & 2;
		scene->record.paused = bits & 4;
		scene->view.handing_over = bits & 8;
		facts->redis.persistence_failed = bits & 16;
		scene->record.switchover.id = bits & 32 ? 9 : 0;
		facts->ever_leader = bits & 64;
		if (facts->ever_leader == false)
			facts->now = rel_after(facts->started, rel_ms(600));
		decision = rel_role_decide(scene->role, &scene->claim, &scene->view);
		assert_int_equal(decision.goal, REL_GOAL_FENCE);
		rel_free(scene->role);
		rel_free(scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_has_a_row_in_order),
		cmocka_unit_test(data_of_a_later_leader_goes_first),
		cmocka_unit_test(an_unlatch_on_its_way_is_no_fence),
		cmocka_unit_test(who_was_just_named_looks_twice),
		cmocka_unit_test(each_rule_decides_in_its_case),
		cmocka_unit_test(writable_without_claim_is_always_fenced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
