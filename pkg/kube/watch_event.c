/* SPDX-License-Identifier: Apache-2.0 */
#include "watch_event.h"

#include "json.h"
#include "redis-election/base/text.h"
#include "status_codec.h"

static const struct {
	const char *name;
	enum rel_watch_type type;
} types[] = {
	{"ADDED", REL_WATCH_ADDED},
	{"MODIFIED", REL_WATCH_MODIFIED},
	{"DELETED", REL_WATCH_DELETED},
	{"BOOKMARK", REL_WATCH_BOOKMARK},
};

static bool type_named(const char *name, enum rel_watch_type *type)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (rel_text_equal(types[i].name, name)) {
			*type = types[i].type;
			return true;
		}
	}
	return false;
}

static enum rel_err decode(const json_t *json, struct rel_watch_event *event)
{
	const char *type = rel_json_text(json, "type");
	json_t *object = rel_json_object(json, "object");
	int64_t code;

	if (!type || !object)
		return REL_ERR_GARBLED;
	if (rel_text_equal(type, "ERROR")) {
		if (!rel_json_integer(object, "code", 300, 599, &code))
			return REL_ERR_GARBLED;
		return rel_status_err((int)code, rel_json_text(object, "reason"));
	}
	if (!type_named(type, &event->type) ||
	    !rel_json_u64_text(rel_json_object(object, "metadata"), "resourceVersion",
			       &event->version) ||
	    event->version == 0)
		return REL_ERR_GARBLED;
	event->object = json_incref(object);
	return REL_OK;
}

enum rel_err rel_watch_event_decode(const char *line, size_t size, struct rel_watch_event *event)
{
	json_t *json = rel_json_parse(line, size);
	enum rel_err err;

	*event = (struct rel_watch_event){0};
	err = decode(json, event);
	json_decref(json);
	return err;
}
