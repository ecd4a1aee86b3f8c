/* SPDX-License-Identifier: Apache-2.0 */
/* States of the set that somebody should hear of, though this member changes nothing
 * about them: they last for a while, then an Event tells. Private to pkg/agent. */
#ifndef REL_AGENT_NOTICE_H
#define REL_AGENT_NOTICE_H

#include <stdbool.h>

#include "redis-election/action.h"
#include "redis-election/node.h"

enum rel_notice {
	REL_NOTICE_NO_CANDIDATE, /* nobody leads, and nobody is fit to */
	REL_NOTICE_SPLIT_VIEW,   /* a second Redis of the set takes writes */
	REL_NOTICES,
};

/* Zeroed at first. */
struct rel_notices {
	struct rel_instant since[REL_NOTICES];   /* it is so; NEVER = it is not */
	struct rel_instant told_at[REL_NOTICES];
};

/* Takes in how things are at facts->now. True when this notice is to be told now: when
 * it has lasted for some seconds, and every ten minutes while it goes on. */
bool rel_notice_due(struct rel_notices *notices, enum rel_notice notice,
		    const struct rel_node_status *node, struct rel_emit_action *emit);

#endif
