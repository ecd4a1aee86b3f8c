/* SPDX-License-Identifier: Apache-2.0 */
/* What others do to the record: edits, saved copies, wiped objects, and requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lease_bench.h"
#include "redis-election/base/text.h"

static const char *address(struct bench *b)
{
	static struct rel_claim claim;

	claim = rel_lease_ops.claim(b->lease, b->event.now);
	return claim.address;
}

/* Nothing is written before `ms`, and something then. */
static void taken_at(struct bench *b, int64_t ms)
{
	b->wish.kind = REL_WISH_CAMPAIGN;
	at(b, ms - 1);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, ms);
	tick(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

static void wipe(struct bench *b)
{
	b->record = (struct rel_record){.version = b->record.version};
}

static void an_edited_duration_ends_no_lease(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	b->record.duration_ms = 1; /* the stamp is not valid any more: foreign */
	at(b, 1000);
	see_edited(b);
	taken_at(b, 1000 + D_MS + RHO_MS);
}

static void an_edited_duration_keeps_no_lease(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	b->record.duration_ms = INT64_C(1000000000);
	at(b, 1000);
	see_edited(b);
	b->record.duration_s = 1000000;
	at(b, 2000);
	see_edited(b);
	taken_at(b, 2000 + D_MS + RHO_MS);
}

/* With the seconds to match, the stamp is valid; the mark is that of the first. */
static void a_mark_keeps_its_duration_and_address(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	rel_text_copy(b->record.address, sizeof(b->record.address), "redis-1.redis:6379");
	read_record(b);
	b->record.duration_ms = 1000;
	b->record.duration_s = 1;
	rel_text_copy(b->record.address, sizeof(b->record.address), "elsewhere:6379");
	at(b, 3000);
	see_edited(b);
	assert_int_equal(claim_state(b), REL_CLAIM_PEER);
	assert_string_equal(address(b), "redis-1.redis:6379");
	assert_string_equal(rel_lease_ops.view(b->lease, b->event.now).highest->address,
			    "redis-1.redis:6379");
	taken_at(b, D_MS + RHO_MS);
}

/* Who sees only the edit knows nothing better; the holder's next write tells. */
static void an_edit_seen_first_is_no_original(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->record.duration_ms = 1;
	read_record(b);
	b->record.duration_ms = D_MS;
	at(b, 1000);
	see_edited(b);
	taken_at(b, 1000 + D_MS + RHO_MS);
}

static void a_holder_rewrites_an_edited_duration_at_once(void **state)
{
	struct bench *b = *state;
	uint64_t epoch;

	become_holder(b);
	epoch = b->record.epoch;
	b->record.duration_ms = 1;
	at(b, 1000);
	see_edited(b);
	answer(b, commit(b));
	assert_int_equal(rel_record_kind(&b->record), REL_RECORD_HELD);
	assert_int_equal(b->record.duration_ms, D_MS);
	assert_int_equal(b->record.epoch, epoch);
	assert_int_equal(claim_left_ms(b), D_MS - RHO_MS - F_MS);
}

static void an_unproven_epoch_is_believed_up_to_a_limit(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	b->record.epoch = REL_EPOCH_LIMIT - 1; /* without its stamp */
	see_edited(b);
	assert_true(b->lease->greatest_epoch == 7);
	b->record.epoch = REL_EPOCH_UNPROVEN - 1;
	see_edited(b);
	assert_true(b->lease->greatest_epoch == REL_EPOCH_UNPROVEN - 1);
	taken_at(b, D_MS + RHO_MS);
	assert_true(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch == REL_EPOCH_UNPROVEN);
}

static void no_epoch_is_written_that_nobody_can_read(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, REL_EPOCH_LIMIT - 1); /* a forged stamp */
	read_record(b);
	taken_at(b, D_MS + RHO_MS);
	assert_true(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch == REL_EPOCH_LIMIT - 1);
}

/* As if something between us and the store changed each of our writes. */
static void what_comes_back_foreign_is_rewritten_once_in_r(void **state)
{
	struct bench *b = *state;
	uint64_t op;

	become_holder(b);
	at(b, 1000);
	b->record.stamp[0] = '\0';
	see_edited(b);
	op = commit(b); /* at once */
	b->record.stamp[0] = '\0';
	answer(b, op);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	at(b, 2999);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	assert_int_equal(claim_state(b), REL_CLAIM_SELF);
	assert_true(rel_lease_ops.deadline(b->lease, b->event.now).ns <= rel_ms(4000).ns);
	at(b, 3000);
	tick(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

/* Saved while we led; put back while the peer leads, cut off from the API. */
static void an_old_record_put_back_is_not_taken_at_once(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 8);
	read_record(b);
	set_record(b, 11, &self, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	at(b, 1000);
	see(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	taken_at(b, 1000 + D_MS + RHO_MS);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 9);
}

/* Our former life followed a later leader: the mark beside our data tells. */
static void a_saved_record_is_not_gone_on_with_after_a_restart(void **state)
{
	struct bench *b = *state;
	struct rel_mark mark = {.epoch = 9};

	set_record(b, 10, &self, 7);
	read_record(b);
	b->event.mark = &mark;
	give(b, REL_EVENT_MARK_LOADED, 0, REL_OK);
	taken_at(b, D_MS + RHO_MS);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 10);
}

/* What the watch brings late was before what we have read. */
static void old_news_tell_how_long_a_claim_may_run(void **state)
{
	struct bench *b = *state;

	set_record(b, 12, &peer, 8);
	wipe(b);
	b->record.version.index = 12;
	read_record(b);
	set_record(b, 10, &peer, 8);
	b->record.duration_ms = 2000 + D_MS;
	b->record.duration_s = 8;
	rel_record_stamp(&b->record);
	see(b);
	b->wish.kind = REL_WISH_CAMPAIGN;
	taken_at(b, 2000 + D_MS + 8); /* 8: rho of 8 s */
}

/* A store that was set back while we did not look, and went on beyond what we knew. */
static void an_old_record_that_goes_on_is_followed_in_the_end(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 8);
	read_record(b);
	for (int i = 0; i <= D_MS / 1000 + 1; i++) {
		set_record(b, 11 + (uint64_t)i, &third, 7);
		at(b, 1000 + i * 1000);
		see(b);
		assert_int_equal(b->lease->highest.epoch, i * 1000 < D_MS + RHO_MS ? 8 : 7);
	}
	assert_string_equal(b->lease->highest.leader.name, third.name);
	assert_int_equal(b->lease->greatest_epoch, 8);
}

/* A claim under the newer record may be longer than the old one says. */
static void an_old_record_does_not_shorten_the_wait(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 8);
	b->record.duration_ms = 2000 + D_MS;
	b->record.duration_s = 8;
	rel_record_stamp(&b->record);
	read_record(b);
	set_record(b, 11, &peer, 7);
	b->record.holder[0] = '\0';
	rel_record_stamp(&b->record); /* released */
	at(b, 1000);
	see(b);
	taken_at(b, 1000 + 2000 + D_MS + 8); /* 8: rho of 8 s */
}

/* kubectl delete, kubectl create -f: the same epoch, another object. */
static void a_copy_in_another_object_is_not_taken_at_once(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	set_record(b, 12, &self, 7);
	rel_text_copy(b->record.version.uid, sizeof(b->record.version.uid), "another");
	b->wish.kind = REL_WISH_CAMPAIGN;
	at(b, 1000);
	see(b);
	taken_at(b, 1000 + D_MS + RHO_MS);
}

static void a_restarted_holder_renews_at_once(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &self, 7);
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 7);
}

/* A recreated object begins vacant: what is written into it then is no copy. */
static void a_named_successor_in_a_new_object_takes_it_at_once(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	b->record = (struct rel_record){.version = {.uid = "another", .index = 12}};
	see(b);
	set_record(b, 13, &self, 8);
	rel_text_copy(b->record.version.uid, sizeof(b->record.version.uid), "another");
	b->wish.kind = REL_WISH_CAMPAIGN;
	see(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

static void a_pause_outlives_its_record(void **state)
{
	struct bench *b = *state;
	const struct rel_action *write;

	set_record(b, 10, &peer, 7);
	b->record.paused = true;
	read_record(b);
	wipe(b);
	see_edited(b);
	assert_true(b->lease->seen.paused);
	write = expect(b, REL_ACTION_REGISTER_WRITE); /* so that everybody knows it again */
	assert_true(write->record->paused);
	assert_string_equal(write->record->holder, "");
}

static void a_holder_reclaims_its_record_paused(void **state)
{
	struct bench *b = *state;

	become_holder(b);
	b->record.paused = true;
	see_edited(b);
	wipe(b);
	see_edited(b);
	assert_true(expect(b, REL_ACTION_REGISTER_WRITE)->record->paused);
}

static void a_vacant_record_is_resumed(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->record.paused = true;
	read_record(b);
	wipe(b);
	b->wish.set_paused = true;
	see_edited(b);
	answer(b, commit(b));
	assert_true(b->record.resumed);
	assert_false(b->lease->seen.paused);
	b->wish.set_paused = false;
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
}

/* kubectl annotate redis-election/paused-: the stamp says that nothing was lost. */
static void an_annotation_taken_away_resumes(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->record.paused = true;
	read_record(b);
	b->record.paused = false;
	see_edited(b);
	assert_false(b->lease->seen.paused);
}

static void a_request_is_for_the_leader_who_was_asked(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	b->wish.request = (struct rel_request){.id = 77, .epoch = 6};
	read_record(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	b->wish.request.epoch = 7;
	tick(b);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

/* Not before a look: a store set back may give out the same version again. */
static void a_request_waits_for_a_look_after_a_silence(void **state)
{
	struct bench *b = *state;

	set_record(b, 10, &peer, 7);
	read_record(b);
	b->wish.request = (struct rel_request){.id = 77, .epoch = 7};
	at(b, 2200);
	tick(b);
	assert_null(action(b, REL_ACTION_REGISTER_WRITE));
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, expect(b, REL_ACTION_REGISTER_READ)->op, REL_OK);
	expect(b, REL_ACTION_REGISTER_WRITE);
}

static void a_takeover_answers_a_request(void **state)
{
	struct bench *b = *state;
	const struct rel_record *record;

	set_record(b, 10, &peer, 7);
	b->record.switchover = (struct rel_request){.id = 77, .to = "redis-2", .epoch = 7};
	read_record(b);
	taken_at(b, D_MS + RHO_MS);
	record = expect(b, REL_ACTION_REGISTER_WRITE)->record;
	assert_int_equal(record->switchover.id, 0);
	assert_int_equal(record->outcome.id, 77);
	assert_string_equal(record->outcome.text, "refused: redis-0 leads since");
}

static void a_hand_over_answers_a_request(void **state)
{
	struct bench *b = *state;
	const struct rel_record *record;

	become_holder(b);
	b->record.switchover = (struct rel_request){.id = 77, .epoch = 8};
	see_edited(b);
	b->wish.kind = REL_WISH_HAND_OVER; /* for another reason */
	b->wish.successor = peer;
	tick(b);
	record = expect(b, REL_ACTION_REGISTER_WRITE)->record;
	assert_int_equal(record->switchover.id, 0);
	assert_int_equal(record->outcome.id, 77);
	assert_string_equal(record->outcome.text, "done: redis-1 leads already");
}

/* The store was set back to an older record of ours. */
static void a_holder_does_not_go_back_to_an_older_epoch(void **state)
{
	struct bench *b = *state;
	uint64_t op;

	become_holder(b);
	set_record(b, 5, &self, 6);
	at(b, 2000);
	b->lease->read_wanted = true;
	tick(b);
	op = expect(b, REL_ACTION_REGISTER_READ)->op;
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_UNAUTHORIZED);
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, op, REL_OK);
	at(b, 2300);
	tick(b);
	assert_int_equal(expect(b, REL_ACTION_REGISTER_WRITE)->record->epoch, 9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEASE_TEST(an_edited_duration_ends_no_lease),
		LEASE_TEST(an_edited_duration_keeps_no_lease),
		LEASE_TEST(a_mark_keeps_its_duration_and_address),
		LEASE_TEST(an_edit_seen_first_is_no_original),
		LEASE_TEST(a_holder_rewrites_an_edited_duration_at_once),
		LEASE_TEST(an_unproven_epoch_is_believed_up_to_a_limit),
		LEASE_TEST(no_epoch_is_written_that_nobody_can_read),
		LEASE_TEST(what_comes_back_foreign_is_rewritten_once_in_r),
		LEASE_TEST(an_old_record_put_back_is_not_taken_at_once),
		LEASE_TEST(a_saved_record_is_not_gone_on_with_after_a_restart),
		LEASE_TEST(old_news_tell_how_long_a_claim_may_run),
		LEASE_TEST(an_old_record_that_goes_on_is_followed_in_the_end),
		LEASE_TEST(an_old_record_does_not_shorten_the_wait),
		LEASE_TEST(a_copy_in_another_object_is_not_taken_at_once),
		LEASE_TEST(a_restarted_holder_renews_at_once),
		LEASE_TEST(a_named_successor_in_a_new_object_takes_it_at_once),
		LEASE_TEST(a_pause_outlives_its_record),
		LEASE_TEST(a_holder_reclaims_its_record_paused),
		LEASE_TEST(a_vacant_record_is_resumed),
		LEASE_TEST(an_annotation_taken_away_resumes),
		LEASE_TEST(a_request_is_for_the_leader_who_was_asked),
		LEASE_TEST(a_request_waits_for_a_look_after_a_silence),
		LEASE_TEST(a_takeover_answers_a_request),
		LEASE_TEST(a_hand_over_answers_a_request),
		LEASE_TEST(a_holder_does_not_go_back_to_an_older_epoch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
