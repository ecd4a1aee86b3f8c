/* SPDX-License-Identifier: Apache-2.0 */
/* A switchover that is asked of another member than the leader. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkg/role/role.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

struct scene {
	struct rel_role *role;
	struct rel_record record;
	struct rel_wish wish;
	struct rel_actions actions;
};

static const struct rel_member self = {"redis-0", "uid-0"};
static const struct rel_member peer = {"redis-1", "uid-1"};

static int set_up(void **state)
{
	struct scene *s = rel_calloc(1, sizeof(*s));
	struct rel_role_config config = {.self = self};

	s->role = rel_calloc(1, rel_role_size());
	rel_role_init(s->role, &config, (struct rel_instant){rel_ms(1000).ns});
	s->role->facts.election.record = &s->record;
	*state = s;
	return 0;
}

static int tear_down(void **state)
{
	struct scene *s = *state;

	rel_free(s->role);
	rel_free(s);
	return 0;
}

static void led_by(struct scene *s, const struct rel_member *holder, uint64_t epoch)
{
	struct rel_claim *claim = &s->role->facts.claim;

	rel_member_identity(holder, s->record.holder);
	s->record.epoch = claim->epoch = epoch;
	claim->state = rel_member_equal(holder, &self) ? REL_CLAIM_SELF : REL_CLAIM_PEER;
	s->role->facts.election.kind = REL_RECORD_HELD;
}

static void plan(struct scene *s)
{
	s->wish = (struct rel_wish){0};
	s->actions.count = 0;
	rel_operator_plan(s->role, &s->wish, &s->actions);
}

static void ask(struct scene *s, const char *to)
{
	struct rel_event event = {.type = REL_EVENT_COMMAND, .now = s->role->facts.now};

	event.op = 5;
	event.entropy = UINT64_C(77) << 11;
	event.command.kind = REL_COMMAND_SWITCHOVER;
	rel_text_copy(event.command.to, sizeof(event.command.to), to);
	rel_operator_absorb(s->role, &event);
	plan(s);
}

static void the_leader_of_that_moment_is_asked(void **state)
{
	struct scene *s = *state;

	led_by(s, &peer, 7);
	ask(s, "");
	assert_int_equal(s->wish.request.id, 77);
	assert_int_equal(s->wish.request.epoch, 7);
}

static void without_a_leader_the_next_one_is_asked(void **state)
{
	struct scene *s = *state;

	s->role->facts.election.kind = REL_RECORD_RELEASED;
	ask(s, "");
	assert_int_equal(s->actions.count, 0);
	led_by(s, &peer, 8);
	plan(s);
	assert_int_equal(s->wish.request.epoch, 8);
}

/* We hold, but our Redis cannot lead, so that we cannot even begin. */
static void a_request_to_us_is_not_kept_for_later(void **state)
{
	struct scene *s = *state;
	struct rel_facts *facts = &s->role->facts;

	led_by(s, &self, 7);
	ask(s, "redis-1");
	assert_int_equal(s->actions.count, 0);
	assert_true(rel_operator_wants_switchover(s->role));
	facts->now = rel_after(facts->now, rel_ms(3000));
	plan(s);
	assert_int_equal(s->actions.at[0].answer.err, REL_ERR_INVALID);
	assert_false(rel_operator_wants_switchover(s->role));
	ask(s, "redis-1");
	led_by(s, &self, 9);
	plan(s);
	assert_string_equal(s->actions.at[0].answer.text, "the leader has changed");
	assert_false(rel_operator_wants_switchover(s->role));
}

static void only_one_request_waits(void **state)
{
	struct scene *s = *state;

	led_by(s, &peer, 7);
	s->record.switchover = (struct rel_request){.id = 5, .epoch = 7};
	ask(s, "");
	assert_int_equal(s->wish.request.id, 0);
	assert_string_equal(s->actions.at[0].answer.text,
			    "another switchover was asked for already");
}

static void another_leader_is_not_asked(void **state)
{
	struct scene *s = *state;

	led_by(s, &peer, 7);
	ask(s, "");
	led_by(s, &peer, 8);
	plan(s);
	assert_int_equal(s->wish.request.id, 0);
	assert_int_equal(s->actions.at[0].answer.err, REL_ERR_INVALID);
	assert_string_equal(s->actions.at[0].answer.text, "redis-1 leads since it was asked");
	plan(s);
	assert_int_equal(s->actions.count, 0);
}

static void a_request_to_another_leader_is_cleared(void **state)
{
	struct scene *s = *state;

	led_by(s, &self, 8);
	s->record.switchover = (struct rel_request){.id = 77, .to = "redis-1", .epoch = 7};
	assert_false(rel_operator_wants_switchover(s->role));
	plan(s);
	assert_true(s->wish.clear_request);
	assert_int_equal(s->wish.outcome.id, 77);
	assert_string_equal(s->wish.outcome.text, "refused: redis-0 leads since");
	s->record.outcome.id = 77;
	plan(s);
	assert_false(s->wish.clear_request);
}

/* Its id is in nobody's record before its outcome is. */
static void the_outcome_of_a_request_answered_here_is_written(void **state)
{
	struct scene *s = *state;

	led_by(s, &self, 8);
	rel_operator_outcome(s->role, 5, "refused: %s", "too slow");
	for (int i = 0; i < 2; i++) {
		plan(s);
		assert_true(s->wish.clear_request);
		assert_int_equal(s->wish.outcome.id, 5);
	}
	led_by(s, &peer, 9);
	plan(s);
	assert_false(s->wish.clear_request);
	led_by(s, &self, 10);
	plan(s);
	assert_false(s->wish.clear_request);
}

/* By hand, without an epoch: whoever leads. */
static void a_request_to_us_is_carried_out(void **state)
{
	struct scene *s = *state;

	led_by(s, &self, 8);
	for (uint64_t epoch = 0; epoch <= 8; epoch += 8) {
		s->record.switchover = (struct rel_request){.id = 77, .epoch = epoch};
		assert_true(rel_operator_wants_switchover(s->role));
		plan(s);
		assert_false(s->wish.clear_request);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_leader_of_that_moment_is_asked),
		TEST(without_a_leader_the_next_one_is_asked),
		TEST(a_request_to_us_is_not_kept_for_later),
		TEST(only_one_request_waits),
		TEST(another_leader_is_not_asked),
		TEST(a_request_to_another_leader_is_cleared),
		TEST(the_outcome_of_a_request_answered_here_is_written),
		TEST(a_request_to_us_is_carried_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
