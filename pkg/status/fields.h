/* SPDX-License-Identifier: Apache-2.0 */
/* One table of fields for both directions: what is written is what is read. */
#ifndef REL_STATUS_FIELDS_H
#define REL_STATUS_FIELDS_H

#include <jansson.h>

#include "redis-election/status.h"

enum status_kind {
	STATUS_TEXT,
	STATUS_BOOL,
	STATUS_COUNT,  /* int64 */
	STATUS_KNOWN,  /* int64, -1 = unknown = null */
	STATUS_NUMBER, /* uint64; over INT64_MAX as text, because JSON readers are not exact */
	STATUS_TIME,   /* int64 microseconds, 0 = unknown = null; RFC 3339 text */
};

struct status_field {
	const char *key;
	enum status_kind kind;
	size_t offset;
	size_t size; /* of a text's array */
};

struct status_fields {
	const struct status_field *at;
	size_t count;
};

extern const struct status_fields status_set_fields;
extern const struct status_fields status_member_fields;
extern const struct status_fields status_transition_fields;
extern const struct status_fields status_request_fields;
extern const struct status_fields status_outcome_fields;

/* Text as JSON; bytes that are not UTF-8 become '?'. */
json_t *status_text(const char *text);
json_t *status_time(int64_t us);
json_t *status_number(uint64_t number);

/* Appends the compact text and drops the reference. */
void status_dump(json_t *json, struct rel_buf *out);

/* The fields of one struct as a new object. */
json_t *status_encode(const struct status_fields *fields, const void *from);

/* Sets every field, absent ones to unknown. False when one has another type, is out
 * of range or too long. */
bool status_decode(const struct status_fields *fields, const json_t *json, void *to);

#endif
