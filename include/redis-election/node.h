/* SPDX-License-Identifier: Apache-2.0 */
/* The whole decision of one member: election and role behind one step. The agent
 * and the simulator run the same machine. Pure: no I/O, no clock, no allocation
 * after rel_node_create, no log. */
#ifndef REL_NODE_H
#define REL_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/action.h"
#include "redis-election/claim.h"
#include "redis-election/election.h"
#include "redis-election/event.h"
#include "redis-election/role.h"

struct rel_node_config {
	const char *mode; /* a name of rel_election_backends */
	struct rel_election_config election;
	struct rel_role_config role;
};

struct rel_node;

/* Bytes that rel_node_init needs for this mode; 0 for an unknown one. */
size_t rel_node_size(const char *mode);

/* Makes a node in zeroed memory of rel_node_size bytes, aligned as by malloc,
 * owned by the caller. `now` is the start of this life. */
struct rel_node *rel_node_init(void *memory, const struct rel_node_config *config,
			       struct rel_instant now);

/* Takes one event and appends what is to be done. Events must not go back in
 * time. Records and surveys that actions point to live until the next call. */
void rel_node_step(struct rel_node *node, const struct rel_event *event,
		   struct rel_actions *actions);

/* When a TICK is due at the latest. */
struct rel_instant rel_node_deadline(const struct rel_node *node);

/* What was decided last and on which facts: for status, metrics and log lines. */
struct rel_node_status {
	struct rel_decision decision;
	struct rel_claim claim;
	struct rel_election_view election;
	const struct rel_facts *facts;
	const char *phase; /* of a hand-over; "" when none runs */
};

struct rel_node_status rel_node_status(const struct rel_node *node, struct rel_instant now);

#endif
