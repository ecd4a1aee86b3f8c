/* SPDX-License-Identifier: Apache-2.0 */
/* The table of families and the values behind it. */
#ifndef REL_METRICS_FAMILIES_H
#define REL_METRICS_FAMILIES_H

#include "redis-election/metrics.h"

#define METRICS_LABELS_MAX 2
#define METRICS_SERIES_MAX 64
#define METRICS_VALUE_SIZE 64
#define METRICS_BUCKETS 14 /* +Inf comes on top */

enum metrics_type { METRICS_GAUGE, METRICS_COUNTER, METRICS_HISTOGRAM, METRICS_INFO };

struct metrics_family {
	const char *name; /* whole, without _total and _info */
	enum metrics_type type;
	const char *unit; /* "" or the suffix of the name; base units only */
	const char *labels[METRICS_LABELS_MAX]; /* NULL where there are fewer */
	const char *help;
};

/* In the order of enum rel_metric. */
extern const struct metrics_family metrics_families[REL_METRICS_COUNT];
/* Upper bounds in seconds, ascending. */
extern const double metrics_buckets[METRICS_BUCKETS];

struct metrics_series {
	char labels[METRICS_LABELS_MAX][METRICS_VALUE_SIZE];
	double value;
};

/* The place after the last is for "other". */
struct metrics_values {
	size_t count;
	struct metrics_series at[METRICS_SERIES_MAX + 1];
};

struct metrics_histogram {
	uint64_t buckets[METRICS_BUCKETS + 1]; /* not cumulative */
	double sum;
};

struct rel_metrics {
	struct metrics_values values[REL_METRICS_COUNT];
	struct metrics_histogram histograms[REL_METRICS_COUNT];
};

#endif
