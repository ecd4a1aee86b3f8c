/* SPDX-License-Identifier: Apache-2.0 */
/* The two text formats. They differ in the order of the comments, in the family
 * name of counters and infos, and in the end mark.
 * 0.0.4: prometheus.io/docs/instrumenting/exposition_formats
 * 1.0: the OpenMetrics specification, §3 to §5 */
#include <math.h>

#include "families.h"
#include "redis-election/base/text.h"

#define NUMBER_SIZE 32

/* The shortest form that reads back as the same double. */
static void format_number(double value, char text[NUMBER_SIZE])
{
	if (isnan(value) || isinf(value)) {
		rel_text_copy(text, NUMBER_SIZE,
			      isnan(value) ? "NaN"
			      : value < 0  ? "-Inf"
					   : "+Inf");
		return;
	}
	if (fabs(value) < 1e15 && value == (double)(int64_t)value) {
		rel_text_format(text, NUMBER_SIZE, "%.0f", value == 0 ? 0.0 : value);
		return;
	}
	for (int digits = 6; digits <= 17; digits++) {
		rel_text_format(text, NUMBER_SIZE, "%.*g", digits, value);
		if (strtod(text, NULL) == value)
			return;
	}
}

/* Bounds are canonical floats, 1.0 and not 1: in OpenMetrics by rule, and
 * Prometheus 3 turns them into that form anyway. */
static void format_bound(double value, char text[NUMBER_SIZE])
{
	format_number(value, text);
	if (!strpbrk(text, ".eI"))
		rel_text_append(text, NUMBER_SIZE, ".0");
}

/* Escapes for help texts and, with the quote, for label values. Both must be UTF-8;
 * what is not ASCII here came from outside and is shown as '?'. */
static void add_escaped(struct rel_buf *out, const char *text, bool quote)
{
	for (; *text; text++) {
		if (*text == '\\')
			rel_buf_add_text(out, "\\\\");
		else if (*text == '\n')
			rel_buf_add_text(out, "\\n");
		else if (*text == '"' && quote)
			rel_buf_add_text(out, "\\\"");
		else
			rel_buf_add_char(out, (unsigned char)*text >= 0x7f || *text < ' ' ? '?'
										: *text);
	}
}

static const char *suffix(const struct metrics_family *family)
{
	switch (family->type) {
	case METRICS_COUNTER:
		return "_total";
	case METRICS_INFO:
		return "_info";
	case METRICS_GAUGE:
	case METRICS_HISTOGRAM:
		return "";
	}
	return "";
}

static const char *type_name(const struct metrics_family *family, enum rel_metrics_format format)
{
	switch (family->type) {
	case METRICS_COUNTER:
		return "counter";
	case METRICS_HISTOGRAM:
		return "histogram";
	case METRICS_INFO:
		return format == REL_METRICS_OPENMETRICS ? "info" : "gauge";
	case METRICS_GAUGE:
		return "gauge";
	}
	return "unknown";
}

static void add_help(const struct metrics_family *family, const char *end, struct rel_buf *out)
{
	rel_buf_printf(out, "# HELP %s%s ", family->name, end);
	add_escaped(out, family->help, false);
	rel_buf_add_char(out, '\n');
}

static void add_comments(const struct metrics_family *family, enum rel_metrics_format format,
			 struct rel_buf *out)
{
	const char *type = type_name(family, format);

	if (format == REL_METRICS_PROMETHEUS) {
		add_help(family, suffix(family), out);
		rel_buf_printf(out, "# TYPE %s%s %s\n", family->name, suffix(family), type);
		return;
	}
	rel_buf_printf(out, "# TYPE %s %s\n", family->name, type);
	if (*family->unit)
		rel_buf_printf(out, "# UNIT %s %s\n", family->name, family->unit);
	add_help(family, "", out);
}

static void add_labels(const struct metrics_family *family, const struct metrics_series *series,
		       struct rel_buf *out)
{
	for (size_t i = 0; i < METRICS_LABELS_MAX && family->labels[i]; i++) {
		rel_buf_printf(out, "%c%s=\"", i ? ',' : '{', family->labels[i]);
		add_escaped(out, series->labels[i], true);
		rel_buf_add_char(out, '"');
	}
	if (family->labels[0])
		rel_buf_add_char(out, '}');
}

static void add_values(const struct metrics_family *family, const struct metrics_values *values,
		       struct rel_buf *out)
{
	char number[NUMBER_SIZE];

	for (size_t i = 0; i < values->count; i++) {
		rel_buf_printf(out, "%s%s", family->name, suffix(family));
		add_labels(family, &values->at[i], out);
		format_number(values->at[i].value, number);
		rel_buf_printf(out, " %s\n", number);
	}
}

static void add_histogram(const struct metrics_family *family,
			  const struct metrics_histogram *histogram, struct rel_buf *out)
{
	char text[NUMBER_SIZE];
	uint64_t count = 0;

	for (size_t i = 0; i <= METRICS_BUCKETS; i++) {
		count += histogram->buckets[i];
		format_bound(i < METRICS_BUCKETS ? metrics_buckets[i] : INFINITY, text);
		rel_buf_printf(out, "%s_bucket{le=\"%s\"} %llu\n", family->name, text,
			       (unsigned long long)count);
	}
	format_number(histogram->sum, text);
	rel_buf_printf(out, "%s_sum %s\n", family->name, text);
	rel_buf_printf(out, "%s_count %llu\n", family->name, (unsigned long long)count);
}

void rel_metrics_text(const struct rel_metrics *metrics, enum rel_metrics_format format,
		      struct rel_buf *out)
{
	for (size_t i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];

		if (family->type == METRICS_HISTOGRAM) {
			add_comments(family, format, out);
			add_histogram(family, &metrics->histograms[i], out);
		} else if (metrics->values[i].count) {
			add_comments(family, format, out);
			add_values(family, &metrics->values[i], out);
		}
	}
	if (format == REL_METRICS_OPENMETRICS)
		rel_buf_add_text(out, "# EOF\n");
}

void rel_metrics_markdown(struct rel_buf *out)
{
	rel_buf_add_text(out, "| metric | type | labels | meaning |\n|---|---|---|---|\n");
	for (size_t i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];

		rel_buf_printf(out, "| `%s%s` | %s | ", family->name, suffix(family),
			       type_name(family, REL_METRICS_PROMETHEUS));
		for (size_t l = 0; l < METRICS_LABELS_MAX && family->labels[l]; l++)
			rel_buf_printf(out, "%s`%s`", l ? ", " : "", family->labels[l]);
		rel_buf_printf(out, " | %s |\n", family->help);
	}
}
