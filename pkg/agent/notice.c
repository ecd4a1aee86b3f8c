/* SPDX-License-Identifier: Apache-2.0 */
#include "notice.h"

#include "redis-election/base/text.h"

#define AGAIN_MS 600000
/* One that comes and goes is told once a minute. */
#define ANEW_MS 60000
/* What a survey showed counts for so long. */
#define SURVEY_AGE_MS 3000

static bool survey_is_fresh(const struct rel_facts *facts)
{
	return rel_is_set(facts->surveyed_at) &&
	       rel_before(facts->now, rel_after(facts->surveyed_at, rel_ms(SURVEY_AGE_MS)));
}

static void append(struct rel_emit_action *emit, const char *before, const char *name,
		   const char *after)
{
	rel_text_append(emit->text, sizeof(emit->text), before);
	rel_text_append(emit->text, sizeof(emit->text), name);
	rel_text_append(emit->text, sizeof(emit->text), after);
}

/* A lease that is over, or that is ours while our Redis cannot be used. */
static bool nobody_leads(const struct rel_node_status *node)
{
	const struct rel_election_view *election = &node->election;

	switch (node->claim.state) {
	case REL_CLAIM_UNKNOWN:
		return false;
	case REL_CLAIM_SELF:
		return !rel_facts_writable(node->facts);
	case REL_CLAIM_NONE:
	case REL_CLAIM_PEER:
		/* FOREVER: not listed, or there is no record; others may know more. */
		return !rel_before(node->facts->now, election->may_acquire_at);
	}
	return false;
}

static void tell_standing(const struct rel_facts *facts, struct rel_emit_action *emit)
{
	rel_text_copy(emit->text, sizeof(emit->text), "nobody leads, and nobody may");
	for (int i = 0; i < facts->standing.count; i++) {
		append(emit, i == 0 ? ": " : ", ", facts->standing.at[i].member.name, " (");
		append(emit, "", facts->standing.at[i].why, ")");
	}
	for (int i = 0; i < facts->survey.count; i++)
		if (facts->survey.at[i].reach != REL_REDIS_UP)
			append(emit, ", ", facts->survey.at[i].member.name, " (does not answer)");
}

static bool no_candidate(const struct rel_node_status *node, struct rel_emit_action *emit)
{
	const struct rel_facts *facts = node->facts;
	const struct rel_record *record = node->election.record;

	if (record == NULL || record->paused || !facts->pods_known || facts->stopping ||
	    !survey_is_fresh(facts) || !nobody_leads(node))
		return false;
	for (int i = 0; i < facts->standing.count; i++)
		if (facts->standing.at[i].fit)
			return false;
	tell_standing(facts, emit);
	return true;
}

static bool takes_writes(const struct rel_survey_result *result)
{
	return result->reach == REL_REDIS_UP && result->view.is_leader &&
	       result->view.min_replicas >= 0 && result->view.min_replicas != REL_LATCH_VALUE;
}

/* Only the leader tells: it knows best, and one Event is enough. */
static bool split_view(const struct rel_node_status *node, struct rel_emit_action *emit)
{
	const struct rel_facts *facts = node->facts;

	if (node->claim.state != REL_CLAIM_SELF || !rel_facts_writable(facts) ||
	    !survey_is_fresh(facts))
		return false;
	for (int i = 0; i < facts->survey.count; i++) {
		if (!takes_writes(&facts->survey.at[i]))
			continue;
		emit->text[0] = '\0';
		append(emit, "", facts->survey.at[i].member.name, " takes writes too, though ");
		append(emit, "", node->claim.leader.name,
		       " leads: is its agent gone? What is written there will be lost");
		return true;
	}
	return false;
}

static const struct {
	const char *reason;
	int64_t after_ms;
	bool (*is_so)(const struct rel_node_status *node, struct rel_emit_action *emit);
} rows[REL_NOTICES] = {
	[REL_NOTICE_NO_CANDIDATE] = {"NoCandidate", 10000, no_candidate},
	[REL_NOTICE_SPLIT_VIEW] = {"SplitView", 3000, split_view},
};

static bool told_lately(struct rel_instant told_at, struct rel_instant since,
			struct rel_instant now)
{
	int64_t quiet_ms = rel_before(told_at, since) ? ANEW_MS : AGAIN_MS;

	return rel_is_set(told_at) && rel_before(now, rel_after(told_at, rel_ms(quiet_ms)));
}

bool rel_notice_due(struct rel_notices *notices, enum rel_notice notice,
		    const struct rel_node_status *node, struct rel_emit_action *emit)
{
	struct rel_instant now = node->facts->now;
	struct rel_instant *since = &notices->since[notice], *told_at = &notices->told_at[notice];

	*emit = (struct rel_emit_action){.reason = rows[notice].reason, .warning = true};
	if (!rows[notice].is_so(node, emit)) {
		*since = REL_NEVER;
		return false;
	}
	if (!rel_is_set(*since))
		*since = now;
	if (rel_before(now, rel_after(*since, rel_ms(rows[notice].after_ms))) ||
	    told_lately(*told_at, *since, now))
		return false;
	*told_at = now;
	return true;
}
