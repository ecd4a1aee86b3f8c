/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/record.h"

#include <inttypes.h>
#include <string.h>

#include "redis-election/base/text.h"

static void stamp_of(const struct rel_record *record, char stamp[REL_STAMP_SIZE])
{
	rel_text_format(stamp, REL_STAMP_SIZE, "%s/%" PRIu64, record->holder, record->epoch);
}

/* "valid only if it equals holderIdentity" (docs/protocol.md, "Words"). An epoch
 * that was edited apart from its stamp makes the stamp invalid too. */
static bool stamp_is_valid(const struct rel_record *record)
{
	char stamp[REL_STAMP_SIZE];

	stamp_of(record, stamp);
	return rel_text_equal(record->stamp, stamp);
}

enum rel_record_kind rel_record_kind(const struct rel_record *record)
{
	bool held = record->holder[0] != '\0';

	if (record->deleted || record->version.index == 0)
		return REL_RECORD_MISSING;
	if (stamp_is_valid(record))
		return held ? REL_RECORD_HELD : REL_RECORD_RELEASED;
	return held ? REL_RECORD_FOREIGN : REL_RECORD_VACANT;
}

void rel_record_stamp(struct rel_record *record)
{
	stamp_of(record, record->stamp);
}

struct rel_member rel_record_holder(const struct rel_record *record)
{
	struct rel_member holder;

	if (!rel_member_parse(record->holder, &holder))
		return (struct rel_member){0};
	return holder;
}

struct rel_duration rel_record_duration(const struct rel_record *record,
					struct rel_duration fallback)
{
	if (record->duration_ms > 0 && stamp_is_valid(record))
		return rel_ms(record->duration_ms);
	if (record->duration_s > 0)
		return rel_ms((int64_t)record->duration_s * 1000);
	return fallback;
}

void rel_record_remember(struct rel_record *record, const struct rel_transition *transition)
{
	uint8_t kept = record->history_count;

	if (kept == REL_HISTORY_MAX)
		kept--;
	memmove(&record->history[1], &record->history[0], kept * sizeof(record->history[0]));
	record->history[0] = *transition;
	record->history_count = (uint8_t)(kept + 1);
}
