/* SPDX-License-Identifier: Apache-2.0 */
/* What an election tells the rest. The role code never learns which election
 * runs: if it needs more, the missing fact belongs here. */
#ifndef REL_CLAIM_H
#define REL_CLAIM_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/time.h"
#include "redis-election/line.h"
#include "redis-election/member.h"

enum rel_claim_state {
	REL_CLAIM_UNKNOWN, /* the register was not read yet in this life */
	REL_CLAIM_NONE,    /* nobody holds it */
	REL_CLAIM_SELF,    /* this member, until valid_until */
	REL_CLAIM_PEER,    /* another holder, as far as we know */
};

struct rel_claim {
	enum rel_claim_state state;
	struct rel_member leader;       /* of SELF and PEER; nobody for a foreign holder */
	char address[REL_ADDRESS_SIZE]; /* of the leader's Redis; "" = unknown */
	uint64_t epoch;
	struct rel_instant valid_until; /* SELF only: no write may be executed after it */
	bool promoted;                  /* the record names a run_id under this epoch */
};

#endif
