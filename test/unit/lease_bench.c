/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "lease_bench.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

const struct rel_member self = {"redis-0", "uid-0"};
const struct rel_member peer = {"redis-1", "uid-1"};
const struct rel_member third = {"redis-2", "uid-2"};

int bench_set_up(void **state)
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

int bench_tear_down(void **state)
{
	struct bench *b = *state;

	rel_free(b->lease);
	rel_free(b);
	return 0;
}

void at(struct bench *b, int64_t ms)
{
	b->event.now = (struct rel_instant){rel_ms(1000 + ms).ns};
}

void give(struct bench *b, enum rel_event_type type, uint64_t op, enum rel_err err)
{
	b->event.type = type;
	b->event.op = op;
	b->event.err = err;
	b->event.entropy = ++b->entropy << 8;
	b->actions.count = 0;
	rel_lease_ops.absorb(b->lease, &b->event);
	rel_lease_ops.drive(b->lease, &b->event, &b->wish, &b->actions);
}

void tick(struct bench *b)
{
	give(b, REL_EVENT_TICK, 0, REL_OK);
}

const struct rel_action *action(const struct bench *b, enum rel_action_type type)
{
	for (int i = 0; i < b->actions.count; i++)
		if (b->actions.at[i].type == type)
			return &b->actions.at[i];
	return NULL;
}

const struct rel_action *expect(const struct bench *b, enum rel_action_type type)
{
	const struct rel_action *found = action(b, type);

	assert_non_null(found);
	return found;
}

void set_record(struct bench *b, uint64_t index, const struct rel_member *holder,
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

void read_record(struct bench *b)
{
	uint64_t op;

	tick(b);
	op = expect(b, REL_ACTION_REGISTER_READ)->op;
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_READ, op, REL_OK);
}

void see(struct bench *b)
{
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_SEEN, 0, REL_OK);
}

void see_edited(struct bench *b)
{
	b->record.version.index++;
	see(b);
}

uint64_t commit(struct bench *b)
{
	const struct rel_action *write = expect(b, REL_ACTION_REGISTER_WRITE);
	uint64_t index = b->record.version.index;

	assert_int_equal(write->expected.index, index);
	b->record = *write->record;
	b->record.version.index = index + 1;
	return write->op;
}

void answer(struct bench *b, uint64_t op)
{
	b->event.record = &b->record;
	give(b, REL_EVENT_REGISTER_WRITTEN, op, REL_OK);
}

int64_t claim_left_ms(struct bench *b)
{
	struct rel_claim claim = rel_lease_ops.claim(b->lease, b->event.now);

	if (claim.state != REL_CLAIM_SELF)
		return 0;
	return rel_to_ms(rel_between(b->event.now, claim.valid_until));
}

enum rel_claim_state claim_state(struct bench *b)
{
	return rel_lease_ops.claim(b->lease, b->event.now).state;
}

void become_holder(struct bench *b)
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
