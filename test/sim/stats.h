/* SPDX-License-Identifier: Apache-2.0 */
/* How often each interesting thing happened. A count that stays 0 over a full run
 * is a failure: what never happens is not tested. */
#ifndef SIM_STATS_H
#define SIM_STATS_H

#include <stdbool.h>
#include <stdint.h>

/*      name, text, whether a full run must have seen it */
#define STATS_LIST(X) \
	X(STEPS, "steps", true) \
	X(WRITES, "client writes executed", true) \
	X(TAKEOVERS, "takeovers of a lease that ran out", true) \
	X(TAKEN_RELEASED, "released records taken", true) \
	X(TAKEN_VACANT, "vacant records taken", true) \
	X(KEPT_VACANT, "vacant records kept by their holder", true) \
	X(TAKEN_FOREIGN, "foreign records taken", true) \
	X(HANDOVERS, "hand-overs, Redis alive", true) \
	X(GIVEN_AWAY, "hand-overs, Redis gone", true) \
	X(RELEASES, "releases", true) \
	X(RENEWALS, "renewals", true) \
	X(LIST_CHANGES, "member list changes", true) \
	X(RETAKES, "retakes by the holder itself", true) \
	X(PROMOTIONS, "promotions executed", true) \
	X(CREATED, "records created", true) \
	X(UNANSWERED, "writes without an answer", true) \
	X(LATE, "writes committed after their client gave up", true) \
	X(REPEATED, "writes repeated on the same version", true) \
	X(CONFLICTS, "writes refused: another version", true) \
	X(INVALID, "writes refused: their content", false) \
	X(DELETED, "records deleted under the set", true) \
	X(RIVALS, "foreign holders", true) \
	X(WATCH_DEATHS, "watches that went silent", true) \
	X(EXPIRED, "watches refused as expired", true) \
	X(LATCHES, "latches set", true) \
	X(DEADLINES, "claims that ran out", true) \
	X(AGENT_STARTS, "agents restarted", true) \
	X(REDIS_STARTS, "Redis restarted", true) \
	X(REDIS_WAKES, "Redis continued after a stop", true) \
	X(STALE, "commands refused: another process", true) \
	X(PARTIAL_SYNCS, "partial resynchronisations", true) \
	X(FULL_SYNCS, "full resynchronisations", true) \
	X(FAILED_SYNCS, "full resynchronisations that failed", true) \
	X(SURVEYS, "surveys", true) \
	X(PATCHES, "pod patches", true) \
	X(PATCH_CONFLICTS, "pod patches refused", true) \
	X(SWITCHOVERS, "operators' commands", true) \
	X(ANSWERS, "operators' commands answered", true) \
	X(HELD_WRITES, "writes held back by a pause", true) \
	X(HELD_REFUSED, "held writes refused at the end", true) \
	X(WINDOWS_AGENT, "excused windows: agent dead or stopped", true) \
	X(WINDOWS_RESTART, "excused windows: agent just started", true) \
	X(WINDOWS_REDIS, "excused windows: Redis woke", true) \
	X(WINDOWS_CUT, "excused windows: Redis refused its agent", false) \
	X(WINDOWS_PERSON, "excused windows: somebody's hand made another one leader", false) \
	X(LOST_TAIL, "acknowledged writes lost: unplanned change", true) \
	X(LOST_COPIES, "acknowledged writes lost: no copy left", true) \
	X(LOST_PASSED, "acknowledged writes lost: who had them could not lead", true) \
	X(LOST_OVERTIME, "acknowledged writes lost: excused window", true) \
	X(LOST_FORCED, "acknowledged writes lost: operator accepted it", false) \
	X(FORCED, "seeds where an operator had to choose", false) \
	X(RESTORES, "stores set back", false) \
	X(FAULTS, "faults", true)

enum counted {
#define STAT_NUMBER(code, text, must) STAT_##code,
	STATS_LIST(STAT_NUMBER)
#undef STAT_NUMBER
		STATS_COUNT,
};

struct stats {
	uint64_t count[STATS_COUNT];
	uint64_t seeds, failed;
	int64_t virtual_ns;
	int64_t recovery_max; /* heal to well, ns */
	int64_t recovery_sum;
	uint64_t recovery_seed;
};

void stats_add(struct stats *sum, const struct stats *one);
void stats_print(const struct stats *stats, double seconds);
/* Names what never happened; how many. */
int stats_missing(const struct stats *stats);

#endif
