/* SPDX-License-Identifier: Apache-2.0 */
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>

struct row {
	const char *text;
	bool must;
};

static const struct row rows[STATS_COUNT] = {
#define STAT_ROW(code, words, always) {words, always},
	STATS_LIST(STAT_ROW)
#undef STAT_ROW
};

void stats_add(struct stats *sum, const struct stats *one)
{
	for (int i = 0; i < STATS_COUNT; i++)
		sum->count[i] += one->count[i];
	sum->seeds += one->seeds;
	sum->failed += one->failed;
	sum->virtual_ns += one->virtual_ns;
	sum->recovery_sum += one->recovery_sum;
	if (one->recovery_max > sum->recovery_max) {
		sum->recovery_max = one->recovery_max;
		sum->recovery_seed = one->recovery_seed;
	}
}

void stats_print(const struct stats *stats, double seconds)
{
	double seeds = stats->seeds > 0 ? (double)stats->seeds : 1.0;

	printf("%" PRIu64 " seeds, %.1f virtual hours, %.0f seeds per minute\n", stats->seeds,
	       (double)stats->virtual_ns / 3.6e12, seconds > 0 ? seeds * 60 / seconds : 0.0);
	printf("recovery after the faults: mean %.1f s, longest %.1f s (seed %" PRIu64 ")\n",
	       (double)stats->recovery_sum / 1e9 / seeds, (double)stats->recovery_max / 1e9,
	       stats->recovery_seed);
	for (int i = 0; i < STATS_COUNT; i++)
		printf("%12" PRIu64 "  %s\n", stats->count[i], rows[i].text);
}

int stats_missing(const struct stats *stats)
{
	int missing = 0;

	for (int i = 0; i < STATS_COUNT; i++) {
		if (!rows[i].must || stats->count[i] > 0)
			continue;
		printf("never exercised: %s\n", rows[i].text);
		missing++;
	}
	return missing;
}
