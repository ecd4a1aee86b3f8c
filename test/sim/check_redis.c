/* SPDX-License-Identifier: Apache-2.0 */
/* What Redis executes, against claims and data that only the world knows. */
#include "check.h"

#include "redis-election/base/text.h"
#include "trace.h"

#define CALM (3 * SECOND) /* so long nothing may have gone wrong for the strict data rules */

static int64_t limit_of(const struct agent *agent)
{
	return agent->write_limit > agent->old_limit ? agent->write_limit : agent->old_limit;
}

/* Why a write past the claim may happen: the agent's timer is the only fence of
 * this version, so it cannot act while it or its Redis stands still. */
static enum excuse excuse_of(const struct world *world, int slot)
{
	const struct slot *at = &world->slot[slot];
	const struct agent *agent = &at->agent;
	const struct redis *redis = &at->redis;
	int64_t fence = world->settings.fence;

	if (!agent->running || agent->stopped)
		return EXCUSE_AGENT;
	if (agent->started_at + world->settings.restart_latch + fence >= world->now)
		return EXCUSE_RESTART;
	if (agent->resumed_at + fence >= world->now)
		return EXCUSE_AGENT;
	if (redis->continued_at != 0 && redis->stopped_open &&
	    redis->continued_at + fence >= world->now)
		return EXCUSE_REDIS;
	if (redis->refusing ||
	    (redis->reach_again_at != 0 &&
	     redis->reach_again_at + world->settings.observe + fence >= world->now))
		return EXCUSE_CUT;
	return EXCUSE_NONE;
}

static void open_window(struct world *world, int slot, enum excuse excuse)
{
	static const enum counted stats[EXCUSE_COUNT] = {
		[EXCUSE_AGENT] = STAT_WINDOWS_AGENT,
		[EXCUSE_RESTART] = STAT_WINDOWS_RESTART,
		[EXCUSE_REDIS] = STAT_WINDOWS_REDIS,
		[EXCUSE_CUT] = STAT_WINDOWS_CUT,
		[EXCUSE_PERSON] = STAT_WINDOWS_PERSON,
	};
	struct redis *redis = &world->slot[slot].redis;

	if (redis->window == EXCUSE_NONE) {
		world->stats.count[stats[excuse]]++;
		TRACE(world, slot, "writes past its claim, excused (%d)", (int)excuse);
	}
	redis->window = excuse;
}

void check_write(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	int64_t limit = limit_of(&at->agent);
	enum excuse excuse;

	if (!at->redis.opened)
		world_fail(world, "S8", "Redis of %s executes a write before any decision",
			   at->identity);
	if (world->now <= limit && at->agent.overtaken) {
		open_window(world, slot, EXCUSE_PERSON);
		return;
	}
	if (world->now <= limit) {
		at->redis.window = EXCUSE_NONE;
		return;
	}
	excuse = excuse_of(world, slot);
	if (excuse == EXCUSE_NONE)
		world_fail(world, "S1", "Redis of %s executes a write %.1f ms past its claim",
			   at->identity, (double)(world->now - limit) / 1e6);
	open_window(world, slot, excuse);
}

void check_sent(struct world *world, int slot, enum rel_redis_command command)
{
	const struct slot *at = &world->slot[slot];

	if (command != REL_REDIS_PROMOTE && command != REL_REDIS_UNLATCH)
		return;
	if (world->now > at->agent.valid_until + MS)
		world_fail(world, "S4", "%s sends %s %.1f ms after its claim", at->identity,
			   trace_command(command),
			   (double)(world->now - at->agent.valid_until) / 1e6);
}

/* Redis stops while it may still write: its fence has to wait until it wakes. */
void check_stopped(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	at->redis.stopped_open =
		world->now <= limit_of(&at->agent) || excuse_of(world, slot) != EXCUSE_NONE;
}

/* A command arrives later than it was sent: only what the record said then counts. */
static void check_process(struct world *world, int slot)
{
	const struct version *now = register_now(world);
	const struct slot *at = &world->slot[slot];
	char run[REL_REPLID_SIZE];

	if (now == NULL || now->kind != REL_RECORD_HELD || now->record.epoch != at->agent.epoch ||
	    !rel_text_equal(now->record.holder, at->identity) || now->record.run_id[0] == '\0')
		return;
	redis_text(at->redis.run, run);
	if (!rel_text_equal(run, now->record.run_id))
		world_fail(world, "S8", "%s promotes another Redis under epoch %lu", at->identity,
			   (unsigned long)now->record.epoch);
}

/* Has this member been up, and in reach of that one, for a while? */
static bool in_reach(const struct world *world, int from, int to, int64_t calm)
{
	const struct slot *a = &world->slot[from], *b = &world->slot[to];

	return b->used && b->pod.exists && !b->pod.terminating && b->redis.up &&
	       !b->redis.stopped && !b->redis.loading && !b->redis.syncing && b->agent.running &&
	       !b->agent.stopped && !world->cut[from][to] && !world->cut[to][from] &&
	       world->slow[from] == 0 && world->slow[to] == 0 && !b->redis.refusing &&
	       !b->redis.failing && !b->redis.shutting &&
	       a->pods_stalled_until + calm < world->now &&
	       world->net_changed_at + calm < world->now && a->disturbed_at + calm < world->now &&
	       b->disturbed_at + calm < world->now && b->agent.started_at + calm < world->now &&
	       b->redis.loaded_at + calm < world->now && b->redis.continued_at + calm < world->now;
}

static bool of_the_line(const struct world *world, int slot)
{
	const struct slot *at = &world->slot[slot];
	const struct version *now = register_now(world);
	char replid[REL_REPLID_SIZE], replid2[REL_REPLID_SIZE];

	if (now == NULL || now->record.line.replid[0] == '\0')
		return false;
	redis_text(at->redis.replid, replid);
	redis_text(at->redis.replid2, replid2);
	return rel_text_equal(now->record.line.replid, replid) ||
	       rel_text_equal(now->record.line.replid, replid2) ||
	       rel_text_equal(now->record.line.replid2, replid);
}

/* A line that was never published is known by the mark of who followed it, if at all.
 * One that is older than the published line does not go before what is of that. */
static bool line_tells(const struct world *world, int slot, int other)
{
	const struct slot *at = &world->slot[other];
	const struct version *now = register_now(world);
	char replid[REL_REPLID_SIZE];

	if (of_the_line(world, other))
		return true;
	redis_text(at->redis.replid, replid);
	return at->disk.has_mark && rel_text_equal(at->disk.mark.line.replid, replid) &&
	       (!of_the_line(world, slot) || at->disk.mark.epoch > now->record.line_epoch);
}

/* Did this write come in the last second before the file was cut off? A leader that was
 * restarted cannot know that it lacks what a replica of it has. */
static bool ended_with_its_machine(const struct world *world, int slot, uint32_t missing)
{
	int64_t at = world->data.at[missing].at, saved = world->slot[slot].disk.saved_at;

	return at <= saved && at + 2 * SECOND > saved;
}

/* After an AOF only the marks tell whose data is newer, as far as they were saved: would
 * a true mark of the other show that it has all that we have and more? */
static bool marks_tell(const struct world *world, int slot, int other)
{
	uint32_t mine = world->slot[slot].redis.position;
	uint32_t theirs = world->slot[other].disk.mark_position;

	if (world->settings.persistence != PERSIST_AOF || world->slot[other].redis.warm)
		return line_tells(world, slot, other);
	if (mine != theirs && data_within(&world->data, mine, theirs) &&
	    ended_with_its_machine(world, slot, data_step(&world->data, mine, theirs)))
		return false;
	/* What was not yet in the file is lost, and the mark does not know it. */
	if (!data_within(&world->data, world->slot[slot].disk.mark_position, mine))
		return false;
	return data_within(&world->data, mine, theirs) &&
	       world->data.at[mine].at + 2 * SECOND < world->data.at[theirs].at;
}

/* Data straight from disk: the set waits until it has seen the others. */
static bool is_older_from_disk(const struct world *world, int slot, int other)
{
	const struct redis *redis = &world->slot[slot].redis;
	int64_t mine = world->data.at[redis->position].at;
	int64_t theirs = world->data.at[world->slot[other].redis.position].at;

	return !redis->warm && redis->continued_at + SECOND < world->now &&
	       marks_tell(world, slot, other) && mine + 4 * SECOND < theirs &&
	       in_reach(world, slot, other, SECOND);
}

static bool is_calm(const struct world *world, int slot, int other)
{
	int64_t lease = settings_longest_lease(&world->settings);
	/* Who was started later waits for longer, and that of a rival, too. */
	int64_t calm = CALM + (world->rival.lease > lease ? world->rival.lease : lease);

	if (!marks_tell(world, slot, other))
		return false;
	return world->disturbed_at + calm < world->now && in_reach(world, slot, other, calm);
}

static bool may_lead(const struct world *world, int slot)
{
	const struct slot *at = &world->slot[slot];
	const struct version *now = register_now(world);

	return at->priority > 0 && !at->no_promote && now != NULL &&
	       rel_members_find(&now->record.members, &at->member) >= 0;
}

static void check_empty(struct world *world, int slot)
{
	if (world->slot[slot].redis.position != DATA_NOTHING)
		return;
	for (int i = 0; i < SLOTS_MAX; i++)
		if (i != slot && in_reach(world, slot, i, 2 * SECOND) &&
		    world->slot[i].redis.position != DATA_NOTHING)
			world_fail(world, "S7", "%s is promoted empty while %s has data",
				   world->slot[slot].identity, world->slot[i].identity);
}

/* The first position that both data sets contain, going back from `a`. */
static uint32_t common(const struct data *data, uint32_t a, uint32_t b)
{
	while (!data_within(data, a, b)) {
		const struct branch *branch = &data->branch[data->at[a].branch];
		uint32_t i;

		if (!data_within(data, branch->first, b)) {
			a = branch->parent;
			continue;
		}
		for (i = branch->first; data_within(data, data->at[i].next, b);
		     i = data->at[i].next)
			if (data->at[i].next == 0)
				break;
		return i;
	}
	return a;
}

static enum loss loss_for(const struct world *world, int slot, uint32_t lost)
{
	uint32_t position = world->slot[slot].redis.position;

	if (world->slot[slot].agent.forced_until > world->now)
		return LOSS_FORCED;
	for (int i = 0; i < SLOTS_MAX; i++)
		if (i != slot && world->slot[i].used && world->slot[i].redis.up &&
		    data_within(&world->data, lost, world->slot[i].redis.position))
			return LOSS_PASSED;
	return position != DATA_NOTHING && data_within(&world->data, position, world->line)
		       ? LOSS_TAIL
		       : LOSS_COPIES;
}

static void check_planned(struct world *world, int slot, uint32_t lost)
{
	const struct handover *handover = &world->handover;
	const struct slot *at = &world->slot[slot];

	if (!handover->alive || handover->to != slot || handover->epoch != at->agent.epoch ||
	    handover->target_run != at->redis.run || at->agent.forced_until > world->now)
		return;
	if (data_within(&world->data, lost, handover->position))
		world_fail(world, "S9", "%s takes over from %s without write %u", at->identity,
			   world->slot[handover->from].identity, lost);
}

/* In calm weather the best data leads, and always over older data from a disk. */
static void check_best(struct world *world, int slot, uint32_t lost)
{
	const struct slot *at = &world->slot[slot];

	/* What was written while the candidates looked at each other is not held against them. */
	if (at->agent.forced_until > world->now || world->store.restored ||
	    world->data.at[lost].at + world->settings.stagger * 6 > world->now)
		return;
	for (int i = 0; i < SLOTS_MAX; i++) {
		const struct redis *other = &world->slot[i].redis;

		if (i == slot ||
		    (!is_calm(world, slot, i) && !is_older_from_disk(world, slot, i)) ||
		    !may_lead(world, i) || !data_within(&world->data, lost, other->position) ||
		    !data_within(&world->data, at->redis.position, other->position))
			continue;
		world_fail(world, "S8", "%s is promoted without write %u, which %s has",
			   at->identity, lost, world->slot[i].identity);
	}
}

/* What the line of acknowledged writes loses by this promotion, and why it may. */
static void account(struct world *world, int slot)
{
	struct data *data = &world->data;
	uint32_t position = world->slot[slot].redis.position;
	uint32_t at = common(data, world->line, position);
	enum loss loss = LOSS_NONE;

	while (at != world->line) {
		struct datum *datum;

		at = data_step(data, at, world->line);
		datum = &data->at[at];
		if (!datum->acknowledged || datum->loss != LOSS_NONE)
			continue;
		if (loss == LOSS_NONE) {
			loss = loss_for(world, slot, at);
			check_planned(world, slot, at);
			check_best(world, slot, at);
			TRACE(world, slot, "write %u and later ones are left behind (%d)", at,
			      (int)loss);
		}
		datum->loss = (uint8_t)loss;
	}
	world->line = position;
}

static void check_lag(struct world *world, int slot)
{
	const struct version *now = register_now(world);
	const struct redis *redis = &world->slot[slot].redis;
	char replid[REL_REPLID_SIZE];

	redis_text(redis->replid, replid);
	if (now == NULL || !redis->line_known || world->last_promoted == slot ||
	    world->slot[slot].agent.forced_until > world->now ||
	    !rel_text_equal(replid, now->record.line.replid))
		return;
	if (now->record.line.offset - redis->offset <= world->settings.max_lag)
		return;
	for (int i = 0; i < SLOTS_MAX; i++) {
		uint32_t other = world->slot[i].redis.position;
		int64_t behind = world->data.at[other].offset - redis->offset;

		if (i != slot && behind > world->settings.max_lag && may_lead(world, i) &&
		    marks_tell(world, slot, i) && in_reach(world, slot, i, 300 * MS) &&
		    data_within(&world->data, redis->position, other))
			world_fail(world, "S7", "%s is promoted %ld bytes behind %s",
				   world->slot[slot].identity, (long)behind,
				   world->slot[i].identity);
	}
}

/* From here on this data set is what the set goes on with. */
static void check_data(struct world *world, int slot)
{
	link_settle(world);
	if (!world->store.restored) {
		check_process(world, slot);
		check_empty(world, slot);
		check_lag(world, slot);
	}
	account(world, slot);
	world->last_promoted = slot;
}

/* A former leader that was latched leads again without another promotion. */
void check_unlatched(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;

	if (!redis->leader && redis->min_replicas == REL_LATCH_VALUE && !redis->loading &&
	    excuse_of(world, slot) == EXCUSE_NONE)
		world_fail(world, "S4", "the latch of %s is lifted before its promotion",
			   world->slot[slot].identity);
	/* It waited in the sockets of a stopped Redis; so does the latch behind it. */
	if (redis->continued_at == world->now)
		redis->stopped_open = true;
	redis->opened = true;
	if (redis->leader && redis->min_replicas == REL_LATCH_VALUE)
		check_data(world, slot);
}

void check_promoted(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	at->redis.opened = true;
	if (at->redis.leader)
		return;
	world->stats.count[STAT_PROMOTIONS]++;
	if (at->redis.syncing && at->agent.running && !at->agent.stopped &&
	    at->agent.resumed_at + world->settings.fence < world->now &&
	    at->redis.sync_since + world->settings.fence + world->settings.observe < world->now)
		world_fail(world, "S7", "%s is promoted in the middle of a full sync",
			   at->identity);
	/* One that waited in the sockets until its claim was over opens nothing. */
	if (at->redis.min_replicas != REL_LATCH_VALUE || world->now <= at->agent.valid_until)
		check_data(world, slot);
}

/* Another pod's leader label is taken away. */
void check_label(struct world *world, int slot, int target)
{
	const struct version *now = register_now(world);
	const struct slot *at = &world->slot[slot];
	const struct handover *handover = &world->handover;

	/* It gave the lease to that one while the patch was on its way. */
	if (now != NULL && handover->from == slot && handover->to == target &&
	    handover->epoch == now->record.epoch)
		return;
	if (now != NULL && now->kind == REL_RECORD_HELD && !world->store.restored &&
	    now->record.epoch > at->agent.epoch && world->slot[target].agent.holds &&
	    rel_text_equal(now->record.holder, world->slot[target].identity))
		world_fail(world, "S12", "%s, of epoch %lu, strips the label of %s, the leader",
			   at->identity, (unsigned long)at->agent.epoch,
			   world->slot[target].identity);
}
