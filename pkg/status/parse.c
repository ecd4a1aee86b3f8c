/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"
#include "redis-election/base/text.h"

/* These texts end up in somebody's terminal: no control byte gets through. */
static bool decode_text(const json_t *json, char *to, size_t size)
{
	if (!json_is_string(json) || !rel_text_copy(to, size, json_string_value(json)))
		return false;
	for (char *c = to; *c; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	}
	return true;
}

static bool decode_number(const json_t *json, uint64_t *number)
{
	if (json_is_string(json))
		return rel_text_to_u64(json_string_value(json), number);
	if (!json_is_integer(json) || json_integer_value(json) < 0)
		return false;
	*number = (uint64_t)json_integer_value(json);
	return true;
}

static bool decode_time(const json_t *json, int64_t *us)
{
	struct rel_wall wall;

	if (!json_is_string(json) || !rel_wall_parse(json_string_value(json), &wall))
		return false;
	*us = wall.us;
	return true;
}

static bool decode_count(const json_t *json, int64_t *count)
{
	*count = json_integer_value(json);
	return json_is_integer(json);
}

static bool decode_field(const struct status_field *field, const json_t *json, char *at)
{
	uint64_t number = 0;
	int64_t count = field->kind == STATUS_KNOWN ? -1 : 0;
	bool absent = !json || json_is_null(json), good = absent;

	switch (field->kind) {
	case STATUS_TEXT:
		return absent || decode_text(json, at, field->size);
	case STATUS_BOOL:
		*(bool *)at = json_is_true(json);
		return absent || json_is_boolean(json);
	case STATUS_NUMBER:
		good = absent || decode_number(json, &number);
		memcpy(at, &number, sizeof(number));
		return good;
	case STATUS_COUNT:
	case STATUS_KNOWN:
		good = absent || decode_count(json, &count);
		break;
	case STATUS_TIME:
		good = absent || decode_time(json, &count);
		break;
	}
	memcpy(at, &count, sizeof(count));
	return good;
}

bool status_decode(const struct status_fields *fields, const json_t *json, void *to)
{
	if (!json_is_object(json))
		return false;
	for (size_t i = 0; i < fields->count; i++) {
		const struct status_field *field = &fields->at[i];

		if (!decode_field(field, json_object_get(json, field->key),
				  (char *)to + field->offset))
			return false;
	}
	return true;
}

/* A list longer than we hold is cut: a newer server may know more. */
static bool decode_lists(const json_t *json, struct rel_status *status)
{
	const json_t *members = json_object_get(json, "members");
	const json_t *history = json_object_get(json, "history");
	const json_t *each;
	size_t i;

	if (!json_is_array(members) || (history && !json_is_array(history)))
		return false;
	json_array_foreach(members, i, each) {
		if (i < REL_MEMBERS_MAX && !status_decode(&status_member_fields, each,
							  &status->members[status->member_count++]))
			return false;
	}
	json_array_foreach(history, i, each) {
		if (i < REL_HISTORY_MAX &&
		    !status_decode(&status_transition_fields, each,
				   &status->history[status->history_count++]))
			return false;
	}
	return true;
}

static bool decode(const json_t *json, struct rel_status *status)
{
	const json_t *request = json_object_get(json, "request");
	const json_t *outcome = json_object_get(json, "outcome");

	return status_decode(&status_set_fields, json, status) && decode_lists(json, status) &&
	       (!request || status_decode(&status_request_fields, request, &status->request)) &&
	       (!outcome || status_decode(&status_outcome_fields, outcome, &status->outcome));
}

bool rel_status_parse(const char *json, size_t size, struct rel_status *status)
{
	json_t *root;
	bool good;

	memset(status, 0, sizeof(*status));
	if (size > REL_STATUS_JSON_MAX)
		return false;
	root = json_loadb(json, size, JSON_REJECT_DUPLICATES, NULL);
	if (!root)
		return false;
	good = decode(root, status);
	json_decref(root);
	if (!good)
		memset(status, 0, sizeof(*status));
	return good;
}
