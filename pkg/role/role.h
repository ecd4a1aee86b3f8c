/* SPDX-License-Identifier: Apache-2.0 */
/* The role of one member. Private to pkg/role.
 *   facts.c     what was observed            rules.c     the policy, as rows
 *   ranking.c   whose data is best           plan.c      goal -> commands, one row a goal
 *   handover.c  the planned hand-over        pod.c       label and announcement
 *   mark.c      the data mark                operator.c  switchover, pause, resume */
#ifndef REL_ROLE_PRIVATE_H
#define REL_ROLE_PRIVATE_H

#include "redis-election/role.h"

/* So long that no ping comes into the replication stream. */
#define REL_QUIET_PING_PERIOD_S 3600

/* How long a replica waits for the new leader's promotion before it attaches: a
 * link to a Redis that is still a replica without a link of its own is tried again
 * only after a second. */
#define REL_PROMOTION_WAIT_MS 300

/* Reason, in the history, of a lease that ran out and was taken. */
#define REL_TAKEOVER "takeover"

/* An operation on its way; op 0 = none. */
struct rel_flight {
	uint64_t op;
	struct rel_instant since;
};

enum rel_handover_phase {
	REL_HANDOVER_IDLE,
	REL_HANDOVER_SELECT, /* whose data is good enough? */
	REL_HANDOVER_PAUSE, /* writes are being held */
	REL_HANDOVER_OFFSET, /* how far does our stream go? */
	REL_HANDOVER_CATCH_UP, /* has the target all of it? */
	REL_HANDOVER_LATCH, /* fence, for good */
	REL_HANDOVER_COMMIT, /* the register names the target */
	REL_HANDOVER_PHASES,
};

struct rel_handover {
	enum rel_handover_phase phase;
	const char *cause; /* constant: switchover, stopping, unfit */
	char wanted[REL_NAME_SIZE]; /* the operator's choice; "" = the best */
	uint64_t request_id; /* of the switchover request; 0 = none */
	uint64_t answer_op; /* of the COMMAND to answer; 0 = none */
	struct rel_member target;
	char address[REL_ADDRESS_SIZE];
	int64_t offset; /* ours, read under the pause */
	struct rel_instant started, pause_until, paused_at;
	uint64_t asked_epoch; /* of answer_op: carried out under this one only, … */
	struct rel_instant asked_until; /* … and begun before this */
	struct rel_instant not_again_before;
};

/* A request of an operator that goes through the record to the holder. */
struct rel_outgoing {
	uint64_t answer_op; /* 0 = none */
	struct rel_request request;
	bool set_paused, paused;
	struct rel_instant until;
};

/* The lease that we gave to a better member, as it was there. */
struct rel_gift {
	struct rel_member to;
	bool open; /* whether it is used is not known yet */
	uint64_t epoch, mark; /* of the record that names it; 0 = not seen yet */
	int unused; /* times in a row */
	struct rel_instant passed_until; /* and not named again before this */
};

struct rel_role {
	struct rel_role_config config;
	struct rel_facts facts;
	uint64_t ops; /* counter */
	bool rank_again; /* something was seen that the standing depends on */

	struct rel_flight observe;
	bool observe_soon; /* a command was answered: look at once */
	struct rel_flight command;
	enum rel_redis_command command_kind;
	struct rel_flight latch; /* of its own: a fence never waits for a command */
	/* Nothing again before a view was asked for later, or when the last one failed. */
	struct rel_instant command_look, latch_look;
	struct rel_instant command_hold, latch_hold;
	struct rel_flight survey;
	bool survey_one; /* the survey on its way asks the hand-over's target only */
	struct rel_survey target_view; /* what it showed */
	struct rel_survey_action targets;
	struct rel_instant next_survey;

	struct rel_handover handover;
	struct rel_gift gift;
	struct rel_outgoing outgoing;
	uint64_t refused_op; /* a COMMAND to be refused; 0 = none */
	const char *refused_why;
	struct rel_outcome outcome; /* to be written into the record */
	bool clear_request;
	bool unpause, restore_ping; /* left to be undone after a hand-over */
	bool restoring; /* the PING_PERIOD on its way is the one that restores */
	bool ping_checked; /* what a former life may have left was undone */

	struct rel_instant kill_until, next_kill;
	struct rel_instant label_hold; /* no replica label before */
	int64_t user_min_replicas;

	struct rel_flight mark_save;
	struct rel_instant next_mark;
	struct rel_mark mark_sent;
	bool mark_at_once;

	struct rel_flight own_patch, strip_patch;
	struct rel_instant own_patch_after, strip_patch_after;
	bool announce_mark; /* the mark is to be published when it is saved */
	bool announce; /* address, priority and mark are to be published */
	bool announce_sent;
	char patched_role[REL_ROLE_SIZE]; /* label we asked for last */

	const char *emitted_rule; /* rule of the last Kubernetes Event */
	char vouched[REL_REPLID_SIZE]; /* run_id promoted, or retaken for, under this claim */
	uint64_t led_epoch; /* an Event told that we lead under it */
	struct rel_instant led_since; /* … since then */
	enum rel_goal last_goal;
	struct rel_instant goal_since;
};

uint64_t rel_role_op(struct rel_role *role);

/* facts.c */
bool rel_facts_hung(const struct rel_role *role);
struct rel_duration rel_facts_claim_left(const struct rel_facts *facts);
bool rel_facts_follows_leader(const struct rel_facts *facts);
void rel_facts_learn_leader(struct rel_facts *facts);

/* rules.c: when the next takeover is near. */
struct rel_instant rel_role_candidate_from(const struct rel_facts *facts);

/* gift.c */
void rel_gift_sent(struct rel_role *role, const struct rel_member *to);
/* Once for each decision. */
void rel_gift_watch(struct rel_role *role);
bool rel_gift_passes_over(const struct rel_role *role, const struct rel_member *member);

/* ranking.c */
void rel_ranking(struct rel_role *role);
/* This member's data is in order: it was in sync and is of the line. */
bool rel_ranking_settled(const struct rel_role *role);
/* And nothing tells that it misses what others have: it may lead without a look. */
bool rel_ranking_in_sync(const struct rel_role *role);
/* No more data can be expected: everybody was seen, or the grace is over. */
bool rel_ranking_waited(const struct rel_role *role);
bool rel_ranking_fresh(const struct rel_role *role, struct rel_duration age);
bool rel_ranking_only_unlisted(const struct rel_role *role);
bool rel_ranking_may_campaign(const struct rel_role *role);
bool rel_ranking_led_before(const struct rel_role *role);
/* For a holder whose Redis was restarted, or was never promoted. */
bool rel_ranking_other_is_better(const struct rel_role *role);

/* plan.c */
void rel_role_kill_clients(struct rel_role *role);
struct rel_action *rel_role_redis(struct rel_role *role, enum rel_redis_command command,
				  struct rel_actions *actions);
struct rel_duration rel_role_observe_interval(const struct rel_role *role);
/* True when the command is on its way. */
bool rel_role_quiet(struct rel_role *role, struct rel_actions *actions);
bool rel_role_latch(struct rel_role *role, struct rel_actions *actions);
void rel_role_survey(struct rel_role *role, const struct rel_member *only,
		     struct rel_actions *actions);
void rel_role_emit(struct rel_actions *actions, const char *reason, bool warning,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* handover.c */
void rel_handover_begin(struct rel_role *role, const char *cause);
void rel_handover_step(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions);
void rel_handover_end(struct rel_role *role, const char *why, struct rel_actions *actions);
struct rel_instant rel_handover_deadline(const struct rel_role *role, struct rel_instant at,
					 struct rel_instant now);

/* pod.c */
void rel_role_pod(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions);

/* mark.c */
void rel_role_mark(struct rel_role *role, enum rel_goal goal, struct rel_actions *actions);

/* operator.c */
void rel_operator_outcome(struct rel_role *role, uint64_t id, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void rel_operator_absorb(struct rel_role *role, const struct rel_event *event);
void rel_operator_plan(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions);
/* A switchover is asked for, by the record or by a command here. */
/* The request in the record that is for us; NULL = none. */
const struct rel_request *rel_operator_request(const struct rel_role *role);
bool rel_operator_wants_switchover(const struct rel_role *role);

#endif
