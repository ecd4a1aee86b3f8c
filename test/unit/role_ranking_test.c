/* SPDX-License-Identifier: Apache-2.0 */
/* Who goes first, and who may not go at all: docs/protocol.md, "Who tries first". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkg/role/role.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define MEMBERS_MAX 3
#define FROM_AOF "-" /* a replid of its own: it loaded an AOF, and only its mark tells */

/* One Redis; replids are single letters. */
struct redis {
	const char *replid, *replid2;
	int64_t offset;
	struct {
		uint64_t epoch;
		const char *replid;
		int64_t offset;
	} mark;
	bool empty, no_promote;
	const char *why; /* expected: why it is not fit; NULL = it is */
};

struct row {
	const char *name;
	struct {
		const char *replid, *replid2;
		int64_t fork, offset;
		uint64_t line_epoch;
	} record;
	struct redis redis[MEMBERS_MAX]; /* [0] is this member; replid NULL ends the list */
	int first; /* expected: who goes first, -1 = nobody */
};

#define BEHIND "lags behind the leader"
#define BEYOND "has writes beyond the fork"
#define EMPTY "empty, and another has data"
#define LATER "a later leader's data exists"
#define OTHER "not of the line"
#define BARRED "may not be promoted"

/* A Redis of this replid, replid2 and offset; then what else is to be said of it. */
#define R(of, before, ...) {.replid = of, .replid2 = before, .offset = __VA_ARGS__}
#define MARK(at_epoch, of, at) .mark = {.epoch = at_epoch, .replid = of, .offset = at}

static const struct row rows[] = {
	{.name = "more of the line goes first",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 90), R("a", "", 95)},
	 .first = 1},
	{.name = "of equals the lowest ordinal",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 90), R("a", "", 90)},
	 .first = 0},
	{.name = "the line goes before what is longer",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("x", "", 900, .why = OTHER), R("a", "", 90)},
	 .first = 1},
	{.name = "the new history goes before the old one",
	 .record = {"b", "a", 50, 100, 7},
	 .redis = {R("a", "", 40), R("b", "a", 60)},
	 .first = 1},
	{.name = "writes that the successors never had",
	 .record = {"b", "a", 50, 100, 7},
	 .redis = {R("a", "", 90, .why = BEYOND), R("b", "a", 60)},
	 .first = 1},
	{.name = "without a successor they count up to the fork",
	 .record = {"b", "a", 50, 100, 7},
	 .redis = {R("a", "", 60), R("a", "", 90)},
	 .first = 0},
	{.name = "attached to the new leader, but not as far as the fork",
	 .record = {"b", "a", 50, 100, 7},
	 .redis = {R("b", "a", 40), R("a", "", 90)},
	 .first = 1},
	{.name = "too far behind the best",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 90, .why = BEHIND), R("a", "", 5000)},
	 .first = 1},
	{.name = "an empty one never goes before data",
	 .record = {"a", "", -1, 0, 0},
	 .redis = {R("x", "", 0, .empty = true, .why = EMPTY), R("y", "", 10)},
	 .first = 1},
	{.name = "not even before data that may not lead",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("x", "", 0, .empty = true, .why = EMPTY),
		   R("a", "", 90, .no_promote = true, .why = BARRED)},
	 .first = -1},
	{.name = "of the line, but from before there was data",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 0, .empty = true, .why = EMPTY), R("a", "", 90)},
	 .first = 1},
	{.name = "but one whose leader deleted everything does",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 95, .empty = true), R("a", "", 90)},
	 .first = 0},
	{.name = "all are empty",
	 .record = {"", "", -1, 0, 0},
	 .redis = {R("x", "", 0, .empty = true), R("y", "", 0, .empty = true)},
	 .first = 0},
	{.name = "a mark tells where an AOF stands",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 80), R(FROM_AOF, "", 1, MARK(7, "a", 90))},
	 .first = 1},
	{.name = "a mark may be newer than the file",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R(FROM_AOF, "", 1, MARK(7, "a", 90)), R("a", "", 90)},
	 .first = 1},
	{.name = "without a line the greatest epoch",
	 .record = {"", "", -1, 0, 0},
	 .redis = {R(FROM_AOF, "", 1, MARK(6, "x", 900)), R(FROM_AOF, "", 1, MARK(7, "y", 90))},
	 .first = 1},
	{.name = "a later leader that could not publish its line",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 900, MARK(7, "a", 900), .why = LATER),
		   R("b", "x", 200, MARK(8, "b", 200))},
	 .first = 1},
	{.name = "everybody of its history is of its epoch",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 300, MARK(7, "a", 300), .why = LATER),
		   R("b", "a", 200, MARK(8, "b", 200)), R("b", "a", 210, MARK(7, "a", 100))},
	 .first = 2},
	{.name = "a mark tells of data that its member has lost",
	 .record = {"a", "", -1, 100, 7},
	 .redis = {R("a", "", 90, MARK(8, "b", 200), .why = LATER), R("b", "", 200)},
	 .first = 1},
};

struct scene {
	struct rel_role *role;
	struct rel_record record;
};

static void letter(char replid[REL_REPLID_SIZE], const char *text)
{
	replid[0] = '\0';
	for (int i = 0; i < REL_REPLID_SIZE - 1 && text != NULL && text[0] != '\0'; i++) {
		replid[i] = text[0];
		replid[i + 1] = '\0';
	}
}

static struct rel_member member_of(int i)
{
	struct rel_member member = {0};

	rel_text_format(member.name, sizeof(member.name), "redis-%d", i);
	rel_text_format(member.uid, sizeof(member.uid), "uid-%d", i);
	return member;
}

static struct rel_redis_view view_of(const struct redis *redis, int i)
{
	struct rel_redis_view view = {.line_known = true, .has_data = !redis->empty};

	rel_text_format(view.run_id, sizeof(view.run_id), "%040d", i);
	view.aof_enabled = rel_text_equal(redis->replid, FROM_AOF);
	letter(view.line.replid, view.aof_enabled ? &"012"[i] : redis->replid);
	letter(view.line.replid2, redis->replid2);
	view.line.offset = redis->offset;
	view.line.fork_offset = -1;
	return view;
}

static struct rel_mark mark_of(const struct redis *redis)
{
	struct rel_mark mark = {.epoch = redis->mark.epoch, .min_replicas = -1};

	letter(mark.line.replid, redis->mark.replid);
	mark.line.offset = redis->mark.offset;
	mark.line.fork_offset = -1;
	return mark;
}

static void show_record(struct scene *s, const struct row *row)
{
	letter(s->record.line.replid, row->record.replid);
	letter(s->record.line.replid2, row->record.replid2);
	s->record.line.fork_offset = row->record.fork;
	s->record.line.offset = row->record.offset;
	s->record.line_epoch = row->record.line_epoch;
	s->role->facts.election.record = &s->record;
}

static int show_members(struct scene *s, const struct row *row)
{
	struct rel_facts *facts = &s->role->facts;
	int i = 0;

	for (; i < MEMBERS_MAX && row->redis[i].replid != NULL; i++) {
		const struct redis *redis = &row->redis[i];
		struct rel_pod *pod = &facts->pods.at[facts->pods.count++];

		*pod = (struct rel_pod){.member = member_of(i), .announced = true};
		pod->priority = 100;
		pod->no_promote = redis->no_promote;
		pod->mark = mark_of(redis);
		if (i == 0) {
			facts->redis = view_of(redis, i);
			facts->mark = mark_of(redis);
			continue;
		}
		facts->survey.at[facts->survey.count] = (struct rel_survey_result){
			.member = pod->member, .reach = REL_REDIS_UP, .view = view_of(redis, i)};
		facts->survey.count++;
	}
	facts->pods_known = true;
	facts->reach = REL_REDIS_UP;
	return i;
}

static int who_is_first(const struct rel_standing *standing)
{
	return standing->at[0].fit && standing->rank == 0 ? 0 : standing->best_other;
}

static bool as_expected(const struct row *row, const struct rel_standing *standing, int count)
{
	bool good = who_is_first(standing) == row->first;

	for (int i = 0; i < count; i++) {
		const char *why = row->redis[i].why != NULL ? row->redis[i].why : "";
		good &= rel_text_equal(standing->at[i].why, why);
	}
	return good;
}

static bool holds(const struct row *row)
{
	struct scene s = {.role = rel_calloc(1, rel_role_size())};
	struct rel_role_config config = {.self = member_of(0), .max_lag = 1000, .priority = 100};
	const struct rel_standing *standing = &s.role->facts.standing;
	bool good;
	int count;

	rel_role_init(s.role, &config, (struct rel_instant){rel_ms(1000).ns});
	show_record(&s, row);
	count = show_members(&s, row);
	rel_ranking(s.role);
	good = as_expected(row, standing, count);
	if (!good) {
		print_message("%s: first is %d, not %d\n", row->name, who_is_first(standing),
			      row->first);
		for (int i = 0; i < count; i++)
			print_message("  %d %s\n", i, standing->at[i].why);
	}
	rel_free(s.role);
	return good;
}

static void the_data_decides(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		wrong += !holds(&rows[i]);
	assert_int_equal(wrong, 0);
}

/* Our own Redis is compared as it was seen at the same time, not before. */
static void an_older_look_at_our_own_redis_does_not_count(void **state)
{
	struct rel_role *role = rel_calloc(1, rel_role_size());
	struct rel_role_config config = {.self = member_of(0)};
	struct rel_facts *facts = &role->facts;

	(void)state;
	rel_role_init(role, &config, (struct rel_instant){rel_ms(1000).ns});
	facts->reach = REL_REDIS_UP;
	facts->surveyed_at = facts->observed_at = facts->now;
	assert_true(rel_ranking_fresh(role, rel_ms(1000)));
	facts->observed_at.ns--;
	assert_false(rel_ranking_fresh(role, rel_ms(1000)));
	facts->observed_at = facts->now;
	facts->now = rel_after(facts->now, rel_ms(1000));
	assert_false(rel_ranking_fresh(role, rel_ms(1000)));
	rel_free(role);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_data_decides),
		cmocka_unit_test(an_older_look_at_our_own_redis_does_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
