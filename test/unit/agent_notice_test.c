/* SPDX-License-Identifier: Apache-2.0 */
/* When NoCandidate and SplitView are told, and that they are told once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkg/agent/notice.h"
#include "redis-election/base/text.h"

static struct rel_facts facts;
static struct rel_record record;
static struct rel_node_status node;
static struct rel_notices notices;
static struct rel_emit_action emit;

static void name(struct rel_member *member, const char *text)
{
	rel_text_copy(member->name, sizeof(member->name), text);
}

/* redis-0 leads, redis-1 follows; the survey is always fresh. */
static int set_up(void **state)
{
	(void)state;
	facts = (struct rel_facts){.now = {1}, .pods_known = true, .reach = REL_REDIS_UP};
	facts.redis.is_leader = true;
	facts.standing.count = 1;
	facts.standing.at[0].fit = true;
	facts.standing.at[0].why = "";
	name(&facts.standing.at[0].member, "redis-0");
	facts.survey.count = 1;
	name(&facts.survey.at[0].member, "redis-1");
	facts.survey.at[0].reach = REL_REDIS_UP;
	facts.survey.at[0].view.min_replicas = REL_LATCH_VALUE;
	record = (struct rel_record){0};
	notices = (struct rel_notices){0};
	node = (struct rel_node_status){.facts = &facts, .claim = {.state = REL_CLAIM_SELF}};
	node.election.record = &record;
	name(&node.claim.leader, "redis-0");
	return 0;
}

/* Steps of 100 ms; how often the notice was due. */
static int told_within(enum rel_notice notice, int64_t ms)
{
	int told = 0;

	for (int64_t i = 0; i < ms / 100; i++) {
		facts.now = rel_after(facts.now, rel_ms(100));
		facts.surveyed_at = facts.now;
		told += rel_notice_due(&notices, notice, &node, &emit);
	}
	return told;
}

static void nobody_fit(void)
{
	node.claim = (struct rel_claim){.state = REL_CLAIM_NONE};
	facts.standing.at[0].fit = false;
	facts.standing.at[0].why = "priority 0";
}

static void second_writer(void)
{
	facts.survey.at[0].view.is_leader = true;
	facts.survey.at[0].view.min_replicas = 0;
}

static void a_healthy_set_has_nothing_to_tell(void **state)
{
	(void)state;
	for (enum rel_notice notice = 0; notice < REL_NOTICES; notice++)
		assert_int_equal(told_within(notice, 60000), 0);
}

static void nobody_fit_is_told_once_after_a_while(void **state)
{
	(void)state;
	nobody_fit();
	facts.survey.at[0].reach = REL_REDIS_GONE;
	assert_int_equal(told_within(REL_NOTICE_NO_CANDIDATE, 9900), 0);
	assert_int_equal(told_within(REL_NOTICE_NO_CANDIDATE, 60000), 1);
	assert_true(emit.warning);
	assert_string_equal(emit.reason, "NoCandidate");
	assert_string_equal(emit.text, "nobody leads, and nobody may: redis-0 (priority 0), "
				       "redis-1 (does not answer)");
	assert_int_equal(told_within(REL_NOTICE_NO_CANDIDATE, 600000), 1);
}

static void what_comes_and_goes_is_told_once_a_minute(void **state)
{
	int told = 0;

	(void)state;
	nobody_fit();
	for (int i = 0; i < 10; i++) {
		told += told_within(REL_NOTICE_NO_CANDIDATE, 12000);
		facts.standing.at[0].fit = true;
		told += told_within(REL_NOTICE_NO_CANDIDATE, 1000);
		facts.standing.at[0].fit = false;
	}
	assert_int_equal(told, 2);
}

static void no_candidate_needs_all_of_it(void **state)
{
	(void)state;
	for (int without = 0; without < 7; without++) {
		set_up(NULL);
		nobody_fit();
		switch (without) {
		case 0:
			facts.standing.at[0].fit = true;
			break;
		case 1:
			record.paused = true;
			break;
		case 2:
			facts.pods_known = false;
			break;
		case 3:
			node.election.record = NULL;
			break;
		case 4: /* the lease of another runs */
			node.claim.state = REL_CLAIM_PEER;
			node.election.may_acquire_at = REL_FOREVER;
			break;
		case 5: /* we lead, unfit as we are */
			node.claim.state = REL_CLAIM_SELF;
			break;
		case 6:
			facts.stopping = true;
			break;
		}
		assert_int_equal(told_within(REL_NOTICE_NO_CANDIDATE, 60000), 0);
	}
}

static void a_holder_that_cannot_lead_counts_as_nobody(void **state)
{
	(void)state;
	nobody_fit();
	node.claim.state = REL_CLAIM_SELF;
	facts.reach = REL_REDIS_GONE;
	assert_int_equal(told_within(REL_NOTICE_NO_CANDIDATE, 20000), 1);
}

static void an_old_survey_proves_nothing(void **state)
{
	(void)state;
	nobody_fit();
	second_writer();
	told_within(REL_NOTICE_NO_CANDIDATE, 100);
	facts.now = rel_after(facts.now, rel_ms(30000));
	assert_false(rel_notice_due(&notices, REL_NOTICE_NO_CANDIDATE, &node, &emit));
	node.claim.state = REL_CLAIM_SELF;
	assert_false(rel_notice_due(&notices, REL_NOTICE_SPLIT_VIEW, &node, &emit));
}

static void a_second_writer_is_told_by_the_leader(void **state)
{
	(void)state;
	second_writer();
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 2900), 0);
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 60000), 1);
	assert_string_equal(emit.reason, "SplitView");
	assert_non_null(strstr(emit.text, "redis-1 takes writes too, though redis-0 leads"));
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 600000), 1);
	node.claim.state = REL_CLAIM_PEER;
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 1200000), 0);
}

static void a_fenced_leader_is_no_second_writer(void **state)
{
	(void)state;
	second_writer();
	facts.survey.at[0].view.min_replicas = REL_LATCH_VALUE;
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 20000), 0);
	facts.survey.at[0].view.min_replicas = -1; /* not readable */
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 20000), 0);
	facts.survey.at[0].reach = REL_REDIS_SILENT;
	facts.survey.at[0].view.min_replicas = 0;
	assert_int_equal(told_within(REL_NOTICE_SPLIT_VIEW, 20000), 0);
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_healthy_set_has_nothing_to_tell),
		TEST(nobody_fit_is_told_once_after_a_while),
		TEST(what_comes_and_goes_is_told_once_a_minute),
		TEST(no_candidate_needs_all_of_it),
		TEST(a_holder_that_cannot_lead_counts_as_nobody),
		TEST(an_old_survey_proves_nothing),
		TEST(a_second_writer_is_told_by_the_leader),
		TEST(a_fenced_leader_is_no_second_writer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
