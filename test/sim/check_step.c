/* SPDX-License-Identifier: Apache-2.0 */
/* What an agent may claim and ask for, given what the world knows. */
#include "check.h"

#include "redis-election/base/text.h"
#include "redis-election/facts.h"
#include "trace.h"

uint32_t uid_number(const char *uid)
{
	uint64_t number;

	return strncmp(uid, "lease-", 6) == 0 && rel_text_to_u64(uid + 6, &number)
		       ? (uint32_t)number
		       : 0;
}

void check_shown(struct world *world, int slot, const struct rel_record *record)
{
	struct agent *agent = &world->slot[slot].agent;
	enum rel_record_kind kind = rel_record_kind(record);

	agent->seen[agent->seen_count++ % SEEN_MAX] = (struct seen){
		.uid = uid_number(record->version.uid), .index = record->version.index};
	if (kind == REL_RECORD_HELD || kind == REL_RECORD_RELEASED) {
		agent->shown_lease = rel_record_duration(record, rel_ms(0)).ns;
		if (record->epoch > agent->shown_epoch)
			agent->shown_epoch = record->epoch;
	}
	if (kind != REL_RECORD_HELD || record->epoch < agent->best_epoch)
		return;
	agent->best_epoch = record->epoch;
	agent->best_holder = pods_by_identity(world, record->holder);
	rel_text_copy(agent->best_address, REL_ADDRESS_SIZE, record->address);
}

static bool was_shown(const struct agent *agent, const struct rel_version *version)
{
	uint32_t kept = agent->seen_count < SEEN_MAX ? agent->seen_count : SEEN_MAX;

	for (uint32_t i = 0; i < kept; i++)
		if (agent->seen[i].index == version->index &&
		    agent->seen[i].uid == uid_number(version->uid))
			return true;
	return false;
}

/* What no protocol can keep: somebody's hand wiped out what told of a claim, and who
 * then took the record never saw, in this life, what stood there before. */
static bool is_overtaken(const struct slot *taker, const struct slot *other)
{
	return taker->agent.took_blindly_at > other->committed_at;
}

/* Nobody else may act on a claim while this one lasts. */
static void check_alone(struct world *world, int slot)
{
	if (world->store.restored)
		return;
	for (int i = 0; i < SLOTS_MAX; i++) {
		struct slot *at = &world->slot[slot], *other = &world->slot[i];

		if (i == slot || !other->used ||
		    (other->agent.valid_until <= world->now &&
		     other->agent.old_valid <= world->now))
			continue;
		if (is_overtaken(at, other))
			other->agent.overtaken = true;
		else if (is_overtaken(other, at))
			at->agent.overtaken = true;
		else
			world_fail(world, "S1", "%s and %s hold valid claims at once",
				   world->slot[slot].identity, other->identity);
	}
	if (world->rival.until > world->now && !world->rival.uninvited)
		world_fail(world, "S1", "%s holds a claim beside the foreign holder",
			   world->slot[slot].identity);
}

/* A claim ends before the lease that was committed does, fence included. */
static void check_end(struct world *world, int slot, int64_t limit)
{
	const struct slot *at = &world->slot[slot];

	if (world->store.restored)
		return;
	if (limit > at->committed_at + at->committed_lease + US)
		world_fail(world, "S3", "%s claims until %.3f s, its last write ends at %.3f s",
			   at->identity, (double)limit / 1e9,
			   (double)(at->committed_at + at->committed_lease) / 1e9);
}

static void give_up_claim(struct world *world, struct agent *agent)
{
	int64_t limit = world->now + world->settings.fence;

	agent->holds = false;
	if (agent->valid_until <= world->now) {
		world->stats.count[STAT_DEADLINES]++;
		return;
	}
	agent->valid_until = world->now;
	if (agent->write_limit > limit)
		agent->write_limit = limit;
	if (agent->old_valid > world->now)
		agent->old_valid = world->now;
	if (agent->old_limit > limit)
		agent->old_limit = limit;
}

static void follow_claim(struct world *world, int slot, const struct rel_claim *claim,
			 struct rel_instant now)
{
	struct slot *at = &world->slot[slot];
	struct agent *agent = &at->agent;
	struct rel_instant with_fence =
		rel_after(claim->valid_until, rel_ms(world->settings.fence / MS));
	int64_t valid_until;

	if (claim->state != REL_CLAIM_SELF || !rel_before(now, claim->valid_until)) {
		if (agent->holds)
			give_up_claim(world, agent);
		return;
	}
	valid_until = clock_real(&at->clock, claim->valid_until.ns);
	if (!agent->holds)
		agent->overtaken = false;
	if (!agent->holds || valid_until > agent->valid_until || claim->epoch != agent->epoch) {
		check_alone(world, slot);
		check_end(world, slot, clock_real(&at->clock, with_fence.ns));
		TRACE(world, slot, "claims epoch %lu until %.3f s", (unsigned long)claim->epoch,
		      (double)valid_until / 1e9);
	}
	agent->holds = true;
	agent->epoch = claim->epoch;
	agent->valid_until = valid_until;
	agent->write_limit = clock_real(&at->clock, with_fence.ns);
}

/* Does a command that opens this process still wait in its sockets, or on the way there?
 * A promotion that comes late opens nothing while the latch is set. */
static bool opens_later(const struct world *world, int slot)
{
	const struct redis *redis = &world->slot[slot].redis;

	for (uint32_t i = 1; i < ERRANDS_MAX && redis->up; i++) {
		const struct errand *errand = &world->errand[i];

		if (!world->errand_used[i] || errand->slot != slot || errand->run != redis->run ||
		    errand->type != REL_ACTION_REDIS_COMMAND)
			continue;
		if (errand->redis.command == REL_REDIS_UNLATCH ||
		    (errand->redis.command == REL_REDIS_PROMOTE &&
		     redis->min_replicas != REL_LATCH_VALUE))
			return true;
	}
	return false;
}

static bool is_fenced(const struct world *world, int slot)
{
	const struct redis *redis = &world->slot[slot].redis;

	return !redis->up ||
	       ((!redis->leader || redis->min_replicas == REL_LATCH_VALUE) &&
		!opens_later(world, slot));
}

static bool same_spec(const struct rel_record *a, const struct rel_record *b)
{
	return rel_text_equal(a->holder, b->holder) && rel_text_equal(a->stamp, b->stamp) &&
	       a->epoch == b->epoch && a->mark == b->mark && a->duration_s == b->duration_s &&
	       a->duration_ms == b->duration_ms && a->renewed.us == b->renewed.us &&
	       a->acquired.us == b->acquired.us && a->transitions == b->transitions;
}

/* A write may be committed long after it was first sent: what was known of the target's
 * data was known then. */
static void note_target(struct world *world, struct slot *at, const struct rel_record *record)
{
	int target = pods_by_identity(world, record->holder);

	if (at->named_epoch == record->epoch)
		return;
	at->named_epoch = record->epoch;
	at->named_run = target != NOBODY ? world->slot[target].redis.run : 0;
}

/* Writes that do not name their author holder: a release or hand-over of its own
 * record by a fenced holder, or a wish left beside the record of another. */
static void check_foreign_write(struct world *world, int slot, const struct rel_action *action)
{
	struct slot *at = &world->slot[slot];
	const struct version *expected = register_find(world, &action->expected);

	register_encode(action->record, &world->store.sent);
	if (expected == NULL || same_spec(&expected->record, &world->store.sent))
		return;
	/* A version of a history that was taken back is another record now. */
	if (world->store.restored && pods_by_identity(world, action->record->holder) == NOBODY)
		return;
	if (!rel_text_equal(expected->record.holder, at->identity) ||
	    expected->kind != REL_RECORD_HELD)
		world_fail(world, "S5", "%s writes holder '%s' over a record of '%s'", at->identity,
			   action->record->holder, expected->record.holder);
	if (expected->author == AUTHOR_MEMBER && expected->slot != slot &&
	    !rel_text_equal(expected->record.holder, at->identity))
		world_fail(world, "S5", "%s releases what it did not write", at->identity);
	note_target(world, at, action->record);
	if (!is_fenced(world, slot))
		world_fail(world, "S6", "%s hands over to '%s', its Redis is or will be open",
			   at->identity, action->record->holder);
}

static void check_register_write(struct world *world, int slot, const struct rel_action *action)
{
	const struct slot *at = &world->slot[slot];

	if (action->expected.index == 0 || action->expected.uid[0] == '\0' ||
	    !was_shown(&at->agent, &action->expected))
		world_fail(world, "S5", "%s expects %s/%lu, which it was never shown", at->identity,
			   action->expected.uid, (unsigned long)action->expected.index);
	TRACE(world, slot, "> write on %lu holder=%s epoch=%lu mark=%lx",
	      (unsigned long)action->expected.index, action->record->holder,
	      (unsigned long)action->record->epoch, (unsigned long)action->record->mark);
	if (action->record->epoch >= EPOCH_LIMIT)
		world_fail(world, "S2", "%s writes epoch %lu, which nobody can read", at->identity,
			   (unsigned long)action->record->epoch);
	if (at->agent.last_expected == action->expected.index)
		world->stats.count[STAT_REPEATED]++;
	world->slot[slot].agent.last_expected = action->expected.index;
	if (!rel_text_equal(action->record->holder, at->identity))
		check_foreign_write(world, slot, action);
}

/* Where FOLLOW may lead. */
static void check_follow(struct world *world, int slot, const struct rel_redis_action *redis)
{
	const struct slot *at = &world->slot[slot];
	size_t length = strlen(redis->host);

	if (redis->port == REL_NOWHERE_PORT && rel_text_equal(redis->host, REL_NOWHERE_HOST))
		return;
	if (strncmp(at->address, redis->host, length) == 0 && at->address[length] == ':')
		world_fail(world, "S10", "%s would follow itself", at->identity);
	if (strncmp(at->agent.best_address, redis->host, length) == 0 &&
	    at->agent.best_address[length] == ':')
		return;
	/* Epochs of a history that was taken back bind nobody. */
	if (world->store.restored)
		return;
	if (at->agent.best_holder != NOBODY &&
	    strncmp(world->slot[at->agent.best_holder].address, redis->host, length) == 0)
		return;
	world_fail(world, "S10", "%s follows %s, but the highest epoch it saw is led by %s",
		   at->identity, redis->host, at->agent.best_address);
}

static void check_redis_command(struct world *world, int slot, const struct rel_redis_action *redis,
				const struct rel_claim *claim, struct rel_instant now)
{
	const struct slot *at = &world->slot[slot];
	struct rel_instant needed = now;

	if (redis->command == REL_REDIS_FOLLOW)
		check_follow(world, slot, redis);
	if (redis->command != REL_REDIS_PROMOTE && redis->command != REL_REDIS_UNLATCH)
		return;
	if (redis->command == REL_REDIS_PROMOTE)
		needed.ns += world->settings.promote_margin;
	if (claim->state != REL_CLAIM_SELF || rel_before(claim->valid_until, needed))
		world_fail(world, "S4", "%s sends %s with %.0f ms of its claim left", at->identity,
			   trace_command(redis->command),
			   claim->state == REL_CLAIM_SELF
				   ? (double)(claim->valid_until.ns - now.ns) / 1e6
				   : 0.0);
	if (at->agent.best_epoch > claim->epoch && !world->store.restored)
		world_fail(world, "S4", "%s sends %s under epoch %lu, having seen %lu",
			   at->identity, trace_command(redis->command), (unsigned long)claim->epoch,
			   (unsigned long)at->agent.best_epoch);
}

static void check_patch(struct world *world, int slot, const struct rel_patch_action *patch,
			const struct rel_claim *claim)
{
	const struct slot *at = &world->slot[slot];
	bool own = rel_text_equal(patch->member.name, at->member.name) &&
		   rel_text_equal(patch->member.uid, at->member.uid);
	bool leads = claim->state == REL_CLAIM_SELF &&
		     (at->agent.best_epoch <= claim->epoch || world->store.restored);

	if (!own && patch->announce)
		world_fail(world, "S12", "%s announces for %s", at->identity, patch->member.name);
	if (!patch->set_role)
		return;
	if (!own && patch->role[0] != '\0')
		world_fail(world, "S12", "%s labels %s '%s'", at->identity, patch->member.name,
			   patch->role);
	if (!own && (!leads || patch->index == 0))
		world_fail(world, "S12", "%s strips %s without leading, or blindly", at->identity,
			   patch->member.name);
	if (own && rel_text_equal(patch->role, "leader") && !leads)
		world_fail(world, "S12", "%s labels itself leader without the latest claim",
			   at->identity);
}

/* For the reader: how the member ranked everybody when it decided. */
static void trace_standing(struct world *world, int slot, const struct rel_facts *facts)
{
	const struct rel_standing *standing = &facts->standing;

	for (int i = 0; i < standing->count; i++)
		TRACE(world, slot, "  standing %s kind %d offset %ld epoch %lu data %d %s%s",
		      standing->at[i].member.name, (int)standing->at[i].kind,
		      (long)standing->at[i].offset, (unsigned long)standing->at[i].epoch,
		      (int)standing->at[i].has_data, standing->at[i].fit ? "fit" : "",
		      standing->at[i].why ? standing->at[i].why : "");
}

void check_step(struct world *world, int slot, const struct rel_event *event,
		const struct rel_actions *actions)
{
	struct rel_node_status status = rel_node_status(world->slot[slot].agent.node, event->now);

	follow_claim(world, slot, &status.claim, event->now);
	for (int i = 0; i < actions->count; i++) {
		const struct rel_action *action = &actions->at[i];

		if (world->tracing && action->type != REL_ACTION_REDIS_OBSERVE &&
		    action->type != REL_ACTION_REDIS_COMMAND)
			TRACE(world, slot, "> %s op=%lx [%s, %s] %s", trace_action(action->type),
			      (unsigned long)action->op & 0xffffff,
			      rel_goal_name(status.decision.goal), status.decision.rule,
			      status.election.why ? status.election.why : "");
		if (world->tracing && action->type == REL_ACTION_REGISTER_WRITE)
			trace_standing(world, slot, status.facts);
		if (action->type == REL_ACTION_REGISTER_WRITE)
			check_register_write(world, slot, action);
		else if (action->type == REL_ACTION_REDIS_COMMAND)
			check_redis_command(world, slot, &action->redis, &status.claim, event->now);
		else if (action->type == REL_ACTION_PATCH_POD)
			check_patch(world, slot, &action->patch, &status.claim);
	}
}
