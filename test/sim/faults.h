/* SPDX-License-Identifier: Apache-2.0 */
/* What can go wrong. One row per kind: its name on the command line and in cases,
 * and how often it happens where a seed enables it. */
#ifndef SIM_FAULTS_H
#define SIM_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

struct world;

/*      name
 *      mean seconds between two; 0 = a condition of single requests or steps
 *      seeds of a million that have it, whatever else they have; 0 = as often as most */
#define FAULT_LIST(X) \
	X(API_DELAY, "api-delay", 0, 0) \
	X(API_LOST_REQUEST, "api-lost-request", 0, 0) \
	X(API_LOST_ANSWER, "api-lost-answer", 0, 0) \
	X(API_LATE, "api-late", 0, 0) \
	X(API_ERRORS, "api-errors", 0, 0) \
	X(API_OUTAGE, "api-outage", 20, 0) \
	X(API_CUT, "api-cut", 10, 0) \
	X(API_BROWN, "api-brown", 15, 0) \
	X(WATCH_SILENT, "watch-silent", 6, 0) \
	X(WATCH_END, "watch-end", 5, 0) \
	X(WATCH_REPLAY, "watch-replay", 0, 0) \
	X(WATCH_EXPIRED, "watch-expired", 6, 0) \
	X(WATCH_LAG, "watch-lag", 6, 0) \
	X(LEASE_DELETE, "lease-delete", 12, 0) \
	X(LEASE_ANNOTATE, "lease-annotate", 4, 0) \
	X(LEASE_WIPE, "lease-wipe", 15, 0) \
	X(LEASE_EDIT, "lease-edit", 15, 0) \
	X(RIVAL, "rival", 15, 0) \
	X(RESTORE, "restore", 20, 0) \
	X(AGENT_KILL, "agent-kill", 6, 0) \
	X(AGENT_PAUSE, "agent-pause", 4, 0) \
	X(AGENT_FREEZE, "agent-freeze", 0, 0) \
	X(AGENT_CRASH, "agent-crash", 0, 0) \
	X(AGENT_STARVED, "agent-starved", 8, 0) \
	X(REDIS_KILL, "redis-kill", 6, 0) \
	X(REDIS_STOP, "redis-stop", 6, 0) \
	X(REDIS_SLOW, "redis-slow", 6, 0) \
	X(REDIS_REFUSE, "redis-refuse", 15, 0) \
	X(REDIS_FAILING, "redis-failing", 15, 0) \
	X(NODE_KILL, "node-kill", 10, 0) \
	X(POD_RECREATE, "pod-recreate", 8, 0) \
	X(POD_GHOST, "pod-ghost", 15, 0) \
	X(ROLLING, "rolling", 20, 0) \
	X(SCALE, "scale", 12, 0) \
	X(ALL_RESTART, "all-restart", 25, 0) \
	X(NET_CUT, "net-cut", 5, 0) \
	X(NET_PARTITION, "net-partition", 10, 0) \
	X(NET_SLOW, "net-slow", 6, 0) \
	X(SYNC_FAIL, "sync-fail", 0, 0) \
	X(REPL_LAG, "repl-lag", 5, 0) \
	X(LINK_DROP, "link-drop", 4, 0) \
	X(MARK_FAIL, "mark-fail", 0, 0) \
	X(SWITCHOVER, "switchover", 5, 0) \
	X(PAUSE, "pause", 12, 0) \
	X(FAILOVER, "failover", 15, 0) \
	X(STOP, "stop", 8, 0) \
	X(PODS_STALL, "pods-stall", 6, 0) \
	X(CLOCK, "clock", 0, 0) \
	X(TICKS, "ticks", 0, 0) \
	X(PAUSE_ENDS, "pause-ends", 0, 60000) \
	X(STOP_NOW, "stop-now", 12, 60000) \
	X(NO_PROMOTE, "no-promote", 0, 60000) \
	X(UPGRADE, "upgrade", 15, 60000) \
	X(LEASE_DURATION, "lease-duration", 10, 1) \
	X(LEASE_LIMITS, "lease-limits", 20, 1) \
	X(LEASE_PUT_BACK, "lease-put-back", 12, 1)

enum fault {
#define FAULT_NUMBER(code, name, mean, share) FAULT_##code,
	FAULT_LIST(FAULT_NUMBER)
#undef FAULT_NUMBER
		FAULT_COUNT,
};

#define FAULTS_MAX 64

const char *fault_name(enum fault fault);
/* Seeds of a million that have this kind by itself. */
uint32_t fault_share(enum fault fault);

/* FAULT_COUNT when there is none of this name. */
enum fault fault_of(const char *name);

/* True while faults last and the seed has this kind. */
bool fault_enabled(const struct world *world, enum fault fault);
/* The same, and chance wants it now: per million, scaled by the intensity. */
bool fault_strikes(struct world *world, enum fault fault, uint32_t per_million);

/* Schedules the first of each kind. */
void faults_start(struct world *world);
/* HAPPEN_FAULT: one more of this kind, and the next one is scheduled. */
void faults_happen(struct world *world, enum fault fault);
/* HAPPEN_HEAL */
void faults_heal(struct world *world, uint32_t wound, uint32_t generation);
/* Everything ends: what was stopped goes on, what was cut is joined. */
void faults_end(struct world *world);

/* One fault on purpose. slot or other may be NOBODY: chance chooses. False when
 * there was nothing to do it to. Duration in ns; 0 = chance. */
bool fault_do(struct world *world, enum fault fault, int slot, int other, int64_t duration);

#endif
