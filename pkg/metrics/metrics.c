/* SPDX-License-Identifier: Apache-2.0 */
/* Values: what is counted, set and observed between two scrapes. */
#include "families.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

size_t rel_metrics_size(void)
{
	return sizeof(struct rel_metrics);
}

/* Counters exist from the start, at 0, so that a rate sees their first step. */
struct rel_metrics *rel_metrics_init(void *memory)
{
	struct rel_metrics *metrics = memory;

	for (size_t i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];

		if (family->type == METRICS_COUNTER && !family->labels[0])
			metrics->values[i].count = 1;
	}
	return metrics;
}

static size_t label_count(const struct metrics_family *family)
{
	size_t count = 0;

	while (count < METRICS_LABELS_MAX && family->labels[count])
		count++;
	return count;
}

/* Compares what would be stored: long values are cut alike. */
static bool matches(const struct metrics_series *series, const char *const *labels, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strncmp(series->labels[i], labels[i], METRICS_VALUE_SIZE - 1) != 0)
			return false;
	}
	return true;
}

static struct metrics_series *find(struct metrics_values *values, const char *const *labels,
				   size_t count)
{
	static const char *const other[METRICS_LABELS_MAX] = {"other", "other"};
	size_t free_one = values->count;

	for (size_t i = 0; i < values->count; i++) {
		if (matches(&values->at[i], labels, count))
			return &values->at[i];
	}
	if (free_one > METRICS_SERIES_MAX)
		return &values->at[METRICS_SERIES_MAX];
	if (free_one == METRICS_SERIES_MAX)
		labels = other;
	for (size_t i = 0; i < count; i++)
		rel_text_copy(values->at[free_one].labels[i], METRICS_VALUE_SIZE, labels[i]);
	values->at[free_one].value = 0;
	values->count++;
	return &values->at[free_one];
}

static struct metrics_series *series_of(struct rel_metrics *metrics, enum rel_metric metric,
					const char *const *labels)
{
	const struct metrics_family *family = &metrics_families[metric];
	size_t count = label_count(family);

	rel_assert(family->type != METRICS_HISTOGRAM);
	rel_assert(!labels == !count);
	return find(&metrics->values[metric], labels, count);
}

void rel_metrics_set(struct rel_metrics *metrics, enum rel_metric metric,
		     const char *const *labels, double value)
{
	series_of(metrics, metric, labels)->value = value;
}

void rel_metrics_add(struct rel_metrics *metrics, enum rel_metric metric,
		     const char *const *labels, double value)
{
	rel_assert(value >= 0);
	series_of(metrics, metric, labels)->value += value;
}

void rel_metrics_observe(struct rel_metrics *metrics, enum rel_metric metric, double value)
{
	struct metrics_histogram *histogram = &metrics->histograms[metric];
	size_t i = 0;

	rel_assert(metrics_families[metric].type == METRICS_HISTOGRAM);
	while (i < METRICS_BUCKETS && value > metrics_buckets[i])
		i++;
	histogram->buckets[i]++;
	histogram->sum += value;
}

void rel_metrics_reset(struct rel_metrics *metrics, enum rel_metric metric)
{
	metrics->values[metric].count = 0;
}
