/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <stdarg.h>
#include <stdlib.h>

#include "agent.h"
#include "cases.h"
#include "check.h"
#include "client.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "trace.h"

struct world *world_running;

/* A failed assert of the product is a finding like any other. */
void rel_assert_failed(const char *what, const char *file, int line)
{
	if (world_running == NULL) {
		fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, what);
		abort();
	}
	world_fail(world_running, "assert", "%s:%d: %s", file, line, what);
}

void world_fail(struct world *world, const char *rule, const char *format, ...)
{
	va_list arguments;

	world->verdict.failed = true;
	world->verdict.at = world->now;
	rel_text_copy(world->verdict.rule, sizeof(world->verdict.rule), rule);
	va_start(arguments, format);
	vsnprintf(world->verdict.text, sizeof(world->verdict.text), format, arguments);
	va_end(arguments);
	longjmp(world->escape, 1);
}

void world_mix(struct world *world, uint64_t value)
{
	world->hash = (world->hash ^ value) * 0x100000001b3u;
	world->hash ^= world->hash >> 29;
}

int64_t clock_local(const struct clock *clock, int64_t real)
{
	/* In steps of a microsecond: never backwards. */
	return clock->offset + real + real / 1000 * clock->rate_ppm / 1000;
}

int64_t clock_real(const struct clock *clock, int64_t local)
{
	int64_t passed = local - clock->offset;
	int64_t real = passed - passed / 1000000 * clock->rate_ppm;
	int64_t off;

	if (local >= NEVER / 2)
		return NEVER;
	while ((off = local - clock_local(clock, real)) > 0)
		real += off > 2 ? off - off / 500 : 1;
	while ((off = clock_local(clock, real - 1) - local) >= 0)
		real -= off > 2 ? off - off / 500 : 1;
	return real;
}

void pool_create(struct pool *pool, uint32_t size, uint32_t count)
{
	*pool = (struct pool){.size = (size + 15) / 16 * 16, .count = count};
	pool->memory = calloc(count, pool->size);
	pool->free_list = calloc(count, sizeof(*pool->free_list));
	rel_assert(pool->memory && pool->free_list);
	pool_reset(pool);
}

void pool_reset(struct pool *pool)
{
	pool->free_count = pool->count;
	for (uint32_t i = 0; i < pool->count; i++)
		pool->free_list[i] = pool->count - 1 - i;
}

void *pool_take(struct pool *pool)
{
	rel_assert(pool->free_count > 0);
	return pool->memory + (size_t)pool->free_list[--pool->free_count] * pool->size;
}

void pool_give(struct pool *pool, const void *piece)
{
	if (piece)
		pool->free_list[pool->free_count++] =
			(uint32_t)((size_t)((const char *)piece - pool->memory) / pool->size);
}

void world_at(struct world *world, int64_t at, struct cue what)
{
	heap_push(&world->heap, (struct happening){.at = at < world->now ? world->now : at,
						   .kind = (uint16_t)what.kind,
						   .slot = (int16_t)what.slot,
						   .life = what.life,
						   .a = what.a,
						   .b = what.b});
}

struct world *world_create(void)
{
	struct world *world = calloc(1, sizeof(*world));

	rel_assert(world != NULL);
	return world;
}

static void pool_destroy(struct pool *pool)
{
	free(pool->memory);
	free(pool->free_list);
}

void world_destroy(struct world *world)
{
	pool_destroy(&world->records);
	pool_destroy(&world->surveys);
	pool_destroy(&world->pod_lists);
	for (int i = 0; i < SLOTS_MAX; i++) {
		free(world->slot[i].agent.node);
		free(world->slot[i].agent.deferred_record);
		free(world->slot[i].agent.deferred_survey);
	}
	free(world);
}

static void make_pools(struct world *world)
{
	if (world->records.memory) {
		pool_reset(&world->records);
		pool_reset(&world->surveys);
		pool_reset(&world->pod_lists);
		return;
	}
	pool_create(&world->records, sizeof(struct rel_record), 1024);
	pool_create(&world->surveys, sizeof(struct rel_survey), 256);
	pool_create(&world->pod_lists, sizeof(struct rel_pods), 256);
}

/* Memory of nodes and of what a frozen step borrows is kept between seeds. */
static void reset_slots(struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		struct slot *slot = &world->slot[i];
		struct rel_node *node = slot->agent.node;
		size_t size = slot->agent.node_size;
		struct rel_record *record = slot->agent.deferred_record;
		struct rel_survey_action *survey = slot->agent.deferred_survey;

		memset(slot, 0, sizeof(*slot));
		slot->agent.node = node;
		slot->agent.node_size = size;
		slot->agent.deferred_record = record;
		slot->agent.deferred_survey = survey;
		if (node == NULL) {
			slot->agent.node_size = rel_node_size("lease");
			slot->agent.node = calloc(1, slot->agent.node_size);
			slot->agent.deferred_record = calloc(1, sizeof(*record));
			slot->agent.deferred_survey = calloc(1, sizeof(*survey));
			rel_assert(slot->agent.node && slot->agent.deferred_record &&
				   slot->agent.deferred_survey);
		}
	}
}

static void reset_pools(struct world *world)
{
	make_pools(world);
	memset(world->errand_used, 0, sizeof(world->errand_used));
	for (uint32_t i = 0; i < REQUESTS_MAX; i++)
		world->request[i].used = false;
	world->parcel_free_count = 0;
	for (uint32_t i = PARCELS_MAX; i-- > 0;)
		world->parcel_free[world->parcel_free_count++] = i;
}

static void reset(struct world *world, const struct settings *settings)
{
	uint64_t seed = settings->seed;

	world->settings = *settings;
	world->now = START;
	world->heap.count = 0;
	world->heap.order = 0;
	world->chance = random_of(seed, 1);
	world->network = random_of(seed, 2);
	world->clients = random_of(seed, 3);
	world->entropy = random_of(seed, 4);
	for (int i = 0; i < FAULT_COUNT; i++)
		world->fault[i] = random_of(seed, 100 + (uint64_t)i);
	data_reset(&world->data);
	register_reset(world);
	reset_slots(world);
	reset_pools(world);
	memset(world->cut, 0, sizeof(world->cut));
	memset(world->slow, 0, sizeof(world->slow));
	memset(world->wound, 0, sizeof(world->wound));
	memset(&world->rival, 0, sizeof(world->rival));
	memset(&world->stats, 0, sizeof(world->stats));
	memset(&world->verdict, 0, sizeof(world->verdict));
	world->api = API_UP;
	world->api_back_at = 0;
	world->uids = world->runs = world->replids = world->lives = 1;
	world->reigns = 0;
	world->disturbed_at = world->net_changed_at = START;
	world->faulty = true;
	world->well_since = world->healed_at = 0;
	world->well_leader = NOBODY;
	world->well_epoch = world->well_changes = 0;
	world->forced = world->done = false;
	world->last_promoted = NOBODY;
	memset(&world->handover, 0, sizeof(world->handover));
	world->line = DATA_NOTHING;
	world->hash = 0xcbf29ce484222325u ^ seed;
	world->steps = 0;
	world->why_not = "";
	world->route[0] = world->route[1] = NOBODY;
}

static void begin(struct world *world)
{
	const struct settings *settings = &world->settings;

	world->ordinals = settings->members;
	for (int i = 0; i < settings->members; i++)
		pods_create(world, i, NOBODY);
	clients_start(world);
	if (world->schedule)
		case_start(world);
	else
		faults_start(world);
	world_at(world, settings->faults_end, (struct cue){HAPPEN_QUIET, NOBODY, 0, 0, 0});
}

/* Generations: what was meant for an earlier process, pause or link is dropped. */
static bool outdated(const struct world *world, const struct happening *happening)
{
	const struct slot *slot = happening->slot >= 0 ? &world->slot[happening->slot] : NULL;

	switch ((enum happening_kind)happening->kind) {
	case HAPPEN_RESUME_AGENT:
		return slot->agent.life != happening->life || slot->agent.pause != happening->b;
	case HAPPEN_START_AGENT:
	case HAPPEN_END_AGENT:
	case HAPPEN_CONNECT:
	case HAPPEN_PODS:
		return slot->agent.life != happening->life;
	case HAPPEN_LOADED:
	case HAPPEN_UNPAUSE:
	case HAPPEN_PING:
	case HAPPEN_SNAPSHOT:
	case HAPPEN_EXIT_REDIS:
	case HAPPEN_START_REDIS:
		return slot->redis.run != happening->b;
	case HAPPEN_CONTINUE:
		return slot->redis.stop != happening->b;
	case HAPPEN_LINK:
	case HAPPEN_FLUSHED:
	case HAPPEN_SYNCED:
		return slot->redis.link != happening->b;
	case HAPPEN_POD_END:
		return slot->uid != happening->life;
	case HAPPEN_DELIVER:
	case HAPPEN_TICK:
	case HAPPEN_TIMEOUT:
	case HAPPEN_REQUEST:
	case HAPPEN_ANSWER:
	case HAPPEN_WATCH:
	case HAPPEN_WATCH_END:
	case HAPPEN_COMMAND:
	case HAPPEN_SURVEY:
	case HAPPEN_SAVED:
	case HAPPEN_ROUTE:
	case HAPPEN_RIVAL:
	case HAPPEN_FAULT:
	case HAPPEN_HEAL:
	case HAPPEN_POD_START:
	case HAPPEN_QUIET:
	case HAPPEN_JUDGE:
	case HAPPEN_CASE:
	case HAPPEN_COUNT:
		break;
	}
	return false;
}

static void quiet(struct world *world)
{
	faults_end(world);
	world->faulty = false;
	world->healed_at = world->now;
	world->bound = 2 * settings_longest_lease(&world->settings) + world->settings.grace;
	world->bound += 10 * SECOND;
	if (world->rival.until > world->now)
		world->bound += world->rival.until - world->now;
	TRACE(world, NOBODY, "faults are over");
	world_at(world, world->now + 100 * MS, (struct cue){HAPPEN_JUDGE, NOBODY, 0, 0, 0});
}

static void happen_agent(struct world *world, const struct happening *what)
{
	switch ((enum happening_kind)what->kind) {
	case HAPPEN_DELIVER:
		agent_deliver(world, what->slot, what->life, (uint32_t)what->a);
		return;
	case HAPPEN_TICK:
		agent_tick(world, what->slot, what->life, what->b);
		return;
	case HAPPEN_RESUME_AGENT:
		agent_resume(world, what->slot);
		return;
	case HAPPEN_START_AGENT:
		agent_start(world, what->slot);
		return;
	case HAPPEN_END_AGENT:
		agent_exit(world, what->slot);
		return;
	case HAPPEN_TIMEOUT:
		agent_timeouts(world, what->slot, what->life);
		return;
	case HAPPEN_REQUEST:
		register_serve(world, (uint32_t)what->a);
		return;
	case HAPPEN_ANSWER:
		register_answer(world, (uint32_t)what->a);
		return;
	case HAPPEN_WATCH:
		watch_deliver(world, what->slot, what->b, what->a);
		return;
	case HAPPEN_WATCH_END:
		if (world->slot[what->slot].watch == what->b)
			watch_end(world, what->slot, (enum rel_err)what->a);
		return;
	case HAPPEN_PODS:
		pods_show(world, what->slot);
		return;
	case HAPPEN_COMMAND:
		command_arrive(world, (uint32_t)what->a);
		return;
	case HAPPEN_CONNECT:
		command_connect(world, what->slot);
		return;
	case HAPPEN_SURVEY:
		survey_arrive(world, (uint32_t)what->a);
		return;
	case HAPPEN_SAVED:
		mark_saved(world, (uint32_t)what->a);
		return;
	case HAPPEN_START_REDIS:
	case HAPPEN_LOADED:
	case HAPPEN_CONTINUE:
	case HAPPEN_LINK:
	case HAPPEN_FLUSHED:
	case HAPPEN_SYNCED:
	case HAPPEN_UNPAUSE:
	case HAPPEN_PING:
	case HAPPEN_SNAPSHOT:
	case HAPPEN_EXIT_REDIS:
	case HAPPEN_ROUTE:
	case HAPPEN_RIVAL:
	case HAPPEN_FAULT:
	case HAPPEN_HEAL:
	case HAPPEN_POD_END:
	case HAPPEN_POD_START:
	case HAPPEN_QUIET:
	case HAPPEN_JUDGE:
	case HAPPEN_CASE:
	case HAPPEN_COUNT:
		return;
	}
}

static void happen_redis(struct world *world, const struct happening *what)
{
	switch ((enum happening_kind)what->kind) {
	case HAPPEN_START_REDIS:
		redis_start(world, what->slot);
		return;
	case HAPPEN_LOADED:
		redis_loaded(world, what->slot);
		return;
	case HAPPEN_CONTINUE:
		redis_continue(world, what->slot);
		return;
	case HAPPEN_LINK:
		link_try(world, what->slot);
		return;
	case HAPPEN_FLUSHED:
		link_flush(world, what->slot);
		return;
	case HAPPEN_SYNCED:
		link_synced(world, what->slot);
		return;
	case HAPPEN_UNPAUSE:
		redis_unpause(world, what->slot);
		return;
	case HAPPEN_PING:
		redis_ping(world, what->slot);
		return;
	case HAPPEN_SNAPSHOT:
		redis_snapshot(world, what->slot);
		return;
	case HAPPEN_EXIT_REDIS:
		redis_kill(world, what->slot, false, REDIS_AGAIN);
		return;
	case HAPPEN_DELIVER:
	case HAPPEN_TICK:
	case HAPPEN_RESUME_AGENT:
	case HAPPEN_START_AGENT:
	case HAPPEN_END_AGENT:
	case HAPPEN_TIMEOUT:
	case HAPPEN_REQUEST:
	case HAPPEN_ANSWER:
	case HAPPEN_WATCH:
	case HAPPEN_WATCH_END:
	case HAPPEN_PODS:
	case HAPPEN_COMMAND:
	case HAPPEN_CONNECT:
	case HAPPEN_SURVEY:
	case HAPPEN_SAVED:
	case HAPPEN_ROUTE:
	case HAPPEN_RIVAL:
	case HAPPEN_FAULT:
	case HAPPEN_HEAL:
	case HAPPEN_POD_END:
	case HAPPEN_POD_START:
	case HAPPEN_QUIET:
	case HAPPEN_JUDGE:
	case HAPPEN_CASE:
	case HAPPEN_COUNT:
		return;
	}
}

static void happen(struct world *world, const struct happening *what)
{
	if (outdated(world, what))
		return;
	if (what->kind <= HAPPEN_SAVED)
		happen_agent(world, what);
	else if (what->kind <= HAPPEN_EXIT_REDIS)
		happen_redis(world, what);
	else if (what->kind == HAPPEN_ROUTE)
		world->route[what->b] = (int)what->a - 1;
	else if (what->kind == HAPPEN_RIVAL)
		rival_turn(world);
	else if (what->kind == HAPPEN_FAULT)
		faults_happen(world, (enum fault)what->a);
	else if (what->kind == HAPPEN_HEAL)
		faults_heal(world, (uint32_t)what->a, what->b);
	else if (what->kind == HAPPEN_POD_END)
		pod_end_step(world, what->slot, what->b);
	else if (what->kind == HAPPEN_POD_START)
		pod_start(world, what->slot, (int)what->a - 1);
	else if (what->kind == HAPPEN_QUIET)
		quiet(world);
	else if (what->kind == HAPPEN_JUDGE)
		live_judge(world);
	else if (what->kind == HAPPEN_CASE)
		case_line(world, (uint32_t)what->a);
}

/* Clients write all the time, so they do not go through the heap. */
static void go_on(struct world *world)
{
	int64_t next = heap_next(&world->heap);
	int turn = world->clients_at[1] < world->clients_at[0];
	struct happening what;

	if (world->clients_at[turn] < next) {
		world->now = world->clients_at[turn];
		clients_turn(world, turn);
		return;
	}
	heap_pop(&world->heap, &what);
	world->now = what.at;
	happen(world, &what);
}

void world_run(struct world *world, const struct settings *settings)
{
	reset(world, settings);
	world_running = world;
	if (setjmp(world->escape) == 0) {
		begin(world);
		while (!world->done)
			go_on(world);
	}
	world_running = NULL;
	world->stats.seeds = 1;
	world->stats.failed = world->verdict.failed;
	world->stats.virtual_ns = world->now - START;
	world->stats.count[STAT_STEPS] = world->steps;
}
