/* SPDX-License-Identifier: Apache-2.0 */
/* What goes out, and under which conditions. */
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

/* We hold the lease under epoch 7 for two seconds more; our Redis is a latched replica. */
static int set_up(void **state)
{
	struct scene *s = rel_calloc(1, sizeof(*s));
	struct rel_role_config config = {.self = self};
	struct rel_facts *facts;

	s->role = rel_calloc(1, rel_role_size());
	rel_role_init(s->role, &config, (struct rel_instant){rel_ms(1000).ns});
	facts = &s->role->facts;
	rel_member_identity(&self, s->record.holder);
	s->record.epoch = 7;
	facts->election.record = &s->record;
	facts->election.kind = REL_RECORD_HELD;
	facts->claim = (struct rel_claim){.state = REL_CLAIM_SELF, .leader = self, .epoch = 7};
	facts->claim.valid_until = rel_after(facts->now, rel_ms(2000));
	facts->reach = REL_REDIS_UP;
	facts->observed_at = facts->now;
	facts->redis.min_replicas = REL_LATCH_VALUE;
	facts->redis.line_known = facts->redis.has_data = true;
	facts->redis.line.offset = 100;
	facts->mark_loaded = facts->pods_known = true;
	facts->pods.count = 1;
	facts->pods.at[0].member = self;
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

static const struct rel_action *plan(struct scene *s, enum rel_goal goal, enum rel_action_type type)
{
	struct rel_event event = {.type = REL_EVENT_TICK, .now = s->role->facts.now};
	struct rel_decision decision = {.goal = goal, .rule = "test"};

	s->wish = (struct rel_wish){0};
	s->actions.count = 0;
	rel_role_plan(s->role, &event, decision, &s->wish, &s->actions);
	for (int i = 0; i < s->actions.count; i++)
		if (s->actions.at[i].type == type)
			return &s->actions.at[i];
	return NULL;
}

/* The driver does not send them after a stop of the process that outlived the claim. */
static void what_opens_redis_ends_with_the_claim(void **state)
{
	struct scene *s = *state;
	struct rel_facts *facts = &s->role->facts;
	const struct rel_action *action = plan(s, REL_GOAL_PROMOTE, REL_ACTION_REDIS_COMMAND);

	assert_int_equal(action->redis.command, REL_REDIS_PROMOTE);
	assert_int_equal(action->redis.not_after.ns, facts->claim.valid_until.ns);
	s->role->command.op = 0;
	facts->redis.is_leader = true;
	action = plan(s, REL_GOAL_PROMOTE, REL_ACTION_REDIS_COMMAND);
	assert_int_equal(action->redis.command, REL_REDIS_UNLATCH);
	assert_int_equal(action->redis.not_after.ns, facts->claim.valid_until.ns);
}

/* What was announced and is not on the disk would be believed after a crash. */
static void a_mark_is_announced_once_it_is_saved(void **state)
{
	struct scene *s = *state;
	struct rel_event saved = {.type = REL_EVENT_MARK_SAVED, .now = s->role->facts.now};
	const struct rel_action *action;

	s->role->facts.redis.is_leader = true;
	s->role->facts.redis.min_replicas = 0;
	s->role->announce = false;
	saved.op = plan(s, REL_GOAL_LEAD, REL_ACTION_SAVE_MARK)->op;
	s->role->own_patch.op = 0;
	action = plan(s, REL_GOAL_LEAD, REL_ACTION_PATCH_POD);
	assert_true(action == NULL || !action->patch.announce);
	s->role->own_patch.op = 0;
	rel_role_absorb(s->role, &saved);
	action = plan(s, REL_GOAL_LEAD, REL_ACTION_PATCH_POD);
	assert_non_null(action);
	assert_true(action->patch.announce);
	assert_int_equal(action->patch.mark.epoch, 7);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_opens_redis_ends_with_the_claim),
		TEST(a_mark_is_announced_once_it_is_saved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
