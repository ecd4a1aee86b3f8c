/* SPDX-License-Identifier: Apache-2.0 */
/* Members, records, pods and actions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "redis-election/action.h"
#include "redis-election/base/text.h"
#include "redis-election/pods.h"
#include "redis-election/record.h"

static struct rel_member member(const char *name, const char *uid)
{
	struct rel_member made = {0};

	assert_true(rel_text_copy(made.name, sizeof(made.name), name));
	assert_true(rel_text_copy(made.uid, sizeof(made.uid), uid));
	return made;
}

static struct rel_record record(const char *holder, uint64_t epoch, const char *stamp)
{
	struct rel_record made = {.version.index = 7, .epoch = epoch};

	rel_text_copy(made.holder, sizeof(made.holder), holder);
	rel_text_copy(made.stamp, sizeof(made.stamp), stamp);
	return made;
}

static void an_identity_is_read_back(void **state)
{
	struct rel_member one = member("redis-0", "0f3c-77"), read;
	char identity[REL_IDENTITY_SIZE];

	(void)state;
	rel_member_identity(&one, identity);
	assert_string_equal(identity, "redis-0_0f3c-77");
	assert_true(rel_member_parse(identity, &read));
	assert_true(rel_member_equal(&one, &read));
	one = (struct rel_member){0};
	rel_member_identity(&one, identity);
	assert_string_equal(identity, "");
}

static void the_longest_identity_fits(void **state)
{
	struct rel_member one = {0}, read;
	char identity[REL_IDENTITY_SIZE];

	(void)state;
	memset(one.name, 'n', sizeof(one.name) - 1);
	memset(one.uid, 'u', sizeof(one.uid) - 1);
	rel_member_identity(&one, identity);
	assert_true(rel_member_parse(identity, &read));
	assert_true(rel_member_equal(&one, &read));
}

static void a_foreign_identity_is_nobody(void **state)
{
	static const char *const rows[] = {
		"", "redis-0", "_uid", "redis-0_", "_",
		"a-name-that-is-longer-than-any-name-of-a-pod-can-ever-be-xxxxxxx_uid",
		"redis-0_a-uid-that-is-longer-than-any-uid-ever-is",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_member read = member("x", "y");

		assert_false(rel_member_parse(rows[i], &read));
		assert_false(rel_member_is_set(&read));
		assert_string_equal(read.uid, "");
	}
}

static void a_pod_recreated_is_another_member(void **state)
{
	struct rel_member_list list = {0};
	struct rel_member before = member("redis-0", "a"), after = member("redis-0", "b");

	(void)state;
	assert_true(rel_members_add(&list, &before));
	assert_false(rel_members_add(&list, &before));
	assert_int_equal(rel_members_find(&list, &after), -1);
	assert_true(rel_members_add(&list, &after));
	rel_members_remove(&list, 0);
	assert_int_equal(list.count, 1);
	assert_int_equal(rel_members_find(&list, &after), 0);
	assert_false(rel_member_is_set(&list.at[1]));
}

static void a_full_list_takes_no_more(void **state)
{
	struct rel_member_list list = {0};
	struct rel_member one;
	char uid[8];

	(void)state;
	for (int i = 0; i <= REL_MEMBERS_MAX; i++) {
		rel_text_format(uid, sizeof(uid), "u%d", i);
		one = member("redis", uid);
		assert_int_equal(rel_members_add(&list, &one), i < REL_MEMBERS_MAX);
	}
	rel_members_remove(&list, REL_MEMBERS_MAX - 1);
	assert_int_equal(list.count, REL_MEMBERS_MAX - 1);
}

static void ordinals_end_a_name(void **state)
{
	static const struct {
		const char *name;
		int ordinal;
	} rows[] = {{"redis-0", 0},   {"redis-12", 12}, {"a-b-3", 3},	    {"redis", -1},
		    {"redis-", -1},   {"redis-x", -1},	{"redis-1x", -1},   {"", -1},
		    {"redis--1", 1}, {"r-99999999999", -1}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_member one = member(rows[i].name, "u");

		assert_int_equal(rel_member_ordinal(&one), rows[i].ordinal);
	}
}

static void a_record_is_of_one_kind(void **state)
{
	static const struct {
		const char *holder;
		uint64_t epoch;
		const char *stamp;
		enum rel_record_kind kind;
	} rows[] = {
		{"a_1", 5, "a_1/5", REL_RECORD_HELD},
		{"", 5, "/5", REL_RECORD_RELEASED},
		{"", 0, "", REL_RECORD_VACANT},
		{"", 5, "", REL_RECORD_VACANT},
		{"", 5, "a_1/5", REL_RECORD_VACANT},
		{"a_1", 5, "", REL_RECORD_FOREIGN},
		{"a_1", 5, "b_1/5", REL_RECORD_FOREIGN},
		{"a_1", 5, "a_1/4", REL_RECORD_FOREIGN},
		{"a_1", 5, "a_1/5 ", REL_RECORD_FOREIGN},
		{"a_1", 5, "/5", REL_RECORD_FOREIGN},
		{"a_1", 0, "", REL_RECORD_FOREIGN},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record one = record(rows[i].holder, rows[i].epoch, rows[i].stamp);

		assert_int_equal(rel_record_kind(&one), rows[i].kind);
		one.deleted = true;
		assert_int_equal(rel_record_kind(&one), REL_RECORD_MISSING);
		one.deleted = false;
		one.version.index = 0;
		assert_int_equal(rel_record_kind(&one), REL_RECORD_MISSING);
	}
}

static void a_stamp_makes_a_record_ours(void **state)
{
	struct rel_record one = record("a_1", UINT64_MAX, "b_2/1");

	(void)state;
	memset(one.holder, 'h', sizeof(one.holder) - 1);
	rel_record_stamp(&one);
	assert_int_equal(rel_record_kind(&one), REL_RECORD_HELD);
	one.holder[0] = '\0';
	assert_int_equal(rel_record_kind(&one), REL_RECORD_VACANT);
	rel_record_stamp(&one);
	assert_int_equal(rel_record_kind(&one), REL_RECORD_RELEASED);
}

static void the_exact_duration_needs_a_stamp(void **state)
{
	struct rel_record one = record("a_1", 5, "a_1/5");

	(void)state;
	one.duration_s = 7;
	one.duration_ms = 6500;
	assert_int_equal(rel_to_ms(rel_record_duration(&one, rel_ms(1))), 6500);
	one.stamp[0] = '\0';
	assert_int_equal(rel_to_ms(rel_record_duration(&one, rel_ms(1))), 7000);
	one.duration_s = INT32_MAX;
	assert_int_equal(rel_to_ms(rel_record_duration(&one, rel_ms(1))),
			 INT64_C(1000) * INT32_MAX);
	one.duration_s = 0;
	assert_int_equal(rel_to_ms(rel_record_duration(&one, rel_ms(1))), 1);
	one.duration_s = -3;
	assert_int_equal(rel_to_ms(rel_record_duration(&one, rel_ms(1))), 1);
}

/* Who edits one of the two makes the record foreign. */
static void a_stamp_needs_durations_that_agree(void **state)
{
	static const struct {
		int64_t ms;
		int32_t seconds;
		bool valid;
	} rows[] = {{6000, 6, true}, {2500, 3, true},  {2001, 3, true},	 {1, 1, true},
		    {0, 0, true},    {1, 6, false},    {6000, 7, false}, {6001, 6, false},
		    {2500, 2, false}, {6000, 0, false}, {0, 6, false},
		    {INT64_C(1000) * INT32_MAX, INT32_MAX, true},
		    {INT64_C(1000) * INT32_MAX + 1, INT32_MAX, false},
		    {INT64_MAX, INT32_MAX, false}};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record one = record("a_1", 5, "a_1/5");

		one.duration_ms = rows[i].ms;
		one.duration_s = rows[i].seconds;
		assert_int_equal(rel_record_kind(&one),
				 rows[i].valid ? REL_RECORD_HELD : REL_RECORD_FOREIGN);
	}
}

static void an_overtaken_request_has_an_outcome(void **state)
{
	struct rel_request request = {.id = 5};
	struct rel_outcome outcome = {0};

	(void)state;
	rel_request_overtaken(&request, "redis-1", true, &outcome);
	assert_int_equal(outcome.id, 5);
	assert_string_equal(outcome.text, "done: redis-1 leads already");
	rel_text_copy(request.to, sizeof(request.to), "redis-1");
	rel_request_overtaken(&request, "redis-1", true, &outcome);
	assert_string_equal(outcome.text, "done: redis-1 leads already");
	rel_request_overtaken(&request, "redis-2", true, &outcome);
	assert_string_equal(outcome.text, "refused: redis-2 leads since");
}

static void the_holder_is_a_member_or_nobody(void **state)
{
	struct rel_record one = record("redis-1_u", 5, "");
	struct rel_member holder = rel_record_holder(&one);

	(void)state;
	assert_string_equal(holder.name, "redis-1");
	one = record("some-controller", 5, "");
	holder = rel_record_holder(&one);
	assert_false(rel_member_is_set(&holder));
}

static void history_keeps_the_newest(void **state)
{
	struct rel_record one = {0};

	(void)state;
	for (uint64_t epoch = 1; epoch <= REL_HISTORY_MAX + 3; epoch++)
		rel_record_remember(&one, &(struct rel_transition){.epoch = epoch});
	assert_int_equal(one.history_count, REL_HISTORY_MAX);
	assert_int_equal(one.history[0].epoch, REL_HISTORY_MAX + 3);
	assert_int_equal(one.history[REL_HISTORY_MAX - 1].epoch, 4);
}

static void a_pod_is_found_by_incarnation(void **state)
{
	struct rel_pods pods = {.count = 2};
	struct rel_member other = member("redis-1", "z");

	(void)state;
	pods.at[0].member = member("redis-0", "x");
	pods.at[1].member = member("redis-1", "y");
	assert_int_equal(rel_pods_find(&pods, &pods.at[1].member), 1);
	assert_int_equal(rel_pods_find(&pods, &other), -1);
}

static void an_action_starts_zeroed(void **state)
{
	static struct rel_actions actions;

	(void)state;
	memset(&actions, 0xff, sizeof(actions));
	actions.count = 0;
	for (int i = 0; i < REL_ACTIONS_MAX; i++) {
		struct rel_action *action = rel_actions_add(&actions, REL_ACTION_SURVEY);

		assert_int_equal(action->type, REL_ACTION_SURVEY);
		assert_int_equal(action->op, 0);
		assert_null(action->survey);
	}
	assert_int_equal(actions.count, REL_ACTIONS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_identity_is_read_back),
		cmocka_unit_test(the_longest_identity_fits),
		cmocka_unit_test(a_foreign_identity_is_nobody),
		cmocka_unit_test(a_pod_recreated_is_another_member),
		cmocka_unit_test(a_full_list_takes_no_more),
		cmocka_unit_test(ordinals_end_a_name),
		cmocka_unit_test(a_record_is_of_one_kind),
		cmocka_unit_test(a_stamp_makes_a_record_ours),
		cmocka_unit_test(the_exact_duration_needs_a_stamp),
		cmocka_unit_test(a_stamp_needs_durations_that_agree),
		cmocka_unit_test(an_overtaken_request_has_an_outcome),
		cmocka_unit_test(the_holder_is_a_member_or_nobody),
		cmocka_unit_test(history_keeps_the_newest),
		cmocka_unit_test(a_pod_is_found_by_incarnation),
		cmocka_unit_test(an_action_starts_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
