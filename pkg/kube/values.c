/* SPDX-License-Identifier: Apache-2.0 */
#include "values.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "redis-election/base/text.h"

bool rel_value_epoch(const char *text, uint64_t *epoch)
{
	uint64_t value;

	if (!rel_text_to_u64(text, &value) || value >= REL_EPOCH_LIMIT)
		return false;
	*epoch = value;
	return true;
}

bool rel_value_replid(const char *text, char replid[REL_REPLID_SIZE])
{
	if (strspn(text, "0123456789abcdefABCDEF") != REL_REPLID_SIZE - 1 ||
	    text[REL_REPLID_SIZE - 1] != '\0')
		return false;
	return rel_text_copy(replid, REL_REPLID_SIZE, text);
}

static bool is_port(const char *text)
{
	uint64_t port;

	return rel_text_to_u64(text, &port) && port > 0 && port <= UINT16_MAX;
}

bool rel_value_address(const char *text, char address[REL_ADDRESS_SIZE])
{
	const char *colon = strrchr(text, ':');

	if (!colon || colon == text || !is_port(colon + 1) ||
	    !rel_json_is_word(text, REL_ADDRESS_SIZE))
		return false;
	if (text[0] == '[' ? colon[-1] != ']' : memchr(text, ':', (size_t)(colon - text)) != NULL)
		return false;
	return rel_text_copy(address, REL_ADDRESS_SIZE, text);
}

bool rel_value_is_name(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	return length > 0 && length < size && text[0] != '.' && text[0] != '-' &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-.") == length;
}

static bool add_member(const char *text, size_t length, struct rel_member_list *members)
{
	char identity[REL_IDENTITY_SIZE];
	struct rel_member member;

	return rel_text_copy_n(identity, sizeof(identity), text, length) &&
	       rel_json_is_word(identity, sizeof(identity)) &&
	       rel_member_parse(identity, &member) &&
	       rel_value_is_name(member.name, sizeof(member.name)) &&
	       rel_members_add(members, &member);
}

bool rel_value_members(const char *text, struct rel_member_list *members)
{
	struct rel_member_list list = {0};
	const char *at = text;

	for (;;) {
		size_t length = strcspn(at, ",");

		if (!add_member(at, length, &list))
			return false;
		if (at[length] == '\0')
			break;
		at += length + 1;
	}
	*members = list;
	return true;
}

void rel_value_write_members(const struct rel_member_list *members, struct rel_buf *out)
{
	for (int i = 0; i < members->count; i++) {
		char identity[REL_IDENTITY_SIZE];

		rel_member_identity(&members->at[i], identity);
		rel_buf_printf(out, "%s%s", i > 0 ? "," : "", identity);
	}
}

enum mark_field {
	MARK_EPOCH,
	MARK_REPLID,
	MARK_REPLID2,
	MARK_OFFSET,
	MARK_FORK,
	MARK_RUN_ID,
	MARK_MIN_REPLICAS,
	MARK_FIELDS
};

/* Longest: a 64 bit number or a replid, and the final NUL. */
typedef char mark_fields[MARK_FIELDS][REL_REPLID_SIZE];

static bool split_mark(const char *text, mark_fields fields)
{
	const char *at = text;

	for (int i = 0; i < MARK_FIELDS; i++) {
		size_t length = strcspn(at, " ");
		char end = i == MARK_FIELDS - 1 ? '\0' : ' ';

		if (length == 0 || at[length] != end ||
		    !rel_text_copy_n(fields[i], REL_REPLID_SIZE, at, length))
			return false;
		at += length + 1;
	}
	return true;
}

static bool mark_replid(const char *text, char replid[REL_REPLID_SIZE])
{
	replid[0] = '\0';
	return rel_text_equal(text, "-") || rel_value_replid(text, replid);
}

static bool mark_number(const char *text, int64_t *number)
{
	*number = -1;
	return rel_text_equal(text, "-") || rel_text_to_i64(text, number);
}

bool rel_value_mark(const char *text, struct rel_mark *mark)
{
	struct rel_mark read = {0};
	mark_fields fields;

	if (!split_mark(text, fields) || !rel_value_epoch(fields[MARK_EPOCH], &read.epoch) ||
	    read.epoch == 0 || !mark_replid(fields[MARK_REPLID], read.line.replid) ||
	    !mark_replid(fields[MARK_REPLID2], read.line.replid2) ||
	    !mark_number(fields[MARK_OFFSET], &read.line.offset) ||
	    !mark_number(fields[MARK_FORK], &read.line.fork_offset) ||
	    !mark_replid(fields[MARK_RUN_ID], read.run_id) ||
	    !mark_number(fields[MARK_MIN_REPLICAS], &read.min_replicas))
		return false;
	*mark = read;
	return true;
}

static const char *or_dash(const char *text)
{
	return text[0] ? text : "-";
}

static void write_number(int64_t number, struct rel_buf *out)
{
	if (number < 0)
		rel_buf_add_char(out, '-');
	else
		rel_buf_printf(out, "%" PRId64, number);
}

void rel_value_write_mark(const struct rel_mark *mark, struct rel_buf *out)
{
	rel_buf_printf(out, "%" PRIu64 " %s %s ", mark->epoch, or_dash(mark->line.replid),
		       or_dash(mark->line.replid2));
	write_number(mark->line.offset, out);
	rel_buf_add_char(out, ' ');
	write_number(mark->line.fork_offset, out);
	rel_buf_printf(out, " %s ", or_dash(mark->run_id));
	write_number(mark->min_replicas, out);
}
