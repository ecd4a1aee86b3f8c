/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of Redis, read by hiredis into memory with a limit: whatever a server
 * sends, one reply takes at most REL_REPLY_BYTES and REL_REPLY_NODES. */
#ifndef REL_REDIS_REPLY_H
#define REL_REDIS_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/base/err.h"

#define REL_REPLY_BYTES (1024 * 1024)
#define REL_REPLY_NODES 64

enum rel_reply_type {
	REL_REPLY_NONE,
	REL_REPLY_TEXT,    /* a bulk string */
	REL_REPLY_STATUS,  /* +OK, +QUEUED */
	REL_REPLY_ERROR,   /* text without the leading '-' */
	REL_REPLY_INTEGER,
	REL_REPLY_NIL,
	REL_REPLY_ARRAY,
};

struct rel_reply {
	enum rel_reply_type type;
	const char *text; /* TEXT, STATUS, ERROR: size bytes, no NUL */
	size_t size;
	int64_t integer;
	const struct rel_reply *at; /* ARRAY: count elements */
	size_t count;
	size_t offset; /* for the reader */
};

struct rel_reader;

struct rel_reader *rel_reader_create(void);
void rel_reader_destroy(struct rel_reader *reader);

/* REL_ERR_TOO_LARGE or REL_ERR_GARBLED end the use of this reader. */
enum rel_err rel_reader_feed(struct rel_reader *reader, const char *bytes, size_t size);

/* REL_OK and NULL: not complete yet. A reply lives until the next call. */
enum rel_err rel_reader_next(struct rel_reader *reader, const struct rel_reply **reply);

/* What an error reply means: the word it starts with, by a table. */
enum rel_err rel_reply_err(const struct rel_reply *reply);

/* Whether a text starts with this; case counts. */
bool rel_reply_starts(const struct rel_reply *reply, const char *prefix);

#endif
