/* SPDX-License-Identifier: Apache-2.0 */
/* The lease algorithm, one rule a test. Times are exact: the rules are about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lease_bench.h"
#include "redis-election/base/text.h"

static void reads_first_then_watches(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WATCH));
	assert_int_equal(claim_state(b), REL_CLAIM_UNKNOWN);
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, expect(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WATCH)->expected.index, 10);
	assert_int_equal(claim_state(b), REL_CLAIM_PEER);
}

static void takes_over_only_after_its_own_wait(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, D_MS + RHO_MS - 1);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, D_MS + RHO_MS);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 8);
}

static void claim_counts_from_before_the_send(void **state)
{
	struct bench *b = *state;
	uint64_t op;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 7000);
	tick(b);
	op = commit(b);
	at(b, 7900); /* the answer took 0.9 s: they count */
	answer(b, op);
	assert_int_equal(claim_left_ms(b), D_MS - RHO_MS - F_MS - 900);
}

static void an_ambiguous_answer_extends_nothing(void **state)
{
	struct bench *b = *state;
	uint64_t op;

	become_holder(b);
	at(b, 2000);
	tick(b);
	op = expect(b, REL_ACTION_REGISTER_WRITE)->op;
	at(b, 3000);
	give(b, REL_EVENT_REGISTER_WRITTEN, op, REL_ERR_TIMEOUT);
	assert_int_equal(claim_left_ms(b), D_MS - RHO_MS - F_MS - 3000);
}

static void an_unresolved_write_is_only_repeated(void **state)
{
	struct bench *b = *state;
	struct rel_record first;
	const struct rel_action *second;

	become_holder(b);
	at(b, 2000);
	tick(b);
	first = *expect(b, REL_ACTION_REGISTER_WRITE)->record;
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_RESET);
	b->wish.publish = true; /* news must wait: the content may not change */
	rel_text_copy(b->wish.run_id, sizeof(b->wish.run_id), "new");
	at(b, 2300);
	tick(b);
	second = expect(b, REL_ACTION_REGISTER_WRITE);
	assert_int_equal(second->expected.index, first.version.index);
	assert_int_not_equal(second->record->mark, first.mark);
	assert_string_equal(second->record->run_id, first.run_id);
}

static void the_mark_tells_which_attempt_counts(void **state)
{
	struct bench *b = *state;

	uint64_t op;

	become_holder(b);
	at(b, 1000);
	see(b);
	at(b, 2000);
	tick(b);
	op = commit(b); /* carried out, but the answer is lost */
	give(b, REL_EVENT_REGISTER_WRITTEN, op, REL_ERR_TIMEOUT);
	at(b, 2500);
	tick(b); /* repeated: conflicts, as the first was carried out */
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_CONFLICT);
	assert_non_null(action(b, REL_ACTION_REGISTER_READ));
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, action(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	assert_int_equal(claim_left_ms(b), D_MS - RHO_MS - F_MS - 500);
}

static void the_old_version_resolves_nothing(void **state)
{
	struct bench *b = *state;
	struct rel_record old = {0};
	struct rel_election_view view;

	become_holder(b);
	old = b->record;
	b->wish.kind = REL_WISH_HAND_OVER;
	b->wish.successor = peer;
	at(b, 2000);
	tick(b);
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_TIMEOUT);
	b->event.record = &old;
	give(b, REL_EVENT_REGISTER_SEEN, 0, REL_OK);
	view = rel_lease_ops.view(b->lease, b->event.now);
	assert_true(view.handing_over);
	assert_int_not_equal(claim_state(b), REL_CLAIM_SELF);
}

static void an_annotation_is_no_renewal(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 5000);
	b->record.version.index = 11; /* same holder, epoch and mark */
	see(b);
	at(b, D_MS + RHO_MS);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->expected.index, 11);
}

static void a_renewal_restarts_the_wait(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 5000);
	b->record.version.index = 11;
	b->record.mark = 2;
	see(b);
	at(b, 5000 + D_MS + RHO_MS - 1);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
}

static void a_deleted_lease_costs_a_healthy_holder_nothing(void **state)
{
	struct bench *b = *state;
	uint64_t epoch, op;

	become_holder(b);
	epoch = b->record.epoch;
	at(b, 1000);
	b->record = (struct rel_record){.version = {.uid = "lease", .index = 20}, .deleted = true};
	see(b);
	assert_int_equal(claim_state(b), REL_CLAIM_SELF);
	op = expect(b, REL_ACTION_REGISTER_CREATE)->op;
	b->record = (struct rel_record){.version = {.uid = "another", .index = 21}};
	answer(b, op);
	at(b, 1010);
	op = commit(b);
	assert_int_equal(b->record.epoch, epoch);
	answer(b, op);
	assert_int_equal(claim_left_ms(b), D_MS - RHO_MS - F_MS - 10);
}

static void hand_over_unanswered(struct bench *b)
{
	become_holder(b);
	b->wish.kind = REL_WISH_HAND_OVER;
	b->wish.successor = peer;
	at(b, 1000);
	tick(b);
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_TIMEOUT);
}

/* It may have been committed, and the peer may have written, before it was put there. */
static void a_saved_record_ends_an_unresolved_hand_over(void **state)
{
	struct bench *b = *state;

	hand_over_unanswered(b);
	b->wish.kind = REL_WISH_HOLD;
	set_record(b, 20, &self, 8);
	b->record.mark = 77;
	see(b);
	assert_int_equal(claim_state(b), REL_CLAIM_NONE);
}

/* Somebody's wish came between: ours can never be committed. */
static void a_wish_that_came_between_leaves_the_claim(void **state)
{
	struct bench *b = *state;

	hand_over_unanswered(b);
	b->wish.kind = REL_WISH_HOLD;
	b->record.version.index++;
	b->record.paused = true;
	see(b);
	assert_int_equal(claim_state(b), REL_CLAIM_SELF);
}

static void a_vanished_record_ends_an_unresolved_hand_over(void **state)
{
	struct bench *b = *state;

	hand_over_unanswered(b);
	b->record = (struct rel_record){.version = {.uid = "lease", .index = 20}, .deleted = true};
	see(b);
	assert_int_equal(claim_state(b), REL_CLAIM_NONE);
}

static void a_released_record_is_taken_at_once_by_a_listed_member(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->record.holder[0] = '\0';
	rel_record_stamp(&b->record);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 8);
}

static void an_unlisted_member_waits_for_a_replaced_one(void **state)
{
	struct bench *b = *state;
	struct rel_pods pods = {.count = 1};

	set_record(b, 10, &peer, 7);
	b->record.members.count = 0;
	rel_members_add(&b->record.members, &peer);
	rel_members_add(&b->record.members, &third);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 20000);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	pods.at[0].member = self; /* third's pod is gone */
	b->event.pods = &pods;
	give(b, REL_EVENT_PODS_SEEN, 0, REL_OK);
	at(b, 20000 + D_MS + RHO_MS - 1);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 20000 + D_MS + RHO_MS);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->members.count, 1);
}

static void a_vacant_record_is_nobodys_at_once(void **state)
{
	struct bench *b = *state;

	b->record = (struct rel_record){.version = {.uid = "lease", .index = 5}};
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, D_MS + RHO_MS);
	tick(b);
	/* no stamp: our memory may be too short, so the wall clock is the floor */
	assert_true(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch >= 1700000000);
}

static void a_foreign_holder_is_judged_by_its_own_duration(void **state)
{
	struct bench *b = *state;

	b->record = (struct rel_record){.version = {.uid = "lease", .index = 5}, .duration_s = 15};
	rel_text_copy(b->record.holder, sizeof(b->record.holder), "somebody");
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 15000 + 14);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 15000 + 15);
	tick(b);
	assert_non_null(action(b, REL_ACTION_REGISTER_WRITE));
}

static void a_restored_store_gives_nothing_at_once(void **state)
{
	struct bench *b = *state;
	struct rel_record old;

	set_record(b, 10, &peer, 7);
	old = b->record;
	old.version.index = 4;
	old.holder[0] = '\0';
	rel_record_stamp(&old); /* released, long ago */
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 2200); /* silence: a look */
	tick(b);
	b->event.record = &old;
	give(b, REL_EVENT_REGISTER_READ, expect(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 2200 + D_MS + RHO_MS);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 8);
}

/* … and has come as far as before on another way. */
static void a_restored_store_may_reach_the_same_version(void **state)
{
	struct bench *b = *state;
	struct rel_record other;

	set_record(b, 10, &peer, 7);
	other = b->record;
	other.holder[0] = '\0';
	other.mark++;
	rel_record_stamp(&other);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 2200);
	tick(b);
	b->event.record = &other;
	give(b, REL_EVENT_REGISTER_READ, expect(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 2200 + D_MS + RHO_MS);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->expected.index, 10);
}

/* It may still lead, whichever of pods and record was seen first. */
static void a_terminating_pod_is_not_gone(void **state)
{
	struct bench *b = *state;
	struct rel_pods pods = {.count = 2};

	pods.at[0].member = self;
	pods.at[1].member = peer;
	pods.at[1].terminating = true;
	b->event.pods = &pods;
	give(b, REL_EVENT_PODS_SEEN, 0, REL_OK);
	set_record(b, 10, &peer, 7);
	b->record.members.count = 0;
	rel_members_add(&b->record.members, &peer);
	b->wish.kind = REL_WISH_CAMPAIGN;
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, expect(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	at(b, 20000);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
}

static void another_holder_ends_our_claim_at_once(void **state)
{
	struct bench *b = *state;

	become_holder(b);
	set_record(b, 30, &peer, 9);
	see(b);
	assert_int_equal(claim_state(b), REL_CLAIM_PEER);
}

static void a_new_pod_is_listed_at_once(void **state)
{
	struct bench *b = *state;
	struct rel_pods pods = {.count = 3};

	become_holder(b);
	pods.at[0].member = self;
	pods.at[1].member = peer;
	pods.at[2].member = third;
	b->event.pods = &pods;
	at(b, 100);
	give(b, REL_EVENT_PODS_SEEN, 0, REL_OK);
	assert_true(rel_members_find(&expect(b, REL_ACTION_REGISTER_WRITE)->record->members,
				     &third) >= 0);
}

static void silence_leads_to_a_read_and_a_new_watch(void **state)
{
	struct bench *b = *state;
	uint64_t read;

	set_record(b, 10, &peer, 7);
	read_record(b);
	at(b, 2101);
	tick(b);
	read = expect(b, REL_ACTION_REGISTER_READ)->op;
	b->event.record = &b->record;
	assert_non_null(action(b, REL_ACTION_REGISTER_WATCH));
	give(b, REL_EVENT_REGISTER_READ, read, REL_OK);
	at(b, 2101 + 150);
	tick(b);
	assert_non_null(action(b, REL_ACTION_REGISTER_READ));
}

static void a_request_keeps_the_stamp_and_the_mark(void **state)
{
	struct bench *b = *state;
	const struct rel_action *write;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_ABSTAIN;
	b->wish.request = (struct rel_request){.id = 77, .epoch = 7};
	read_record(b);
	write = expect(b, REL_ACTION_REGISTER_WRITE);
	assert_int_equal(write->record->switchover.id, 77);
	assert_int_equal(write->record->mark, 1);
	assert_string_equal(write->record->stamp, b->record.stamp);
}

/* One server that ends, and asks for five seconds, must not depose the holder. */
static void a_holder_is_not_sent_away_for_longer_than_half_of_r(void **state)
{
	struct bench *b = *state;

	become_holder(b);
	at(b, 2000);
	tick(b);
	b->event.retry_after = rel_ms(5000);
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_THROTTLED);
	at(b, 2999);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 3000);
	tick(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

static void a_candidate_honours_a_retry_after(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 7000);
	tick(b);
	b->event.retry_after = rel_ms(5000);
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_THROTTLED);
	at(b, 11999);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 12000);
	tick(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

static void transitions_stay_at_their_greatest(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->record.transitions = INT32_MAX;
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	at(b, 7000);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->transitions, INT32_MAX);
}

static void give_pods(struct bench *b, int count)
{
	static struct rel_pods pods;

	pods = (struct rel_pods){.count = (uint8_t)count};
	for (int i = 0; i < count; i++) {
		rel_text_format(pods.at[i].member.name, REL_NAME_SIZE, "redis-%d", count - 1 - i);
		rel_text_format(pods.at[i].member.uid, REL_UID_SIZE, "uid-%d", count - 1 - i);
	}
	b->event.pods = &pods;
	give(b, REL_EVENT_PODS_SEEN, 0, REL_OK);
}

static void more_pods_than_members_push_nobody_out(void **state)
{
	struct bench *b = *state;

	become_holder(b); /* redis-0 and redis-1 come last of 20 */
	give_pods(b, 20);
	for (int i = 2; i < REL_MEMBERS_MAX; i++)
		answer(b, commit(b));
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	assert_int_equal(b->record.members.count, REL_MEMBERS_MAX);
	assert_true(rel_members_find(&b->record.members, &self) >= 0);
	assert_true(rel_members_find(&b->record.members, &peer) >= 0);
}

static void a_taker_of_a_vacant_record_lists_itself_first(void **state)
{
	struct bench *b = *state;

	b->record = (struct rel_record){.version = {.uid = "lease", .index = 5}};
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	give_pods(b, 20);
	at(b, D_MS + RHO_MS);
	tick(b);
	assert_int_equal(rel_members_find(&expect(b, REL_ACTION_REGISTER_WRITE)->record->members,
					  &self),
			 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEASE_TEST(reads_first_then_watches),
		LEASE_TEST(takes_over_only_after_its_own_wait),
		LEASE_TEST(claim_counts_from_before_the_send),
		LEASE_TEST(an_ambiguous_answer_extends_nothing),
		LEASE_TEST(an_unresolved_write_is_only_repeated),
		LEASE_TEST(the_mark_tells_which_attempt_counts),
		LEASE_TEST(the_old_version_resolves_nothing),
		LEASE_TEST(an_annotation_is_no_renewal),
		LEASE_TEST(a_renewal_restarts_the_wait),
		LEASE_TEST(a_deleted_lease_costs_a_healthy_holder_nothing),
		LEASE_TEST(a_saved_record_ends_an_unresolved_hand_over),
		LEASE_TEST(a_wish_that_came_between_leaves_the_claim),
		LEASE_TEST(a_vanished_record_ends_an_unresolved_hand_over),
		LEASE_TEST(a_released_record_is_taken_at_once_by_a_listed_member),
		LEASE_TEST(an_unlisted_member_waits_for_a_replaced_one),
		LEASE_TEST(a_vacant_record_is_nobodys_at_once),
		LEASE_TEST(a_foreign_holder_is_judged_by_its_own_duration),
		LEASE_TEST(a_restored_store_gives_nothing_at_once),
		LEASE_TEST(a_restored_store_may_reach_the_same_version),
		LEASE_TEST(a_terminating_pod_is_not_gone),
		LEASE_TEST(another_holder_ends_our_claim_at_once),
		LEASE_TEST(a_new_pod_is_listed_at_once),
		LEASE_TEST(silence_leads_to_a_read_and_a_new_watch),
		LEASE_TEST(a_request_keeps_the_stamp_and_the_mark),
		LEASE_TEST(a_holder_is_not_sent_away_for_longer_than_half_of_r),
		LEASE_TEST(a_candidate_honours_a_retry_after),
		LEASE_TEST(transitions_stay_at_their_greatest),
		LEASE_TEST(more_pods_than_members_push_nobody_out),
		LEASE_TEST(a_taker_of_a_vacant_record_lists_itself_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
