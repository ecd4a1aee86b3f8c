/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of the API server and of watches. */
#include "blow.h"
#include "register.h"

static void contact_again(struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used)
			watch_send(world, i);
}

/* Connections die with the server, or live through it. */
static void shake_watches(struct world *world, struct random_stream *chance)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && random_chance(chance, 500000))
			world->slot[i].watch_silent = world->slot[i].watch_up;
}

static bool strike_outage(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	if (world->api != API_UP)
		return false;
	world->api = random_chance(blow->chance, 500000) ? API_HANGING : API_REFUSING;
	shake_watches(world, blow->chance);
	return true;
}

static bool strike_brown(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	(void)blow;
	if (world->api != API_UP)
		return false;
	world->api = API_BROWN;
	return true;
}

static void heal_api(struct world *world, const struct wound *wound)
{
	(void)wound;
	world->api = API_UP;
	contact_again(world);
}

static bool strike_cut(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	if (slot->api_cut)
		return false;
	slot->api_cut = true;
	if (random_chance(blow->chance, 500000))
		slot->watch_silent = slot->watch_up;
	wound->a = blow->slot;
	return true;
}

static void heal_cut(struct world *world, const struct wound *wound)
{
	world->slot[wound->a].api_cut = false;
	watch_send(world, wound->a);
}

static bool strike_silent(struct world *world, struct blow *blow, struct wound *wound)
{
	struct slot *slot = &world->slot[blow->slot];

	(void)wound;
	if (!slot->watch_up || slot->watch_silent)
		return false;
	slot->watch_silent = true;
	world->stats.count[STAT_WATCH_DEATHS]++;
	return true;
}

static bool strike_end(struct world *world, struct blow *blow, struct wound *wound)
{
	static const enum rel_err errors[] = {REL_ERR_CLOSED, REL_ERR_RESET, REL_ERR_EXPIRED,
					      REL_ERR_SERVER};

	(void)wound;
	watch_end(world, blow->slot, errors[random_below(blow->chance, 4)]);
	return true;
}

/* The server forgets old versions, and watches end. */
static bool strike_expired(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	world->store.floor = world->store.index;
	watch_end(world, blow->slot, REL_ERR_CLOSED);
	return true;
}

static bool strike_lag(struct world *world, struct blow *blow, struct wound *wound)
{
	wound->a = blow->slot;
	world->slot[blow->slot].watch_lag = random_between(blow->chance, 50 * MS, 5 * SECOND);
	return true;
}

static void heal_lag(struct world *world, const struct wound *wound)
{
	world->slot[wound->a].watch_lag = 0;
}

static bool strike_stall(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	world->slot[blow->slot].pods_stalled_until = world->now + blow->duration;
	return true;
}

static const struct blow_row rows[FAULT_COUNT] = {
	[FAULT_API_OUTAGE] = {strike_outage, heal_api},
	[FAULT_API_CUT] = {strike_cut, heal_cut},
	[FAULT_API_BROWN] = {strike_brown, heal_api},
	[FAULT_WATCH_SILENT] = {strike_silent, NULL},
	[FAULT_WATCH_END] = {strike_end, NULL},
	[FAULT_WATCH_EXPIRED] = {strike_expired, NULL},
	[FAULT_WATCH_LAG] = {strike_lag, heal_lag},
	[FAULT_PODS_STALL] = {strike_stall, NULL},
};

const struct blow_row *blow_api_row(enum fault fault)
{
	return &rows[fault];
}
