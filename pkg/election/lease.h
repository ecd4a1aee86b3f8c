/* SPDX-License-Identifier: Apache-2.0 */
/* The lease algorithm over a register (docs/protocol.md, "The lease"). Six files:
 * lease.c     the ops: claim, view, deadline, drive
 * memory.c    what of a record counts, given what was seen before
 * observe.c   what a record seen means: whose it is, when it may be taken
 * write.c     writes, their attempts, and what resolves them
 * content.c   what a write says
 * watch.c     when to read and when to watch anew
 * Private to pkg/election. */
#ifndef REL_LEASE_H
#define REL_LEASE_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/text.h"
#include "redis-election/election.h"

extern const struct rel_election_ops rel_lease_ops;

/* Attempts of one write whose send times are remembered. Older ones are forgotten:
 * if such a one was the one that was committed, the claim is not extended. */
#define REL_ATTEMPTS_MAX 16

enum rel_write_kind {
	REL_WRITE_NONE,
	REL_WRITE_RENEW, /* same holder, epoch and list: the plain renewal */
	REL_WRITE_LIST, /* a renewal that changes the member list */
	REL_WRITE_ACQUIRE, /* by a member without a claim, or under a new epoch */
	REL_WRITE_HAND_OVER, /* names a successor, or releases */
};

struct rel_attempt {
	uint64_t op;
	uint64_t mark;
	struct rel_instant sent; /* t_s: read before the first byte was sent */
};

/* The one write that may be on its way. It stays until it is resolved: by its
 * answer, or by seeing a version later than the one it expects. */
struct rel_pending {
	enum rel_write_kind kind;
	struct rel_record content;
	struct rel_attempt attempts[REL_ATTEMPTS_MAX];
	uint32_t count; /* attempts made; the last REL_ATTEMPTS_MAX are kept */
	bool in_flight; /* the last attempt has no answer yet */
	bool ambiguous; /* some attempt may still be committed */
	bool rewrites; /* what is not ours, under a claim that stands */
	uint64_t base_mark; /* of the record that it was meant to follow */
};

/* A write of a holder as it was first shown under a valid stamp. What the record says
 * later under the same mark was not written by the holder. */
struct rel_original {
	char holder[REL_HOLDER_SIZE]; /* "" = none was seen */
	uint64_t epoch, mark;
	struct rel_wall acquired, renewed;
	int32_t transitions, duration_s;
	int64_t duration_ms;
	char address[REL_ADDRESS_SIZE];
};

struct rel_backoff {
	struct rel_instant until;
	uint8_t failures;
};

struct rel_lease {
	struct rel_election_config config;
	char identity[REL_IDENTITY_SIZE]; /* ours, as it stands in holderIdentity */
	uint64_t ops; /* counter */

	/* The newest record seen, and what we made of it. */
	struct rel_record seen;
	struct rel_record as_read; /* before our memory filled it in */
	struct rel_original original;
	enum rel_record_kind kind;
	bool read_once;
	bool restored; /* an old record was put back: nothing may be taken at once */
	char known_uid[REL_UID_SIZE]; /* of the last object seen; "" before the first */
	uint64_t known_index; /* greatest version known */
	struct rel_instant seen_at; /* this version was first seen */
	struct rel_instant changed_at; /* its holder last showed a sign of life */
	struct rel_instant last_contact;
	uint64_t greatest_epoch;
	struct rel_claim highest; /* the holder of the highest epoch seen */
	struct rel_instant below_since; /* the record is held under a lower one */
	struct rel_duration last_duration; /* of the last stamped record of this life */

	/* The pods, for the member list. */
	struct rel_pods pods;
	bool pods_known;
	struct rel_instant replaced_since; /* a listed member's pod is gone since */

	/* Our claim. */
	struct rel_instant claim_until;
	uint64_t claim_epoch;
	struct rel_instant last_success;
	struct rel_instant next_renewal;

	struct rel_pending pending;
	struct rel_backoff write_backoff;
	struct rel_instant rewrite_after; /* the record that we wrote is not written again before */
	uint64_t create_op; /* 0 = none in flight */
	uint64_t request_op; /* a request or pause written by a member without a claim */

	/* Reading and watching. */
	uint64_t read_op;
	uint64_t read_floor; /* known_index when the read was sent */
	bool read_wanted;
	struct rel_backoff read_backoff;
	uint64_t watch_op;
	bool watch_up;
	struct rel_backoff watch_backoff;
	struct rel_instant last_event; /* from the watch */
	struct rel_instant watch_since; /* last time a watch was asked for */
	struct rel_instant next_poll;

	const char *why; /* why nothing may be acquired */
	struct rel_instant may_acquire_at;
	struct rel_record scratch; /* content of a write on its way to the driver */
};

static inline struct rel_duration rel_lease_widen(const struct rel_lease *lease,
						  struct rel_duration d)
{
	return (struct rel_duration){d.ns + d.ns / 1000000 * lease->config.clock_rate_ppm};
}

static inline struct rel_duration rel_lease_narrow(const struct rel_lease *lease,
						   struct rel_duration d)
{
	return (struct rel_duration){d.ns - d.ns / 1000000 * lease->config.clock_rate_ppm};
}

static inline bool rel_lease_holds(const struct rel_lease *lease, struct rel_instant now)
{
	return rel_before(now, lease->claim_until);
}

static inline bool rel_lease_is_self(const struct rel_lease *lease, const struct rel_record *record)
{
	return rel_text_equal(record->holder, lease->identity);
}

/* Ops of an election have the top bit set, those of a role have not. */
uint64_t rel_lease_op(struct rel_lease *lease);

/* After an error, from 250 ms to 1 s, or as long as the server asked for. */
void rel_lease_back_off(const struct rel_lease *lease, struct rel_backoff *backoff,
			const struct rel_event *event);
void rel_backoff_clear(struct rel_backoff *backoff);

/* memory.c: the record as we take it, into `scratch`; the address of its holder */
void rel_lease_interpret(struct rel_lease *lease, const struct rel_record *record,
			 enum rel_record_kind kind);
const char *rel_lease_address(const struct rel_lease *lease, const struct rel_record *record,
			      enum rel_record_kind kind);
bool rel_lease_believes_epoch(const struct rel_record *record, enum rel_record_kind kind);

/* observe.c */
void rel_lease_observe(struct rel_lease *lease, const struct rel_record *record, bool from_read,
		       struct rel_instant now);
void rel_lease_pods(struct rel_lease *lease, const struct rel_pods *pods, struct rel_instant now);
void rel_lease_judge(struct rel_lease *lease, struct rel_instant now);
/* Of our former life, by the mark beside the data. */
void rel_lease_remember_epoch(struct rel_lease *lease, uint64_t epoch, struct rel_instant now);
bool rel_lease_has_list(const struct rel_lease *lease);
bool rel_lease_listed(const struct rel_lease *lease);

/* write.c */
void rel_lease_written(struct rel_lease *lease, const struct rel_event *event);
void rel_lease_resolve_by(struct rel_lease *lease);
void rel_lease_write(struct rel_lease *lease, const struct rel_event *event,
		     const struct rel_wish *wish, struct rel_actions *actions);

/* content.c */
void rel_lease_content(struct rel_lease *lease, enum rel_write_kind kind,
		       const struct rel_event *event, const struct rel_wish *wish);

/* watch.c */
bool rel_lease_is_fresh(const struct rel_lease *lease, struct rel_instant now);
void rel_lease_read_answered(struct rel_lease *lease, const struct rel_event *event);
void rel_lease_watch_changed(struct rel_lease *lease, const struct rel_event *event);
void rel_lease_watch(struct rel_lease *lease, struct rel_instant now, struct rel_actions *actions);
struct rel_instant rel_lease_watch_deadline(const struct rel_lease *lease, struct rel_instant now);

#endif
