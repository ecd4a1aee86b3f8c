/* SPDX-License-Identifier: Apache-2.0 */
/* Replication. Streams are not simulated byte by byte: a replica's data is
 * brought up to date when somebody looks, by the times of the writes. */
#include "redis.h"

#include "redis-election/base/text.h"
#include "register.h"
#include "trace.h"

#define RETRY SECOND /* replicationCron asks again once per second */

static bool flows(const struct world *world, int from, int to)
{
	return !world->cut[from][to] && !world->slot[to].redis.stopped &&
	       world->slot[to].redis.stall_until <= world->now;
}

static void settle(struct world *world, int slot, int64_t lag, int depth)
{
	struct redis *redis = &world->slot[slot].redis;
	const struct redis *source;

	if (!redis->up || !redis->link_up || !flows(world, redis->link_slot, slot) || depth > 8)
		return;
	source = &world->slot[redis->link_slot].redis;
	if (!source->leader)
		settle(world, redis->link_slot, source->lag, depth + 1);
	while (redis->position != source->position) {
		uint32_t next = data_step(&world->data, redis->position, source->position);

		if (world->data.at[next].at + lag > world->now)
			break;
		redis->position = next;
		redis->offset = world->data.at[next].offset;
	}
	if (redis->offset - redis->backlog_start > world->settings.backlog)
		redis->backlog_start = redis->offset - world->settings.backlog;
}

void link_settle(struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		struct redis *redis = &world->slot[i].redis;

		if (!world->slot[i].used || !redis->up)
			continue;
		if (redis->link_up)
			settle(world, i, redis->lag, 0);
		else if (redis->leader &&
			 redis->offset - redis->backlog_start > world->settings.backlog)
			redis->backlog_start = redis->offset - world->settings.backlog;
	}
}

void link_begin(struct world *world, int slot, int64_t after)
{
	struct redis *redis = &world->slot[slot].redis;

	redis->link++;
	if (redis->follow != NOBODY)
		world_at(world, world->now + after,
			 (struct cue){HAPPEN_LINK, slot, 0, 0, redis->link});
}

/* The link or a full sync ends. What is in flight may still arrive. */
void link_drop(struct world *world, int slot, bool in_flight_too)
{
	struct redis *redis = &world->slot[slot].redis;

	if (redis->link_up && in_flight_too)
		settle(world, slot, 0, 0);
	if (redis->syncing) {
		redis->uncached = true; /* the cached leader was given up for the sync */
		redis->syncing = false;
		world->stats.count[STAT_FAILED_SYNCS]++;
	}
	redis->link_up = false;
	redis->link_slot = NOBODY;
	redis->link++;
}

void link_drop_replicas(struct world *world, int slot)
{
	bool in_flight_too = random_chance(&world->network, 500000);

	for (int i = 0; i < SLOTS_MAX; i++) {
		struct redis *redis = &world->slot[i].redis;

		if (!world->slot[i].used || !redis->up || redis->link_slot != slot)
			continue;
		link_drop(world, i, in_flight_too);
		link_begin(world, i, random_between(&world->network, 50 * MS, RETRY));
	}
}

static bool continues(const struct redis *replica, const struct redis *source)
{
	if (!replica->line_known || replica->uncached || replica->offset > source->offset ||
	    replica->offset < source->backlog_start)
		return false;
	return replica->replid == source->replid ||
	       (replica->replid == source->replid2 && replica->offset <= source->fork);
}

static void attach(struct world *world, int slot, int to)
{
	struct redis *redis = &world->slot[slot].redis;

	redis->link_up = redis->linked = redis->warm = true;
	redis->uncached = false;
	redis->link_slot = to;
	redis->link_run = world->slot[to].redis.run;
	redis->lag = random_tail(&world->network, 100 * US, 30 * MS);
	if (!data_within(&world->data, redis->position, world->slot[to].redis.position))
		world_fail(world, "world", "partial sync of %s from %s joins unlike data",
			   world->slot[slot].identity, world->slot[to].identity);
}

static void resume_stream(struct world *world, int slot, int to)
{
	struct redis *redis = &world->slot[slot].redis;
	const struct redis *source = &world->slot[to].redis;

	world->stats.count[STAT_PARTIAL_SYNCS]++;
	TRACE(world, slot, "partial sync with %s", world->slot[to].identity);
	attach(world, slot, to);
	if (redis->replid == source->replid)
		return;
	redis->replid2 = redis->replid;
	redis->fork = redis->offset;
	redis->replid = source->replid;
	link_drop_replicas(world, slot);
}

static void begin_full(struct world *world, int slot, int to)
{
	struct redis *redis = &world->slot[slot].redis;
	int64_t flush = random_tail(&world->network, 5 * MS, 3 * SECOND);
	int64_t load = random_tail(&world->network, 5 * MS, 2 * SECOND);

	redis->syncing = true;
	redis->sync_since = world->now;
	redis->flushed = false;
	redis->link_slot = to;
	redis->link_run = world->slot[to].redis.run;
	redis->link++;
	world->stats.count[STAT_FULL_SYNCS]++;
	TRACE(world, slot, "full sync from %s begins", world->slot[to].identity);
	world_at(world, world->now + flush, (struct cue){HAPPEN_FLUSHED, slot, 0, 0, redis->link});
	world_at(world, world->now + flush + load,
		 (struct cue){HAPPEN_SYNCED, slot, 0, 0, redis->link});
}

static bool serves(const struct world *world, int slot, int to)
{
	const struct redis *source = to == NOBODY ? NULL : &world->slot[to].redis;

	if (source == NULL || to == slot || world->cut[slot][to] || world->cut[to][slot])
		return false;
	return source->up && !source->stopped && !source->loading && !source->syncing &&
	       (source->leader || source->link_up);
}

void link_try(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int to = redis->follow == NOBODY ? NOBODY : pods_current(world, redis->follow);

	if (!redis->up || redis->leader || redis->follow == NOBODY || redis->link_up ||
	    redis->syncing)
		return;
	if (redis->stopped || redis->loading || !serves(world, slot, to)) {
		link_begin(world, slot, RETRY);
		return;
	}
	link_settle(world);
	if (continues(redis, &world->slot[to].redis))
		resume_stream(world, slot, to);
	else
		begin_full(world, slot, to);
}

void link_flush(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;

	if (world->settings.persistence == PERSIST_AOF) {
		struct disk *disk = &world->slot[slot].disk;

		disk->exists = true;
		disk->data = redis->position != DATA_NOTHING;
		disk->position = redis->position;
	}
	redis->flushed = true;
	redis->position = DATA_NOTHING;
	redis->line_known = false;
	redis->backlog_start = redis->offset + 1; /* replicationAttachToNewMaster frees it */
	link_drop_replicas(world, slot);
}

void link_synced(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int from = redis->link_slot;
	const struct redis *source = &world->slot[from].redis;

	if (redis->stopped || !serves(world, slot, from) || source->run != redis->link_run ||
	    fault_strikes(world, FAULT_SYNC_FAIL, 300000)) {
		TRACE(world, slot, "full sync failed");
		link_drop(world, slot, false);
		link_begin(world, slot, RETRY);
		return;
	}
	link_settle(world);
	redis->syncing = redis->flushed = false;
	redis->position = source->position;
	redis->replid = source->replid;
	redis->offset = source->offset;
	redis->replid2 = 0;
	redis->fork = -1;
	redis->line_known = true;
	redis->backlog_start = redis->offset;
	attach(world, slot, from);
	TRACE(world, slot, "full sync done, data at %u", redis->position);
}

void redis_promote(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;

	if (redis->leader)
		return;
	link_settle(world);
	link_drop(world, slot, false);
	redis->leader = redis->warm = true;
	redis->flushed = redis->uncached = false;
	redis->follow = NOBODY;
	redis->replid2 = redis->replid;
	redis->fork = redis->offset;
	redis->replid = ++world->replids;
	redis->line_known = true;
	link_drop_replicas(world, slot);
}

static int ordinal_of(const char *host)
{
	int ordinal = -1;

	if (strncmp(host, "redis-", 6) == 0 && host[6] >= '0' && host[6] <= '9')
		ordinal = host[6] - '0';
	return ordinal;
}

void redis_follow(struct world *world, int slot, const char *host, uint16_t port)
{
	struct redis *redis = &world->slot[slot].redis;
	int to = port == REL_NOWHERE_PORT ? NOBODY : ordinal_of(host);

	if (!redis->leader && redis->follow == to)
		return;
	link_settle(world);
	link_drop(world, slot, random_chance(&world->network, 500000));
	if (redis->held)
		world->stats.count[STAT_HELD_REFUSED]++;
	redis->held = 0;
	redis->leader = false;
	redis->follow = to;
	link_drop_replicas(world, slot);
	link_begin(world, slot, random_between(&world->network, 100 * US, MS));
}
