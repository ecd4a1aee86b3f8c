/* SPDX-License-Identifier: Apache-2.0 */
/* The same lines come out however a stream is cut; each is an event or an error. The
 * first byte says where to cut. */
#include <stdint.h>
#include <string.h>

#include "../../pkg/kube/status_codec.h"
#include "../../pkg/kube/watch_event.h"
#include "../../pkg/kube/watch_lines.h"
#include "redis-election/base/assert.h"

#define LINE_LIMIT 64

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static enum rel_lines_found take(struct rel_lines *lines, struct rel_piece piece,
				 struct rel_buf *found)
{
	enum rel_lines_found result;
	struct rel_piece line;

	while ((result = rel_lines_next(lines, &piece, &line)) == REL_LINES_LINE) {
		struct rel_watch_event event;
		enum rel_err err = rel_watch_event_decode(line.bytes, line.size, &event);

		rel_assert((err == REL_OK) == (event.object != NULL));
		json_decref(event.object);
		rel_assert(line.size > 0 && line.size <= LINE_LIMIT);
		rel_buf_add(found, line.bytes, line.size);
		rel_buf_add_char(found, '\n');
	}
	return result;
}

static void cut(const char *bytes, size_t size, size_t step, struct rel_buf *found)
{
	enum rel_lines_found result = REL_LINES_MORE;
	struct rel_lines lines;

	rel_lines_init(&lines, LINE_LIMIT);
	for (size_t at = 0; at < size && result == REL_LINES_MORE; at += step) {
		size_t left = size - at;

		result = take(&lines, (struct rel_piece){bytes + at, left < step ? left : step},
			      found);
	}
	rel_lines_finish(&lines);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	struct rel_status_answer answer;
	struct rel_buf whole, pieces;

	if (size < 2)
		return 0;
	rel_buf_init(&whole, 2 * size);
	rel_buf_init(&pieces, 2 * size);
	cut((const char *)bytes + 1, size - 1, size, &whole);
	cut((const char *)bytes + 1, size - 1, (size_t)bytes[0] + 1, &pieces);
	rel_assert(whole.size == pieces.size);
	rel_assert(whole.size == 0 || memcmp(whole.data, pieces.data, whole.size) == 0);
	rel_buf_finish(&whole);
	rel_buf_finish(&pieces);
	rel_status_decode(bytes[0] * 4, (const char *)bytes, size, &answer);
	return 0;
}
