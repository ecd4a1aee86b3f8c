/* SPDX-License-Identifier: Apache-2.0 */
#include "mark_codec.h"

#include <inttypes.h>
#include <string.h>

#include "redis-election/base/text.h"

#define FIELDS 9
#define NONE "-"

/* FNV-1a: against torn writes, not against people. */
static uint64_t checksum(const char *text, size_t size)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < size; i++)
		sum = (sum ^ (unsigned char)text[i]) * UINT64_C(1099511628211);
	return sum;
}

static const char *shown(const char *text)
{
	return text[0] != '\0' ? text : NONE;
}

size_t rel_mark_encode(const struct rel_mark *mark, const char *set, char text[REL_MARK_TEXT])
{
	char sum[24];

	rel_text_format(text, REL_MARK_TEXT,
			"mark1 %s %" PRIu64 " %s %s %" PRId64 " %" PRId64 " %s %" PRId64 " ", set,
			mark->epoch, shown(mark->line.replid), shown(mark->line.replid2),
			mark->line.offset, mark->line.fork_offset, shown(mark->run_id),
			mark->min_replicas);
	rel_text_format(sum, sizeof(sum), "%016" PRIx64 "\n", checksum(text, strlen(text)));
	rel_text_append(text, REL_MARK_TEXT, sum);
	return strlen(text);
}

static bool split(char *text, char *fields[FIELDS + 1])
{
	int count = 0;

	for (char *at = text; at != NULL && count <= FIELDS; count++) {
		char *blank = strchr(at, ' ');
		fields[count] = at;
		if (blank != NULL)
			*blank++ = '\0';
		at = blank;
	}
	return count == FIELDS + 1;
}

static bool signed_number(const char *text, int64_t *value)
{
	if (rel_text_equal(text, "-1")) {
		*value = -1;
		return true;
	}
	return rel_text_to_i64(text, value);
}

static bool id(const char *text, char to[REL_REPLID_SIZE])
{
	if (rel_text_equal(text, NONE)) {
		to[0] = '\0';
		return true;
	}
	return strlen(text) == REL_REPLID_SIZE - 1 &&
	       strspn(text, "0123456789abcdef") == REL_REPLID_SIZE - 1 &&
	       rel_text_copy(to, REL_REPLID_SIZE, text);
}

static bool sum_matches(const char *text, size_t size)
{
	char sum[24];

	if (size < 18 || size >= REL_MARK_TEXT || text[size - 1] != '\n')
		return false;
	rel_text_format(sum, sizeof(sum), "%016" PRIx64 "\n", checksum(text, size - 17));
	return memcmp(sum, text + size - 17, 17) == 0;
}

bool rel_mark_decode(const char *text, size_t size, const char *set, struct rel_mark *mark)
{
	char copy[REL_MARK_TEXT];
	char *f[FIELDS + 1];
	bool good;

	*mark = (struct rel_mark){0};
	if (!sum_matches(text, size))
		return false;
	rel_text_copy_n(copy, sizeof(copy), text, size);
	good = split(copy, f) && rel_text_equal(f[0], "mark1") && rel_text_equal(f[1], set) &&
	       rel_text_to_u64(f[2], &mark->epoch) && id(f[3], mark->line.replid) &&
	       id(f[4], mark->line.replid2) && signed_number(f[5], &mark->line.offset) &&
	       signed_number(f[6], &mark->line.fork_offset) && id(f[7], mark->run_id) &&
	       signed_number(f[8], &mark->min_replicas);
	if (!good)
		*mark = (struct rel_mark){0};
	return good;
}
