/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/record.h"

#include <inttypes.h>
#include <string.h>

#include "redis-election/base/text.h"

static void stamp_of(const struct rel_record *record, char stamp[REL_STAMP_SIZE])
{
	rel_text_format(stamp, REL_STAMP_SIZE, "%s/%" PRIu64, record->holder, record->epoch);
}

/* "valid only if it names the present holderIdentity and epoch, and …" (docs/protocol.md,
 * "Words"). What was edited apart from the rest makes the stamp invalid. */
static bool stamp_is_valid(const struct rel_record *record)
{
	char stamp[REL_STAMP_SIZE];

	stamp_of(record, stamp);
	return rel_text_equal(record->stamp, stamp) &&
	       record->duration_s == rel_record_seconds(record->duration_ms);
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

int64_t rel_record_seconds(int64_t duration_ms)
{
	return duration_ms > 0 ? (duration_ms - 1) / 1000 + 1 : 0;
}

void rel_request_overtaken(const struct rel_request *request, const char *leader, bool another,
			   struct rel_outcome *outcome)
{
	bool granted = request->to[0] == '\0' ? another : rel_text_equal(request->to, leader);

	outcome->id = request->id;
	rel_text_format(outcome->text, sizeof(outcome->text),
			granted ? "done: %s leads already" : "refused: %s leads since", leader);
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
