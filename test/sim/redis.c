/* SPDX-License-Identifier: Apache-2.0 */
#include "redis.h"

#include "check.h"
#include "client.h"
#include "redis-election/base/text.h"
#include "trace.h"

#define PING_PERIOD (10 * SECOND)
#define PING_BYTES 14

void redis_text(uint32_t id, char text[REL_REPLID_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	memset(text, 'a', REL_REPLID_SIZE - 1);
	text[REL_REPLID_SIZE - 1] = '\0';
	for (int i = 0; i < 6; i++)
		text[i] = digits[id >> (20 - 4 * i) & 15];
	if (id == 0)
		text[0] = '\0';
}

static void load_disk(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	const struct disk *disk = &world->slot[slot].disk;

	redis->position = DATA_NOTHING;
	redis->replid = ++world->replids;
	redis->replid2 = 0;
	redis->offset = 0;
	redis->fork = -1;
	redis->line_known = false;
	if (disk->data)
		redis->position = disk->position;
	if (disk->data && world->settings.persistence == PERSIST_RDB && disk->line_known) {
		redis->replid = disk->replid;
		redis->replid2 = disk->replid2;
		redis->offset = disk->offset;
		redis->fork = disk->fork;
		redis->line_known = true;
	}
	redis->backlog_start = redis->offset;
}

/* Started as `init` writes the configuration: latched, replica of nowhere. */
void redis_start(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	struct redis *redis = &at->redis;
	int64_t loading;
	uint32_t link = redis->link + 1, stop = redis->stop + 1;
	bool failing = redis->failing, refusing = redis->refusing;

	if (redis->up || !at->pod.exists ||
	    (world->faulty && (at->redis_kept_down || at->down_for_good)))
		return;
	memset(redis, 0, sizeof(*redis));
	redis->link = link;
	redis->stop = stop;
	redis->failing = failing && world->faulty;
	redis->refusing = refusing && world->faulty;
	redis->up = redis->loading = true;
	redis->run = ++world->runs;
	redis->started_at = world->now;
	redis->min_replicas = REL_LATCH_VALUE;
	redis->follow = NOBODY;
	redis->link_slot = NOBODY;
	redis->lag = random_between(&world->network, 100 * US, 3 * MS);
	load_disk(world, slot);
	loading = redis->position == DATA_NOTHING ? MS
						  : random_tail(&world->chance, 5 * MS, 2 * SECOND);
	world->stats.count[STAT_REDIS_STARTS]++;
	TRACE(world, slot, "Redis starts, run %06x, data at %u", redis->run, redis->position);
	world_at(world, world->now + loading, (struct cue){HAPPEN_LOADED, slot, 0, 0, redis->run});
	world_at(world, world->now + random_between(&world->chance, SECOND, PING_PERIOD),
		 (struct cue){HAPPEN_PING, slot, 0, 0, redis->run});
	if (world->settings.persistence == PERSIST_RDB)
		world_at(world, world->now + random_between(&world->chance, SECOND, 9 * SECOND),
			 (struct cue){HAPPEN_SNAPSHOT, slot, 0, 0, redis->run});
}

void redis_loaded(struct world *world, int slot)
{
	world->slot[slot].redis.loading = false;
	world->slot[slot].redis.loaded_at = world->now;
	TRACE(world, slot, "Redis has loaded");
}

static void to_disk(struct world *world, int slot, uint32_t position)
{
	struct disk *disk = &world->slot[slot].disk;
	const struct redis *redis = &world->slot[slot].redis;

	disk->exists = true;
	disk->data = position != DATA_NOTHING;
	disk->position = position;
	disk->replid = redis->replid;
	disk->replid2 = redis->replid2;
	disk->offset = redis->offset;
	disk->fork = redis->fork;
	disk->line_known = redis->line_known || redis->leader;
	disk->saved_at = world->now;
}

void redis_snapshot(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;

	link_settle(world);
	if (!redis->syncing && !redis->loading && !redis->stopped)
		to_disk(world, slot, redis->position);
	world_at(world, world->now + random_between(&world->chance, 2 * SECOND, 12 * SECOND),
		 (struct cue){HAPPEN_SNAPSHOT, slot, 0, 0, redis->run});
}

/* What survives the end of the process. An AOF keeps everything when only the
 * process dies, all but the last second when the machine does, and nothing new
 * while a full sync has it switched off. */
static void keep_data(struct world *world, int slot, bool crash)
{
	struct redis *redis = &world->slot[slot].redis;

	if (redis->loading || world->settings.persistence == PERSIST_NONE)
		return;
	if (world->settings.persistence == PERSIST_RDB) {
		if (redis->shutting && !redis->syncing && random_chance(&world->chance, 700000))
			to_disk(world, slot, redis->position);
		return;
	}
	if (redis->flushed)
		return;
	to_disk(world, slot,
		crash ? data_as_of(&world->data, redis->position,
				   world->now - random_between(&world->chance, 0, SECOND))
		      : redis->position);
}

void redis_kill(struct world *world, int slot, bool crash, int64_t after)
{
	struct slot *at = &world->slot[slot];
	struct redis *redis = &at->redis;

	if (redis->up) {
		TRACE(world, slot, "Redis ends");
		link_settle(world);
		keep_data(world, slot, crash);
		link_drop(world, slot, false);
		redis->up = redis->stopped = false;
		redis->leader = false;
		redis->stop++;
		redis->window = EXCUSE_NONE;
		link_drop_replicas(world, slot);
		command_close(world, slot);
	}
	if (after == REDIS_AGAIN && at->pod.exists && !at->pod.terminating)
		after = random_between(&world->chance, 100 * MS, 4 * SECOND);
	if (after != REDIS_AGAIN && after != NEVER)
		world_at(world, world->now + after,
			 (struct cue){HAPPEN_START_REDIS, slot, 0, 0, redis->run});
}

void redis_stop(struct world *world, int slot, int64_t for_ns)
{
	struct redis *redis = &world->slot[slot].redis;

	if (!redis->up)
		return;
	link_settle(world);
	if (!redis->stopped)
		check_stopped(world, slot);
	redis->stopped = true;
	redis->stop++;
	TRACE(world, slot, "Redis stands still for %.1f ms", (double)for_ns / 1e6);
	world_at(world, world->now + for_ns,
		 (struct cue){HAPPEN_CONTINUE, slot, 0, 0, redis->stop});
}

static void run_queue(struct world *world, int slot, uint32_t connection)
{
	struct redis *redis = &world->slot[slot].redis;

	for (int i = 0; i < redis->queue_count; i++) {
		struct queued queued = redis->queue[i];

		if (queued.connection != connection || !redis->up)
			continue;
		redis->queue[i].connection = 0;
		if (queued.errand)
			command_run(world, queued.errand);
		else
			redis_write(world, slot, (int)(connection & 0xff));
	}
}

/* Order is kept within a connection only: connections are served as they come. */
static void run_queues(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int start, count = redis->queue_count;

	if (count == 0)
		return;
	start = (int)random_below(&world->network, (uint32_t)count);
	for (int i = 0; i < count && redis->up; i++) {
		uint32_t connection = redis->queue[(start + i) % count].connection;

		if (connection != 0)
			run_queue(world, slot, connection);
	}
	redis->queue_count = 0;
}

void redis_continue(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;

	if (!redis->up || !redis->stopped)
		return;
	link_settle(world);
	redis->stopped = false;
	redis->continued_at = world->now;
	redis->stop++;
	world->stats.count[STAT_REDIS_WAKES]++;
	TRACE(world, slot, "Redis goes on, %d waiting", redis->queue_count);
	run_queues(world, slot);
	/* A connect that waited in its backlog is answered now. */
	if (world->slot[slot].agent.running && !world->slot[slot].connected)
		world_at(world, world->now + 300 * US,
			 (struct cue){HAPPEN_CONNECT, slot, world->slot[slot].agent.life, 0, 0});
	if (redis->up && redis->paused_until != 0 && redis->paused_until <= world->now)
		redis_unpause(world, slot);
}

/* Since 7.0 a leader with lagging replicas holds writes back and waits for them,
 * ten seconds at most. */
void redis_sigterm(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int64_t wait = 2 * MS;

	if (!redis->up || redis->shutting)
		return;
	redis->shutting = true;
	TRACE(world, slot, "SIGTERM to Redis");
	if (redis->leader && redis_replicas(world, slot) > 0)
		wait = random_tail(&world->chance, 5 * MS, 10 * SECOND);
	world_at(world, world->now + wait, (struct cue){HAPPEN_EXIT_REDIS, slot, 0, 0, redis->run});
}

uint16_t redis_replicas(const struct world *world, int slot)
{
	uint16_t count = 0;

	for (int i = 0; i < SLOTS_MAX; i++) {
		const struct slot *at = &world->slot[i];

		if (at->used && at->redis.up && at->redis.link_up && at->redis.link_slot == slot)
			count++;
	}
	return count;
}

static bool accepts(const struct world *world, int slot)
{
	const struct redis *redis = &world->slot[slot].redis;

	if (!redis->up || redis->loading || !redis->leader || redis->failing)
		return false;
	return redis->min_replicas == 0 || redis_replicas(world, slot) >= redis->min_replicas;
}

bool redis_writable(const struct world *world, int slot)
{
	const struct redis *redis = &world->slot[slot].redis;

	return accepts(world, slot) && !redis->stopped && redis->paused_until <= world->now &&
	       !redis->shutting;
}

static void execute_write(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int64_t offset = redis->offset + 60 + random_below(&world->clients, 100);
	uint32_t position;

	check_write(world, slot);
	position = data_append(&world->data, redis->position, offset, world->now);
	if (position == 0)
		return;
	redis->offset = offset;
	redis->position = position;
	redis->written_at = world->now;
	world->data.at[position].slot = (int16_t)slot;
	world->data.at[position].loss = redis->window != EXCUSE_NONE ? LOSS_OVERTIME : LOSS_NONE;
	world->data.at[position].acknowledged = random_chance(&world->clients, 980000);
	if (redis->window == EXCUSE_NONE)
		world->line = position;
	world->stats.count[STAT_WRITES]++;
}

void redis_write(struct world *world, int slot, int client)
{
	struct redis *redis = &world->slot[slot].redis;

	if (!redis->up || redis->loading)
		return;
	if (redis->stopped) {
		if (redis->queue_count < QUEUE_MAX - 64 && random_chance(&world->clients, 200000))
			redis->queue[redis->queue_count++] = (struct queued){
				.connection = CLIENT_CONNECTIONS + (uint32_t)client};
		return;
	}
	if (!accepts(world, slot))
		return;
	if (redis->paused_until > world->now || redis->shutting) {
		if (!(redis->held >> client & 1))
			world->stats.count[STAT_HELD_WRITES]++;
		redis->held |= UINT32_C(1) << client;
		return;
	}
	execute_write(world, slot);
}

/* The pause is over: what it held back is run, without asking anybody again but
 * the checks that come first. */
void redis_unpause(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	uint32_t held = redis->held;

	if (redis->stopped || redis->paused_until > world->now)
		return;
	redis->paused_until = 0;
	if (redis->shutting)
		return;
	redis->held = 0;
	for (; held != 0; held >>= 1) {
		if (!(held & 1))
			continue;
		if (accepts(world, slot))
			execute_write(world, slot);
		else
			world->stats.count[STAT_HELD_REFUSED]++;
	}
}

void redis_ping(struct world *world, int slot)
{
	struct redis *redis = &world->slot[slot].redis;
	int64_t period = redis->ping_period > 0 ? redis->ping_period * SECOND : PING_PERIOD;
	uint32_t position;

	if (redis->leader && !redis->stopped && redis_replicas(world, slot) > 0) {
		position = data_append(&world->data, redis->position, redis->offset + PING_BYTES,
				       world->now);
		if (position != 0) {
			redis->position = position;
			redis->offset += PING_BYTES;
		}
	}
	world_at(world, world->now + period, (struct cue){HAPPEN_PING, slot, 0, 0, redis->run});
}

static void view_link(const struct redis *redis, struct rel_redis_view *view)
{
	if (redis->leader)
		return;
	view->link_up = redis->link_up;
	view->link_was_up = !redis->leader && (redis->link_up || redis->linked);
	view->syncing = redis->syncing;
	if (redis->follow == NOBODY) {
		view->followed_port = REL_NOWHERE_PORT;
		rel_text_copy(view->followed_host, REL_ADDRESS_SIZE, REL_NOWHERE_HOST);
		return;
	}
	view->followed_port = 6379;
	memcpy(view->followed_host, "redis-0.redis", sizeof("redis-0.redis"));
	view->followed_host[6] = (char)('0' + redis->follow);
}

void redis_view(struct world *world, int slot, struct rel_redis_view *view)
{
	const struct redis *redis = &world->slot[slot].redis;

	link_settle(world);
	memset(view, 0, sizeof(*view));
	redis_text(redis->run, view->run_id);
	memcpy(view->version, "7.2.6", 6);
	view->is_leader = redis->leader;
	view->line_known = redis->leader || (redis->line_known && !redis->syncing);
	redis_text(redis->replid, view->line.replid);
	redis_text(redis->replid2, view->line.replid2);
	view->line.offset = view->line_known ? redis->offset : 1;
	view->line.fork_offset = redis->replid2 ? redis->fork : -1;
	view->loading = redis->loading;
	view_link(redis, view);
	view->replicas = redis_replicas(world, slot);
	view->has_data = redis->position != DATA_NOTHING;
	view->aof_enabled = world->settings.persistence == PERSIST_AOF;
	view->persistence_failed = redis->failing;
	view->shutdown_ms = redis->shutting ? 5000 : 0;
	view->min_replicas = redis->min_replicas;
	view->used_memory = 1 << 20;
}
