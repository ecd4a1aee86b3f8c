/* SPDX-License-Identifier: Apache-2.0 */
/* What this member's Redis should be, decided by an ordered list of named rules
 * over observed facts (pkg/role/rules.c). The rule's name is log text, metric
 * label and test row at once. */
#ifndef REL_ROLE_H
#define REL_ROLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/action.h"
#include "redis-election/base/time.h"
#include "redis-election/claim.h"
#include "redis-election/election.h"
#include "redis-election/event.h"
#include "redis-election/facts.h"

struct rel_role_config {
	struct rel_member self;
	char address[REL_ADDRESS_SIZE];       /* announced for our Redis */
	int32_t priority;                     /* 0 = never leader */
	bool no_promote;
	int32_t expected_members;             /* 0 = as many as the pod list shows */
	int64_t max_lag;                      /* bytes behind the last published offset */
	struct rel_duration observe_interval; /* between two INFO */
	struct rel_duration redis_down_after; /* no answer for so long = hung */
	struct rel_duration bootstrap_grace;
	struct rel_duration stagger;          /* between two ranks */
	struct rel_duration survey_timeout;   /* for the INFO of the others */
	struct rel_duration restart_latch;    /* after our own start, to renew before latching */
	struct rel_duration handover_pause;   /* CLIENT PAUSE of a planned hand-over; at most
					       * half a lease is used */
	struct rel_duration kill_interval;
	struct rel_duration kill_for;
	struct rel_duration unfit_cooldown;   /* between two hand-overs of an unfit leader */
	struct rel_duration promote_margin;   /* claim that must be left to start a promotion */
	struct rel_duration fence_budget;     /* F */
};

enum rel_goal {
	REL_GOAL_WAIT,      /* change nothing */
	REL_GOAL_FENCE,     /* latch, cut clients off, take the label away */
	REL_GOAL_FOLLOW,    /* replica of the leader, or of nowhere before one is known */
	REL_GOAL_CAMPAIGN,  /* follow, and take the lease when the rules allow */
	REL_GOAL_KEEP,      /* after our own restart: renew before anything else */
	REL_GOAL_PROMOTE,   /* own the claim: make Redis the leader */
	REL_GOAL_LEAD,
	REL_GOAL_HAND_OVER, /* planned: no acknowledged write may be lost */
	REL_GOAL_GIVE_AWAY, /* unplanned: our Redis cannot lead, somebody else's can */
	REL_GOAL_RETAKE,    /* nobody has more data: lead again under a new epoch */
	REL_GOAL_YIELD,     /* hung Redis: let the record run out */
	REL_GOAL_LEAVE,     /* everything is done: end */
	REL_GOALS_COUNT,
};

struct rel_decision {
	enum rel_goal goal;
	const char *rule; /* name of the rule that fired, never NULL */
};

const char *rel_goal_name(enum rel_goal goal);

/* Names of the rules in their order; NULL after the last. */
const char *rel_role_rule(size_t index);

struct rel_role;

size_t rel_role_size(void);

/* In zeroed memory of rel_role_size bytes, owned by the caller. */
void rel_role_init(struct rel_role *role, const struct rel_role_config *config,
		   struct rel_instant now);

/* Takes in what happened: writes facts only. */
void rel_role_absorb(struct rel_role *role, const struct rel_event *event);

/* The first rule that matches, given what the election says now. */
struct rel_decision rel_role_decide(struct rel_role *role, const struct rel_claim *claim,
				    const struct rel_election_view *election);

/* Compares the goal with the facts and the operations on their way, appends what
 * is missing, and says what is wished of the register. */
void rel_role_plan(struct rel_role *role, const struct rel_event *event,
		   struct rel_decision decision, struct rel_wish *wish,
		   struct rel_actions *actions);

struct rel_instant rel_role_deadline(const struct rel_role *role, struct rel_instant now);
const struct rel_facts *rel_role_facts(const struct rel_role *role);

/* Where a planned hand-over stands; "" when none runs. */
const char *rel_role_phase(const struct rel_role *role);

#endif
