/* SPDX-License-Identifier: Apache-2.0 */
/* jansson, narrowed to what this room needs: whole objects in, whole objects out,
 * and getters that answer NULL or false for a missing or wrongly typed member.
 * Running out of memory aborts. */
#ifndef REL_KUBE_JSON_H
#define REL_KUBE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#include "redis-election/base/buf.h"

/* One JSON object and nothing after it; NULL for anything else. The caller owns
 * it. Of a key given twice the last one counts, as in the API server. */
json_t *rel_json_parse(const char *bytes, size_t size);

/* Borrowed from object, which may be NULL or of any type. */
const char *rel_json_text(const json_t *object, const char *key);
json_t *rel_json_object(const json_t *object, const char *key);

/* A string of decimal digits, as resourceVersion is. False for anything else. */
bool rel_json_u64_text(const json_t *object, const char *key, uint64_t *value);

/* An integer within [min, max]. False for anything else. */
bool rel_json_integer(const json_t *object, const char *key, int64_t min, int64_t max,
		      int64_t *value);

/* A new empty object; inside: stored in object under key, borrowed from there. */
json_t *rel_json_new(void);
json_t *rel_json_new_inside(json_t *object, const char *key);
/* The object stored under key, made if there is none. Borrowed from object. */
json_t *rel_json_inside(json_t *object, const char *key);

/* Bytes other than printable ASCII become '?'. */
void rel_json_set_text(json_t *object, const char *key, const char *text);
void rel_json_set_integer(json_t *object, const char *key, int64_t value);
void rel_json_set_null(json_t *object, const char *key);

/* Compact, into out. False when it does not fit there. */
bool rel_json_write(const json_t *json, struct rel_buf *out);

/* Whether text is of printable ASCII without blanks, and shorter than size. */
bool rel_json_is_word(const char *text, size_t size);

/* Whether text is of printable ASCII, blanks included, and shorter than size. */
bool rel_json_is_line(const char *text, size_t size);

#endif
