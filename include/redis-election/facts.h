/* SPDX-License-Identifier: Apache-2.0 */
/* Everything observed that decisions look at, with the instant it was seen. The
 * role code writes it, rules read it, the agent shows it. */
#ifndef REL_FACTS_H
#define REL_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/time.h"
#include "redis-election/claim.h"
#include "redis-election/election.h"
#include "redis-election/event.h"

/* One Redis as a possible leader; docs/protocol.md, "Who tries first". */
struct rel_candidate {
	struct rel_member member;
	char address[REL_ADDRESS_SIZE];
	bool fit;
	bool listed; /* in the record's list: only such a member may acquire */
	bool passed_over; /* did not use the lease when it was given to it */
	bool short_of_data; /* not fit only because others have more, or another line */
	const char *why; /* constant text: why it is not fit; "" when it is */
	uint8_t kind; /* 0 of a later leader, 1 first kind, 2 second kind, 3 not of the line */
	char replid[REL_REPLID_SIZE]; /* "" = unknown */
	int64_t offset; /* second kind: capped at the fork */
	uint64_t epoch; /* of its mark or of its line; counts only while nobody is of the line */
	const struct rel_mark *mark; /* its own, as far as it is known: one of epoch 0 */
	bool has_data;
	bool from_disk; /* its place is known by its mark only */
	int32_t priority;
	bool updated; /* runs the newest revision of the pod template */
	int ordinal;
};

struct rel_standing {
	struct rel_candidate at[REL_MEMBERS_MAX + 1]; /* [0] is this member */
	uint8_t count;
	bool by_line; /* somebody fit is of the line */
	int rank; /* fit and listed candidates better than this member */
	int better;     /* fit, listed or not, with more data than this member */
	int best_other; /* index of the best fit and listed other, or -1 */
	bool all_reachable; /* every expected member was seen just now */
};

struct rel_facts {
	struct rel_instant now;
	struct rel_wall wall;
	struct rel_instant started;

	/* The local Redis. */
	enum rel_redis_reach reach;
	enum rel_err redis_err; /* of REL_REDIS_REFUSED */
	struct rel_redis_view redis; /* the newest view; run_id "" before the first */
	struct rel_instant run_since; /* this run_id was first seen */
	struct rel_instant silent_since; /* the oldest question without an answer */
	struct rel_instant observed_at; /* when the question behind the newest view was sent */
	char warm_run_id[REL_REPLID_SIZE]; /* process seen in sync or leading, now or by its mark */
	bool warm_seen; /* … by us, and not only by its mark */
	bool ever_leader; /* this agent led in this life */

	struct rel_mark mark; /* as saved last, or loaded */
	bool mark_loaded;

	struct rel_pods pods;
	bool pods_known;
	struct rel_survey survey;
	struct rel_instant surveyed_at; /* when its questions were sent; NEVER before the first */
	struct rel_standing standing; /* of the last survey */

	struct rel_claim claim;
	struct rel_election_view election;

	/* The holder of the highest epoch seen: whom to follow. */
	struct rel_member leader;
	char leader_address[REL_ADDRESS_SIZE];
	uint64_t leader_epoch;
	bool leader_promoted;
	struct rel_instant leader_since;
	struct rel_line leader_line; /* as we saw it at that holder; the record may lag behind */

	bool unlatching; /* an unlatch was sent; whether it was carried out is not known yet */
	struct rel_instant unlatched_at; /* when it was sent */
	bool stopping, stop_now;
};

/* Answers, leads and is not latched: clients can write. */
bool rel_facts_writable(const struct rel_facts *facts);

/* Certainly refuses writes: gone, loading, replica or latched. */
bool rel_facts_fenced(const struct rel_facts *facts);

/* The bytes this Redis contains, and its history: INFO, or the mark after an AOF. */
struct rel_line rel_facts_line(const struct rel_redis_view *view, const struct rel_mark *mark,
			       const struct rel_record *record);

#endif
