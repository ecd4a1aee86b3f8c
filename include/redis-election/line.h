/* SPDX-License-Identifier: Apache-2.0 */
/* The history of the data: what Redis calls replid, replid2 and offset, and the
 * mark that the agent keeps beside the data. Rules: docs/protocol.md, "Who leads". */
#ifndef REL_LINE_H
#define REL_LINE_H

#include <stdbool.h>
#include <stdint.h>

/* Redis' run_id and replids: 40 hex digits. Empty means unknown. */
#define REL_REPLID_SIZE 41

/* Where a data set stands in which history. */
struct rel_line {
	char replid[REL_REPLID_SIZE];
	char replid2[REL_REPLID_SIZE];
	int64_t offset;      /* bytes of the replication stream this data contains */
	int64_t fork_offset; /* last offset shared with replid2, or -1 */
};

/* The data mark: a small file beside the data, because a Redis that loaded an
 * AOF has forgotten its replid and offset. */
struct rel_mark {
	uint64_t epoch; /* of the leader followed, or of the own promotion; 0 = no mark */
	struct rel_line line;
	char run_id[REL_REPLID_SIZE]; /* the Redis process it describes */
	int64_t min_replicas;         /* the user's own min-replicas-to-write */
};

#endif
