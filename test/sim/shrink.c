/* SPDX-License-Identifier: Apache-2.0 */
#include "shrink.h"

#include <inttypes.h>

#include "redis-election/base/text.h"

struct attempt {
	struct world *world;
	char rule[16];
};

static bool fails(struct attempt *attempt, const struct options *options)
{
	struct settings settings;

	options_settings(options, options->seed, &settings);
	world_run(attempt->world, &settings);
	return attempt->world->verdict.failed &&
	       rel_text_equal(attempt->world->verdict.rule, attempt->rule);
}

static bool keep_if_fails(struct attempt *attempt, struct options *best,
			  const struct options *candidate)
{
	if (!fails(attempt, candidate))
		return false;
	*best = *candidate;
	return true;
}

static bool drop_faults(struct attempt *attempt, struct options *best)
{
	bool dropped = false;

	for (int i = 0; i < FAULT_COUNT; i++) {
		struct options candidate = *best;

		if (!(best->faults >> i & 1))
			continue;
		candidate.faults &= ~(UINT64_C(1) << i);
		dropped = keep_if_fails(attempt, best, &candidate) || dropped;
	}
	return dropped;
}

static void shorten(struct attempt *attempt, struct options *best)
{
	for (double until = 2; until < best->until; until += 1) {
		struct options candidate = *best;

		candidate.until = until;
		if (keep_if_fails(attempt, best, &candidate))
			return;
	}
}

static void fewer(struct attempt *attempt, struct options *best)
{
	for (int members = 1; members < best->members; members++) {
		struct options candidate = *best;

		candidate.members = members;
		if (keep_if_fails(attempt, best, &candidate))
			return;
	}
}

static void calmer(struct attempt *attempt, struct options *best)
{
	for (int intensity = 20; intensity < best->intensity; intensity += 20) {
		struct options candidate = *best;

		candidate.intensity = intensity;
		if (keep_if_fails(attempt, best, &candidate))
			return;
	}
}

int shrink(const struct options *options)
{
	struct world *world = world_create();
	struct attempt attempt = {.world = world};
	struct options best = *options;
	struct settings settings;

	options_settings(options, options->seed, &settings);
	world_run(world, &settings);
	if (!world->verdict.failed) {
		printf("seed %" PRIu64 " does not fail\n", options->seed);
		world_destroy(world);
		return 0;
	}
	rel_text_copy(attempt.rule, sizeof(attempt.rule), world->verdict.rule);
	best.faults_given = true;
	best.faults = settings.faults;
	best.members = settings.members;
	best.intensity = settings.intensity;
	best.until = (double)(settings.faults_end - START) / 1e9;
	while (drop_faults(&attempt, &best))
		continue;
	fewer(&attempt, &best);
	shorten(&attempt, &best);
	calmer(&attempt, &best);
	while (drop_faults(&attempt, &best))
		continue;
	fails(&attempt, &best);
	printf("%s: %s\nfaults:", world->verdict.rule, world->verdict.text);
	for (int i = 0; i < FAULT_COUNT; i++)
		if (best.faults >> i & 1)
			printf(" %s", fault_name((enum fault)i));
	printf("\n");
	options_settings(&best, best.seed, &settings);
	options_replay(&best, &settings, stdout);
	world_destroy(world);
	return 1;
}
