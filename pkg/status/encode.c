/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define NUMBER_SIZE 24

json_t *status_text(const char *text)
{
	json_t *json = json_string(text);
	char *copy;

	if (json)
		return json;
	copy = rel_strdup(text);
	for (char *c = copy; *c; c++) {
		if ((unsigned char)*c >= 0x80)
			*c = '?';
	}
	json = json_string(copy);
	rel_free(copy);
	rel_assert(json != NULL);
	return json;
}

json_t *status_time(int64_t us)
{
	char text[REL_WALL_TEXT];

	if (!us)
		return json_null();
	rel_wall_format((struct rel_wall){us}, text);
	return status_text(text);
}

json_t *status_number(uint64_t number)
{
	char text[NUMBER_SIZE];

	if (number <= INT64_MAX)
		return json_integer((json_int_t)number);
	rel_text_format(text, sizeof(text), "%llu", (unsigned long long)number);
	return status_text(text);
}

static json_t *encode_field(const struct status_field *field, const void *at)
{
	int64_t count;
	uint64_t number;

	switch (field->kind) {
	case STATUS_TEXT:
		return status_text(at);
	case STATUS_BOOL:
		return json_boolean(*(const bool *)at);
	case STATUS_NUMBER:
		memcpy(&number, at, sizeof(number));
		return status_number(number);
	case STATUS_COUNT:
	case STATUS_KNOWN:
		memcpy(&count, at, sizeof(count));
		if (field->kind == STATUS_KNOWN && count == -1)
			return json_null();
		return json_integer((json_int_t)count);
	case STATUS_TIME:
		memcpy(&count, at, sizeof(count));
		return status_time(count);
	}
	return json_null();
}

json_t *status_encode(const struct status_fields *fields, const void *from)
{
	json_t *object = json_object();

	for (size_t i = 0; i < fields->count; i++) {
		const struct status_field *field = &fields->at[i];
		const char *at = (const char *)from + field->offset;

		json_object_set_new(object, field->key, encode_field(field, at));
	}
	return object;
}

static void set_lists(const struct rel_status *status, json_t *object)
{
	json_t *members = json_array(), *history = json_array();

	for (uint8_t i = 0; i < status->member_count; i++)
		json_array_append_new(members,
				      status_encode(&status_member_fields, &status->members[i]));
	for (uint8_t i = 0; i < status->history_count; i++)
		json_array_append_new(history, status_encode(&status_transition_fields,
							     &status->history[i]));
	json_object_set_new(object, "members", members);
	json_object_set_new(object, "history", history);
}

static int add_bytes(const char *bytes, size_t size, void *ctx)
{
	return rel_buf_add(ctx, bytes, size) ? 0 : -1;
}

void status_dump(json_t *json, struct rel_buf *out)
{
	json_dump_callback(json, add_bytes, out, JSON_COMPACT);
	json_decref(json);
}

void rel_status_json(const struct rel_status *status, struct rel_buf *out)
{
	json_t *object = status_encode(&status_set_fields, status);

	if (status->request.id)
		json_object_set_new(object, "request",
				    status_encode(&status_request_fields, &status->request));
	if (status->outcome.id)
		json_object_set_new(object, "outcome",
				    status_encode(&status_outcome_fields, &status->outcome));
	set_lists(status, object);
	status_dump(object, out);
}
