/* SPDX-License-Identifier: Apache-2.0 */
/* What we remember of the record corrects what we read: who edits, wipes or recreates
 * the object changes neither what its holder wrote nor what the set must remember. */
#include "lease.h"

#include <string.h>

#include "redis-election/base/text.h"

/* A recreated or wiped object has forgotten what the set must remember: our own
 * memory of the last record fills in what it does not say. */
static void carry_over(const struct rel_record *before, struct rel_record *record)
{
	if (record->members.count == 0)
		record->members = before->members;
	if (record->line.replid[0] == '\0') {
		record->line = before->line;
		record->line_epoch = before->line_epoch;
	}
	if (record->history_count == 0) {
		memcpy(record->history, before->history, sizeof(record->history));
		record->history_count = before->history_count;
	}
	if (!record->resumed)
		record->paused |= before->paused;
}

static void keep_original(struct rel_original *original, const struct rel_record *record)
{
	rel_text_copy(original->holder, sizeof(original->holder), record->holder);
	original->epoch = record->epoch;
	original->mark = record->mark;
	original->acquired = record->acquired;
	original->renewed = record->renewed;
	original->transitions = record->transitions;
	original->duration_s = record->duration_s;
	original->duration_ms = record->duration_ms;
	rel_text_copy(original->address, sizeof(original->address), record->address);
}

/* Is it that write, whoever edited something in it? Another elector that held the
 * lease meanwhile has left the mark, but not the times. */
static bool is_same_write(const struct rel_original *original, const struct rel_record *record,
			  enum rel_record_kind kind)
{
	return rel_text_equal(original->holder, record->holder) &&
	       original->epoch == record->epoch && original->mark == record->mark &&
	       (kind == REL_RECORD_HELD || (original->acquired.us == record->acquired.us &&
					    original->renewed.us == record->renewed.us &&
					    original->transitions == record->transitions));
}

/* Protocol, "Observer": what changes under the mark of a write was not changed by the
 * holder. It renews by the duration that it wrote. */
static void put_back(const struct rel_original *original, struct rel_record *record)
{
	record->duration_s = original->duration_s;
	record->duration_ms = original->duration_ms;
	rel_text_copy(record->address, sizeof(record->address), original->address);
}

/* A record without a valid stamp may say whatever somebody wrote. */
bool rel_lease_believes_epoch(const struct rel_record *record, enum rel_record_kind kind)
{
	return kind == REL_RECORD_HELD || kind == REL_RECORD_RELEASED ||
	       record->epoch < REL_EPOCH_UNPROVEN;
}

const char *rel_lease_address(const struct rel_lease *lease, const struct rel_record *record,
			      enum rel_record_kind kind)
{
	return is_same_write(&lease->original, record, kind) ? lease->original.address
							     : record->address;
}

void rel_lease_interpret(struct rel_lease *lease, const struct rel_record *record,
			 enum rel_record_kind kind)
{
	struct rel_original *original = &lease->original;
	struct rel_record *scratch = &lease->scratch;

	*scratch = *record;
	if (record->stamp[0] == '\0')
		carry_over(&lease->seen, scratch);
	if (!rel_lease_believes_epoch(record, kind))
		scratch->epoch = 0;
	if (record->holder[0] == '\0')
		return;
	if (is_same_write(original, record, kind))
		put_back(original, scratch);
	else if (kind == REL_RECORD_HELD)
		keep_original(original, record);
}
