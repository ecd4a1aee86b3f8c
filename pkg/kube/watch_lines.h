/* SPDX-License-Identifier: Apache-2.0 */
/* A watch is one JSON object a line, while what arrives are pieces that hold
 * several lines or parts of one. Pure but for the buffer of an unfinished line. */
#ifndef REL_KUBE_WATCH_LINES_H
#define REL_KUBE_WATCH_LINES_H

#include "redis-election/base/buf.h"

enum rel_lines_found {
	REL_LINES_LINE,     /* a whole line without its end */
	REL_LINES_MORE,     /* the piece is used up */
	REL_LINES_TOO_LONG, /* a line beyond the limit: this stream is of no more use */
};

struct rel_lines {
	struct rel_buf partial;
	bool taken; /* partial was handed out as a line */
};

/* A line, its end not counted, may have limit bytes. */
void rel_lines_init(struct rel_lines *lines, size_t limit);
void rel_lines_finish(struct rel_lines *lines);

struct rel_piece {
	const char *bytes;
	size_t size;
};

/* Takes the next line from the front of piece. line points into piece or into
 * lines and lives until the next call. Blank lines are skipped. */
enum rel_lines_found rel_lines_next(struct rel_lines *lines, struct rel_piece *piece,
				    struct rel_piece *line);

#endif
