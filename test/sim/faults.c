/* SPDX-License-Identifier: Apache-2.0 */
#include "faults.h"

#include "agent.h"
#include "blow.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

struct fault_row {
	const char *name;
	int64_t mean; /* seconds */
	uint32_t share;
};

static const struct fault_row rows[FAULT_COUNT] = {
#define FAULT_ROW(code, text, every, seeds) {text, every, seeds},
	FAULT_LIST(FAULT_ROW)
#undef FAULT_ROW
};

const char *fault_name(enum fault fault)
{
	return rows[fault].name;
}

uint32_t fault_share(enum fault fault)
{
	return rows[fault].share;
}

enum fault fault_of(const char *name)
{
	int fault = 0;

	while (fault < FAULT_COUNT && !rel_text_equal(rows[fault].name, name))
		fault++;
	return (enum fault)fault;
}

bool fault_enabled(const struct world *world, enum fault fault)
{
	return world->faulty && (world->settings.faults >> fault & 1);
}

bool fault_strikes(struct world *world, enum fault fault, uint32_t per_million)
{
	uint64_t scaled = (uint64_t)per_million * (uint64_t)world->settings.intensity / 100;

	if (!fault_enabled(world, fault) ||
	    !random_chance(&world->fault[fault], scaled > 900000 ? 900000 : (uint32_t)scaled))
		return false;
	world->disturbed_at = world->now;
	return true;
}

/* The next one of this kind: exponential in spirit, uniform in fact. */
static void schedule(struct world *world, enum fault fault)
{
	int64_t mean = rows[fault].mean * SECOND * 100 / world->settings.intensity;
	int64_t after = random_between(&world->fault[fault], mean / 10, 2 * mean);

	if (world->now + after < world->settings.faults_end)
		world_at(world, world->now + after,
			 (struct cue){HAPPEN_FAULT, NOBODY, 0, fault, 0});
}

void faults_start(struct world *world)
{
	for (int i = 0; i < FAULT_COUNT; i++)
		if (fault_enabled(world, (enum fault)i) && rows[i].mean > 0)
			schedule(world, (enum fault)i);
}

void faults_happen(struct world *world, enum fault fault)
{
	if (!world->faulty)
		return;
	fault_do(world, fault, NOBODY, NOBODY, 0);
	schedule(world, fault);
}

static const struct blow_row *row_of(enum fault fault)
{
	const struct blow_row *row = blow_api_row(fault);

	if (!row->strike)
		row = blow_record_row(fault);
	if (!row->strike)
		row = blow_process_row(fault);
	if (!row->strike)
		row = blow_set_row(fault);
	return row;
}

/* Short, about a lease, or several leases. */
static int64_t draw_duration(struct world *world, struct random_stream *chance)
{
	int64_t lease = world->settings.lease;
	uint32_t draw = random_below(chance, 10);

	if (draw < 4)
		return random_between(chance, MS / 10, SECOND);
	if (draw < 8)
		return random_between(chance, SECOND, lease + lease / 4);
	return random_between(chance, lease, 3 * lease);
}

static struct wound *free_wound(struct world *world)
{
	for (int i = 0; i < WOUNDS_MAX; i++)
		if (!world->wound[i].open)
			return &world->wound[i];
	return NULL;
}

static void note_network(struct world *world, enum fault fault)
{
	if (fault == FAULT_NET_CUT || fault == FAULT_NET_PARTITION || fault == FAULT_NET_SLOW)
		world->net_changed_at = world->now;
}

bool fault_do(struct world *world, enum fault fault, int slot, int other, int64_t duration)
{
	struct blow blow = {fault, slot, other, duration, &world->fault[fault]};
	const struct blow_row *row = row_of(fault);
	struct wound *wound = free_wound(world);

	rel_assert(row->strike != NULL);
	if (wound == NULL)
		return false;
	*wound = (struct wound){
		.fault = fault, .a = NOBODY, .b = NOBODY, .generation = wound->generation};
	if (blow.slot == NOBODY)
		blow.slot = blow_victim(world, blow.chance);
	if (blow.slot == NOBODY)
		return false;
	if (blow.duration == 0)
		blow.duration = draw_duration(world, blow.chance);
	link_settle(world);
	if (!row->strike(world, &blow, wound))
		return false;
	TRACE(world, blow.slot, "FAULT %s for %.3f s", fault_name(fault),
	      row->heal ? (double)blow.duration / 1e9 : 0.0);
	world->stats.count[STAT_FAULTS]++;
	world->disturbed_at = world->slot[blow.slot].disturbed_at = world->now;
	note_network(world, fault);
	if (row->heal) {
		wound->open = true;
		world_at(world, world->now + blow.duration,
			 (struct cue){HAPPEN_HEAL, NOBODY, 0, (uint64_t)(wound - world->wound),
				      ++wound->generation});
	}
	return true;
}

static void heal(struct world *world, struct wound *wound)
{
	wound->open = false;
	TRACE(world, wound->a, "healed %s", fault_name(wound->fault));
	link_settle(world);
	row_of(wound->fault)->heal(world, wound);
	world->disturbed_at = world->now;
	note_network(world, wound->fault);
	if (wound->a != NOBODY)
		world->slot[wound->a].disturbed_at = world->now;
}

void faults_heal(struct world *world, uint32_t wound, uint32_t generation)
{
	if (world->wound[wound].open && world->wound[wound].generation == generation)
		heal(world, &world->wound[wound]);
}

static void revive(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	at->redis_kept_down = at->down_for_good = false;
	at->watch_lag = at->command_slow_until = at->pods_stalled_until = 0;
	at->agent.rate_penalty = 0;
	at->redis.stall_until = 0;
	if (at->lost)
		return;
	if (at->agent.stopped)
		agent_resume(world, slot);
	if (at->redis.stopped)
		redis_continue(world, slot);
	if (at->pod.exists && !at->agent.running)
		agent_kill(world, slot, random_between(&world->chance, 10 * MS, 2 * SECOND));
	if (at->pod.exists && !at->redis.up)
		redis_kill(world, slot, false, random_between(&world->chance, 10 * MS, 2 * SECOND));
	if (at->agent.running) {
		at->pods_last = 0;
		world_at(world, world->now, (struct cue){HAPPEN_PODS, slot, at->agent.life, 0, 0});
	}
}

void faults_end(struct world *world)
{
	world->faulty = false;
	for (int i = 0; i < WOUNDS_MAX; i++)
		if (world->wound[i].open)
			heal(world, &world->wound[i]);
	world->api = API_UP;
	world->net_changed_at = world->now;
	memset(world->cut, 0, sizeof(world->cut));
	memset(world->slow, 0, sizeof(world->slow));
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used)
			revive(world, i);
	world->disturbed_at = world->now;
}
