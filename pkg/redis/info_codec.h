/* SPDX-License-Identifier: Apache-2.0 */
/* Text of INFO and pairs of CONFIG GET -> what one Redis shows. Pure; reads in
 * place, takes any bytes: unknown lines are skipped, what is needed and missing or
 * malformed makes the whole view invalid. */
#ifndef REL_REDIS_INFO_CODEC_H
#define REL_REDIS_INFO_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/redis_view.h"

struct rel_info {
	struct rel_redis_view view; /* valid after rel_info_finish */
	bool garbled;
	bool role_seen;
	bool async_loading;
	bool rdb_failed, aof_failed;
	bool stop_writes, saves; /* settings; Redis' defaults when not readable */
	int64_t leader_offset, replica_offset, second_offset;
	int64_t followed_port;
	int64_t link_down_s; /* of a replica whose link is down */
};

void rel_info_init(struct rel_info *info);

/* One or more sections of INFO. */
void rel_info_text(struct rel_info *info, const char *text, size_t size);

/* One pair of CONFIG GET. */
void rel_info_setting(struct rel_info *info, const char *name, size_t name_size, const char *value,
		      size_t value_size);

/* Completes the view from all that was seen. False when there is no valid one; its
 * run_id is then still right or empty. */
bool rel_info_finish(struct rel_info *info);

#endif
