/* SPDX-License-Identifier: Apache-2.0 */
/* Taking in what was observed. Nothing is decided and nothing is sent here. */
#include <string.h>

#include "redis-election/base/text.h"
#include "role.h"

bool rel_facts_writable(const struct rel_facts *facts)
{
	return facts->reach == REL_REDIS_UP && facts->redis.is_leader &&
	       facts->redis.min_replicas != REL_LATCH_VALUE;
}

bool rel_facts_fenced(const struct rel_facts *facts)
{
	switch (facts->reach) {
	case REL_REDIS_GONE:
	case REL_REDIS_LOADING:
		return true;
	case REL_REDIS_UP:
		return !rel_facts_writable(facts) && !facts->unlatching;
	case REL_REDIS_UNSEEN:
	case REL_REDIS_SILENT:
	case REL_REDIS_REFUSED:
		return false;
	}
	return false;
}

bool rel_facts_hung(const struct rel_role *role)
{
	const struct rel_facts *facts = &role->facts;

	return rel_is_set(facts->silent_since) &&
	       !rel_before(facts->now,
			   rel_after(facts->silent_since, role->config.redis_down_after));
}

struct rel_duration rel_facts_claim_left(const struct rel_facts *facts)
{
	if (facts->claim.state != REL_CLAIM_SELF)
		return rel_ms(0);
	return rel_between(facts->now, facts->claim.valid_until);
}

static bool same_address(const char *address, const char *host, uint16_t port)
{
	bool bracketed = address[0] == '[';
	const char *name = address + bracketed;
	size_t length = strlen(host);
	const char *colon = name + length + bracketed;
	uint64_t number;

	return strncmp(name, host, length) == 0 && (!bracketed || name[length] == ']') &&
	       colon[0] == ':' && rel_text_to_u64(colon + 1, &number) && number == port;
}

/* Does our Redis follow the Redis of the leader we know? */
bool rel_facts_follows_leader(const struct rel_facts *facts)
{
	return facts->reach == REL_REDIS_UP && !facts->redis.is_leader &&
	       facts->leader_address[0] != '\0' &&
	       same_address(facts->leader_address, facts->redis.followed_host,
			    facts->redis.followed_port);
}

/* Protocol, "Follow": the holder of the highest epoch seen, and nobody below it. */
void rel_facts_learn_leader(struct rel_facts *facts)
{
	const struct rel_claim *highest = facts->election.highest;

	if (highest == NULL || !rel_member_is_set(&highest->leader))
		return;
	if (highest->epoch != facts->leader_epoch ||
	    !rel_member_equal(&facts->leader, &highest->leader)) {
		facts->leader_since = facts->now;
		facts->leader_line = (struct rel_line){.fork_offset = -1};
	}
	facts->leader = highest->leader;
	facts->leader_epoch = highest->epoch;
	facts->leader_promoted = highest->promoted;
	rel_text_copy(facts->leader_address, sizeof(facts->leader_address), highest->address);
}

/* A process that was in sync, or led, under our eyes has the data that its offset
 * says. One that was restarted has what its files had. */
static void notice_warmth(struct rel_facts *facts)
{
	const struct rel_redis_view *redis = &facts->redis;
	bool in_sync = !redis->is_leader && redis->link_was_up && !redis->syncing;
	bool leads = rel_facts_writable(facts) && facts->claim.state == REL_CLAIM_SELF;

	facts->warm_seen = in_sync || leads ||
			   (facts->warm_seen && rel_text_equal(facts->warm_run_id, redis->run_id));
	if (facts->warm_seen)
		rel_text_copy(facts->warm_run_id, sizeof(facts->warm_run_id), redis->run_id);
	else if (facts->mark_loaded && facts->mark.epoch != 0 &&
		 rel_text_equal(facts->mark.run_id, redis->run_id))
		rel_text_copy(facts->warm_run_id, sizeof(facts->warm_run_id), redis->run_id);
}

static void redis_up(struct rel_role *role, const struct rel_redis_view *view)
{
	struct rel_facts *facts = &role->facts;

	if (!rel_text_equal(facts->redis.run_id, view->run_id)) {
		facts->run_since = facts->now;
		role->announce = true; /* now others need the mark */
		role->restore_ping = role->unpause = false;
		facts->unlatching = false;
	}
	/* Redis answers in order: a view asked for later shows what became of it. */
	facts->unlatching &= rel_before(facts->observed_at, facts->unlatched_at);
	facts->redis = *view;
	facts->reach = REL_REDIS_UP;
	facts->silent_since = REL_NEVER;
	if (view->min_replicas >= 0 && view->min_replicas != REL_LATCH_VALUE)
		role->user_min_replicas = view->min_replicas;
	notice_warmth(facts);
}

static void redis_seen(struct rel_role *role, const struct rel_event *event)
{
	struct rel_facts *facts = &role->facts;
	bool asked = event->op != 0 && event->op == role->observe.op;
	struct rel_instant since = asked ? role->observe.since : facts->now;

	if (event->op == 0) {
		facts->observed_at = facts->now; /* of a new connection */
	} else if (event->op == role->observe.op) {
		facts->observed_at = role->observe.since;
		role->observe.op = 0;
	}
	switch (event->redis.reach) {
	case REL_REDIS_UP:
		redis_up(role, event->redis.view);
		break;
	case REL_REDIS_LOADING:
		facts->reach = REL_REDIS_LOADING;
		facts->silent_since = REL_NEVER;
		break;
	case REL_REDIS_GONE:
		facts->reach = REL_REDIS_GONE;
		facts->silent_since = REL_NEVER;
		break;
	case REL_REDIS_REFUSED:
		facts->reach = REL_REDIS_REFUSED;
		facts->redis_err = event->err;
		if (!rel_is_set(facts->silent_since))
			facts->silent_since = facts->now;
		break;
	case REL_REDIS_UNSEEN:
	case REL_REDIS_SILENT:
		if (!rel_is_set(facts->silent_since))
			facts->silent_since = since;
		break;
	}
}

/* Redis itself answered, if only to refuse. */
static bool answered(enum rel_err err)
{
	switch (rel_err_class(err)) {
	case REL_CLASS_OK:
	case REL_CLASS_DENIED:
	case REL_CLASS_INVALID:
	case REL_CLASS_MISSING:
	case REL_CLASS_CONFLICT:
		return true;
	case REL_CLASS_TRANSIENT:
	case REL_CLASS_TIMEOUT:
		return false;
	}
	return false;
}

/* An answered command is an observation of its own; everything else about it is
 * believed when INFO shows it. */
static void latch_done(struct rel_role *role, enum rel_err err)
{
	role->latch.op = 0;
	role->observe_soon = true;
	role->latch_look = role->facts.now;
	if (err == REL_OK) {
		role->facts.redis.min_replicas = REL_LATCH_VALUE;
		role->facts.unlatching = false;
	} else if (answered(err) && err != REL_ERR_STALE) {
		role->latch_hold = rel_after(role->facts.now, role->config.observe_interval);
	}
}

static void command_done(struct rel_role *role, enum rel_err err)
{
	struct rel_facts *facts = &role->facts;

	role->command.op = 0;
	role->observe_soon = true;
	role->command_look = facts->now;
	if (err != REL_OK)
		role->command_hold = rel_after(facts->now, role->config.observe_interval);
	switch (role->command_kind) {
	case REL_REDIS_UNLATCH:
		facts->unlatching &= !answered(err);
		if (err == REL_OK)
			facts->redis.min_replicas = role->user_min_replicas;
		break;
	case REL_REDIS_PAUSE:
		if (err == REL_OK)
			role->handover.paused_at = facts->now;
		break;
	case REL_REDIS_FOLLOW:
		if (err == REL_OK)
			facts->redis.is_leader = false;
		break;
	case REL_REDIS_PROMOTE:
		/* Its line may be two steps from the record's now; it is in order all the same. */
		if (err == REL_OK && facts->claim.state == REL_CLAIM_SELF)
			rel_text_copy(role->vouched, sizeof(role->vouched), facts->redis.run_id);
		break;
	case REL_REDIS_UNPAUSE:
		role->unpause &= !answered(err);
		break;
	case REL_REDIS_PING_PERIOD:
		if (role->restoring)
			role->restore_ping &= !answered(err);
		break;
	case REL_REDIS_KILL:
	case REL_REDIS_LATCH:
		break;
	}
}

static void redis_done(struct rel_role *role, const struct rel_event *event)
{
	if (event->op == role->latch.op)
		latch_done(role, event->err);
	else if (event->op == role->command.op)
		command_done(role, event->err);
}

static void surveyed(struct rel_role *role, const struct rel_event *event)
{
	struct rel_facts *facts = &role->facts;

	if (event->op != role->survey.op)
		return;
	role->survey.op = 0;
	if (role->survey_one) {
		role->target_view = *event->survey;
		return;
	}
	facts->survey = *event->survey;
	facts->surveyed_at = role->survey.since;
	for (int i = 0; i < facts->survey.count; i++) {
		const struct rel_survey_result *result = &facts->survey.at[i];
		if (rel_member_equal(&result->member, &facts->leader) &&
		    result->reach == REL_REDIS_UP && result->view.is_leader)
			facts->leader_line = result->view.line;
	}
}

static void mark_loaded(struct rel_role *role, const struct rel_event *event)
{
	struct rel_facts *facts = &role->facts;

	facts->mark_loaded = true;
	if (event->err != REL_OK || event->mark == NULL)
		return;
	facts->mark = *event->mark;
	if (facts->mark.min_replicas >= 0 && facts->mark.min_replicas != REL_LATCH_VALUE)
		role->user_min_replicas = facts->mark.min_replicas;
	notice_warmth(facts);
}

static void mark_saved(struct rel_role *role, enum rel_err err)
{
	role->mark_save.op = 0;
	if (err != REL_OK)
		return;
	role->announce |= role->announce_mark;
	role->announce_mark = false;
	role->facts.mark = role->mark_sent;
}

static void patched(struct rel_role *role, const struct rel_event *event)
{
	/* The pod watch shows the effect; a failure is tried again, but not at once. */
	struct rel_instant after =
		rel_after(role->facts.now, rel_ms(event->err == REL_OK ? 1000 : 500));

	if (event->op == role->own_patch.op) {
		role->announce |= role->announce_sent && event->err != REL_OK;
		role->own_patch.op = 0;
		role->own_patch_after = after;
	} else if (event->op == role->strip_patch.op) {
		role->strip_patch.op = 0;
		role->strip_patch_after = rel_after(role->facts.now, rel_ms(100));
	}
}

/* Does this event tell of data, of pods or of the record? */
static bool changes_standing(enum rel_event_type type)
{
	switch (type) {
	case REL_EVENT_REGISTER_READ:
	case REL_EVENT_REGISTER_SEEN:
	case REL_EVENT_REGISTER_WRITTEN:
	case REL_EVENT_PODS_SEEN:
	case REL_EVENT_REDIS_SEEN:
	case REL_EVENT_SURVEYED:
	case REL_EVENT_MARK_LOADED:
	case REL_EVENT_MARK_SAVED:
		return true;
	case REL_EVENT_TICK:
	case REL_EVENT_REGISTER_WATCH:
	case REL_EVENT_POD_PATCHED:
	case REL_EVENT_REDIS_DONE:
	case REL_EVENT_COMMAND:
	case REL_EVENT_STOP:
	case REL_EVENT_STOP_NOW:
		return false;
	}
	return true;
}

void rel_role_absorb(struct rel_role *role, const struct rel_event *event)
{
	role->rank_again |= changes_standing(event->type);
	role->facts.now = event->now;
	role->facts.wall = event->wall;
	switch (event->type) {
	case REL_EVENT_MARK_LOADED:
		mark_loaded(role, event);
		break;
	case REL_EVENT_MARK_SAVED:
		if (event->op == role->mark_save.op) {
			mark_saved(role, event->err);
		}
		break;
	case REL_EVENT_PODS_SEEN:
		role->facts.pods = *event->pods;
		role->facts.pods_known = true;
		break;
	case REL_EVENT_POD_PATCHED:
		patched(role, event);
		break;
	case REL_EVENT_REDIS_SEEN:
		redis_seen(role, event);
		break;
	case REL_EVENT_REDIS_DONE:
		redis_done(role, event);
		break;
	case REL_EVENT_SURVEYED:
		surveyed(role, event);
		break;
	case REL_EVENT_COMMAND:
		rel_operator_absorb(role, event);
		break;
	case REL_EVENT_STOP_NOW:
		role->facts.stop_now = true;
		role->facts.stopping = true;
		break;
	case REL_EVENT_STOP:
		role->facts.stopping = true;
		break;
	case REL_EVENT_TICK:
	case REL_EVENT_REGISTER_READ:
	case REL_EVENT_REGISTER_SEEN:
	case REL_EVENT_REGISTER_WATCH:
	case REL_EVENT_REGISTER_WRITTEN:
		break;
	}
}
