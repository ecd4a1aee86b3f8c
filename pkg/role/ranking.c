/* SPDX-License-Identifier: Apache-2.0 */
/* Whose data is best. docs/protocol.md, "Who tries first". The data decides: kind,
 * then offset; priority, revision and ordinal only between equals. */
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "role.h"

/* Marks are published when an agent or its Redis starts: time for that to arrive. */
#define PUBLISH_MS 500
/* So long members with more data are waited for, once the lease may be taken. */
#define OVERDUE_MS 5000

/* By the record's line; of a later leader whose line was never published; … */
enum { LATER_LEADER = 0, FIRST_KIND = 1, SECOND_KIND = 2, NOT_OF_THE_LINE = 3 };

static bool same_replid(const char *a, const char *b)
{
	return a[0] != '\0' && rel_text_equal(a, b);
}

static bool is_or_was(const struct rel_line *line, const char *replid)
{
	return same_replid(line->replid, replid) || same_replid(line->replid2, replid);
}

/* A replica takes the replid of its leader when it attaches. Before it has got as far
 * as the fork it has only the old history, however long. */
static uint8_t kind_by(const struct rel_line *line, const struct rel_line *leader)
{
	if (is_or_was(line, leader->replid))
		return line->offset < leader->fork_offset ? SECOND_KIND : FIRST_KIND;
	if (is_or_was(line, leader->replid2))
		return SECOND_KIND;
	return NOT_OF_THE_LINE;
}

static uint8_t kind_of(const struct rel_line *line, const struct rel_record *record)
{
	return kind_by(line, &record->line);
}

/* A Redis that loaded an AOF has forgotten its replid and offset, though it has its
 * data: then the mark beside the data says where it stands. An empty one stands
 * nowhere. */
struct rel_line rel_facts_line(const struct rel_redis_view *view, const struct rel_mark *mark,
			       const struct rel_record *record)
{
	bool of_line = record != NULL && view->line_known &&
		       kind_of(&view->line, record) != NOT_OF_THE_LINE;
	bool restarted = mark->epoch != 0 && !rel_text_equal(mark->run_id, view->run_id);

	if (!of_line && restarted && view->aof_enabled && view->has_data)
		return mark->line;
	if (!view->line_known)
		return (struct rel_line){.fork_offset = -1};
	return view->line;
}

/* The newest revision is that of the highest ordinal: a StatefulSet updates from
 * there downwards. */
static const char *newest_revision(const struct rel_pods *pods)
{
	const struct rel_pod *highest = NULL;

	for (int i = 0; i < pods->count; i++)
		if (!pods->at[i].terminating &&
		    (highest == NULL || rel_member_ordinal(&pods->at[i].member) >
						rel_member_ordinal(&highest->member)))
			highest = &pods->at[i];
	return highest != NULL ? highest->revision : "";
}

/* Everything but the comparison with the others. */
static const char *unfit_by_itself(const struct rel_redis_view *view, const struct rel_pod *pod)
{
	if (view->loading)
		return "loading its data";
	if (view->syncing)
		return "in the middle of a full sync";
	if (view->persistence_failed)
		return "cannot write its files";
	if (view->shutdown_ms > 0)
		return "shutting down";
	if (pod == NULL)
		return "";
	if (pod->terminating)
		return "its pod is terminating";
	if (pod->no_promote)
		return "may not be promoted";
	if (pod->priority == 0)
		return "priority 0";
	return "";
}

static void weigh(const struct rel_facts *facts, struct rel_candidate *candidate,
		  const struct rel_redis_view *view, const struct rel_mark *mark)
{
	const struct rel_record *record = facts->election.record;
	struct rel_line line = rel_facts_line(view, mark, record);
	bool known = line.replid[0] != '\0';

	candidate->from_disk = !view->line_known || !rel_text_equal(line.replid, view->line.replid);
	candidate->kind = record != NULL && known ? kind_of(&line, record) : NOT_OF_THE_LINE;
	if (known && kind_by(&line, &facts->leader_line) == FIRST_KIND)
		candidate->kind = FIRST_KIND;
	candidate->has_data = view->has_data;
	candidate->offset = known ? line.offset : 0;
	/* An old mark says nothing about data that came later, or from an older file. */
	candidate->epoch = known && (candidate->from_disk || is_or_was(&line, mark->line.replid) ||
				     rel_text_equal(mark->run_id, view->run_id))
				   ? mark->epoch
				   : 0;
	if (candidate->kind == NOT_OF_THE_LINE && !view->has_data) {
		candidate->offset = 0;
		candidate->epoch = 0;
	}
	rel_text_copy(candidate->replid, sizeof(candidate->replid), line.replid);
}

static void raise_epoch(uint64_t *epoch, uint64_t to)
{
	if (to > *epoch)
		*epoch = to;
}

/* Data of one history is of one epoch: a member's mark tells of another's too, also when
 * its own data is not that any more. */
static void share_epochs(struct rel_standing *standing)
{
	for (int i = 0; i < standing->count; i++) {
		struct rel_candidate *candidate = &standing->at[i];

		for (int j = 0; j < standing->count; j++) {
			const struct rel_candidate *other = &standing->at[j];
			if (same_replid(candidate->replid, other->mark->line.replid))
				raise_epoch(&candidate->epoch, other->mark->epoch);
			if (same_replid(candidate->replid, other->replid))
				raise_epoch(&candidate->epoch, other->epoch);
		}
	}
}

static void refuse(struct rel_candidate *candidate, const char *why)
{
	candidate->short_of_data = candidate->fit;
	candidate->fit = false;
	candidate->why = why;
}

/* A leader may end before it could publish its line. Who followed it knows its epoch. */
static void find_later(struct rel_standing *standing, const struct rel_record *record)
{
	bool exists = false;

	if (record == NULL || record->line_epoch == 0)
		return;
	for (int i = 0; i < standing->count; i++) {
		struct rel_candidate *candidate = &standing->at[i];
		if (candidate->epoch > record->line_epoch && candidate->fit) {
			candidate->kind = LATER_LEADER;
			exists = true;
		}
	}
	for (int i = 0; i < standing->count && exists; i++)
		if (standing->at[i].kind != LATER_LEADER && standing->at[i].fit)
			refuse(&standing->at[i], "a later leader's data exists");
}

/* Has data where the empty one has none. One that is as far on the line as anybody is no
 * such case: its leader has deleted everything. */
static bool has_what_it_lacks(const struct rel_candidate *other, const struct rel_candidate *empty)
{
	if (!other->has_data)
		return false;
	return empty->kind == NOT_OF_THE_LINE || other->kind < empty->kind ||
	       (other->kind == empty->kind && other->offset > empty->offset);
}

/* An empty Redis never goes before data, also where who has it may not lead. */
static void refuse_empty(struct rel_standing *standing)
{
	for (int i = 0; i < standing->count; i++)
		for (int j = 0; j < standing->count; j++)
			if (!standing->at[i].has_data && standing->at[i].fit &&
			    has_what_it_lacks(&standing->at[j], &standing->at[i]))
				refuse(&standing->at[i], "empty, and another has data");
}

/* Before there is a list everybody counts. */
static bool is_listed(const struct rel_record *record, const struct rel_member *member)
{
	return record == NULL || record->members.count == 0 ||
	       rel_members_find(&record->members, member) >= 0;
}

static void add_candidate(struct rel_role *role, const struct rel_member *member,
			  const struct rel_redis_view *view, const struct rel_mark *own_mark,
			  const char *newest)
{
	struct rel_facts *facts = &role->facts;
	struct rel_standing *standing = &facts->standing;
	int index = rel_pods_find(&facts->pods, member);
	const struct rel_pod *pod = index >= 0 ? &facts->pods.at[index] : NULL;
	struct rel_candidate *candidate = &standing->at[standing->count++];
	static const struct rel_mark no_mark = {0};
	const struct rel_mark *mark = own_mark != NULL ? own_mark : &no_mark;

	if (own_mark == NULL && pod != NULL && pod->announced)
		mark = &pod->mark;
	*candidate = (struct rel_candidate){.member = *member, .mark = mark};
	candidate->priority = pod != NULL ? pod->priority : role->config.priority;
	candidate->ordinal = rel_member_ordinal(member);
	candidate->updated =
		pod != NULL && pod->revision[0] != '\0' && rel_text_equal(pod->revision, newest);
	if (pod != NULL)
		rel_text_copy(candidate->address, sizeof(candidate->address), pod->address);
	candidate->why = unfit_by_itself(view, pod);
	candidate->passed_over = rel_gift_passes_over(role, member);
	candidate->fit = candidate->why[0] == '\0';
	candidate->listed = is_listed(facts->election.record, member);
	weigh(facts, candidate, view, mark);
}

static bool any_fit(const struct rel_standing *standing, uint8_t worst_kind)
{
	for (int i = 0; i < standing->count; i++)
		if (standing->at[i].fit && standing->at[i].kind <= worst_kind)
			return true;
	return false;
}

/* Second kind, beyond the fork: it has writes that its successors never had. */
static void cap_at_fork(struct rel_standing *standing, const struct rel_record *record)
{
	bool first_exists = any_fit(standing, FIRST_KIND);

	for (int i = 0; i < standing->count; i++) {
		struct rel_candidate *candidate = &standing->at[i];
		if (candidate->kind != SECOND_KIND || candidate->offset <= record->line.fork_offset)
			continue;
		candidate->offset = record->line.fork_offset;
		if (first_exists)
			refuse(candidate, "has writes beyond the fork");
	}
}

/* Behind what the leader published; or, when everybody was seen and nobody can come
 * who has more, behind the best of them. */
static void judge_lag(struct rel_standing *standing, const struct rel_record *record,
		      int64_t max_lag)
{
	int64_t best = standing->all_reachable ? 0 : record->line.offset;

	for (int i = 0; i < standing->count; i++)
		if (standing->at[i].fit && standing->at[i].kind == FIRST_KIND &&
		    standing->at[i].offset > best)
			best = standing->at[i].offset;
	for (int i = 0; i < standing->count; i++) {
		struct rel_candidate *candidate = &standing->at[i];
		if (candidate->fit && candidate->kind != LATER_LEADER &&
		    best - candidate->offset > max_lag)
			refuse(candidate, "lags behind the leader");
	}
}

/* > 0 when a has more data than b. */
static int compare_data(const struct rel_candidate *a, const struct rel_candidate *b, bool by_line)
{
	if (by_line && a->kind != b->kind)
		return a->kind < b->kind ? 1 : -1;
	if (!by_line && a->epoch != b->epoch)
		return a->epoch > b->epoch ? 1 : -1;
	if (a->offset != b->offset)
		return a->offset > b->offset ? 1 : -1;
	if (a->has_data != b->has_data)
		return a->has_data ? 1 : -1;
	/* A mark may be newer than the file, after the crash of a machine. */
	if (a->from_disk != b->from_disk)
		return b->from_disk ? 1 : -1;
	return 0;
}

/* > 0 when a goes before b. */
static int compare(const struct rel_candidate *a, const struct rel_candidate *b, bool by_line)
{
	int data = compare_data(a, b, by_line);

	if (data != 0)
		return data;
	if (a->priority != b->priority)
		return a->priority > b->priority ? 1 : -1;
	if (a->updated != b->updated)
		return a->updated ? 1 : -1;
	if (a->ordinal != b->ordinal)
		return a->ordinal < b->ordinal ? 1 : -1;
	return strcmp(b->member.name, a->member.name);
}

static void place(struct rel_standing *standing)
{
	standing->rank = standing->better = 0;
	standing->best_other = -1;
	for (int i = 1; i < standing->count; i++) {
		const struct rel_candidate *other = &standing->at[i];
		bool better = compare(other, &standing->at[0], standing->by_line) > 0;
		if (!other->fit || other->passed_over)
			continue;
		standing->better += compare_data(other, &standing->at[0], standing->by_line) > 0;
		if (!other->listed)
			continue;
		standing->rank += better;
		if (standing->best_other < 0 ||
		    compare(other, &standing->at[standing->best_other], standing->by_line) > 0)
			standing->best_other = i;
	}
}

/* Who is listed has a pod, though our list of pods may be old. */
static int expected_members(const struct rel_role *role)
{
	const struct rel_record *record = role->facts.election.record;
	int listed = record != NULL ? record->members.count : 0;
	int pods = 0;

	if (role->config.expected_members > 0)
		return role->config.expected_members;
	for (int i = 0; i < role->facts.pods.count; i++)
		pods += !role->facts.pods.at[i].terminating;
	return pods > listed ? pods : listed;
}

static void gather(struct rel_role *role)
{
	struct rel_facts *facts = &role->facts;
	struct rel_standing *standing = &facts->standing;
	const char *newest = newest_revision(&facts->pods);
	int reachable = facts->reach == REL_REDIS_UP;

	standing->count = 0;
	add_candidate(role, &role->config.self, &facts->redis, &facts->mark, newest);
	if (facts->reach != REL_REDIS_UP)
		refuse(&standing->at[0], "its Redis does not answer");
	for (int i = 0; i < facts->survey.count; i++) {
		const struct rel_survey_result *result = &facts->survey.at[i];
		if (result->reach != REL_REDIS_UP)
			continue;
		rel_assert(standing->count <= REL_MEMBERS_MAX);
		add_candidate(role, &result->member, &result->view, NULL, newest);
		reachable++;
	}
	standing->all_reachable = facts->pods_known && reachable >= expected_members(role);
}

void rel_ranking(struct rel_role *role)
{
	struct rel_standing *standing = &role->facts.standing;
	const struct rel_record *record = role->facts.election.record;

	gather(role);
	share_epochs(standing);
	find_later(standing, record);
	refuse_empty(standing);
	standing->by_line = any_fit(standing, SECOND_KIND);
	if (standing->by_line) {
		cap_at_fork(standing, record);
		for (int i = 0; i < standing->count; i++)
			if (standing->at[i].kind == NOT_OF_THE_LINE && standing->at[i].fit)
				refuse(&standing->at[i], "not of the line");
		judge_lag(standing, record, role->config.max_lag);
	}
	place(standing);
}

bool rel_ranking_settled(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	if (facts->reach != REL_REDIS_UP || facts->election.record == NULL ||
	    !facts->redis.line_known || !same_replid(facts->warm_run_id, facts->redis.run_id))
		return false;
	return is_or_was(&facts->redis.line, facts->leader_line.replid) ||
	       kind_of(&facts->redis.line, facts->election.record) != NOT_OF_THE_LINE;
}

bool rel_ranking_in_sync(const struct rel_role *role)
{
	const struct rel_candidate *self = &role->facts.standing.at[0];

	return rel_ranking_settled(role) && role->facts.warm_seen && !self->short_of_data &&
	       self->kind <= FIRST_KIND;
}

bool rel_ranking_waited(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;
	struct rel_instant from = rel_later(facts->started, facts->run_since);
	struct rel_duration wait = role->config.bootstrap_grace;

	if (facts->standing.all_reachable && wait.ns > rel_ms(PUBLISH_MS).ns)
		wait = rel_ms(PUBLISH_MS);
	return !rel_before(facts->now, rel_after(from, wait));
}

bool rel_ranking_fresh(const struct rel_role *role, struct rel_duration age)
{
	const struct rel_facts *facts = &role->facts;

	/* Our own Redis is compared as it was seen at the same time, not before. */
	if (facts->reach == REL_REDIS_UP && rel_before(facts->observed_at, facts->surveyed_at))
		return false;
	return rel_is_set(facts->surveyed_at) &&
	       rel_before(facts->now, rel_after(facts->surveyed_at, age));
}

/* Nobody who is listed could lead, we included, but somebody who is not. */
bool rel_ranking_only_unlisted(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;

	if (standing->best_other >= 0 || standing->at[0].fit)
		return false;
	for (int i = 1; i < standing->count; i++)
		if (standing->at[i].fit)
			return true;
	return false;
}

/* Whoever is better could have taken it long ago. Who remembers another line than we
 * may think the same of us. */
static bool overdue(const struct rel_facts *facts)
{
	return !rel_before(facts->now,
			   rel_after(facts->election.may_acquire_at, rel_ms(OVERDUE_MS)));
}

bool rel_ranking_may_campaign(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;

	/* Data straight from disk waits for those who may have more. */
	if (!rel_ranking_settled(role) && !rel_ranking_waited(role))
		return false;
	/* Whoever has more is not listed and may not acquire, or does not: take the lease
	 * without promoting, list them, hand over. */
	return standing->at[0].fit || rel_ranking_only_unlisted(role) ||
	       (standing->at[0].short_of_data &&
		(standing->best_other < 0 || overdue(&role->facts)));
}

/* Our Redis was restarted, but our files are those of the leader: whatever a replica
 * has on its disk, ours has too. Marks are up to a second old and cannot tell. */
bool rel_ranking_led_before(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;
	const struct rel_record *record = facts->election.record;

	return facts->reach == REL_REDIS_UP && facts->redis.has_data && record != NULL &&
	       facts->standing.at[0].from_disk && facts->standing.at[0].fit &&
	       same_replid(facts->mark.run_id, record->run_id);
}

bool rel_ranking_other_is_better(const struct rel_role *role)
{
	const struct rel_standing *standing = &role->facts.standing;

	if (standing->best_other < 0)
		return false;
	if (standing->at[standing->best_other].from_disk && rel_ranking_led_before(role))
		return false;
	return !standing->at[0].fit || compare_data(&standing->at[standing->best_other],
						    &standing->at[0], standing->by_line) > 0;
}
