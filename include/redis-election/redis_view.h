/* SPDX-License-Identifier: Apache-2.0 */
/* What INFO and CONFIG GET of one Redis show. "Leader" and "replica" here; the
 * words master and slave stay in pkg/redis. */
#ifndef REL_REDIS_VIEW_H
#define REL_REDIS_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/err.h"
#include "redis-election/line.h"
#include "redis-election/member.h"

/* min-replicas-to-write of a latched Redis: it refuses every write. */
#define REL_LATCH_VALUE 1000000
/* A replica of nowhere follows this address: loopback, refused at once, never a
 * name that Redis would resolve on its own thread. */
#define REL_NOWHERE_HOST "127.0.0.1"
#define REL_NOWHERE_PORT 1

struct rel_redis_view {
	char run_id[REL_REPLID_SIZE];
	char version[24];
	bool is_leader;          /* role:master */
	struct rel_line line;    /* offset: master_repl_offset; of a replica slave_repl_offset,
				  * unless its full sync failed */
	bool line_known;         /* false: a replica without any history (offset shown as 1) */
	bool loading;            /* loading or async_loading */
	bool link_up;            /* replica: master_link_status:up */
	bool link_was_up;        /* replica: the link is up, or was in this process's life */
	bool syncing;            /* replica: a full sync is in progress */
	char followed_host[REL_ADDRESS_SIZE]; /* replica: master_host */
	uint16_t followed_port;
	uint16_t replicas;       /* connected replicas in state online */
	bool has_data;           /* any key in any database */
	bool aof_enabled;        /* this Redis starts from its AOF */
	bool persistence_failed; /* aof_last_write_status or rdb_last_bgsave_status not ok
				  * and writes refused for it */
	int64_t shutdown_ms;     /* >0: a SHUTDOWN or SIGTERM waits for replicas, 7.0 and later */
	int64_t min_replicas;    /* min-replicas-to-write; REL_LATCH_VALUE = latched;
				  * -1 = not readable */
	int64_t used_memory;     /* bytes */
};

/* How a Redis was found. */
enum rel_redis_reach {
	REL_REDIS_UNSEEN,  /* not asked yet */
	REL_REDIS_UP,      /* answered: view is valid */
	REL_REDIS_LOADING, /* answers -LOADING: only run_id may be known */
	REL_REDIS_GONE,    /* the connection ended and a new connect was refused */
	REL_REDIS_SILENT,  /* connected or connecting, no answer (yet): hung, if it lasts */
	REL_REDIS_REFUSED, /* answers with errors: NOAUTH, WRONGPASS, NOPERM; err tells */
};

#endif
