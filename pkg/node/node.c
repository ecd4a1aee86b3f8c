/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/node.h"

#include <stdalign.h>

#include "redis-election/base/assert.h"

struct rel_node {
	const struct rel_election_ops *ops;
	void *election;
	struct rel_role *role;
	struct rel_instant now; /* of the last step */
	struct rel_decision decision;
};

static size_t aligned(size_t size)
{
	const size_t step = alignof(max_align_t);

	return (size + step - 1) / step * step;
}

size_t rel_node_size(const char *mode)
{
	const struct rel_election_ops *ops = rel_election_find(mode);

	if (ops == NULL)
		return 0;
	return aligned(sizeof(struct rel_node)) + aligned(rel_role_size()) +
	       aligned(ops->state_size);
}

struct rel_node *rel_node_init(void *memory, const struct rel_node_config *config,
			       struct rel_instant now)
{
	struct rel_node *node = memory;
	struct rel_role_config role;
	char *rest = (char *)memory + aligned(sizeof(*node));

	node->ops = rel_election_find(config->mode);
	rel_assert(node->ops != NULL);
	node->role = (struct rel_role *)(void *)rest;
	node->election = rest + aligned(rel_role_size());
	node->now = now;
	node->decision = (struct rel_decision){REL_GOAL_WAIT, "started"};
	role = config->role;
	if (role.handover_pause.ns > config->election.lease_duration.ns / 2)
		role.handover_pause.ns = config->election.lease_duration.ns / 2;
	rel_role_init(node->role, &role, now);
	node->ops->init(node->election, &config->election, now);
	return node;
}

/* What must hold whatever was decided; docs/protocol.md, "Invariants". */
static void check(const struct rel_claim *claim, struct rel_decision decision,
		  struct rel_instant now)
{
	bool uses_claim = decision.goal == REL_GOAL_PROMOTE || decision.goal == REL_GOAL_LEAD ||
			  decision.goal == REL_GOAL_RETAKE;

	rel_assert(!uses_claim ||
		   (claim->state == REL_CLAIM_SELF && rel_before(now, claim->valid_until)));
}

void rel_node_step(struct rel_node *node, const struct rel_event *event,
		   struct rel_actions *actions)
{
	struct rel_claim claim;
	struct rel_election_view view;
	struct rel_wish wish;

	rel_assert(!rel_before(event->now, node->now));
	node->now = event->now;
	node->ops->absorb(node->election, event);
	rel_role_absorb(node->role, event);
	claim = node->ops->claim(node->election, event->now);
	view = node->ops->view(node->election, event->now);
	node->decision = rel_role_decide(node->role, &claim, &view);
	check(&claim, node->decision, event->now);
	rel_role_plan(node->role, event, node->decision, &wish, actions);
	node->ops->drive(node->election, event, &wish, actions);
}

struct rel_instant rel_node_deadline(const struct rel_node *node)
{
	return rel_earlier(rel_role_deadline(node->role, node->now),
			   node->ops->deadline(node->election, node->now));
}

struct rel_node_status rel_node_status(const struct rel_node *node, struct rel_instant now)
{
	return (struct rel_node_status){
		.decision = node->decision,
		.claim = node->ops->claim(node->election, now),
		.election = node->ops->view(node->election, now),
		.facts = rel_role_facts(node->role),
		.phase = rel_role_phase(node->role),
	};
}
