/* SPDX-License-Identifier: Apache-2.0 */
/* A member whose Redis answers, but which never uses the lease that it is given. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkg/role/role.h"
#include "redis-election/base/mem.h"

static const struct rel_member self = {"redis-0", "uid-0"};
static const struct rel_member peer = {"redis-1", "uid-1"};
static const struct rel_member third = {"redis-2", "uid-2"};

struct scene {
	struct rel_role *role;
	struct rel_record record;
};

static int set_up(void **state)
{
	struct scene *s = rel_calloc(1, sizeof(*s));
	struct rel_role_config config = {.self = self};

	s->role = rel_calloc(1, rel_role_size());
	rel_role_init(s->role, &config, (struct rel_instant){rel_ms(1000).ns});
	s->role->facts.election.record = &s->record;
	s->role->facts.election.kind = REL_RECORD_HELD;
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

static void held_by(struct scene *s, const struct rel_member *holder, uint64_t epoch, uint64_t mark)
{
	rel_member_identity(holder, s->record.holder);
	s->record.epoch = epoch;
	s->record.mark = mark;
	rel_gift_watch(s->role);
}

/* Given under this epoch, and taken by `next` when it had run out. */
static void give(struct scene *s, uint64_t epoch, const struct rel_member *next)
{
	rel_gift_sent(s->role, &peer);
	held_by(s, &self, epoch - 1, 1); /* not committed yet */
	held_by(s, &peer, epoch, 2);
	held_by(s, &peer, epoch, 2); /* somebody annotated it */
	held_by(s, next, epoch + 1, 3);
}

static void three_times_unused_is_passed_over_for_a_minute(void **state)
{
	struct scene *s = *state;

	give(s, 7, &self);
	give(s, 9, &third);
	assert_false(rel_gift_passes_over(s->role, &peer));
	give(s, 11, &self);
	assert_true(rel_gift_passes_over(s->role, &peer));
	assert_true(s->role->rank_again);
	assert_false(rel_gift_passes_over(s->role, &third));
	s->role->facts.now = rel_after(s->role->facts.now, rel_ms(60000));
	assert_false(rel_gift_passes_over(s->role, &peer));
}

static void one_that_renewed_is_alive(void **state)
{
	struct scene *s = *state;

	give(s, 7, &self);
	give(s, 9, &self);
	rel_gift_sent(s->role, &peer);
	held_by(s, &peer, 11, 2);
	held_by(s, &peer, 11, 4);
	held_by(s, &self, 12, 5);
	give(s, 13, &self);
	assert_false(rel_gift_passes_over(s->role, &peer));
}

static void times_in_a_row_are_of_one_member(void **state)
{
	struct scene *s = *state;

	give(s, 7, &self);
	give(s, 9, &self);
	rel_gift_sent(s->role, &third);
	give(s, 11, &self);
	assert_false(rel_gift_passes_over(s->role, &peer));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(three_times_unused_is_passed_over_for_a_minute),
		TEST(one_that_renewed_is_alive),
		TEST(times_in_a_row_are_of_one_member),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
