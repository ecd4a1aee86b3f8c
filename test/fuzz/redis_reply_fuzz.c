/* SPDX-License-Identifier: Apache-2.0 */
/* Replies in pieces, as far as a whole view. The first byte is the size of a piece. */
#include <stddef.h>
#include <stdint.h>

#include "pkg/redis/query.h"
#include "redis-election/base/assert.h"

#define REPLIES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t bytes_of(const struct rel_reply *reply)
{
	size_t bytes = 0;

	for (size_t i = 0; i < reply->size; i++)
		bytes += reply->text[i] != '\0';
	for (size_t i = 0; i < reply->count; i++)
		bytes += bytes_of(&reply->at[i]);
	return bytes;
}

static enum rel_err take(struct rel_reader *reader, struct rel_query *query, unsigned *index)
{
	const struct rel_reply *reply;
	enum rel_err err = rel_reader_next(reader, &reply);

	while (err == REL_OK && reply) {
		rel_assert(bytes_of(reply) <= REL_REPLY_BYTES);
		rel_query_reply(query, (*index)++ % REPLIES, reply);
		err = rel_reader_next(reader, &reply);
	}
	return err;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rel_reader *reader = rel_reader_create();
	size_t piece = size ? (size_t)data[0] + 1 : 1;
	enum rel_err err = REL_OK;
	struct rel_query query;
	unsigned index = 0;

	rel_query_init(&query);
	for (size_t at = 1; at < size && err == REL_OK; at += piece) {
		size_t length = size - at < piece ? size - at : piece;

		err = rel_reader_feed(reader, (const char *)data + at, length);
		if (err == REL_OK)
			err = take(reader, &query, &index);
	}
	rel_query_finish(&query);
	rel_reader_destroy(reader);
	return 0;
}
