/* SPDX-License-Identifier: Apache-2.0 */
/* The record in the register: who holds the lease, under which epoch, and what
 * the set must remember. The Kubernetes Lease and the Raft cell carry the same
 * record; only the codecs differ. */
#ifndef REL_RECORD_H
#define REL_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/time.h"
#include "redis-election/line.h"
#include "redis-election/member.h"

#define REL_HOLDER_SIZE 256
#define REL_STAMP_SIZE (REL_HOLDER_SIZE + 24)
#define REL_REASON_SIZE 48
#define REL_HISTORY_MAX 20

/* Every epoch that is written or read is below REL_EPOCH_LIMIT. One without a valid
 * stamp is believed only below REL_EPOCH_UNPROVEN: whoever edits the annotation must
 * not use up the epochs. The wall clock in seconds, the floor of an epoch, stays below
 * that for as long as a rel_wall can count. */
#define REL_EPOCH_LIMIT (UINT64_C(1) << 62)
#define REL_EPOCH_UNPROVEN (UINT64_C(1) << 53)

/* What --lease-duration goes up to; nobody of ours wrote a longer one. */
#define REL_LEASE_DURATION_MAX_MS (10 * INT64_C(60000))

/* What a compare-and-swap compares: metadata.uid and metadata.resourceVersion,
 * or the Raft cell's index (uid empty). Within one store versions only grow;
 * Kubernetes documents resourceVersions of one resource type as comparable. */
struct rel_version {
	char uid[REL_UID_SIZE];
	uint64_t index; /* 0 = no such object */
};

/* One change of holder, as history shows it. */
struct rel_transition {
	struct rel_wall at;
	char from[REL_NAME_SIZE];
	char to[REL_NAME_SIZE];
	uint64_t epoch;
	char reason[REL_REASON_SIZE];
	int64_t from_offset; /* -1 = unknown */
	int64_t to_offset;   /* -1 = unknown */
};

struct rel_request {
	uint64_t id;              /* 0 = no request */
	char to[REL_NAME_SIZE];   /* empty: the best replica */
	struct rel_wall at;
	uint64_t epoch;           /* of the leader who is asked; 0 = whoever leads */
};

/* What became of the last request, for those who asked through another member. */
struct rel_outcome {
	uint64_t id; /* of the request */
	char text[96];
};

struct rel_record {
	struct rel_version version;
	bool deleted; /* the object is gone: version is that of its deletion */

	/* The standard fields of a Lease spec. */
	char holder[REL_HOLDER_SIZE]; /* holderIdentity; "" = none */
	int32_t duration_s;           /* leaseDurationSeconds; 0 = absent */
	struct rel_wall acquired;     /* acquireTime; 0 = absent */
	struct rel_wall renewed;      /* renewTime; 0 = absent */
	int32_t transitions;

	/* Annotations; zero or empty when absent. */
	char stamp[REL_STAMP_SIZE];   /* "HOLDER/EPOCH" of our last write */
	uint64_t epoch;
	int64_t duration_ms;
	uint64_t mark;                /* unique to each attempt of each write */
	char address[REL_ADDRESS_SIZE]; /* where the holder's Redis is reached */
	char run_id[REL_REPLID_SIZE]; /* Redis promoted under this epoch; "" = none yet */
	struct rel_line line;         /* of the Redis promoted last; offset = last published */
	uint64_t line_epoch;          /* under which that was published; 0 = unknown */
	struct rel_member_list members;
	bool paused;
	bool resumed;                 /* says that it is not paused; without it, and without a
				       * stamp, paused is what it was before */
	struct rel_request switchover;
	struct rel_outcome outcome;
	struct rel_transition history[REL_HISTORY_MAX]; /* newest first */
	uint8_t history_count;
};

/* How a record is to be read. */
enum rel_record_kind {
	REL_RECORD_MISSING,  /* no object: deleted, or version.index is 0 */
	REL_RECORD_VACANT,   /* no valid stamp, no holder: nobody's claim */
	REL_RECORD_RELEASED, /* valid stamp, no holder: may be taken at once */
	REL_RECORD_HELD,     /* valid stamp and holder: written by one of us */
	REL_RECORD_FOREIGN,  /* a holder, but no valid stamp: another elector, kubectl edit */
};

enum rel_record_kind rel_record_kind(const struct rel_record *record);

/* Writes the stamp that makes this record valid: it names holder and epoch, and is
 * valid only while leaseDurationSeconds is the exact duration rounded up. */
void rel_record_stamp(struct rel_record *record);

/* The holder as a member; nobody when it is not of the form NAME_UID. */
struct rel_member rel_record_holder(const struct rel_record *record);

/* How long the record's holder may lead after the write: the exact annotation
 * under a valid stamp, else leaseDurationSeconds, else fallback. */
struct rel_duration rel_record_duration(const struct rel_record *record,
					struct rel_duration fallback);

/* What becomes of a request that was made under another epoch than the present one:
 * nobody carries it out, but who asked is told. `another` leads than who was asked: that
 * is what a request to nobody in particular wanted. */
void rel_request_overtaken(const struct rel_request *request, const char *leader, bool another,
			   struct rel_outcome *outcome);

/* The exact duration in whole seconds, as Kubernetes shows it: rounded up, so that
 * other electors never see less. */
int64_t rel_record_seconds(int64_t duration_ms);

/* Puts a transition in front, dropping the oldest. */
void rel_record_remember(struct rel_record *record, const struct rel_transition *transition);

#endif
