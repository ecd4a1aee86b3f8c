/* SPDX-License-Identifier: Apache-2.0 */
/* One member's lease, whose time, events and register a test makes. Times are in ms
 * since the start of its life. */
#ifndef TEST_UNIT_LEASE_BENCH_H
#define TEST_UNIT_LEASE_BENCH_H

#include "pkg/election/lease.h"

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

extern const struct rel_member self, peer, third;

int bench_set_up(void **state);
int bench_tear_down(void **state);

void at(struct bench *b, int64_t ms);
void give(struct bench *b, enum rel_event_type type, uint64_t op, enum rel_err err);
void tick(struct bench *b);

/* What the last event led to: NULL, or a failure, when it did not. */
const struct rel_action *action(const struct bench *b, enum rel_action_type type);
const struct rel_action *expect(const struct bench *b, enum rel_action_type type);

/* A stamped record that lists us and the peer. */
void set_record(struct bench *b, uint64_t index, const struct rel_member *holder, uint64_t epoch);
/* The first read of a life, answered with b->record; or a watch event that shows it. */
void read_record(struct bench *b);
void see(struct bench *b);
/* The next version, made by somebody who is no member. */
void see_edited(struct bench *b);

/* The register takes the write, whether or not its answer arrives. */
uint64_t commit(struct bench *b);
void answer(struct bench *b, uint64_t op);

int64_t claim_left_ms(struct bench *b);
enum rel_claim_state claim_state(struct bench *b);

/* Holds the lease under epoch 8 since now. */
void become_holder(struct bench *b);

#define LEASE_TEST(name) cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

#endif
