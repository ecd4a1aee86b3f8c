/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"

#include <hiredis/hiredis.h>
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/buf.h"
#include "redis-election/base/mem.h"

/* What hiredis may keep of its buffer between replies: a view is about 5 KiB. */
#define KEPT_BYTES 65536

/* The one type that changed between the releases of hiredis. */
#if HIREDIS_MAJOR >= 1
typedef size_t element_count;
#else
typedef int element_count;
#endif

struct rel_reader {
	redisReader *parser;
	struct rel_buf text; /* of all nodes */
	struct rel_reply nodes[REL_REPLY_NODES];
	size_t used;
};

static struct rel_reply *node_of(const redisReadTask *task)
{
	struct rel_reader *reader = task->privdata;
	struct rel_reply *parent;

	if (!task->parent) {
		rel_buf_clear(&reader->text);
		reader->used = 1;
		return memset(&reader->nodes[0], 0, sizeof(reader->nodes[0]));
	}
	parent = task->parent->obj;
	return &reader->nodes[parent->offset + (size_t)task->idx];
}

static enum rel_reply_type text_type(int type)
{
	if (type == REDIS_REPLY_ERROR)
		return REL_REPLY_ERROR;
	return type == REDIS_REPLY_STATUS ? REL_REPLY_STATUS : REL_REPLY_TEXT;
}

static void *make_text(const redisReadTask *task, char *text, size_t size)
{
	struct rel_reader *reader = task->privdata;
	struct rel_reply *node = node_of(task);

	node->type = text_type(task->type);
	node->offset = reader->text.size;
	node->size = size;
	return rel_buf_add(&reader->text, text, size) ? node : NULL;
}

static void *make_array(const redisReadTask *task, element_count count)
{
	struct rel_reader *reader = task->privdata;
	struct rel_reply *node = node_of(task);
	size_t elements = (size_t)count;

	if (elements > REL_REPLY_NODES - reader->used)
		return NULL;
	node->type = REL_REPLY_ARRAY;
	node->count = elements;
	node->offset = reader->used;
	node->at = &reader->nodes[reader->used];
	memset(&reader->nodes[reader->used], 0, elements * sizeof(*node));
	reader->used += elements;
	return node;
}

static void *make_integer(const redisReadTask *task, long long value)
{
	struct rel_reply *node = node_of(task);

	node->type = REL_REPLY_INTEGER;
	node->integer = value;
	return node;
}

static void *make_nil(const redisReadTask *task)
{
	struct rel_reply *node = node_of(task);

	node->type = REL_REPLY_NIL;
	return node;
}

static void keep(void *node)
{
	(void)node; /* nodes belong to the reader */
}

static redisReplyObjectFunctions functions = {
	.createString = make_text,
	.createArray = make_array,
	.createInteger = make_integer,
	.createNil = make_nil,
	.freeObject = keep,
};

struct rel_reader *rel_reader_create(void)
{
	struct rel_reader *reader = rel_calloc(1, sizeof(*reader));

	reader->parser = redisReaderCreateWithFunctions(&functions);
	rel_assert(reader->parser);
	reader->parser->privdata = reader;
	reader->parser->maxbuf = KEPT_BYTES;
	rel_buf_init(&reader->text, REL_REPLY_BYTES);
	return reader;
}

void rel_reader_destroy(struct rel_reader *reader)
{
	if (!reader)
		return;
	redisReaderFree(reader->parser);
	rel_buf_finish(&reader->text);
	rel_free(reader);
}

enum rel_err rel_reader_feed(struct rel_reader *reader, const char *bytes, size_t size)
{
	size_t waiting = reader->parser->len - reader->parser->pos;

	if (waiting + size > REL_REPLY_BYTES)
		return REL_ERR_TOO_LARGE;
	return redisReaderFeed(reader->parser, bytes, size) == REDIS_OK ? REL_OK : REL_ERR_GARBLED;
}

/* The text may have moved while it grew. */
static void point_to_text(struct rel_reader *reader)
{
	for (size_t i = 0; i < reader->used; i++) {
		struct rel_reply *node = &reader->nodes[i];

		if (node->type == REL_REPLY_TEXT || node->type == REL_REPLY_STATUS ||
		    node->type == REL_REPLY_ERROR)
			node->text = node->size ? reader->text.data + node->offset : "";
	}
}

enum rel_err rel_reader_next(struct rel_reader *reader, const struct rel_reply **reply)
{
	void *root = NULL;

	*reply = NULL;
	if (redisReaderGetReply(reader->parser, &root) != REDIS_OK)
		return reader->parser->err == REDIS_ERR_OOM ? REL_ERR_TOO_LARGE : REL_ERR_GARBLED;
	if (!root)
		return REL_OK;
	/* Newer releases of hiredis also know types that make no node. */
	if (root != &reader->nodes[0])
		return REL_ERR_GARBLED;
	point_to_text(reader);
	*reply = root;
	return REL_OK;
}

static const struct {
	const char *prefix;
	enum rel_err err;
} meanings[] = {
	{"NOAUTH", REL_ERR_UNAUTHORIZED},
	{"WRONGPASS", REL_ERR_UNAUTHORIZED},
	{"ERR invalid password", REL_ERR_UNAUTHORIZED},
	{"NOPERM", REL_ERR_FORBIDDEN},
	{"DENIED", REL_ERR_FORBIDDEN}, /* protected mode */
	{"LOADING", REL_ERR_LOADING},
	{"BUSY", REL_ERR_THROTTLED}, /* a script or function beyond its limit */
	{"ERR max number of clients", REL_ERR_THROTTLED},
};

bool rel_reply_starts(const struct rel_reply *reply, const char *prefix)
{
	size_t size = strlen(prefix);

	return reply->text && reply->size >= size && memcmp(reply->text, prefix, size) == 0;
}

enum rel_err rel_reply_err(const struct rel_reply *reply)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (rel_reply_starts(reply, meanings[i].prefix))
			return meanings[i].err;
	}
	return REL_ERR_INVALID;
}
