/* SPDX-License-Identifier: Apache-2.0 */
#include "watch_lines.h"

#include <string.h>

void rel_lines_init(struct rel_lines *lines, size_t limit)
{
	rel_buf_init(&lines->partial, limit);
	lines->taken = false;
}

void rel_lines_finish(struct rel_lines *lines)
{
	rel_buf_finish(&lines->partial);
}

/* The line that ends here, from the piece alone or behind what came before. */
static bool join(struct rel_lines *lines, const struct rel_piece *end, struct rel_piece *line)
{
	*line = *end;
	if (lines->partial.size == 0)
		return end->size <= lines->partial.limit;
	if (!rel_buf_add(&lines->partial, end->bytes, end->size))
		return false;
	lines->taken = true;
	*line = (struct rel_piece){lines->partial.data, lines->partial.size};
	return true;
}

static void skip(struct rel_piece *piece, size_t size)
{
	piece->bytes += size;
	piece->size -= size;
}

enum rel_lines_found rel_lines_next(struct rel_lines *lines, struct rel_piece *piece,
				    struct rel_piece *line)
{
	if (lines->taken)
		rel_buf_clear(&lines->partial);
	lines->taken = false;
	while (piece->size > 0) {
		const char *newline = memchr(piece->bytes, '\n', piece->size);
		struct rel_piece end = *piece;

		if (!newline) {
			skip(piece, piece->size);
			return rel_buf_add(&lines->partial, end.bytes, end.size) ?
				       REL_LINES_MORE : REL_LINES_TOO_LONG;
		}
		end.size = (size_t)(newline - piece->bytes);
		skip(piece, end.size + 1);
		if (!join(lines, &end, line))
			return REL_LINES_TOO_LONG;
		if (line->size > 0)
			return REL_LINES_LINE;
	}
	return REL_LINES_MORE;
}
