/* SPDX-License-Identifier: Apache-2.0 */
#include "event_codec.h"

#include <inttypes.h>

#include "json.h"
#include "redis-election/base/text.h"
#include "redis-election/member.h"

#define REPORTER "redis-election"

/* metav1.Time: whole seconds, unlike the MicroTime of a Lease. */
static void whole_seconds(struct rel_wall at, char text[REL_WALL_TEXT])
{
	rel_wall_format(at, text);
	rel_text_copy(&text[sizeof("2026-01-31T23:59:59") - 1], 2, "Z");
}

static void add_object(json_t *event, const char *namespace_, const struct rel_event_object *about)
{
	json_t *object = rel_json_new_inside(event, "involvedObject");

	rel_json_set_text(object, "apiVersion", about->api_version);
	rel_json_set_text(object, "kind", about->kind);
	rel_json_set_text(object, "namespace", namespace_);
	rel_json_set_text(object, "name", about->name);
	if (about->uid[0])
		rel_json_set_text(object, "uid", about->uid);
}

static void add_metadata(json_t *event, const struct rel_event_text *text)
{
	json_t *metadata = rel_json_new_inside(event, "metadata");
	char name[REL_NAME_SIZE + 24];

	rel_text_format(name, sizeof(name), "%s.%016" PRIx64, text->reporter, text->unique);
	rel_json_set_text(metadata, "name", name);
	rel_json_set_text(metadata, "namespace", text->namespace_);
}

json_t *rel_event_encode(const struct rel_event_text *text, const struct rel_event_object *about)
{
	json_t *event = rel_json_new();
	char at[REL_WALL_TEXT];

	whole_seconds(text->at, at);
	rel_json_set_text(event, "apiVersion", "v1");
	rel_json_set_text(event, "kind", "Event");
	add_metadata(event, text);
	add_object(event, text->namespace_, about);
	rel_json_set_text(event, "type", text->warning ? "Warning" : "Normal");
	rel_json_set_text(event, "reason", text->reason);
	rel_json_set_text(event, "message", text->message);
	rel_json_set_text(event, "firstTimestamp", at);
	rel_json_set_text(event, "lastTimestamp", at);
	rel_json_set_integer(event, "count", 1);
	rel_json_set_text(event, "reportingComponent", REPORTER);
	rel_json_set_text(event, "reportingInstance", text->reporter);
	rel_json_set_text(rel_json_new_inside(event, "source"), "component", REPORTER);
	return event;
}
