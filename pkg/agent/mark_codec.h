/* SPDX-License-Identifier: Apache-2.0 */
/* The data mark as bytes: one line of text with a checksum, so that a torn write
 * reads as no mark. Private to pkg/agent. */
#ifndef REL_MARK_CODEC_H
#define REL_MARK_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "redis-election/line.h"

#define REL_MARK_TEXT 512

/* `set` is the lease's name: a volume of another set's is not read as ours. */
size_t rel_mark_encode(const struct rel_mark *mark, const char *set, char text[REL_MARK_TEXT]);

/* False, and a zeroed mark, for anything that rel_mark_encode did not write for
 * this set. */
bool rel_mark_decode(const char *text, size_t size, const char *set, struct rel_mark *mark);

#endif
