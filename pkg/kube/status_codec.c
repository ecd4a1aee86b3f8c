/* SPDX-License-Identifier: Apache-2.0 */
#include "status_codec.h"

#include <inttypes.h>

#include "json.h"
#include "redis-election/base/text.h"

/* A server that asks for more than that is asked again anyway: nobody may put the
 * set to sleep with one header. */
#define RETRY_AFTER_MAX_S 30

/* The first row that fits. */
static const struct row {
	int code, last;
	const char *reason; /* NULL = any */
	enum rel_err err;
} rows[] = {
	{200, 201, NULL, REL_OK},
	{400, 400, NULL, REL_ERR_INVALID},
	{401, 401, NULL, REL_ERR_UNAUTHORIZED},
	{403, 403, NULL, REL_ERR_FORBIDDEN},
	{404, 404, NULL, REL_ERR_MISSING},
	{405, 406, NULL, REL_ERR_INVALID},
	{409, 409, "AlreadyExists", REL_ERR_EXISTS},
	{409, 409, NULL, REL_ERR_CONFLICT},
	{410, 410, NULL, REL_ERR_EXPIRED},
	{413, 413, NULL, REL_ERR_INVALID},
	{415, 415, NULL, REL_ERR_INVALID},
	{422, 422, NULL, REL_ERR_INVALID},
	{429, 429, NULL, REL_ERR_THROTTLED},
	{500, 599, NULL, REL_ERR_SERVER},
};

static bool fits(const struct row *row, int code, const char *reason)
{
	if (code < row->code || code > row->last)
		return false;
	return !row->reason || (reason && rel_text_equal(row->reason, reason));
}

enum rel_err rel_status_err(int code, const char *reason)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (fits(&rows[i], code, reason))
			return rows[i].err;
	return REL_ERR_GARBLED;
}

/* The message of a Status, or the first line of anything else. */
static void describe(const char *message, const char *body, size_t size, char *text)
{
	size_t length = 0;

	if (message) {
		rel_text_copy(text, REL_STATUS_TEXT, message);
		return;
	}
	while (length < size && body[length] >= ' ' && body[length] <= '~')
		length++;
	rel_text_copy_n(text, REL_STATUS_TEXT, body, length);
}

void rel_status_decode(int code, const char *body, size_t size, struct rel_status_answer *answer)
{
	json_t *json = NULL;

	*answer = (struct rel_status_answer){.err = rel_status_err(code, NULL)};
	if (answer->err == REL_OK)
		return;
	json = rel_json_parse(body, size);
	answer->err = rel_status_err(code, rel_json_text(json, "reason"));
	describe(rel_json_text(json, "message"), body, size, answer->text);
	json_decref(json);
}

struct rel_duration rel_status_retry_after(const char *text)
{
	uint64_t seconds;

	if (!rel_text_to_u64(text, &seconds))
		return (struct rel_duration){0};
	if (seconds > RETRY_AFTER_MAX_S)
		seconds = RETRY_AFTER_MAX_S;
	return rel_ms((int64_t)seconds * 1000);
}
