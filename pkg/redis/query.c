/* SPDX-License-Identifier: Apache-2.0 */
#include "query.h"

#include "wire.h"

/* INFO must be answered. CONFIG GET may be denied: the view is good without it. */
static const struct {
	const char *words[4];
	bool needed;
} lines[] = {
	{{"INFO", "server"}, true},
	{{"INFO", "replication"}, true},
	{{"INFO", "persistence"}, true},
	{{"INFO", "keyspace"}, true},
	{{"INFO", "memory"}, true},
	{{"CONFIG", "GET", "min-replicas-to-write"}, false},
	{{"CONFIG", "GET", "stop-writes-on-bgsave-error"}, false},
	{{"CONFIG", "GET", "save"}, false},
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

unsigned rel_query_write(struct rel_buf *wire)
{
	for (size_t i = 0; i < LINES; i++)
		rel_wire_add(wire, lines[i].words);
	return LINES;
}

void rel_query_init(struct rel_query *query)
{
	rel_info_init(&query->info);
	query->err = REL_OK;
	query->reach = REL_REDIS_SILENT;
	query->has_view = false;
}

static void note(struct rel_query *query, enum rel_err err)
{
	if (query->err == REL_OK)
		query->err = err;
}

static void take_settings(struct rel_query *query, const struct rel_reply *reply)
{
	for (size_t i = 0; i + 1 < reply->count; i += 2) {
		const struct rel_reply *name = &reply->at[i], *value = &reply->at[i + 1];

		if (name->type == REL_REPLY_TEXT && value->type == REL_REPLY_TEXT)
			rel_info_setting(&query->info, name->text, name->size, value->text,
					 value->size);
	}
}

void rel_query_reply(struct rel_query *query, unsigned index, const struct rel_reply *reply)
{
	if (!lines[index].needed) {
		if (reply->type == REL_REPLY_ARRAY)
			take_settings(query, reply);
		return;
	}
	if (reply->type == REL_REPLY_TEXT)
		rel_info_text(&query->info, reply->text, reply->size);
	else
		note(query,
		     reply->type == REL_REPLY_ERROR ? rel_reply_err(reply) : REL_ERR_GARBLED);
}

void rel_query_finish(struct rel_query *query)
{
	query->has_view = rel_info_finish(&query->info) && query->err == REL_OK;
	if (!query->has_view)
		note(query, REL_ERR_GARBLED);
	if (query->err == REL_ERR_LOADING || (query->has_view && query->info.view.loading))
		query->reach = REL_REDIS_LOADING;
	else
		query->reach = query->has_view ? REL_REDIS_UP : REL_REDIS_REFUSED;
}
