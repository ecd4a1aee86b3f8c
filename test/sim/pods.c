/* SPDX-License-Identifier: Apache-2.0 */
#include "agent.h"
#include "check.h"
#include "client.h"
#include "redis-election/base/text.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

int pods_current(const struct world *world, int ordinal)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.exists &&
		    world->slot[i].ordinal == ordinal)
			return i;
	return NOBODY;
}

int pods_by_identity(const struct world *world, const char *identity)
{
	if (identity[0] == '\0')
		return NOBODY;
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && rel_text_equal(world->slot[i].identity, identity))
			return i;
	return NOBODY;
}

/* A pod's DNS name leads to the pod that has the name now. */
int pods_by_address(const struct world *world, const char *host)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		const struct slot *slot = &world->slot[i];
		size_t length = strlen(slot->address) - 5; /* without ":6379" */

		if (slot->used && slot->pod.exists && strlen(host) >= length &&
		    strncmp(host, slot->address, length) == 0 &&
		    (host[length] == '\0' || host[length] == ':'))
			return i;
	}
	return NOBODY;
}

/* Each agent's list watch hears of it by and by; what changes meanwhile is in. */
void pods_changed(struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++) {
		struct slot *slot = &world->slot[i];
		int64_t at = world->now + random_tail(&world->network, 200 * US, 20 * MS);

		if (!slot->used || !slot->agent.running)
			continue;
		if (slot->pods_stalled_until > at)
			at = slot->pods_stalled_until;
		if (slot->pods_last >= at)
			continue;
		slot->pods_last = at;
		world_at(world, at, (struct cue){HAPPEN_PODS, i, slot->agent.life, 0, 0});
	}
}

static void show_pod(const struct slot *slot, struct rel_pod *pod)
{
	memset(pod, 0, sizeof(*pod));
	pod->member = slot->member;
	pod->index = slot->pod.index;
	rel_text_copy(pod->address, sizeof(pod->address), slot->address);
	rel_text_copy(pod->role, sizeof(pod->role), slot->pod.role);
	rel_text_copy(pod->revision, sizeof(pod->revision), "set-1");
	pod->terminating = slot->pod.terminating;
	pod->announced = slot->pod.announced;
	pod->priority = 100;
	if (slot->pod.announced) {
		pod->no_promote = slot->no_promote;
		pod->priority = slot->priority;
		pod->mark = slot->pod.mark;
	}
}

void pods_show(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];
	struct parcel *parcel;
	int64_t delay = random_tail(&world->network, 300 * US, 30 * MS) + world->slow[slot];

	at->pods_last = 0;
	if (!at->agent.running)
		return;
	if (!register_reaches(world, slot)) {
		at->pods_last = world->now + 250 * MS;
		world_at(world, at->pods_last,
			 (struct cue){HAPPEN_PODS, slot, at->agent.life, 0, 0});
		return;
	}
	parcel = parcel_take(world, REL_EVENT_PODS_SEEN);
	parcel->pods = pool_take(&world->pod_lists);
	parcel->pods->count = 0;
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.exists)
			show_pod(&world->slot[i], &parcel->pods->at[parcel->pods->count++]);
	if (at->answers_last < world->now + delay)
		at->answers_last = world->now + delay;
	agent_post(world, slot, at->agent.life, parcel, at->answers_last - world->now);
}

static int patch_target(const struct world *world, const struct rel_member *member)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.exists &&
		    rel_text_equal(world->slot[i].member.name, member->name))
			return i;
	return NOBODY;
}

static bool set_role(struct world *world, int target, const char *role)
{
	struct pod *pod = &world->slot[target].pod;

	if (rel_text_equal(pod->role, role))
		return false;
	rel_text_copy(pod->role, sizeof(pod->role), role);
	if (rel_text_equal(role, "leader"))
		clients_notice(world, CLIENT_LABEL, target);
	return true;
}

enum rel_err pods_patch(struct world *world, int slot, const struct rel_patch_action *patch)
{
	int target = patch_target(world, &patch->member);
	bool changed = false;
	struct pod *pod;

	world->stats.count[STAT_PATCHES]++;
	if (target == NOBODY)
		return REL_ERR_MISSING;
	pod = &world->slot[target].pod;
	if (!rel_text_equal(world->slot[target].member.uid, patch->member.uid) ||
	    (patch->index != 0 && patch->index != pod->index)) {
		world->stats.count[STAT_PATCH_CONFLICTS]++;
		return REL_ERR_CONFLICT;
	}
	if (patch->set_role) {
		if (target != slot && rel_text_equal(pod->role, "leader"))
			check_label(world, slot, target);
		changed = set_role(world, target, patch->role);
	}
	if (patch->announce && target == slot) {
		pod->announced = true;
		if (patch->mark.epoch != 0)
			pod->mark = patch->mark;
		changed = true;
	}
	TRACE(world, slot, "patched %s role='%s'%s", patch->member.name, pod->role,
	      patch->announce ? " announced" : "");
	if (changed) {
		pod->index = ++world->store.index;
		pods_changed(world);
	}
	return REL_OK;
}

static int free_slot(const struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (!world->slot[i].used)
			return i;
	return NOBODY;
}

static void name_slot(struct world *world, struct slot *slot, int ordinal)
{
	slot->ordinal = ordinal;
	slot->uid = ++world->uids;
	rel_text_format(slot->member.name, REL_NAME_SIZE, "redis-%d", ordinal);
	rel_text_format(slot->member.uid, REL_UID_SIZE, "uid-%u", slot->uid);
	rel_member_identity(&slot->member, slot->identity);
	rel_text_format(slot->address, REL_ADDRESS_SIZE, "redis-%d.redis:6379", ordinal);
}

static void draw_clock(struct world *world, struct clock *clock)
{
	int32_t rho = world->settings.rho_ppm;

	clock->offset = random_between(&world->chance, 1, 100000) * SECOND;
	clock->rate_ppm = (int32_t)random_between(&world->chance, -rho / 20, rho / 20);
	if (world->settings.faults >> FAULT_CLOCK & 1)
		clock->rate_ppm = random_chance(&world->chance, 500000) ? rho : -rho;
}

/* What its agent is started with. */
static void draw_options(struct world *world, struct slot *slot)
{
	const struct settings *settings = &world->settings;
	bool other = fault_enabled(world, FAULT_UPGRADE) &&
		     random_chance(&world->fault[FAULT_UPGRADE], 500000);

	slot->priority = settings->priority[slot->ordinal];
	slot->no_promote = (settings->faults >> FAULT_NO_PROMOTE & 1) &&
			   (settings->no_promote >> slot->ordinal & 1);
	slot->lease = other ? settings->other_lease : settings->lease;
	slot->renew = other ? settings->other_renew : settings->renew;
}

/* A slot that was another pod before: generations go on, so that nothing meant
 * for that one reaches this one. */
static void reuse_slot(struct slot *slot)
{
	struct slot *old = slot;
	struct agent agent = {.life = old->agent.life,
			      .pause = old->agent.pause,
			      .timer = old->agent.timer,
			      .node = old->agent.node,
			      .node_size = old->agent.node_size,
			      .deferred_record = old->agent.deferred_record,
			      .deferred_survey = old->agent.deferred_survey};
	uint32_t run = old->redis.run, stop = old->redis.stop + 1, link = old->redis.link + 1;
	uint32_t watch = old->watch + 1;

	memset(slot, 0, sizeof(*slot));
	slot->agent = agent;
	slot->redis.run = run;
	slot->redis.stop = stop;
	slot->redis.link = link;
	slot->redis.follow = NOBODY;
	slot->redis.link_slot = NOBODY;
	slot->watch = watch;
}

int pods_create(struct world *world, int ordinal, int from)
{
	int new = free_slot(world);
	struct slot *slot;

	if (new == NOBODY || pods_current(world, ordinal) != NOBODY)
		return NOBODY;
	slot = &world->slot[new];
	reuse_slot(slot);
	slot->used = true;
	name_slot(world, slot, ordinal);
	draw_options(world, slot);
	draw_clock(world, &slot->clock);
	slot->pod = (struct pod){.exists = true, .index = ++world->store.index};
	if (from != NOBODY) {
		slot->disk = world->slot[from].disk;
		world->slot[from].disk = (struct disk){0};
	}
	TRACE(world, new, "pod %s created%s", slot->identity, slot->disk.data ? " with data" : "");
	pods_changed(world);
	world_at(world, world->now + random_between(&world->chance, 10 * MS, 900 * MS),
		 (struct cue){HAPPEN_START_REDIS, new, 0, 0, slot->redis.run});
	world_at(world, world->now + random_between(&world->chance, 10 * MS, 900 * MS),
		 (struct cue){HAPPEN_START_AGENT, new, slot->agent.life, 0, 0});
	return new;
}

void pods_remove(struct world *world, int slot)
{
	struct slot *at = &world->slot[slot];

	if (!at->pod.exists)
		return;
	at->pod.exists = false;
	world->store.index++;
	TRACE(world, slot, "pod object gone");
	pods_changed(world);
}
