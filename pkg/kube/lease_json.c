/* SPDX-License-Identifier: Apache-2.0 */
#include "lease_json.h"

#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "values.h"

/* A missing text is an empty one. */
static bool get_line(const json_t *json, const char *key, char *to, size_t size)
{
	const char *text = rel_json_text(json, key);

	to[0] = '\0';
	if (!text)
		return !json_object_get(json, key);
	return rel_json_is_line(text, size) && rel_text_copy(to, size, text);
}

static void put_line(json_t *json, const char *key, const char *text)
{
	if (text[0])
		rel_json_set_text(json, key, text);
}

static bool get_wall(const json_t *json, const char *key, struct rel_wall *wall)
{
	const char *text = rel_json_text(json, key);

	wall->us = 0;
	if (!text)
		return !json_object_get(json, key);
	return rel_wall_parse(text, wall);
}

static void put_wall(json_t *json, const char *key, struct rel_wall wall)
{
	char text[REL_WALL_TEXT];

	if (wall.us <= 0)
		return;
	rel_wall_format(wall, text);
	rel_json_set_text(json, key, text);
}

/* Absent: 0. */
static bool get_epoch(const json_t *json, uint64_t *epoch)
{
	int64_t number = 0;
	bool ok = !json_object_get(json, "epoch") ||
		  rel_json_integer(json, "epoch", 0, (int64_t)REL_EPOCH_LIMIT - 1, &number);

	*epoch = (uint64_t)number;
	return ok;
}

static void put_id(json_t *json, uint64_t id)
{
	char text[24];

	rel_text_format(text, sizeof(text), "%" PRIu64, id);
	rel_json_set_text(json, "id", text);
}

static void finish(json_t *json, struct rel_buf *out)
{
	rel_json_write(json, out);
	json_decref(json);
}

bool rel_lease_read_request(const char *text, struct rel_request *request)
{
	json_t *json = rel_json_parse(text, strlen(text));
	struct rel_request read = {0};
	bool ok = json && rel_json_u64_text(json, "id", &read.id) && read.id != 0 &&
		  get_line(json, "to", read.to, sizeof(read.to)) &&
		  get_wall(json, "at", &read.at) && get_epoch(json, &read.epoch);

	json_decref(json);
	if (ok)
		*request = read;
	return ok;
}

void rel_lease_write_request(const struct rel_request *request, struct rel_buf *out)
{
	json_t *json = rel_json_new();

	put_id(json, request->id);
	put_line(json, "to", request->to);
	put_wall(json, "at", request->at);
	if (request->epoch != 0)
		rel_json_set_integer(json, "epoch", (int64_t)request->epoch);
	finish(json, out);
}

bool rel_lease_read_outcome(const char *text, struct rel_outcome *outcome)
{
	json_t *json = rel_json_parse(text, strlen(text));
	struct rel_outcome read = {0};
	bool ok = json && rel_json_u64_text(json, "id", &read.id) && read.id != 0 &&
		  get_line(json, "text", read.text, sizeof(read.text));

	json_decref(json);
	if (ok)
		*outcome = read;
	return ok;
}

void rel_lease_write_outcome(const struct rel_outcome *outcome, struct rel_buf *out)
{
	json_t *json = rel_json_new();

	put_id(json, outcome->id);
	put_line(json, "text", outcome->text);
	finish(json, out);
}

static bool get_offset(const json_t *json, const char *key, int64_t *offset)
{
	*offset = -1;
	return !json_object_get(json, key) || rel_json_integer(json, key, 0, INT64_MAX, offset);
}

static bool read_transition(const json_t *json, struct rel_transition *transition)
{
	return json_is_object(json) && get_wall(json, "at", &transition->at) &&
	       get_line(json, "from", transition->from, sizeof(transition->from)) &&
	       get_line(json, "to", transition->to, sizeof(transition->to)) &&
	       json_object_get(json, "epoch") && get_epoch(json, &transition->epoch) &&
	       get_line(json, "reason", transition->reason, sizeof(transition->reason)) &&
	       get_offset(json, "fromOffset", &transition->from_offset) &&
	       get_offset(json, "toOffset", &transition->to_offset);
}

bool rel_lease_read_history(const char *text, struct rel_record *record)
{
	json_t *json = json_loads(text, 0, NULL);
	struct rel_transition history[REL_HISTORY_MAX] = {0};
	size_t count = json_array_size(json);
	bool ok = json_is_array(json);

	if (count > REL_HISTORY_MAX)
		count = REL_HISTORY_MAX;
	for (size_t i = 0; ok && i < count; i++)
		ok = read_transition(json_array_get(json, i), &history[i]);
	json_decref(json);
	if (!ok)
		return false;
	memcpy(record->history, history, sizeof(history));
	record->history_count = (uint8_t)count;
	return true;
}

static json_t *transition_json(const struct rel_transition *transition)
{
	json_t *json = rel_json_new();

	put_wall(json, "at", transition->at);
	put_line(json, "from", transition->from);
	put_line(json, "to", transition->to);
	rel_json_set_integer(json, "epoch", (int64_t)transition->epoch);
	put_line(json, "reason", transition->reason);
	if (transition->from_offset >= 0)
		rel_json_set_integer(json, "fromOffset", transition->from_offset);
	if (transition->to_offset >= 0)
		rel_json_set_integer(json, "toOffset", transition->to_offset);
	return json;
}

void rel_lease_write_history(const struct rel_record *record, struct rel_buf *out)
{
	json_t *json = json_array();

	rel_assert(json);
	for (int i = 0; i < record->history_count; i++) {
		int failed = json_array_append_new(json, transition_json(&record->history[i]));

		rel_assert(!failed);
	}
	finish(json, out);
}
