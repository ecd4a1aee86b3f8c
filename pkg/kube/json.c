/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

json_t *rel_json_parse(const char *bytes, size_t size)
{
	json_t *json = json_loadb(bytes, size, 0, NULL);

	if (json && !json_is_object(json)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

const char *rel_json_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

json_t *rel_json_object(const json_t *object, const char *key)
{
	json_t *value = json_object_get(object, key);

	return json_is_object(value) ? value : NULL;
}

bool rel_json_u64_text(const json_t *object, const char *key, uint64_t *value)
{
	const char *text = rel_json_text(object, key);

	return text && rel_text_to_u64(text, value);
}

bool rel_json_integer(const json_t *object, const char *key, int64_t min, int64_t max,
		      int64_t *value)
{
	const json_t *json = json_object_get(object, key);
	json_int_t number = json_integer_value(json);

	if (!json_is_integer(json) || number < min || number > max)
		return false;
	*value = number;
	return true;
}

json_t *rel_json_new(void)
{
	json_t *json = json_object();

	rel_assert(json);
	return json;
}

static void set(json_t *object, const char *key, json_t *value)
{
	int failed = json_object_set_new(object, key, value);

	rel_assert(!failed);
}

json_t *rel_json_new_inside(json_t *object, const char *key)
{
	json_t *json = rel_json_new();

	set(object, key, json);
	return json;
}

json_t *rel_json_inside(json_t *object, const char *key)
{
	json_t *found = rel_json_object(object, key);

	return found ? found : rel_json_new_inside(object, key);
}

static bool printable(char c)
{
	return c >= ' ' && c <= '~';
}

void rel_json_set_text(json_t *object, const char *key, const char *text)
{
	char *clean = rel_strdup(text);

	for (char *c = clean; *c; c++)
		if (!printable(*c))
			*c = '?';
	set(object, key, json_string(clean));
	rel_free(clean);
}

void rel_json_set_integer(json_t *object, const char *key, int64_t value)
{
	set(object, key, json_integer(value));
}

void rel_json_set_null(json_t *object, const char *key)
{
	set(object, key, json_null());
}

static int add_to_buf(const char *bytes, size_t size, void *out)
{
	return rel_buf_add(out, bytes, size) ? 0 : -1;
}

bool rel_json_write(const json_t *json, struct rel_buf *out)
{
	return json_dump_callback(json, add_to_buf, out, JSON_COMPACT) == 0;
}

static bool all_between(const char *text, size_t size, char first)
{
	size_t length = strnlen(text, size);

	if (length == size)
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] < first || text[i] > '~')
			return false;
	return true;
}

bool rel_json_is_word(const char *text, size_t size)
{
	return all_between(text, size, '!');
}

bool rel_json_is_line(const char *text, size_t size)
{
	return all_between(text, size, ' ');
}
