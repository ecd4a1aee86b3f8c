/* SPDX-License-Identifier: Apache-2.0 */
/* One look at a Redis: a pipeline of INFO and CONFIG GET, and what its replies say
 * together. One section per INFO, because 6.2 takes only one. */
#ifndef REL_REDIS_QUERY_H
#define REL_REDIS_QUERY_H

#include "info_codec.h"
#include "redis-election/base/buf.h"
#include "redis-election/redis_view.h"
#include "reply.h"

struct rel_query {
	struct rel_info info;
	enum rel_err err; /* of the first INFO that was refused */
	enum rel_redis_reach reach; /* after rel_query_finish: UP, LOADING or REFUSED */
	bool has_view; /* info.view is valid */
};

/* Writes the pipeline; returns the number of its replies. */
unsigned rel_query_write(struct rel_buf *wire);

void rel_query_init(struct rel_query *query);
void rel_query_reply(struct rel_query *query, unsigned index, const struct rel_reply *reply);
void rel_query_finish(struct rel_query *query);

#endif
