/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"

#include "check.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

#define WALL_START INT64_C(1760000000000000) /* microseconds */
#define SPIN_MAX 400 /* steps in a tenth of a second that nobody needs */

static void step(struct world *world, int slot, struct rel_event *event);

static struct rel_instant local(const struct world *world, int slot)
{
	return (struct rel_instant){clock_local(&world->slot[slot].clock, world->now)};
}

/* The timer of the event loop: never early, late by as much as a loop is. */
static void arm(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;
	int64_t deadline = rel_node_deadline(agent->node).ns;
	int64_t at;

	if (deadline == agent->timer_at)
		return;
	agent->timer_at = deadline;
	agent->timer++;
	if (deadline >= NEVER / 2)
		return;
	at = clock_real(&world->slot[slot].clock, deadline);
	if (at < world->now)
		at = world->now;
	at += random_tail(&world->network, 20 * US, 20 * MS) + agent->rate_penalty;
	world_at(world, at, (struct cue){HAPPEN_TICK, slot, agent->life, 0, agent->timer});
}

static void make_config(const struct world *world, int slot, struct rel_node_config *config)
{
	const struct settings *settings = &world->settings;
	const struct slot *at = &world->slot[slot];

	memset(config, 0, sizeof(*config));
	config->mode = "lease";
	config->election.self = config->role.self = at->member;
	rel_text_copy(config->election.address, REL_ADDRESS_SIZE, at->address);
	rel_text_copy(config->role.address, REL_ADDRESS_SIZE, at->address);
	config->election.lease_duration.ns = at->lease;
	config->election.renew_interval.ns = at->renew;
	config->election.fence_budget.ns = config->role.fence_budget.ns = settings->fence;
	config->election.request_timeout.ns = settings->request_timeout;
	config->election.clock_rate_ppm = settings->rho_ppm;
	config->election.create = true;
	config->role.priority = at->priority;
	config->role.no_promote = at->no_promote;
	config->role.expected_members = settings->expected;
	config->role.max_lag = settings->max_lag;
	config->role.observe_interval.ns = settings->observe;
	config->role.redis_down_after.ns = settings->down_after;
	config->role.bootstrap_grace.ns = settings->grace;
	config->role.stagger.ns = settings->stagger;
	config->role.survey_timeout = rel_ms(100);
	config->role.restart_latch.ns = settings->restart_latch;
	config->role.handover_pause = rel_ms(2000);
	config->role.kill_interval = rel_ms(500);
	config->role.kill_for = rel_ms(5000);
	config->role.unfit_cooldown = rel_ms(5000);
	config->role.promote_margin.ns = settings->promote_margin;
}

static void reset_life(struct world *world, struct agent *agent)
{
	struct agent kept = *agent;

	memset(agent, 0, offsetof(struct agent, deferred));
	agent->life = ++world->lives;
	agent->node = kept.node;
	agent->node_size = kept.node_size;
	agent->timer = kept.timer + 1;
	agent->pause = kept.pause + 1;
	agent->pending_count = 0;
	agent->patience_at = NEVER;
	agent->seen_count = 0;
	agent->holds = false;
	agent->best_epoch = 0;
	agent->best_holder = NOBODY;
	agent->best_address[0] = '\0';
	agent->asked_op = 0;
	agent->forced_until = 0;
	agent->deferred.count = 0;
	agent->rate_penalty = 0;
	agent->epoch = 0;
	agent->survey_at = 0;
	agent->last_expected = 0;
	agent->shown_epoch = 0;
	agent->shown_lease = 0;
}

void agent_start(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	struct agent *agent = &at->agent;
	struct rel_node_config config;
	struct parcel *parcel;

	if (agent->running || !at->pod.exists || (at->down_for_good && world->faulty))
		return;
	reset_life(world, agent);
	agent->running = true;
	agent->started_at = agent->resumed_at = world->now;
	agent->timer_at = -1;
	at->connected = false;
	at->watch_up = false;
	at->pods_last = 0;
	at->answers_last = world->now;
	make_config(world, slot, &config);
	memset(agent->node, 0, agent->node_size);
	agent->node = rel_node_init(agent->node, &config, local(world, slot));
	agent->last_now = local(world, slot).ns;
	world->stats.count[STAT_AGENT_STARTS]++;
	TRACE(world, slot, "agent starts");
	parcel = parcel_take(world, REL_EVENT_MARK_LOADED);
	parcel->err = at->disk.has_mark ? REL_OK : REL_ERR_MISSING;
	if (at->disk.has_mark)
		parcel->mark = at->disk.mark;
	agent_post(world, slot, agent->life, parcel,
		   random_tail(&world->network, 100 * US, 200 * MS));
	world_at(world, world->now + 100 * US,
		 (struct cue){HAPPEN_CONNECT, slot, agent->life, 0, 0});
	world_at(world, world->now + random_tail(&world->network, 2 * MS, 100 * MS),
		 (struct cue){HAPPEN_PODS, slot, agent->life, 0, 0});
	arm(world, slot);
}

/* What the checks keep of a life that ends: its Redis may go on by its claim. */
static void keep_claim(struct agent *agent)
{
	if (agent->valid_until > agent->old_valid)
		agent->old_valid = agent->valid_until;
	if (agent->write_limit > agent->old_limit)
		agent->old_limit = agent->write_limit;
	agent->holds = false;
	agent->valid_until = agent->write_limit = 0;
}

void agent_kill(struct world *world, int slot, int64_t after)
{
	struct agent *agent = &world->slot[slot].agent;

	if (agent->running) {
		TRACE(world, slot, "agent dies");
		keep_claim(agent);
		watch_close(world, slot);
		world->slot[slot].connected = false;
		while (agent->inbox_count > 0) {
			parcel_give(world, &world->parcel[agent->inbox[agent->inbox_first]]);
			agent->inbox_first = (agent->inbox_first + 1) % INBOX_MAX;
			agent->inbox_count--;
		}
		agent->running = agent->stopped = false;
		agent->life = ++world->lives;
		agent->pause++;
		agent->deferred.count = 0;
	}
	if (after != NEVER)
		world_at(world, world->now + after,
			 (struct cue){HAPPEN_START_AGENT, slot, agent->life, 0, 0});
}

void agent_stop(struct world *world, int slot, int64_t for_ns)
{
	struct agent *agent = &world->slot[slot].agent;

	if (!agent->running)
		return;
	agent->stopped = true;
	agent->pause++;
	TRACE(world, slot, "agent stands still for %.1f ms", (double)for_ns / 1e6);
	world_at(world, world->now + for_ns,
		 (struct cue){HAPPEN_RESUME_AGENT, slot, agent->life, 0, agent->pause});
}

/* The rest of a step that was frozen goes out first: the process knows no gap.
 * Then the timer and the inbox, in either order. */
void agent_resume(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;
	int64_t at = world->now + 10 * US;

	if (!agent->running || !agent->stopped)
		return;
	agent->stopped = false;
	agent->resumed_at = world->now;
	TRACE(world, slot, "agent goes on, %u waiting", agent->inbox_count);
	for (uint8_t i = agent->deferred_from; i < agent->deferred.count && agent->running; i++)
		agent_execute(world, slot, &agent->deferred.at[i]);
	agent->deferred.count = 0;
	if (!agent->running)
		return;
	agent->timer_at = -1;
	if (random_chance(&world->chance, 500000))
		arm(world, slot);
	while (agent->inbox_count > 0) {
		world_at(world, at,
			 (struct cue){HAPPEN_DELIVER, slot, agent->life,
				      agent->inbox[agent->inbox_first], 0});
		agent->inbox_first = (agent->inbox_first + 1) % INBOX_MAX;
		agent->inbox_count--;
		at += 30 * US;
	}
	if (agent->timer_at == -1)
		arm(world, slot);
}

struct pending *agent_pending(struct world *world, int slot, uint64_t op)
{
	struct agent *agent = &world->slot[slot].agent;

	for (int i = 0; i < agent->pending_count; i++)
		if (agent->pending[i].op == op)
			return &agent->pending[i];
	return NULL;
}

static bool answers_op(enum rel_event_type type)
{
	switch (type) {
	case REL_EVENT_REGISTER_READ:
	case REL_EVENT_REGISTER_WATCH:
	case REL_EVENT_REGISTER_WRITTEN:
	case REL_EVENT_POD_PATCHED:
	case REL_EVENT_REDIS_SEEN:
	case REL_EVENT_REDIS_DONE:
	case REL_EVENT_SURVEYED:
	case REL_EVENT_MARK_SAVED:
		return true;
	case REL_EVENT_TICK:
	case REL_EVENT_MARK_LOADED:
	case REL_EVENT_REGISTER_SEEN:
	case REL_EVENT_PODS_SEEN:
	case REL_EVENT_COMMAND:
	case REL_EVENT_STOP:
	case REL_EVENT_STOP_NOW:
		break;
	}
	return false;
}

/* Closes the op that this parcel answers. False when it was answered before. */
static bool close_pending(struct world *world, int slot, const struct parcel *parcel)
{
	struct agent *agent = &world->slot[slot].agent;
	struct pending *pending;

	if (!answers_op(parcel->type) || parcel->op == 0)
		return true;
	pending = agent_pending(world, slot, parcel->op);
	if (pending == NULL || (parcel->expiry && pending->watching))
		return false;
	if (parcel->type == REL_EVENT_REGISTER_WATCH && parcel->err == REL_OK) {
		pending->watching = true;
		return true;
	}
	*pending = agent->pending[--agent->pending_count];
	return true;
}

void agent_deliver(struct world *world, int slot, uint32_t life, uint32_t index)
{
	struct agent *agent = &world->slot[slot].agent;
	struct parcel *parcel = &world->parcel[index];
	struct rel_event event;

	if (!agent->running || agent->life != life) {
		parcel_give(world, parcel);
		return;
	}
	if (agent->stopped) {
		rel_assert(agent->inbox_count < INBOX_MAX);
		agent->inbox[(agent->inbox_first + agent->inbox_count++) % INBOX_MAX] = index;
		return;
	}
	if ((parcel->watch == 0 || parcel->watch == world->slot[slot].watch) &&
	    close_pending(world, slot, parcel)) {
		parcel_event(parcel, &event);
		if (event.record && (event.type == REL_EVENT_REGISTER_READ ||
				     event.type == REL_EVENT_REGISTER_SEEN ||
				     event.type == REL_EVENT_REGISTER_WRITTEN))
			check_shown(world, slot, event.record);
		step(world, slot, &event);
	}
	parcel_give(world, parcel);
}

static enum rel_event_type expiry_type(enum rel_action_type type)
{
	switch (type) {
	case REL_ACTION_REGISTER_READ:
		return REL_EVENT_REGISTER_READ;
	case REL_ACTION_REGISTER_CREATE:
	case REL_ACTION_REGISTER_WRITE:
		return REL_EVENT_REGISTER_WRITTEN;
	case REL_ACTION_REGISTER_WATCH:
		return REL_EVENT_REGISTER_WATCH;
	case REL_ACTION_REDIS_OBSERVE:
		return REL_EVENT_REDIS_SEEN;
	case REL_ACTION_REDIS_COMMAND:
		return REL_EVENT_REDIS_DONE;
	case REL_ACTION_SURVEY:
		return REL_EVENT_SURVEYED;
	case REL_ACTION_PATCH_POD:
		return REL_EVENT_POD_PATCHED;
	case REL_ACTION_SAVE_MARK:
		return REL_EVENT_MARK_SAVED;
	case REL_ACTION_EMIT:
	case REL_ACTION_ANSWER:
	case REL_ACTION_EXIT:
		break;
	}
	return REL_EVENT_TICK;
}

/* One happening stands for all that an agent waits for: mostly nothing is due. */
void agent_await(struct world *world, int slot, int64_t due)
{
	struct agent *agent = &world->slot[slot].agent;

	if (due >= agent->patience_at)
		return;
	agent->patience_at = due;
	world_at(world, due, (struct cue){HAPPEN_TIMEOUT, slot, agent->life, 0, 0});
}

static void give_up(struct world *world, int slot, const struct pending *pending)
{
	uint32_t life = world->slot[slot].agent.life;
	struct parcel *parcel;

	register_give_up(world, slot, life, pending->op);
	if (pending->type == REL_ACTION_REGISTER_WRITE)
		world->stats.count[STAT_UNANSWERED]++;
	if (pending->type == REL_ACTION_REGISTER_WATCH)
		watch_close(world, slot);
	parcel = parcel_take(world, expiry_type(pending->type));
	parcel->op = pending->op;
	parcel->err = REL_ERR_TIMEOUT;
	parcel->reach = REL_REDIS_SILENT;
	parcel->expiry = true;
	agent_deliver(world, slot, life, (uint32_t)(parcel - world->parcel));
}

void agent_timeouts(struct world *world, int slot, uint32_t life)
{
	struct agent *agent = &world->slot[slot].agent;
	int64_t next = NEVER;

	if (!agent->running || agent->life != life || agent->patience_at != world->now)
		return;
	agent->patience_at = NEVER;
	for (int i = 0; i < agent->pending_count; i++) {
		struct pending pending = agent->pending[i];

		if (pending.watching || pending.due > world->now) {
			if (!pending.watching && pending.due < next)
				next = pending.due;
			continue;
		}
		agent->pending[i].due = NEVER;
		give_up(world, slot, &pending);
		if (!agent->running || agent->life != life)
			return;
		i = -1; /* what is pending has changed */
		next = NEVER;
	}
	agent_await(world, slot, next);
}

void agent_tick(struct world *world, int slot, uint32_t life, uint32_t generation)
{
	struct agent *agent = &world->slot[slot].agent;
	struct rel_event event = {.type = REL_EVENT_TICK};

	if (!agent->running || agent->life != life || agent->stopped)
		return;
	if (generation != agent->timer)
		return;
	agent->timer_at = -1;
	step(world, slot, &event);
}

/* Actions and what they borrow are copied: the process is frozen in between. */
static void defer(struct world *world, int slot, const struct rel_actions *actions, uint8_t from)
{
	struct agent *agent = &world->slot[slot].agent;

	agent->deferred = *actions;
	agent->deferred_from = from;
	for (uint8_t i = 0; i < actions->count; i++) {
		struct rel_action *action = &agent->deferred.at[i];

		if (action->type == REL_ACTION_REGISTER_WRITE) {
			*agent->deferred_record = *action->record;
			action->record = agent->deferred_record;
		} else if (action->type == REL_ACTION_SURVEY) {
			*agent->deferred_survey = *action->survey;
			action->survey = agent->deferred_survey;
		}
	}
	agent_stop(world, slot, random_tail(&world->chance, 100 * US, 3 * world->settings.lease));
}

static void carry_out(struct world *world, int slot, const struct rel_actions *actions)
{
	struct agent *agent = &world->slot[slot].agent;
	uint32_t life = agent->life;
	uint8_t stop_at = actions->count;
	bool crash = false;

	if (actions->count > 0 && world->faulty) {
		crash = fault_strikes(world, FAULT_AGENT_CRASH, 500);
		if (crash || fault_strikes(world, FAULT_AGENT_FREEZE, 2000))
			stop_at = (uint8_t)random_below(&world->chance, actions->count + 1u);
	}
	for (uint8_t i = 0; i < stop_at; i++) {
		agent_execute(world, slot, &actions->at[i]);
		if (!agent->running || agent->life != life)
			return;
	}
	if (crash)
		agent_kill(world, slot, random_between(&world->chance, 200 * MS, 4 * SECOND));
	else if (stop_at < actions->count)
		defer(world, slot, actions, stop_at);
}

static void guard_spin(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;
	int64_t now = local(world, slot).ns;

	if (now / (100 * MS) != agent->last_now / (100 * MS))
		agent->steps_at = 0;
	else if (++agent->steps_at > SPIN_MAX)
		world_fail(world, "spin", "%s: %u steps in a tenth of a second",
			   world->slot[slot].identity, agent->steps_at);
	agent->last_now = now;
}

static void step(struct world *world, int slot, struct rel_event *event)
{
	struct agent *agent = &world->slot[slot].agent;
	static struct rel_actions actions;

	actions.count = 0;
	event->now = local(world, slot);
	event->wall.us = WALL_START + world->now / 1000;
	event->entropy = random_next(&world->entropy);
	guard_spin(world, slot);
	world_mix(world, (uint64_t)world->now << 8 ^ (uint64_t)event->type << 4 ^ (uint64_t)slot);
	world_mix(world, event->op ^ (uint64_t)event->err << 56);
	if (world->tracing && event->type != REL_EVENT_TICK)
		TRACE(world, slot, "< %s op=%lx %s", trace_event(event->type),
		      (unsigned long)event->op & 0xffffff, rel_err_text(event->err));
	rel_node_step(agent->node, event, &actions);
	world->steps++;
	check_step(world, slot, event, &actions);
	carry_out(world, slot, &actions);
	if (agent->running && !agent->stopped)
		arm(world, slot);
	if (agent->running && fault_strikes(world, FAULT_TICKS, 5000)) {
		struct parcel *parcel = parcel_take(world, REL_EVENT_TICK);

		agent_post(world, slot, agent->life, parcel,
			   random_between(&world->network, 0, 20 * MS));
	}
}

void agent_command(struct world *world, int slot, enum rel_command_kind kind, const char *to,
		   bool accept)
{
	struct agent *agent = &world->slot[slot].agent;
	struct parcel *parcel;

	if (!agent->running)
		return;
	parcel = parcel_take(world, REL_EVENT_COMMAND);
	parcel->op = 0x70000000u + ++world->lives;
	parcel->command = (struct rel_command){.kind = kind, .accept_data_loss = accept};
	rel_text_copy(parcel->command.to, REL_NAME_SIZE, to);
	agent->asked_op = parcel->op;
	if (kind == REL_COMMAND_FAILOVER) {
		world->forced = true;
		for (int i = 0; i < SLOTS_MAX; i++)
			world->slot[i].agent.forced_until = world->now + 60 * SECOND;
	}
	world->stats.count[STAT_SWITCHOVERS]++;
	TRACE(world, slot, "operator: command %d to '%s'", (int)kind, to);
	agent_post(world, slot, agent->life, parcel, 100 * US);
}

void agent_sigterm(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;

	if (!agent->running)
		return;
	TRACE(world, slot, "SIGTERM to the agent");
	agent_post(world, slot, agent->life, parcel_take(world, REL_EVENT_STOP), 100 * US);
}

void agent_stop_now(struct world *world, int slot)
{
	struct agent *agent = &world->slot[slot].agent;

	if (!agent->running)
		return;
	TRACE(world, slot, "second SIGTERM to the agent");
	agent_post(world, slot, agent->life, parcel_take(world, REL_EVENT_STOP_NOW), 100 * US);
}
