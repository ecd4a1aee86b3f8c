/* SPDX-License-Identifier: Apache-2.0 */
/* One way to decide who leads. Pure: a state machine that absorbs events, is
 * told what the role code wishes, and appends register actions. Adding a mode is
 * a new file and a row in pkg/election/backends.c; CONTRIBUTING.md has the list. */
#ifndef REL_ELECTION_H
#define REL_ELECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/action.h"
#include "redis-election/base/time.h"
#include "redis-election/claim.h"
#include "redis-election/event.h"
#include "redis-election/record.h"

struct rel_election_config {
	struct rel_member self;
	char address[REL_ADDRESS_SIZE];      /* announced for our Redis */
	struct rel_duration lease_duration;  /* D */
	struct rel_duration renew_interval;  /* R */
	struct rel_duration fence_budget;    /* F: the worst time a fence takes */
	struct rel_duration request_timeout; /* of one register request */
	int32_t clock_rate_ppm;              /* rho: bound on the clocks' rate error */
	bool create;                         /* a missing record may be created */
};

enum rel_wish_kind {
	REL_WISH_ABSTAIN,   /* do not acquire; a claim we have runs out */
	REL_WISH_HOLD,      /* keep a claim we have; do not acquire */
	REL_WISH_CAMPAIGN,  /* acquire as soon as the rules allow, but not before not_before */
	REL_WISH_RETAKE,    /* holder: a new epoch for ourselves (our Redis is another one) */
	REL_WISH_HAND_OVER, /* holder, fence confirmed: name `successor`, or release */
};

/* What the role code wants of the register, and what it publishes there. */
struct rel_wish {
	enum rel_wish_kind kind;
	struct rel_instant not_before;  /* CAMPAIGN: our rank's turn */
	struct rel_member successor;    /* HAND_OVER: nobody = release to whoever is first */
	char successor_address[REL_ADDRESS_SIZE];
	const char *reason;             /* constant text for the history */
	int64_t from_offset, to_offset; /* for the history; -1 = unknown */
	bool publish;                   /* HOLD: write the fields below at the next renewal,
					 * and at once where run_id or replids differ */
	char run_id[REL_REPLID_SIZE];   /* of the Redis promoted under this claim */
	struct rel_line line;           /* CAMPAIGN: of the leader before, where it was seen
					 * and the record may not know it; replid "" = not */
	uint64_t line_epoch;            /* CAMPAIGN: of that leader */
	struct rel_request request;     /* any member: asks the holder to switch over; 0 = none */
	bool clear_request;             /* HOLD: the request of the outcome was dealt with */
	struct rel_outcome outcome;     /* with clear_request */
	bool set_paused, paused;        /* any member: write `paused` */
};

/* What may be known of the register besides the claim. */
struct rel_election_view {
	const struct rel_record *record;   /* newest seen; NULL before the first */
	enum rel_record_kind kind;
	struct rel_instant may_acquire_at; /* REL_FOREVER: not as things stand; `why` tells */
	const char *why;                   /* constant text, "" when it may */
	uint64_t greatest_epoch;
	/* The holder of the highest epoch seen, in whatever order records were seen. */
	const struct rel_claim *highest;   /* state, valid_until not set; nobody before the first */
	bool unresolved;                   /* a write of ours has no answer yet */
	bool handing_over;                 /* a hand-over or release of ours was sent */
	bool read_once;                    /* the register was read in this life */
	bool takes_over;                   /* acquiring changes the holder */
	struct rel_instant last_success;   /* when the last successful write was sent */
	struct rel_instant last_contact;   /* of any answer of the register */
};

struct rel_election_ops {
	const char *name;
	size_t state_size;
	/* state is zeroed memory of state_size bytes. */
	void (*init)(void *state, const struct rel_election_config *config,
		     struct rel_instant now);
	/* Takes in what happened. Never acts. */
	void (*absorb)(void *state, const struct rel_event *event);
	/* Acts on the wish at `now`. */
	void (*drive)(void *state, const struct rel_event *event, const struct rel_wish *wish,
		      struct rel_actions *actions);
	struct rel_claim (*claim)(const void *state, struct rel_instant now);
	struct rel_election_view (*view)(const void *state, struct rel_instant now);
	/* When drive must be called again at the latest, after `now`, the time of the
	 * last drive; REL_FOREVER = only events matter. */
	struct rel_instant (*deadline)(const void *state, struct rel_instant now);
};

/* All modes, ending with NULL. */
extern const struct rel_election_ops *const rel_election_backends[];

/* NULL when there is none of this name. */
const struct rel_election_ops *rel_election_find(const char *name);

#endif
