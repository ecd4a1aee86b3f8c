/* SPDX-License-Identifier: Apache-2.0 */
/* What a seed makes of the set before anything happens. */
#include "world.h"

struct timing {
	int64_t lease, renew;
};

static const struct timing timings[] = {
	{6 * SECOND, 2 * SECOND}, /* the defaults of lease mode */
	{6 * SECOND, 2 * SECOND}, {4 * SECOND, 1 * SECOND},  {2 * SECOND, 500 * MS},
	{3 * SECOND, 1 * SECOND}, {10 * SECOND, 3 * SECOND},
};

#define TIMINGS (sizeof(timings) / sizeof(timings[0]))

static const int sizes[] = {1, 2, 3, 3, 3, 3, 5, 5, 2, 7};

static void draw_timing(struct settings *settings, struct random_stream *chance)
{
	const struct timing *timing = &timings[random_below(chance, TIMINGS)];

	settings->lease = timing->lease;
	settings->renew = timing->renew;
	settings->fence = 200 * MS;
	settings->promote_margin = settings->fence + 300 * MS;
	settings->request_timeout = timing->lease / 4 < SECOND ? timing->lease / 4 : SECOND;
	settings->rho_ppm = 1000;
	settings->restart_latch = 500 * MS;
	settings->down_after = random_chance(chance, 500000) ? 5 * SECOND : 2 * SECOND;
	settings->observe = 100 * MS;
	settings->stagger = 50 * MS;
	settings->grace = random_chance(chance, 500000) ? 10 * SECOND : 3 * SECOND;
}

static void draw_data(struct settings *settings, struct random_stream *chance)
{
	static const int64_t lags[] = {1 << 20, 1 << 20, 20000, 200000};
	static const int64_t backlogs[] = {1 << 20, 1 << 20, 4000, 30000};

	settings->max_lag = lags[random_below(chance, 4)];
	settings->backlog = backlogs[random_below(chance, 4)];
	settings->persistence = (enum persistence)random_below(chance, PERSIST_COUNT);
	settings->volumes = random_chance(chance, 700000);
	settings->router_every = random_between(chance, 5, 40) * MS;
	settings->sticky_every = random_between(chance, 10, 60) * MS;
}

static void draw_faults(struct settings *settings, struct random_stream *chance)
{
	uint32_t density = 50000 + random_below(chance, 350000);

	for (int i = 0; i < FAULT_COUNT; i++)
		if (fault_share((enum fault)i) == 0 && random_chance(chance, density))
			settings->faults |= UINT64_C(1) << i;
	settings->faults &= ~(UINT64_C(1) << FAULT_RESTORE);
	if (random_chance(chance, 15000))
		settings->faults |= UINT64_C(1) << FAULT_RESTORE;
	settings->intensity = 50 + (int)random_below(chance, 250);
	settings->faults_end = START + 40 * SECOND;
}

/* Each by a stream of its own: a new kind leaves the seeds as they are that do not
 * have it. */
static void draw_rare_faults(struct settings *settings)
{
	for (int i = 0; i < FAULT_COUNT; i++) {
		struct random_stream chance = random_of(settings->seed, 200 + (uint64_t)i);

		if (random_chance(&chance, fault_share((enum fault)i)))
			settings->faults |= UINT64_C(1) << i;
	}
}

/* What only some kinds of faults look at. */
static void draw_members(struct settings *settings)
{
	struct random_stream chance = random_of(settings->seed, 5);
	const struct timing *timing = &timings[random_below(&chance, TIMINGS)];

	settings->other_lease = timing->lease;
	settings->other_renew = timing->renew;
	settings->no_promote = 1U << random_below(&chance, ORDINALS_MAX);
	if (random_chance(&chance, 300000))
		settings->no_promote |= 1U << random_below(&chance, ORDINALS_MAX);
}

int64_t settings_longest_lease(const struct settings *settings)
{
	bool upgraded = (settings->faults & UINT64_C(1) << FAULT_UPGRADE) != 0;

	return upgraded && settings->other_lease > settings->lease ? settings->other_lease
								   : settings->lease;
}

void world_settings(struct settings *settings, uint64_t seed)
{
	struct random_stream chance = random_of(seed, 0);

	*settings = (struct settings){.seed = seed};
	settings->members = sizes[random_below(&chance, sizeof(sizes) / sizeof(sizes[0]))];
	settings->expected = random_chance(&chance, 500000) ? settings->members : 0;
	draw_timing(settings, &chance);
	draw_data(settings, &chance);
	for (int i = 0; i < ORDINALS_MAX; i++)
		settings->priority[i] = 100;
	if (settings->members > 1 && random_chance(&chance, 150000))
		settings->priority[random_below(&chance, (uint32_t)settings->members)] =
			(int32_t)random_below(&chance, 2) * 50;
	draw_faults(settings, &chance);
	draw_rare_faults(settings);
	draw_members(settings);
}
