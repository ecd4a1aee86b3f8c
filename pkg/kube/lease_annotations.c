/* SPDX-License-Identifier: Apache-2.0 */
#include "lease_annotations.h"

#include <inttypes.h>

#include "json.h"
#include "lease_json.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "values.h"

/* The longest is the history: 20 transitions of well under 500 bytes. */
#define ANNOTATION_LIMIT 16384

struct annotation {
	const char *key;
	bool vital; /* a record without it in good order has no stamp */
	/* False, and the record as it was, when text cannot be understood. */
	bool (*read)(const char *text, struct rel_record *record);
	/* Writes nothing when the record does not have it. */
	void (*write)(const struct rel_record *record, struct rel_buf *out);
};

static bool is_stamped(const struct rel_record *record)
{
	return record->stamp[0] != '\0';
}

static bool read_stamp(const char *text, struct rel_record *record)
{
	return text[0] && rel_json_is_line(text, sizeof(record->stamp)) &&
	       rel_text_copy(record->stamp, sizeof(record->stamp), text);
}

static void write_stamp(const struct rel_record *record, struct rel_buf *out)
{
	rel_buf_add_text(out, record->stamp);
}

static bool read_epoch(const char *text, struct rel_record *record)
{
	return rel_value_epoch(text, &record->epoch);
}

static void write_epoch(const struct rel_record *record, struct rel_buf *out)
{
	rel_assert(record->epoch < REL_EPOCH_LIMIT); /* nobody could read it */
	if (is_stamped(record) || record->epoch != 0)
		rel_buf_printf(out, "%" PRIu64, record->epoch);
}

static bool read_duration(const char *text, struct rel_record *record)
{
	int64_t ms;

	if (!rel_text_to_i64(text, &ms) || ms > REL_LEASE_DURATION_MAX_MS)
		return false;
	record->duration_ms = ms;
	return true;
}

static void write_duration(const struct rel_record *record, struct rel_buf *out)
{
	if (is_stamped(record) || record->duration_ms != 0)
		rel_buf_printf(out, "%" PRId64, record->duration_ms);
}

static bool read_mark(const char *text, struct rel_record *record)
{
	return rel_text_to_u64(text, &record->mark);
}

static void write_mark(const struct rel_record *record, struct rel_buf *out)
{
	if (is_stamped(record) || record->mark != 0)
		rel_buf_printf(out, "%" PRIu64, record->mark);
}

static bool read_address(const char *text, struct rel_record *record)
{
	return rel_value_address(text, record->address);
}

static void write_address(const struct rel_record *record, struct rel_buf *out)
{
	rel_buf_add_text(out, record->address);
}

static bool read_run_id(const char *text, struct rel_record *record)
{
	return rel_value_replid(text, record->run_id);
}

static void write_run_id(const struct rel_record *record, struct rel_buf *out)
{
	rel_buf_add_text(out, record->run_id);
}

static bool read_replid(const char *text, struct rel_record *record)
{
	return rel_value_replid(text, record->line.replid);
}

static void write_replid(const struct rel_record *record, struct rel_buf *out)
{
	rel_buf_add_text(out, record->line.replid);
}

static bool read_replid2(const char *text, struct rel_record *record)
{
	return rel_value_replid(text, record->line.replid2);
}

static void write_replid2(const struct rel_record *record, struct rel_buf *out)
{
	rel_buf_add_text(out, record->line.replid2);
}

static bool read_fork_offset(const char *text, struct rel_record *record)
{
	return rel_text_to_i64(text, &record->line.fork_offset);
}

static void write_fork_offset(const struct rel_record *record, struct rel_buf *out)
{
	if (record->line.fork_offset >= 0)
		rel_buf_printf(out, "%" PRId64, record->line.fork_offset);
}

static bool read_line_epoch(const char *text, struct rel_record *record)
{
	return rel_value_epoch(text, &record->line_epoch);
}

static void write_line_epoch(const struct rel_record *record, struct rel_buf *out)
{
	if (record->line_epoch != 0)
		rel_buf_printf(out, "%" PRIu64, record->line_epoch);
}

static bool read_offset(const char *text, struct rel_record *record)
{
	return rel_text_to_i64(text, &record->line.offset);
}

static void write_offset(const struct rel_record *record, struct rel_buf *out)
{
	if (record->line.offset > 0 || (record->line.offset == 0 && record->line.replid[0]))
		rel_buf_printf(out, "%" PRId64, record->line.offset);
}

static bool read_members(const char *text, struct rel_record *record)
{
	return rel_value_members(text, &record->members);
}

static void write_members(const struct rel_record *record, struct rel_buf *out)
{
	rel_value_write_members(&record->members, out);
}

static bool read_paused(const char *text, struct rel_record *record)
{
	record->paused = rel_text_equal(text, "true");
	record->resumed = rel_text_equal(text, "false");
	return true;
}

static void write_paused(const struct rel_record *record, struct rel_buf *out)
{
	if (record->paused || record->resumed)
		rel_buf_add_text(out, record->paused ? "true" : "false");
}

static bool read_switchover(const char *text, struct rel_record *record)
{
	return rel_lease_read_request(text, &record->switchover);
}

static void write_switchover(const struct rel_record *record, struct rel_buf *out)
{
	if (record->switchover.id != 0)
		rel_lease_write_request(&record->switchover, out);
}

static bool read_outcome(const char *text, struct rel_record *record)
{
	return rel_lease_read_outcome(text, &record->outcome);
}

static void write_outcome(const struct rel_record *record, struct rel_buf *out)
{
	if (record->outcome.id != 0)
		rel_lease_write_outcome(&record->outcome, out);
}

static bool read_history(const char *text, struct rel_record *record)
{
	return rel_lease_read_history(text, record);
}

static void write_history(const struct rel_record *record, struct rel_buf *out)
{
	if (record->history_count > 0)
		rel_lease_write_history(record, out);
}

static const struct annotation annotations_of_ours[] = {
	{REL_KUBE_PREFIX "stamp", true, read_stamp, write_stamp},
	{REL_KUBE_PREFIX "epoch", true, read_epoch, write_epoch},
	{REL_KUBE_PREFIX "duration-ms", true, read_duration, write_duration},
	{REL_KUBE_PREFIX "mark", true, read_mark, write_mark},
	{REL_KUBE_PREFIX "address", false, read_address, write_address},
	{REL_KUBE_PREFIX "run-id", false, read_run_id, write_run_id},
	{REL_KUBE_PREFIX "replid", false, read_replid, write_replid},
	{REL_KUBE_PREFIX "replid2", false, read_replid2, write_replid2},
	{REL_KUBE_PREFIX "fork-offset", false, read_fork_offset, write_fork_offset},
	{REL_KUBE_PREFIX "line-epoch", false, read_line_epoch, write_line_epoch},
	{REL_KUBE_PREFIX "offset", false, read_offset, write_offset},
	{REL_KUBE_PREFIX "members", false, read_members, write_members},
	{REL_KUBE_PREFIX "paused", false, read_paused, write_paused},
	{REL_KUBE_PREFIX "switchover", false, read_switchover, write_switchover},
	{REL_KUBE_PREFIX "outcome", false, read_outcome, write_outcome},
	{REL_KUBE_PREFIX "history", false, read_history, write_history},
};

#define ANNOTATION_COUNT (sizeof(annotations_of_ours) / sizeof(annotations_of_ours[0]))

void rel_lease_read_annotations(const json_t *annotations, struct rel_record *record)
{
	bool stamp_is_whole = true;

	record->line.fork_offset = -1;
	for (size_t i = 0; i < ANNOTATION_COUNT; i++) {
		const struct annotation *row = &annotations_of_ours[i];
		const char *text = rel_json_text(annotations, row->key);

		if (!(text && row->read(text, record)) && row->vital)
			stamp_is_whole = false;
	}
	if (!stamp_is_whole)
		record->stamp[0] = '\0';
}

static void write_one(const struct annotation *row, const struct rel_record *record,
		      json_t *annotations)
{
	struct rel_buf text;

	rel_buf_init(&text, ANNOTATION_LIMIT);
	row->write(record, &text);
	rel_assert(!text.overflowed);
	if (text.size > 0)
		rel_json_set_text(annotations, row->key, text.data);
	else
		json_object_del(annotations, row->key);
	rel_buf_finish(&text);
}

void rel_lease_write_annotations(const struct rel_record *record, json_t *annotations)
{
	for (size_t i = 0; i < ANNOTATION_COUNT; i++)
		write_one(&annotations_of_ours[i], record, annotations);
}
