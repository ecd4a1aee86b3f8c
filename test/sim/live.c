/* SPDX-License-Identifier: Apache-2.0 */
/* After the faults: the set must become well within a bound and stay so. */
#include "agent.h"
#include "check.h"
#include "redis-election/base/text.h"
#include "trace.h"

#define LOOK (100 * MS)
#define STAY (4 * SECOND)

static const char *why_processes(const struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		const struct slot *at = &world->slot[i];

		if (!at->used)
			continue;
		if (at->pod.terminating)
			return "a pod is terminating";
		if (!at->pod.exists && (at->agent.running || at->redis.up))
			return "a removed pod still runs";
		if (at->pod.exists && !at->agent.running)
			return "an agent is down";
		if (at->pod.exists && (!at->redis.up || at->redis.loading))
			return "a Redis is down";
	}
	for (int i = 0; i < world->ordinals; i++)
		if (pods_current(world, i) == NOBODY)
			return "a pod is missing";
	return NULL;
}

static const char *why_replica(const struct world *world, int slot, int leader)
{
	const struct slot *at = &world->slot[slot];

	if (at->redis.leader)
		return "two Redis lead";
	if (at->redis.follow != world->slot[leader].ordinal)
		return "a replica follows somebody else";
	if (!at->redis.link_up || at->redis.link_slot != leader)
		return "a replica has no link";
	if (!rel_text_equal(at->pod.role, "replica"))
		return "a replica is not labelled so";
	return NULL;
}

static const char *why_leader(const struct world *world, int leader,
			      const struct rel_record *record)
{
	const struct slot *at = &world->slot[leader];
	char run[REL_REPLID_SIZE];

	if (!at->agent.holds || at->agent.valid_until <= world->now)
		return "the holder has no claim";
	if (at->agent.epoch != record->epoch)
		return "the holder claims another epoch";
	if (!redis_writable(world, leader))
		return "the leader's Redis refuses writes";
	if (!rel_text_equal(at->pod.role, "leader"))
		return "the leader is not labelled so";
	redis_text(at->redis.run, run);
	if (!rel_text_equal(record->run_id, run))
		return "the record names another process";
	if (record->members.count != world->ordinals)
		return "the member list is not the set";
	if (record->paused)
		return "paused";
	return NULL;
}

const char *live_why(struct world *world)
{
	const struct version *now = register_now(world);
	const char *why = why_processes(world);
	int leader;

	if (why)
		return why;
	if (now == NULL || now->kind != REL_RECORD_HELD)
		return "the record names no member";
	leader = pods_by_identity(world, now->record.holder);
	if (leader == NOBODY || !world->slot[leader].pod.exists)
		return "the record names nobody who exists";
	why = why_leader(world, leader, &now->record);
	for (int i = 0; i < SLOTS_MAX && why == NULL; i++)
		if (world->slot[i].used && i != leader)
			why = why_replica(world, i, leader);
	world->well_leader = leader;
	return why;
}

/* Writes that nobody has any more, though nothing explains it. */
static void count_losses(struct world *world)
{
	static const enum counted stats[] = {
		[LOSS_TAIL] = STAT_LOST_TAIL,     [LOSS_COPIES] = STAT_LOST_COPIES,
		[LOSS_PASSED] = STAT_LOST_PASSED, [LOSS_OVERTIME] = STAT_LOST_OVERTIME,
		[LOSS_FORCED] = STAT_LOST_FORCED,
	};
	const struct data *data = &world->data;
	uint32_t final = world->slot[world->well_leader].redis.position;

	for (uint32_t i = 1; i < data->count; i++) {
		if (!data->at[i].acknowledged || data_within(data, i, final))
			continue;
		if (data->at[i].loss == LOSS_NONE && world->store.restored)
			continue;
		if (data->at[i].loss == LOSS_NONE)
			world_fail(world, "S8", "write %u of %s at %.3f s is gone", i,
				   data->at[i].slot >= 0 ? world->slot[data->at[i].slot].identity
							 : "nobody",
				   (double)data->at[i].at / 1e9);
		world->stats.count[stats[data->at[i].loss]]++;
	}
}

static bool is_or_was(const struct rel_line *line, const char *replid)
{
	return replid[0] != '\0' &&
	       (rel_text_equal(line->replid, replid) || rel_text_equal(line->replid2, replid));
}

/* Where a member stands by what the leader published. */
enum place { IN_PLACE, LAGS, NOT_OF_THE_LINE };

/* By what INFO shows or else by its mark. What it has beyond the fork of that line does
 * not count. */
static enum place place_of(const struct world *world, const struct slot *at,
			   const struct rel_record *record)
{
	const struct rel_line *published = &record->line;
	struct rel_line shown = {.offset = at->redis.offset}, line = at->disk.mark.line;
	int64_t offset;

	redis_text(at->redis.replid, shown.replid);
	redis_text(at->redis.replid2, shown.replid2);
	if (at->redis.line_known &&
	    (is_or_was(&shown, published->replid) || is_or_was(&shown, published->replid2)))
		line = shown;
	offset = line.offset;
	if (!is_or_was(&line, published->replid)) {
		if (!is_or_was(&line, published->replid2))
			return NOT_OF_THE_LINE;
		if (offset > published->fork_offset)
			offset = published->fork_offset;
	}
	return published->offset - offset > world->settings.max_lag ? LAGS : IN_PLACE;
}

static bool anybody_has_data(const struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].redis.position != DATA_NOTHING)
			return true;
	return false;
}

/* Is it true that no member of the set may lead by itself? Who is not of the line may,
 * where nobody is. */
static bool nobody_may_lead(const struct world *world)
{
	const struct version *now = register_now(world);
	bool data = anybody_has_data(world);
	int count[NOT_OF_THE_LINE + 1] = {0};

	for (int i = 0; i < SLOTS_MAX; i++) {
		const struct slot *at = &world->slot[i];

		if (!at->used || !at->pod.exists || at->priority == 0 || at->no_promote)
			continue;
		if (data && at->redis.position == DATA_NOTHING)
			continue;
		if (now == NULL)
			return false;
		count[place_of(world, at, &now->record)]++;
	}
	return count[IN_PLACE] == 0 && (count[LAGS] > 0 || count[NOT_OF_THE_LINE] == 0);
}

/* Automation is switched on again, whoever switched it off. */
static void resume(struct world *world)
{
	const struct version *now = register_now(world);
	int slot =
		pods_current(world, (int)random_below(&world->chance, (uint32_t)world->ordinals));

	if (now != NULL && now->record.paused && slot != NOBODY &&
	    random_chance(&world->chance, 100000))
		agent_command(world, slot, REL_COMMAND_RESUME, "", false);
}

/* Was the set scaled down to those that may never lead? */
static bool nobody_ever(const struct world *world)
{
	for (int i = 0; i < world->ordinals; i++) {
		int slot = pods_current(world, i);

		if (slot == NOBODY ||
		    (world->slot[slot].priority > 0 && !world->slot[slot].no_promote))
			return false;
	}
	return true;
}

static bool pods_change(const struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.terminating)
			return true;
	for (int i = 0; i < world->ordinals; i++)
		if (pods_current(world, i) == NOBODY)
			return true;
	return false;
}

static void judge_ill(struct world *world, const char *why)
{
	int64_t since;

	/* A pod that is on its way out, or in, has its own time. */
	if (pods_change(world))
		world->healed_at = world->now;
	since = world->now - world->healed_at;

	if (nobody_ever(world)) {
		world->done = true;
		return;
	}
	resume(world);
	/* A request that was sent while the faults lasted may still do something. */
	if (world->well_since != 0 && world->now < world->healed_at + 3 * world->settings.lease)
		world->well_since = 0;
	if (world->well_since != 0)
		world_fail(world, "L2", "well at %.3f s, then not: %s",
			   (double)world->well_since / 1e9, why);
	/* Nobody is eligible: the set waits for a person's choice. */
	if (since > world->bound / 2 && nobody_may_lead(world)) {
		world->stats.count[STAT_FORCED]++;
		world->done = true;
		return;
	}
	if (since > world->bound)
		world_fail(world, "L1", "not well %.1f s after the faults: %s", (double)since / 1e9,
			   why);
}

static void judge_well(struct world *world)
{
	const struct version *now = register_now(world);
	struct stats *stats = &world->stats;

	if (world->well_since == 0) {
		world->well_since = world->now;
		world->well_epoch = now->record.epoch;
		stats->recovery_max = world->now - world->healed_at;
		stats->recovery_sum = stats->recovery_max;
		stats->recovery_seed = world->settings.seed;
		TRACE(world, world->well_leader, "the set is well");
	}
	if (now->record.epoch != world->well_epoch)
		world_fail(world, "L3", "another change of leader after the set was well");
	if (world->now < world->well_since + STAY)
		return;
	count_losses(world);
	world->done = true;
}

void live_judge(struct world *world)
{
	const char *why = live_why(world);

	world->why_not = why ? why : "";
	if (why)
		judge_ill(world, why);
	else
		judge_well(world);
	world_at(world, world->now + LOOK, (struct cue){HAPPEN_JUDGE, NOBODY, 0, 0, 0});
}
