/* SPDX-License-Identifier: Apache-2.0 */
/* The world around the nodes, in virtual time: register, pods, Redis, network,
 * clients, operators and what goes wrong with them. Everything follows from one
 * seed. Real time (`now`) is known to the world only; a node sees its own clock.
 * A slot is one incarnation of one pod with its agent and its Redis. */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

#include "redis-election/node.h"

#include "data.h"
#include "faults.h"
#include "heap.h"
#include "random.h"
#include "settings.h"
#include "stats.h"

#define SLOTS_MAX 16
#define NOBODY (-1)

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)
#define START (10 * SECOND)
#define NEVER INT64_MAX

enum happening_kind {
	HAPPEN_DELIVER, /* a = parcel: an event for an agent */
	HAPPEN_TICK, /* b = generation of the timer */
	HAPPEN_RESUME_AGENT, /* b = generation of the pause */
	HAPPEN_START_AGENT,
	HAPPEN_END_AGENT, /* its patience with itself is over */
	HAPPEN_TIMEOUT, /* drivers give up what is due */
	HAPPEN_REQUEST, /* a = request: it reaches the API server */
	HAPPEN_ANSWER, /* a = request: its answer reaches the agent */
	HAPPEN_WATCH, /* a = position in history, b = watch generation */
	HAPPEN_WATCH_END, /* a = enum rel_err, b = watch generation */
	HAPPEN_PODS, /* the pods as they are now start towards an agent */
	HAPPEN_COMMAND, /* a = errand: a command reaches Redis */
	HAPPEN_CONNECT, /* the agent tries to connect to its Redis */
	HAPPEN_SURVEY, /* a = errand: the questions reach the other Redis */
	HAPPEN_SAVED, /* a = errand: a mark is on disk, or not */
	HAPPEN_START_REDIS,
	HAPPEN_LOADED, /* b = run */
	HAPPEN_CONTINUE, /* b = generation of the stop */
	HAPPEN_LINK, /* a replica tries to reach its leader; b = generation of the link */
	HAPPEN_FLUSHED, /* full sync: the old data is gone; b = generation of the link */
	HAPPEN_SYNCED, /* full sync: done; b = generation of the link */
	HAPPEN_UNPAUSE, /* CLIENT PAUSE ends; b = run */
	HAPPEN_PING, /* periodic ping to replicas */
	HAPPEN_SNAPSHOT, /* RDB snapshot */
	HAPPEN_EXIT_REDIS, /* end of an orderly shutdown; b = run */
	HAPPEN_ROUTE, /* a = slot + 1: a client hears of another leader; b = which client */
	HAPPEN_RIVAL, /* the foreign elector's turn */
	HAPPEN_FAULT, /* a = enum fault: one more of this kind */
	HAPPEN_HEAL, /* a = index of a wound */
	HAPPEN_POD_END, /* step of a pod's deletion; b = which */
	HAPPEN_POD_START, /* slot = ordinal: a pod is created */
	HAPPEN_QUIET, /* faults are over */
	HAPPEN_JUDGE, /* is the set well? */
	HAPPEN_CASE, /* a = line of a directed schedule */
	HAPPEN_COUNT,
};

/* One answerable action of an agent. */
struct pending {
	uint64_t op;
	enum rel_action_type type;
	bool watching; /* a watch that is established: answered once more when it ends */
	int64_t due; /* real: when its driver gives up; NEVER = it did, or does by itself */
};

#define PENDING_MAX 96
#define INBOX_MAX 512
#define SEEN_MAX 128

/* A version that was shown to an agent in this life. */
struct seen {
	uint32_t uid;
	uint64_t index;
};

struct clock {
	int64_t offset;
	int32_t rate_ppm;
};

/* Why a Redis may execute writes beyond its member's claim for a moment. */
enum excuse {
	EXCUSE_NONE,
	EXCUSE_AGENT, /* its agent was dead or stopped */
	EXCUSE_RESTART, /* its agent started less than the restart latch ago */
	EXCUSE_REDIS, /* it was stopped across the end of the claim */
	EXCUSE_CUT, /* the agent cannot command it */
	EXCUSE_PERSON, /* somebody's hand made another one leader while its claim ran */
	EXCUSE_COUNT,
};

struct agent {
	bool running;
	bool stopped;
	bool exiting; /* asked to end: does not come back */
	uint32_t life;
	uint32_t pause; /* generation */
	uint32_t timer; /* generation */
	int64_t timer_at; /* local deadline it stands for */
	int64_t last_now; /* local */
	uint32_t steps_at; /* steps at one instant */
	int64_t started_at; /* real */
	int64_t resumed_at; /* real: last start or end of a pause */
	int64_t inbox_last; /* order of deliveries of one kind */
	struct rel_node *node;
	size_t node_size;
	uint32_t inbox[INBOX_MAX];
	uint32_t inbox_first, inbox_count;
	struct rel_actions deferred; /* of a step that was frozen half-way */
	uint8_t deferred_from;
	struct rel_record *deferred_record; /* copies of what those actions borrow */
	struct rel_survey_action *deferred_survey;
	struct pending pending[PENDING_MAX];
	int pending_count;
	int64_t patience_at; /* the next HAPPEN_TIMEOUT; NEVER = none */
	struct seen seen[SEEN_MAX];
	uint32_t seen_count;
	int64_t rate_penalty; /* CPU starvation: extra time before each event */

	/* claim as the checks know it */
	bool holds;
	uint64_t epoch; /* of that claim */
	int64_t valid_until; /* real; of the claim held, or when it was given up */
	int64_t write_limit; /* real: no client write may be executed after it */
	int64_t old_valid, old_limit; /* the same two, of earlier lives */
	uint64_t best_epoch; /* greatest epoch of a held record shown in this life */
	int best_holder; /* slot named there, or NOBODY */
	char best_address[REL_ADDRESS_SIZE];
	uint64_t asked_op; /* of the operator's last command; 0 = answered */
	int64_t forced_until; /* an operator forces this member until then */
	int64_t survey_at; /* real: when the last survey was asked */
	uint64_t last_expected; /* version that the last write expected */
	uint64_t shown_epoch; /* greatest epoch of a stamped record shown in this life */
	int64_t shown_lease; /* of the last stamped record shown in this life */
	int64_t took_blindly_at; /* it could not know of claims of before; 0 = it could */
	bool overtaken; /* such a one holds a claim beside this one's */
};

/* A command, question or save on its way. */
struct errand {
	int slot;
	uint32_t life;
	uint64_t op;
	enum rel_action_type type;
	uint32_t run;
	struct rel_redis_action redis;
	struct rel_mark mark;
	uint32_t position; /* of the data that the mark describes */
	struct rel_survey_action survey;
	int64_t timeout_at; /* real */
};

#define ERRANDS_MAX 256

/* What waits in the sockets of a stopped Redis. */
struct queued {
	uint32_t connection; /* life of an agent, or CLIENT + client */
	uint32_t errand; /* 0 = a client's write */
};

#define QUEUE_MAX 256
#define CLIENT_CONNECTIONS 0x80000000u

struct redis {
	bool up, loading, stopped, shutting;
	uint32_t run;
	int64_t started_at, loaded_at;
	bool warm; /* was in sync or led since its start */
	int64_t continued_at;
	bool stopped_open; /* it stopped while it might still write */
	uint32_t stop; /* generation */
	bool leader;
	int64_t min_replicas;
	int64_t paused_until; /* CLIENT PAUSE; 0 = none */
	uint32_t held; /* bit per client whose write is held back */
	int64_t ping_period; /* 0 = the usual one */
	bool refusing; /* answers everything of the agent with an error */
	bool failing; /* persistence failed: refuses writes */
	int64_t reach_again_at; /* last end of `refusing` */

	uint32_t replid, replid2;
	int64_t offset, fork, backlog_start;
	bool line_known;
	bool uncached; /* a full sync began: no partial one any more until a link was up */
	uint32_t position;

	int follow; /* ordinal followed, or NOBODY; not of a leader */
	bool link_up, syncing, flushed;
	bool linked; /* the link was up since its start */
	int link_slot; /* whom the link or the sync goes to */
	uint32_t link_run;
	uint32_t link; /* generation */
	int64_t lag; /* of the replication stream */
	int64_t stall_until;
	int64_t sync_since; /* start of the full sync */

	struct queued queue[QUEUE_MAX];
	int queue_count;

	/* what the checks know of this process */
	bool opened; /* promoted or unlatched since its start */
	int64_t written_at; /* last client write executed */
	enum excuse window; /* of an excused window that is open */
};

/* What a volume keeps. */
struct disk {
	bool exists, data;
	uint32_t position;
	uint32_t replid, replid2;
	int64_t offset, fork;
	bool line_known;
	int64_t saved_at;
	struct rel_mark mark;
	bool has_mark;
	uint32_t mark_position; /* of the data when a mark was saved of it in sync or leading */
};

/* A pod object of the API server. */
struct pod {
	bool exists;
	bool terminating;
	bool announced;
	uint64_t index;
	char role[REL_ROLE_SIZE];
	struct rel_mark mark;
};

struct slot {
	bool used;
	int ordinal;
	uint32_t uid;
	struct rel_member member;
	char identity[REL_IDENTITY_SIZE];
	char address[REL_ADDRESS_SIZE];
	int32_t priority;
	bool no_promote;
	int64_t lease, renew; /* its agent's D and R, from its next start on */
	struct clock clock;
	struct pod pod;
	struct agent agent;
	struct redis redis;
	struct disk disk;
	bool connected; /* agent to its Redis */
	uint32_t connected_run;
	uint64_t named_epoch; /* of the last hand-over that its agent sent, */
	uint32_t named_run; /* … and the process of the target then */
	uint32_t viewed_run, viewed_position; /* of its Redis, as the agent saw it last */
	int64_t gone_at; /* when GONE was reported last */
	int64_t replies_last;
	int64_t command_last; /* arrival of the last command: one connection keeps order */
	int64_t step_until; /* patience of the present step of its deletion */
	int64_t late_writes; /* of a case: its next write arrives so late */
	int dropped_writes; /* of a case: so many writes never arrive */
	int lost_writes; /* of a case: so many answers to writes are lost */
	int64_t stall_at_unlatch; /* of a case: Redis stands still as its next unlatch is sent */
	bool end_next_pause; /* of a case: its next pause of writes is over at once */
	bool lost; /* dead, and stays so after the faults */
	bool down_for_good; /* does not come back while faults last */
	bool redis_kept_down;
	int64_t committed_at; /* last commit that names this member holder */
	int64_t committed_lease; /* and for how long */
	int64_t disturbed_at; /* last time something was done to it */
	int64_t pods_last, answers_last;

	/* network state, by fault */
	bool api_cut;
	int64_t pods_stalled_until;
	uint32_t watch; /* generation of the connection */
	uint64_t watch_op;
	bool watch_up, watch_silent;
	uint32_t watch_next; /* first history entry not yet sent */
	int64_t watch_last, watch_lag;
	int64_t command_slow_until;
};

enum author { AUTHOR_NONE, AUTHOR_MEMBER, AUTHOR_RIVAL, AUTHOR_PERSON };

/* One committed state of the register. */
struct version {
	uint64_t index;
	uint32_t uid;
	bool deleted;
	int64_t at;
	enum author author;
	int slot; /* of a member that wrote it */
	enum rel_record_kind kind;
	struct rel_record record;
};

#define HISTORY_MAX 256 /* older versions are forgotten */

struct request {
	bool used;
	int slot;
	uint32_t life;
	uint64_t op;
	enum rel_action_type type;
	struct rel_version expected;
	struct rel_record record;
	struct rel_patch_action patch;
	enum rel_err answer;
	int64_t retry_after;
	bool lose_answer, fail_after;
	int64_t sent_at;
	int64_t timeout_at;
	bool has_record; /* the answer shows `record` */
	bool gave_up; /* its client had its time-out */
	uint32_t watch; /* generation of the watch asked for */
};

#define REQUESTS_MAX 512

#define FOREIGN_MAX 16
#define CHANGES_MAX 16 /* so many holders within a second are a race, not a choice */

struct store {
	bool exists;
	uint64_t index; /* resourceVersion, shared by all objects */
	uint32_t uid; /* of the object now */
	uint32_t uids;
	uint64_t floor; /* resuming from before it is answered with EXPIRED */
	uint32_t count; /* versions so far; the newest is history[count - 1] */
	struct version history[HISTORY_MAX]; /* by count % HISTORY_MAX */

	/* for the checks */
	uint64_t max_epoch;
	int64_t changed[CHANGES_MAX]; /* when the last epochs began */
	uint32_t changes;
	char last_holder[REL_HOLDER_SIZE]; /* of the last stamped, held record */
	uint64_t last_holder_epoch;
	bool last_was_release;
	int64_t renewed_at; /* commit of the last sign of life of the holder */
	uint64_t foreign_print[FOREIGN_MAX]; /* specs of foreign records, by persons' hands */
	int64_t foreign_since[FOREIGN_MAX];
	uint64_t held_mark; /* of the last record of ours, and when it first showed */
	int64_t held_since;
	int foreign_count; /* since somebody else's last write */
	int64_t unstamped_since; /* real; 0 = the record is stamped or foreign */
	int64_t last_duration;
	int64_t held_lease; /* of the version that showed held_mark first */
	int64_t put_back_at; /* a person wrote a stamped record of before; 0 = undone since */
	bool restored; /* S1..S5 no longer hold for this store */

	struct rel_record draft; /* in somebody's editor */
	struct rel_record sent; /* by a member, as the checks look at it */
	struct rel_record copy; /* of a case: what somebody saved */
};

/* The last hand-over that was committed. */
struct handover {
	int from, to; /* slots */
	uint64_t epoch;
	bool alive; /* its Redis was there with all it had executed */
	uint32_t position; /* of its data */
	uint32_t target_run; /* of the successor's Redis then */
};

enum api_state { API_UP, API_REFUSING, API_HANGING, API_BROWN };

struct rival {
	bool running;
	char name[48];
	int64_t lease, retry;
	uint64_t observed_index;
	int64_t observed_at;
	bool holds;
	int64_t until; /* it believes itself the holder until then */
	bool uninvited; /* it took a record that somebody deleted under a valid claim */
};

/* A parcel is one event on its way to an agent. */
struct parcel {
	enum rel_event_type type;
	uint64_t op;
	enum rel_err err;
	int64_t retry_after;
	enum rel_redis_reach reach;
	uint32_t watch; /* generation of the watch it came by; 0 = not by a watch */
	bool expiry; /* the driver's timer for this op, not an answer */
	struct rel_redis_view view;
	struct rel_command command;
	struct rel_mark mark;
	struct rel_record *record; /* a record of its own, from the pool */
	struct rel_survey *survey;
	struct rel_pods *pods;
};

#define PARCELS_MAX 2048

struct wound {
	enum fault fault;
	bool open;
	int a, b; /* slots or ordinals */
	uint64_t bits;
	int64_t told; /* what a person wrote */
	uint32_t generation;
};

#define WOUNDS_MAX 256

struct verdict {
	bool failed;
	char rule[16];
	char text[256];
	int64_t at;
};

/* A fixed pool of equal pieces. */
struct pool {
	uint32_t size, count, free_count;
	char *memory;
	uint32_t *free_list;
};

struct world {
	struct settings settings;
	int64_t now;
	struct heap heap;
	struct random_stream chance, network, clients, entropy, fault[FAULTS_MAX];
	struct data data;
	struct store store;
	enum api_state api;
	int64_t api_back_at;
	struct slot slot[SLOTS_MAX];
	int ordinals; /* wanted now */
	uint32_t uids, runs, replids, lives, reigns;
	bool cut[SLOTS_MAX][SLOTS_MAX]; /* packets from a to b are lost */
	int64_t slow[SLOTS_MAX]; /* extra time of a slot's network */
	int64_t disturbed_at; /* last time any fault was open */
	int64_t net_changed_at; /* last time a cut or slowness changed */
	bool faulty; /* faults happen */
	struct rival rival;
	struct request request[REQUESTS_MAX];
	struct errand errand[ERRANDS_MAX];
	bool errand_used[ERRANDS_MAX];
	struct parcel parcel[PARCELS_MAX];
	uint32_t parcel_free[PARCELS_MAX];
	uint32_t parcel_free_count;
	struct pool records, surveys, pod_lists;
	struct wound wound[WOUNDS_MAX];
	int route[2]; /* slot that each following client writes to */
	int64_t clients_at[2]; /* when clients write next: the following ones, the sticky ones */
	uint32_t requests_used;

	struct handover handover;
	int last_promoted; /* slot whose Redis was promoted last */

	/* judging */
	int64_t well_since; /* 0 = the set is not well */
	int64_t healed_at;
	int64_t bound;
	int well_leader;
	uint64_t well_epoch;
	uint32_t well_changes;
	bool forced; /* an operator forced somebody */
	uint32_t line; /* position of the last write executed under a claim */
	bool done;
	const char *why_not;

	uint64_t hash;
	uint64_t steps;
	struct stats stats;
	struct verdict verdict;
	jmp_buf escape;

	bool tracing; /* lines go to `trace` */
	struct trace *trace;
	struct schedule *schedule; /* of a case; NULL */
};

/* world.c */
struct world *world_create(void);
void world_destroy(struct world *world);
/* Runs one seed to its end; the verdict tells how it came out. */
void world_run(struct world *world, const struct settings *settings);
/* What happens, to whom: `life` and `b` tell a happening of the past from one that
 * still counts, `a` is its subject. */
struct cue {
	enum happening_kind kind;
	int slot;
	uint32_t life;
	uint64_t a;
	uint32_t b;
};

void world_at(struct world *world, int64_t at, struct cue what);
static inline void world_in(struct world *world, int64_t after, struct happening what)
{
	what.at = world->now + after;
	heap_push(&world->heap, what);
}
void world_mix(struct world *world, uint64_t value);

/* Ends the run: a rule was broken. Does not return. */
_Noreturn void world_fail(struct world *world, const char *rule, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

extern struct world *world_running; /* for failed asserts of the product */

int64_t clock_local(const struct clock *clock, int64_t real);
/* The first real instant at which the clock shows local. */
int64_t clock_real(const struct clock *clock, int64_t local);

void pool_create(struct pool *pool, uint32_t size, uint32_t count);
void pool_reset(struct pool *pool);
void *pool_take(struct pool *pool);
void pool_give(struct pool *pool, const void *piece);

#endif
