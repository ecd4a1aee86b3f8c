/* SPDX-License-Identifier: Apache-2.0 */
/* What this member knows of the set, as plain values. */
#include "agent.h"
#include "redis-election/base/text.h"

/* A takeover is on its way before that. */
#define OVERDUE_MS 1000
/* Beyond what is usual, no answer of the register is worth a word. */
#define SILENT_MS 2000

#ifndef REL_VERSION
#define REL_VERSION "0.0.0"
#endif

static int64_t ms_ago(const struct rel_facts *facts, struct rel_instant then)
{
	return rel_is_set(then) ? rel_to_ms(rel_between(then, facts->now)) : -1;
}

static void describe_view(struct rel_status_member *member, const struct rel_redis_view *view)
{
	member->redis_up = true;
	member->link_up = view->is_leader || view->link_up;
	member->offset = view->line_known || view->is_leader ? view->line.offset : -1;
	rel_text_copy(member->redis_version, sizeof(member->redis_version), view->version);
	if (view->loading)
		rel_text_copy(member->note, sizeof(member->note), "loading");
	else if (view->syncing)
		rel_text_copy(member->note, sizeof(member->note), "full sync");
	else if (view->persistence_failed)
		rel_text_copy(member->note, sizeof(member->note), "cannot write its files");
	else if (view->is_leader)
		rel_text_copy(member->role, sizeof(member->role),
			      view->min_replicas == REL_LATCH_VALUE ? "fenced" : "leader");
	else
		rel_text_copy(member->role, sizeof(member->role), "replica");
}

/* Not of replicas: they refuse writes by nature. */
bool rel_agent_fenced(const struct rel_facts *facts)
{
	return facts->reach == REL_REDIS_UP && facts->redis.is_leader && !rel_facts_writable(facts);
}

static void describe_self(const struct rel_facts *facts, struct rel_status_member *member)
{
	member->is_self = true;
	member->seen_ms_ago = ms_ago(facts, facts->observed_at);
	if (facts->reach == REL_REDIS_UP)
		describe_view(member, &facts->redis);
	else
		rel_text_copy(member->note, sizeof(member->note),
			      facts->reach == REL_REDIS_LOADING   ? "loading"
			      : facts->reach == REL_REDIS_REFUSED ? "refuses our password or user"
								  : "does not answer");
}

static void describe_peer(const struct rel_facts *facts, struct rel_status_member *member)
{
	member->seen_ms_ago = -1;
	for (int i = 0; i < facts->survey.count; i++) {
		const struct rel_survey_result *result = &facts->survey.at[i];
		if (!rel_member_equal(&result->member, &member->member))
			continue;
		member->seen_ms_ago = ms_ago(facts, facts->surveyed_at);
		if (result->reach == REL_REDIS_UP)
			describe_view(member, &result->view);
		else
			rel_text_copy(member->note, sizeof(member->note), "does not answer");
	}
}

static void add_member(const struct rel_agent *agent, const struct rel_facts *facts,
		       const struct rel_pod *pod, struct rel_status *status)
{
	struct rel_status_member *member = &status->members[status->member_count++];

	member->member = pod->member;
	member->offset = member->lag = -1;
	rel_text_copy(member->role, sizeof(member->role), "unknown");
	rel_text_copy(member->address, sizeof(member->address), pod->address);
	member->is_leader = rel_member_equal(&pod->member, &facts->leader);
	if (rel_member_equal(&pod->member, &agent->self))
		describe_self(facts, member);
	else
		describe_peer(facts, member);
	if (pod->terminating)
		rel_text_copy(member->note, sizeof(member->note), "terminating");
	else if (!pod->announced)
		rel_text_copy(member->note, sizeof(member->note), "its agent has not started");
}

/* As of the moment at which the others were asked. */
static int64_t leader_offset(const struct rel_agent *agent, const struct rel_facts *facts,
			     const struct rel_status_member *leader)
{
	bool matched = leader->is_self && agent->survey_matched.ns == facts->surveyed_at.ns;

	return matched && leader->offset >= 0 ? agent->offset_at_survey : leader->offset;
}

static void add_members(const struct rel_agent *agent, const struct rel_facts *facts,
			struct rel_status *status)
{
	int64_t most = -1;

	for (int i = 0; i < facts->pods.count && status->member_count < REL_MEMBERS_MAX; i++)
		add_member(agent, facts, &facts->pods.at[i], status);
	for (int i = 0; i < status->member_count; i++)
		if (status->members[i].is_leader)
			most = leader_offset(agent, facts, &status->members[i]);
	for (int i = 0; i < status->member_count; i++) {
		struct rel_status_member *member = &status->members[i];
		if (most >= 0 && member->offset >= 0 && !member->is_leader)
			member->lag = most > member->offset ? most - member->offset : 0;
	}
}

static void add_record(const struct rel_record *record, struct rel_status *status)
{
	if (record == NULL)
		return;
	status->paused = record->paused;
	status->epoch = record->epoch;
	status->outcome = record->outcome;
	status->request = record->switchover;
	status->leader_since_us = record->acquired.us;
	status->history_count = record->history_count;
	for (int i = 0; i < record->history_count; i++)
		status->history[i] = record->history[i];
}

/* At rest the register is heard once a renewal interval, else once a lease duration. */
static bool register_silent(const struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_duration patience = node->election.kind == REL_RECORD_HELD
					       ? agent->config->renew_interval
					       : agent->config->lease_duration;
	struct rel_duration silent = rel_between(agent->register_heard, node->facts->now);

	return agent->register_err != REL_OK && silent.ns > patience.ns + rel_ms(SILENT_MS).ns;
}

/* Why nobody leads, or will soon, as far as this member can tell. */
static void why_nobody(const struct rel_agent *agent, const struct rel_node_status *node, char *why,
		       size_t size)
{
	const struct rel_facts *facts = node->facts;
	const struct rel_election_view *election = &node->election;
	const struct rel_candidate *own = &facts->standing.at[0];
	double left = (double)rel_between(facts->now, election->may_acquire_at).ns / 1e9;

	if (election->read_once && register_silent(agent, node))
		rel_text_format(why, size, "the Kubernetes API does not tell who leads: %s",
				rel_err_text(agent->register_err));
	else if (election->record != NULL && election->record->paused)
		rel_text_copy(why, size, "paused: nobody takes over before resume");
	else if (election->why[0] != '\0')
		rel_text_format(why, size, "%s%s%s", election->why,
				agent->register_err != REL_OK ? ": " : "",
				agent->register_err != REL_OK ? rel_err_text(agent->register_err)
							      : "");
	else if (election->kind == REL_RECORD_FOREIGN && left > 0)
		rel_text_format(why, size,
				"the lease is held by \"%.40s\", no member; it may be taken in "
				"%.1f s if that stays silent",
				election->record->holder, left);
	else if (!facts->pods_known)
		rel_text_copy(why, size, "the pods could not be listed yet: see the agent's log");
	else if (facts->standing.count > 0 && own->why[0] != '\0')
		rel_text_format(why, size, "%s may not lead: %s", own->member.name, own->why);
	else if (left > 0)
		rel_text_format(why, size, "the lease may be taken in %.1f s", left);
	else
		rel_text_copy(why, size,
			      facts->standing.all_reachable
				      ? "somebody is about to take over"
				      : "not all members answer: it is waited for newer data");
}

/* A leader that the record names, but whose lease nobody has seen renewed in time. */
static void add_reason(const struct rel_agent *agent, const struct rel_node_status *node,
		       struct rel_status *status)
{
	struct rel_instant may = node->election.may_acquire_at;
	char why[sizeof(status->reason)];
	bool over = may.ns != REL_FOREVER.ns && node->claim.state == REL_CLAIM_PEER &&
		    !rel_before(node->facts->now, rel_after(may, rel_ms(OVERDUE_MS)));

	if (status->leader[0] != '\0' && !over)
		return;
	why_nobody(agent, node, why, sizeof(why));
	rel_text_format(status->reason, sizeof(status->reason), "%s%s",
			status->leader[0] != '\0' ? "its lease has run out: " : "", why);
}

static void add_claim(const struct rel_node_status *node, struct rel_status *status)
{
	const struct rel_claim *claim = &node->claim;
	const struct rel_facts *facts = node->facts;
	bool known = claim->state == REL_CLAIM_SELF || claim->state == REL_CLAIM_PEER;

	status->is_leader = claim->state == REL_CLAIM_SELF && rel_facts_writable(facts);
	status->claim_left_ms = claim->state == REL_CLAIM_SELF
					? rel_to_ms(rel_between(facts->now, claim->valid_until))
					: -1;
	if (known) {
		rel_text_copy(status->leader, sizeof(status->leader), claim->leader.name);
		rel_text_copy(status->leader_address, sizeof(status->leader_address),
			      claim->address);
	}
	rel_text_copy(status->goal, sizeof(status->goal), rel_goal_name(node->decision.goal));
	rel_text_copy(status->rule, sizeof(status->rule), node->decision.rule);
}

void rel_agent_status(const struct rel_agent *agent, struct rel_status *status)
{
	struct rel_node_status node = rel_node_status(agent->node, rel_loop_now());
	const struct rel_facts *facts = node.facts;

	*status = (struct rel_status){0};
	rel_text_copy(status->version, sizeof(status->version), REL_VERSION);
	rel_text_copy(status->mode, sizeof(status->mode), agent->config->election_mode);
	rel_text_copy(status->set_name, sizeof(status->set_name), agent->config->lease_name);
	rel_text_copy(status->namespace_, sizeof(status->namespace_), agent->config->namespace_);
	rel_text_copy(status->pod_ip, sizeof(status->pod_ip), agent->config->pod_ip);
	rel_text_copy(status->fence_layer, sizeof(status->fence_layer), "agent");
	status->self = agent->self;
	status->healthy = facts->reach == REL_REDIS_UP && !facts->redis.loading;
	status->fenced = rel_agent_fenced(facts);
	status->redis_replicas = facts->redis.replicas;
	rel_text_copy(status->run_id, sizeof(status->run_id), facts->redis.run_id);
	rel_text_copy(status->replid, sizeof(status->replid), facts->redis.line.replid);
	status->started_us = agent->started_wall.us;
	status->now_us = rel_wall_now().us;
	status->register_contact_ms_ago = ms_ago(facts, agent->register_heard);
	add_record(node.election.record, status);
	add_claim(&node, status);
	add_reason(agent, &node, status);
	add_members(agent, facts, status);
}
