/* SPDX-License-Identifier: Apache-2.0 */
#include "lease_codec.h"

#include <string.h>

#include "json.h"
#include "lease_annotations.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

void rel_lease_missing(struct rel_record *record)
{
	*record = (struct rel_record){0};
	record->line.fork_offset = -1;
}

static bool decode_version(const json_t *metadata, struct rel_version *version)
{
	const char *uid = rel_json_text(metadata, "uid");

	return uid && uid[0] && rel_json_is_word(uid, sizeof(version->uid)) &&
	       rel_text_copy(version->uid, sizeof(version->uid), uid) &&
	       rel_json_u64_text(metadata, "resourceVersion", &version->index) &&
	       version->index != 0;
}

static bool is_lease(const json_t *lease, const char *name)
{
	const char *kind = rel_json_text(lease, "kind");
	const char *found = rel_json_text(rel_json_object(lease, "metadata"), "name");

	return kind && rel_text_equal(kind, "Lease") && found && rel_text_equal(found, name);
}

/* False when it is no text at all: then nothing is known about a holder. */
static bool decode_holder(const json_t *spec, struct rel_record *record, bool *outlandish)
{
	const json_t *json = json_object_get(spec, "holderIdentity");
	const char *text = json_string_value(json);

	*outlandish = false;
	if (!text)
		return !json || json_is_null(json);
	*outlandish = !rel_json_is_line(text, sizeof(record->holder));
	rel_text_copy(record->holder, sizeof(record->holder), text);
	for (char *c = record->holder; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return true;
}

static struct rel_wall decode_wall(const json_t *spec, const char *key)
{
	const char *text = rel_json_text(spec, key);
	struct rel_wall wall = {0};

	if (text && !rel_wall_parse(text, &wall))
		wall.us = 0;
	return wall;
}

static int32_t decode_number(const json_t *spec, const char *key)
{
	int64_t number = 0;

	rel_json_integer(spec, key, 0, INT32_MAX, &number);
	return (int32_t)number;
}

enum rel_err rel_lease_decode(const json_t *lease, const char *name, struct rel_record *record)
{
	const json_t *metadata = rel_json_object(lease, "metadata");
	const json_t *spec = rel_json_object(lease, "spec");
	bool outlandish;

	rel_lease_missing(record);
	if (!is_lease(lease, name) || !decode_version(metadata, &record->version) ||
	    !decode_holder(spec, record, &outlandish)) {
		rel_lease_missing(record);
		return REL_ERR_GARBLED;
	}
	record->duration_s = decode_number(spec, "leaseDurationSeconds");
	record->acquired = decode_wall(spec, "acquireTime");
	record->renewed = decode_wall(spec, "renewTime");
	record->transitions = decode_number(spec, "leaseTransitions");
	rel_lease_read_annotations(rel_json_object(metadata, "annotations"), record);
	if (outlandish)
		record->stamp[0] = '\0';
	return REL_OK;
}

static void encode_wall(json_t *spec, const char *key, struct rel_wall wall)
{
	char text[REL_WALL_TEXT];

	if (wall.us <= 0) {
		json_object_del(spec, key);
		return;
	}
	rel_wall_format(wall, text);
	rel_json_set_text(spec, key, text);
}

/* Who only leaves a wish beside a stranger's edit does not make it right: what is not
 * there stays away. The API refuses 0. */
static void encode_duration(json_t *spec, const struct rel_record *record)
{
	if (record->duration_s > 0)
		rel_json_set_integer(spec, "leaseDurationSeconds", record->duration_s);
	else
		json_object_del(spec, "leaseDurationSeconds");
}

json_t *rel_lease_encode(const json_t *seen, const struct rel_record *record)
{
	json_t *lease = json_deep_copy(seen);
	json_t *metadata, *spec;

	rel_assert(lease);
	metadata = rel_json_inside(lease, "metadata");
	rel_lease_write_annotations(record, rel_json_inside(metadata, "annotations"));
	spec = rel_json_inside(lease, "spec");
	rel_json_set_text(spec, "holderIdentity", record->holder);
	encode_duration(spec, record);
	encode_wall(spec, "acquireTime", record->acquired);
	encode_wall(spec, "renewTime", record->renewed);
	rel_json_set_integer(spec, "leaseTransitions", record->transitions);
	return lease;
}

json_t *rel_lease_vacant(const char *namespace_, const char *name)
{
	json_t *lease = rel_json_new();
	json_t *metadata;

	rel_json_set_text(lease, "apiVersion", "coordination.k8s.io/v1");
	rel_json_set_text(lease, "kind", "Lease");
	metadata = rel_json_new_inside(lease, "metadata");
	rel_json_set_text(metadata, "name", name);
	rel_json_set_text(metadata, "namespace", namespace_);
	return lease;
}
