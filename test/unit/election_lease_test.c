/* SPDX-License-Identifier: Apache-2.0 */
/* The lease algorithm, one rule a test. Times are exact: the rules are about them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "pkg/election/lease.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define D_MS 6000
#define F_MS 200
#define RHO_MS 6 /* of 6 s at 1000 ppm */

struct bench {
	struct rel_lease *lease;
	struct rel_event event;
	struct rel_actions actions;
	struct rel_wish wish;
	struct rel_record record; /* as the register has it */
	uint64_t entropy;
};

static const struct rel_member self = {"redis-0", "uid-0"};
static const struct rel_member peer = {"redis-1", "uid-1"};
static const struct rel_member third = {"redis-2", "uid-2"};

static int set_up(void **state)
{
	struct bench *b = rel_calloc(1, sizeof(*b));
	struct rel_election_config config = {
		.self = self,
		.lease_duration = rel_ms(D_MS),
		.renew_interval = rel_ms(2000),
		.fence_budget = rel_ms(F_MS),
		.request_timeout = rel_ms(1000),
		.clock_rate_ppm = 1000,
		.create = true,
	};

	b->lease = rel_calloc(1, sizeof(*b->lease));
	b->event.now = (struct rel_instant){rel_ms(1000).ns};
	b->event.wall = (struct rel_wall){INT64_C(1700000000) * 1000000};
	rel_lease_ops.init(b->lease, &config, b->event.now);
	b->wish.reason = "test";
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;

	rel_free(b->lease);
	rel_free(b);
	return 0;
}

static void at(struct bench *b, int64_t ms)
{
	b->event.now = (struct rel_instant){rel_ms(1000 + ms).ns};
}

static void give(struct bench *b, enum rel_event_type type, uint64_t op, enum rel_err err)
{
	b->event.type = type;
	b->event.op = op;
	b->event.err = err;
	b->event.entropy = ++b->entropy << 8;
	b->actions.count = 0;
	rel_lease_ops.absorb(b->lease, &b->event);
	rel_lease_ops.drive(b->lease, &b->event, &b->wish, &b->actions);
}

static void tick(struct bench *b)
{
	give(b, REL_EVENT_TICK, 0, REL_OK);
}

static const struct rel_action *action(const struct bench *b, enum rel_action_type type)
{
	for (int i = 0; i < b->actions.count; i++)
		if (b->actions.at[i].type == type)
			return &b->actions.at[i];
	return NULL;
}

static const struct rel_action *expect(const struct bench *b, enum rel_action_type type)
{
	const struct rel_action *found = action(b, type);

	assert_non_null(found);
	return found;
}

static void set_record(struct bench *b, uint64_t index, const struct rel_member *holder,
		       uint64_t epoch)
{
	b->record = (struct rel_record){.version = {.uid = "lease", .index = index}};
	rel_member_identity(holder, b->record.holder);
	b->record.epoch = epoch;
	b->record.duration_ms = D_MS;
	b->record.duration_s = D_MS / 1000;
	b->record.mark = 1;
	rel_record_stamp(&b->record);
	rel_members_add(&b->record.members, &self);
	rel_members_add(&b->record.members, &peer);
}

/* The first read of a life, answered with b->record. */
static void read_record(struct bench *b)
{
	uint64_t op;

	tick(b);
	op = expect(b, REL_ACTION_REGISTER_READ)->op;
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, op, REL_OK);
}

static void see(struct bench *b)
{
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_SEEN, 0, REL_OK);
}

/* The register takes the write, whether or not its answer arrives. */
static uint64_t commit(struct bench *b)
{
	const struct rel_action *write = expect(b, REL_ACTION_REGISTER_WRITE);
	uint64_t index = b->record.version.index;

	assert_int_equal(write->expected.index, index);
	b->record = *write->record;
	b->record.version.index = index + 1;
	return write->op;
}

static void answer(struct bench *b, uint64_t op)
{
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_WRITTEN, op, REL_OK);
}

static int64_t claim_left_ms(struct bench *b)
{
	struct rel_claim claim = rel_lease_ops.claim(b->lease, b->event.now);

	if (claim.state != REL_CLAIM_SELF)
		return 0;
	return rel_to_ms(rel_between(b->event.now, claim.valid_until));
}

static enum rel_claim_state claim_state(struct bench *b)
{
	return rel_lease_ops.claim(b->lease, b->event.now).state;
}

/* Holds the lease under epoch 8 since now. */
static void become_holder(struct bench *b)
{
	set_record(b, 10, &peer, 7);
	rel_text_copy(b->record.holder, sizeof(b->record.holder), "");
	rel_record_stamp(&b->record); /* released */
	b->wish.kind = REL_WISH_CAMPAIGN;
	read_record(b);
	answer(b, commit(b));
	b->wish.kind = REL_WISH_HOLD;
	assert_int_equal(claim_state(b), REL_CLAIM_SELF);
}

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

static void a_vanished_record_ends_an_unresolved_hand_over(void **state)
{
	struct bench *b = *state;

	become_holder(b);
	b->wish.kind = REL_WISH_HAND_OVER;
	b->wish.successor = peer;
	at(b, 1000);
	tick(b);
	give(b, REL_EVENT_REGISTER_WRITTEN, expect(b, REL_ACTION_REGISTER_WRITE)->op,
	     REL_ERR_TIMEOUT);
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
	b->wish.request.id = 77;
	read_record(b);
	write = expect(b, REL_ACTION_REGISTER_WRITE);
	assert_int_equal(write->record->switchover.id, 77);
	assert_int_equal(write->record->mark, 1);
	assert_string_equal(write->record->stamp, b->record.stamp);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_first_then_watches),
		TEST(takes_over_only_after_its_own_wait),
		TEST(claim_counts_from_before_the_send),
		TEST(an_ambiguous_answer_extends_nothing),
		TEST(an_unresolved_write_is_only_repeated),
		TEST(the_mark_tells_which_attempt_counts),
		TEST(the_old_version_resolves_nothing),
		TEST(an_annotation_is_no_renewal),
		TEST(a_renewal_restarts_the_wait),
		TEST(a_deleted_lease_costs_a_healthy_holder_nothing),
		TEST(a_vanished_record_ends_an_unresolved_hand_over),
		TEST(a_released_record_is_taken_at_once_by_a_listed_member),
		TEST(an_unlisted_member_waits_for_a_replaced_one),
		TEST(a_vacant_record_is_nobodys_at_once),
		TEST(a_foreign_holder_is_judged_by_its_own_duration),
		TEST(a_restored_store_gives_nothing_at_once),
		TEST(a_restored_store_may_reach_the_same_version),
		TEST(a_terminating_pod_is_not_gone),
		TEST(another_holder_ends_our_claim_at_once),
		TEST(a_new_pod_is_listed_at_once),
		TEST(silence_leads_to_a_read_and_a_new_watch),
		TEST(a_request_keeps_the_stamp_and_the_mark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
