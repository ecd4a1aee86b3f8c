/* SPDX-License-Identifier: Apache-2.0 */
/* An agent's driver for Redis: one connection to its own, short questions to the
 * others, and the file with the data mark. */
#include "agent.h"
#include "check.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

uint32_t errand_take(struct world *world, int slot, const struct rel_action *action)
{
	for (uint32_t i = 1; i < ERRANDS_MAX; i++) {
		struct errand *errand = &world->errand[i];

		if (world->errand_used[i])
			continue;
		world->errand_used[i] = true;
		errand->slot = slot;
		errand->life = world->slot[slot].agent.life;
		errand->op = action->op;
		errand->type = action->type;
		errand->run = world->slot[slot].connected_run;
		return i;
	}
	rel_assert_failed("errands left", __FILE__, __LINE__);
}

void errand_give(struct world *world, uint32_t errand)
{
	world->errand_used[errand] = false;
}

/* One way between an agent and its own Redis, on a connection that keeps order. */
static int64_t local_way(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	int64_t way = random_tail(&world->network, 30 * US, 20 * MS);

	if (at->command_slow_until > world->now)
		way += random_between(&world->network, 5 * MS, 70 * MS);
	return way;
}

/* Answers keep the order of the connection too. */
static void answer(struct world *world, const struct errand *errand, struct parcel *parcel)
{
	struct slot *at = &world->slot[errand->slot];
	int64_t arrival = world->now + random_tail(&world->network, 30 * US, 10 * MS);

	if (at->replies_last > arrival)
		arrival = at->replies_last;
	at->replies_last = arrival;
	parcel->op = errand->op;
	agent_post(world, errand->slot, errand->life, parcel, arrival - world->now);
}

static void answer_command(struct world *world, const struct errand *errand, enum rel_err err)
{
	struct parcel *parcel = parcel_take(world, REL_EVENT_REDIS_DONE);

	parcel->err = err;
	answer(world, errand, parcel);
}

/* What a mark can tell of is what the agent saw last. */
static void note_viewed(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	link_settle(world);
	at->viewed_run = at->redis.run;
	at->viewed_position =
		at->redis.warm && !at->redis.syncing ? at->redis.position : DATA_NOTHING;
}

static void answer_seen(struct world *world, const struct errand *errand,
			enum rel_redis_reach reach, enum rel_err err)
{
	struct parcel *parcel = parcel_take(world, REL_EVENT_REDIS_SEEN);

	parcel->reach = reach;
	parcel->err = err;
	if (reach == REL_REDIS_UP) {
		redis_view(world, errand->slot, &parcel->view);
		note_viewed(world, errand->slot);
	}
	answer(world, errand, parcel);
}

static void answer_lost(struct world *world, const struct errand *errand)
{
	if (errand->type == REL_ACTION_REDIS_COMMAND)
		answer_command(world, errand, REL_ERR_CLOSED);
	else
		answer_seen(world, errand, REL_REDIS_GONE, REL_ERR_CLOSED);
}

static bool same_process(const struct slot *slot, const struct rel_action *action)
{
	char run[REL_REPLID_SIZE];

	redis_text(slot->connected_run, run);
	return rel_text_equal(run, action->redis.run_id);
}

/* The agent stood still between its decision and the driver's call. */
static bool is_late(const struct world *world, int slot, const struct rel_action *action)
{
	struct rel_instant now = {clock_local(&world->slot[slot].clock, world->now)};

	return rel_is_set(action->redis.not_after) && rel_before(action->redis.not_after, now);
}

/* Of a case: Redis stands still with this command on its way, and its agent is asked
 * to end. */
static void stall_at_unlatch(struct world *world, int slot, enum rel_redis_command command)
{
	struct slot *at = &world->slot[slot];
	int64_t stall = at->stall_at_unlatch;

	if (stall == 0 || command != REL_REDIS_UNLATCH)
		return;
	at->stall_at_unlatch = 0;
	redis_stop(world, slot, stall);
	agent_sigterm(world, slot);
}

void command_send(struct world *world, int slot, const struct rel_action *action)
{
	struct slot *at = &world->slot[slot];
	uint32_t index = errand_take(world, slot, action);
	struct errand *errand = &world->errand[index];
	int64_t arrival = world->now + local_way(world, slot);

	if (action->type == REL_ACTION_REDIS_COMMAND) {
		stall_at_unlatch(world, slot, action->redis.command);
		errand->redis = action->redis;
		TRACE(world, slot, "> %s %s:%u %ld", trace_command(action->redis.command),
		      action->redis.host, action->redis.port, (long)action->redis.number);
		if (!at->connected || !same_process(at, action) || is_late(world, slot, action)) {
			world->stats.count[STAT_STALE]++;
			answer_command(world, errand, REL_ERR_STALE);
			errand_give(world, index);
			return;
		}
		check_sent(world, slot, action->redis.command);
	} else if (!at->connected) {
		if (!at->redis.up)
			answer_seen(world, errand, REL_REDIS_GONE, REL_ERR_REFUSED);
		else if (at->redis.refusing && !at->redis.stopped)
			answer_seen(world, errand, REL_REDIS_REFUSED, REL_ERR_UNAUTHORIZED);
		errand_give(world, index); /* else it is silent until its time-out */
		return;
	}
	if (at->command_last > arrival)
		arrival = at->command_last;
	at->command_last = arrival;
	world_at(world, arrival, (struct cue){HAPPEN_COMMAND, slot, 0, index, 0});
}

void command_arrive(struct world *world, uint32_t index)
{
	struct errand *errand = &world->errand[index];
	struct redis *redis = &world->slot[errand->slot].redis;

	if (!redis->up || redis->run != errand->run) {
		answer_lost(world, errand);
		errand_give(world, index);
		return;
	}
	if (redis->stopped) {
		if (redis->queue_count < QUEUE_MAX)
			redis->queue[redis->queue_count++] =
				(struct queued){.connection = errand->life, .errand = index};
		else
			errand_give(world, index);
		return;
	}
	command_run(world, index);
}

static void latch(struct world *world, int slot, int64_t number)
{
	struct redis *redis = &world->slot[slot].redis;

	if (number == REL_LATCH_VALUE)
		world->stats.count[STAT_LATCHES] += redis->min_replicas != number;
	else
		check_unlatched(world, slot);
	redis->min_replicas = number;
}

/* Somebody's CLIENT UNPAUSE, or a step of the wall clock, by which Redis counts it. */
static int64_t cut_short(struct world *world, int slot, int64_t pause)
{
	bool directed = world->slot[slot].end_next_pause;

	world->slot[slot].end_next_pause = false;
	return directed ? MS : random_tail(&world->fault[FAULT_PAUSE_ENDS], 100 * US, pause);
}

static void pause_writes(struct world *world, int slot, int64_t ms)
{
	struct slot *at = &world->slot[slot];
	struct redis *redis = &at->redis;

	if (redis->paused_until < world->now + ms * MS)
		redis->paused_until = world->now + ms * MS;
	if (at->end_next_pause || fault_strikes(world, FAULT_PAUSE_ENDS, 300000))
		redis->paused_until = world->now + cut_short(world, slot, ms * MS);
	world_at(world, redis->paused_until, (struct cue){HAPPEN_UNPAUSE, slot, 0, 0, redis->run});
}

static enum rel_err run_command(struct world *world, int slot,
				const struct rel_redis_action *action)
{
	struct redis *redis = &world->slot[slot].redis;

	switch (action->command) {
	case REL_REDIS_LATCH:
		latch(world, slot, REL_LATCH_VALUE);
		break;
	case REL_REDIS_UNLATCH:
		latch(world, slot, action->number);
		break;
	case REL_REDIS_PROMOTE:
		if (redis->loading)
			return REL_ERR_INVALID;
		check_promoted(world, slot);
		redis_promote(world, slot);
		break;
	case REL_REDIS_FOLLOW:
		if (redis->loading)
			return REL_ERR_INVALID;
		redis_follow(world, slot, action->host, action->port);
		break;
	case REL_REDIS_KILL:
		redis->held = 0;
		break;
	case REL_REDIS_PAUSE:
		pause_writes(world, slot, action->number);
		break;
	case REL_REDIS_UNPAUSE:
		if (redis->paused_until > world->now)
			redis->paused_until = world->now;
		redis_unpause(world, slot);
		break;
	case REL_REDIS_PING_PERIOD:
		redis->ping_period = action->number;
		break;
	}
	return REL_OK;
}

void command_run(struct world *world, uint32_t index)
{
	struct errand *errand = &world->errand[index];
	const struct slot *at = &world->slot[errand->slot];
	bool command = errand->type == REL_ACTION_REDIS_COMMAND;

	if (at->redis.refusing && command)
		answer_command(world, errand, REL_ERR_FORBIDDEN);
	else if (at->redis.refusing)
		answer_seen(world, errand, REL_REDIS_REFUSED, REL_ERR_UNAUTHORIZED);
	else if (command) {
		TRACE(world, errand->slot, "executed %s %s", trace_command(errand->redis.command),
		      errand->redis.host);
		world_mix(world, (uint64_t)errand->redis.command << 32 ^ errand->run);
		answer_command(world, errand, run_command(world, errand->slot, &errand->redis));
	} else if (at->redis.loading)
		answer_seen(world, errand, REL_REDIS_LOADING, REL_ERR_LOADING);
	else
		answer_seen(world, errand, REL_REDIS_UP, REL_OK);
	errand_give(world, index);
}

/* Everything that waited in its sockets ends with the process. */
void command_close(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	for (int i = 0; i < at->redis.queue_count; i++) {
		struct queued *queued = &at->redis.queue[i];

		if (queued->connection == 0 || queued->errand == 0)
			continue;
		answer_lost(world, &world->errand[queued->errand]);
		errand_give(world, queued->errand);
	}
	at->redis.queue_count = 0;
	if (at->connected) {
		at->connected = false;
		world_at(world, world->now + 300 * US,
			 (struct cue){HAPPEN_CONNECT, slot, at->agent.life, 0, 0});
	}
}

static void report(struct world *world, int slot, enum rel_redis_reach reach, enum rel_err err)
{
	struct parcel *parcel = parcel_take(world, REL_EVENT_REDIS_SEEN);

	parcel->reach = reach;
	parcel->err = err;
	if (reach == REL_REDIS_UP)
		redis_view(world, slot, &parcel->view);
	agent_post(world, slot, world->slot[slot].agent.life, parcel,
		   random_tail(&world->network, 30 * US, 10 * MS));
}

void command_connect(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	int64_t again = random_between(&world->network, 50 * MS, 250 * MS);

	if (!at->agent.running || at->connected)
		return;
	if (at->redis.up && !at->redis.stopped && !at->redis.loading && !at->redis.refusing) {
		at->connected = true;
		at->connected_run = at->redis.run;
		report(world, slot, REL_REDIS_UP, REL_OK);
		return;
	}
	if (!at->redis.up && at->gone_at + 250 * MS <= world->now) {
		at->gone_at = world->now;
		report(world, slot, REL_REDIS_GONE, REL_ERR_REFUSED);
	} else if (at->redis.up && at->redis.loading && !at->redis.stopped) {
		report(world, slot, REL_REDIS_LOADING, REL_ERR_LOADING);
	}
	world_at(world, world->now + again,
		 (struct cue){HAPPEN_CONNECT, slot, at->agent.life, 0, 0});
}

void survey_send(struct world *world, int slot, const struct rel_action *action)
{
	uint32_t index = errand_take(world, slot, action);
	struct errand *errand = &world->errand[index];
	int64_t way = random_tail(&world->network, 100 * US, 30 * MS) + world->slow[slot];
	int64_t timeout = action->timeout.ns > 0 ? action->timeout.ns : 100 * MS;

	errand->survey = *action->survey;
	errand->timeout_at = world->now + timeout;
	world->slot[slot].agent.survey_at = world->now;
	if (way > timeout)
		way = timeout;
	world_at(world, world->now + way, (struct cue){HAPPEN_SURVEY, slot, 0, index, 0});
}

static enum rel_redis_reach ask(struct world *world, const struct errand *errand, int target,
				struct rel_redis_view *view)
{
	const struct redis *redis;
	int slot = errand->slot;

	if (target == NOBODY || world->cut[slot][target] || world->cut[target][slot] ||
	    world->now + world->slow[target] >= errand->timeout_at)
		return REL_REDIS_SILENT;
	redis = &world->slot[target].redis;
	if (!redis->up)
		return REL_REDIS_GONE;
	if (redis->stopped)
		return REL_REDIS_SILENT;
	if (redis->loading)
		return REL_REDIS_LOADING;
	redis_view(world, target, view);
	return REL_REDIS_UP;
}

void survey_arrive(struct world *world, uint32_t index)
{
	struct errand *errand = &world->errand[index];
	struct parcel *parcel = parcel_take(world, REL_EVENT_SURVEYED);
	struct rel_survey *survey = pool_take(&world->surveys);
	int64_t done = world->now + random_tail(&world->network, 100 * US, 20 * MS);

	survey->count = errand->survey.count;
	for (int i = 0; i < survey->count; i++) {
		struct rel_survey_result *result = &survey->at[i];
		int target = pods_by_address(world, errand->survey.at[i].address);

		memset(result, 0, sizeof(*result));
		result->member = errand->survey.at[i].member;
		result->reach = ask(world, errand, target, &result->view);
		if (result->reach == REL_REDIS_SILENT)
			done = errand->timeout_at;
		TRACE(world, errand->slot, "survey of %s: %d leader=%d %.6s:%ld %.6s:%ld",
		      result->member.name, (int)result->reach, result->view.is_leader,
		      result->view.line.replid, (long)result->view.line.offset,
		      result->view.line.replid2, (long)result->view.line.fork_offset);
	}
	parcel->op = errand->op;
	parcel->survey = survey;
	agent_post(world, errand->slot, errand->life, parcel,
		   done > world->now ? done - world->now : 0);
	errand_give(world, index);
}

void mark_save(struct world *world, int slot, const struct rel_action *action)
{
	const struct slot *at = &world->slot[slot];
	uint32_t index = errand_take(world, slot, action);

	world->errand[index].mark = action->mark;
	world->errand[index].position =
		at->redis.run == at->viewed_run ? at->viewed_position : DATA_NOTHING;
	world_at(world, world->now + random_tail(&world->network, MS, 1500 * MS),
		 (struct cue){HAPPEN_SAVED, slot, 0, index, 0});
}

void mark_saved(struct world *world, uint32_t index)
{
	struct errand *errand = &world->errand[index];
	struct slot *at = &world->slot[errand->slot];
	struct parcel *parcel;
	bool alive = at->agent.running && at->agent.life == errand->life;
	bool failed = fault_strikes(world, FAULT_MARK_FAIL, 200000);

	if (!failed && at->used && (alive || random_chance(&world->network, 500000))) {
		at->disk.mark = errand->mark;
		at->disk.has_mark = true;
		if (errand->position != DATA_NOTHING)
			at->disk.mark_position = errand->position;
	}
	parcel = parcel_take(world, REL_EVENT_MARK_SAVED);
	parcel->op = errand->op;
	parcel->err = failed ? REL_ERR_NO_SPACE : REL_OK;
	agent_post(world, errand->slot, errand->life, parcel, 0);
	errand_give(world, index);
}
