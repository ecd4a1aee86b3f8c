/* SPDX-License-Identifier: Apache-2.0 */
/* The text formats, with the rules of promlint that hold for any exporter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pkg/metrics/families.h"
#include "redis-election/base/mem.h"
#include "redis-election/metrics.h"

#define TEXT_MAX 262144

static struct rel_metrics *metrics;
static struct rel_buf out;

static int set_up(void **state)
{
	(void)state;
	metrics = rel_metrics_init(rel_calloc(1, rel_metrics_size()));
	rel_buf_init(&out, TEXT_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rel_free(metrics);
	rel_buf_finish(&out);
	return 0;
}

static const char *text(enum rel_metrics_format format)
{
	rel_buf_clear(&out);
	rel_metrics_text(metrics, format, &out);
	assert_false(out.overflowed);
	return out.data;
}

#define PLAIN text(REL_METRICS_PROMETHEUS)
#define OPEN text(REL_METRICS_OPENMETRICS)

static bool has(const char *where, const char *line)
{
	const char *found = strstr(where, line);

	return found && (found == where || found[-1] == '\n');
}

static size_t count(const char *where, const char *what)
{
	size_t n = 0;

	for (; (where = strstr(where, what)); where += strlen(what))
		n++;
	return n;
}

/* Something in every family. */
static void fill(void)
{
	static const char *const labels[] = {"one", "two"};

	for (int i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];

		if (family->type == METRICS_HISTOGRAM)
			rel_metrics_observe(metrics, (enum rel_metric)i, 0.02);
		else
			rel_metrics_set(metrics, (enum rel_metric)i,
					family->labels[0] ? labels : NULL, 1);
	}
}

static bool ends(const char *name, const char *suffix)
{
	size_t size = strlen(name), wanted = strlen(suffix);

	return size >= wanted && strcmp(name + size - wanted, suffix) == 0;
}

static void names_follow_promlint(void **state)
{
	static const char *const reserved[] = {"_total", "_info", "_count", "_sum", "_bucket",
					       "_created", "_gauge", "_counter", "_histogram",
					       "_milliseconds", "_minutes", "_kilobytes"};

	(void)state;
	for (size_t i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];

		assert_non_null(family->name);
		assert_true(*family->help);
		assert_int_equal(strlen(family->name),
				 strspn(family->name, "abcdefghijklmnopqrstuvwxyz_"));
		if (*family->unit)
			assert_true(ends(family->name, family->unit));
		for (size_t r = 0; r < sizeof(reserved) / sizeof(reserved[0]); r++)
			assert_false(ends(family->name, reserved[r]));
		for (size_t l = 0; l < METRICS_LABELS_MAX && family->labels[l]; l++) {
			assert_string_not_equal("pod", family->labels[l]);
			assert_string_not_equal("namespace", family->labels[l]);
			assert_string_not_equal("le", family->labels[l]);
		}
	}
}

static void help_and_type_once_and_first(void **state)
{
	char help[128], type[128];

	(void)state;
	fill();
	for (size_t i = 0; i < REL_METRICS_COUNT; i++) {
		const struct metrics_family *family = &metrics_families[i];
		const char *end = family->type == METRICS_COUNTER ? "_total"
				  : family->type == METRICS_INFO  ? "_info"
								  : "";

		snprintf(help, sizeof(help), "# HELP %s%s ", family->name, end);
		snprintf(type, sizeof(type), "# TYPE %s%s ", family->name, end);
		assert_int_equal(1, count(PLAIN, help));
		assert_int_equal(1, count(PLAIN, type));
		assert_true(strstr(PLAIN, help) < strstr(out.data, type));
		snprintf(type, sizeof(type), "# TYPE %s ", family->name);
		assert_int_equal(1, count(OPEN, type));
	}
}

/* Each line is a comment or a sample of the family whose comments came last: no
 * stray lines, no blank ones, families in one piece. */
static void samples_stay_with_their_family(void **state)
{
	char family[128] = "";

	(void)state;
	fill();
	for (char *line = (char *)(uintptr_t)OPEN, *next; *line; line = next) {
		next = strchr(line, '\n');
		assert_non_null(next);
		*next++ = '\0';
		if (strncmp(line, "# TYPE ", 7) == 0)
			snprintf(family, sizeof(family), "%.*s", (int)strcspn(line + 7, " "),
				 line + 7);
		else if (*line != '#')
			assert_int_equal(0, strncmp(line, family, strlen(family)));
		assert_true(*line);
	}
}

static void ends_only_openmetrics(void **state)
{
	(void)state;
	fill();
	assert_int_equal(0, count(PLAIN, "# EOF"));
	assert_int_equal(0, count(PLAIN, "# UNIT"));
	assert_int_equal(1, count(OPEN, "# EOF\n"));
	assert_true(ends(out.data, "\n# EOF\n"));
}

static void counters_and_infos_in_both(void **state)
{
	static const char *const build[] = {"1.2.3", "lease"};
	static const char *const kube[] = {"GET", "200"};

	(void)state;
	rel_metrics_set(metrics, REL_METRIC_BUILD_INFO, build, 1);
	rel_metrics_add(metrics, REL_METRIC_KUBE_REQUESTS, kube, 2);
	rel_metrics_add(metrics, REL_METRIC_KUBE_REQUESTS, kube, 1);
	assert_true(
		has(PLAIN, "redis_election_build_info{version=\"1.2.3\",backend=\"lease\"} 1\n"));
	assert_true(has(PLAIN, "# TYPE redis_election_build_info gauge\n"));
	assert_true(has(PLAIN, "# TYPE redis_election_kube_requests_total counter\n"));
	assert_true(has(OPEN, "# TYPE redis_election_build info\n"));
	assert_true(has(OPEN, "# TYPE redis_election_kube_requests counter\n"));
	assert_true(has(OPEN, "redis_election_kube_requests_total{verb=\"GET\",code=\"200\"} 3\n"));
	assert_true(has(OPEN,
			"# TYPE process_cpu_seconds counter\n# UNIT process_cpu_seconds seconds\n"
			"# HELP process_cpu_seconds "));
}

static void counters_begin_at_zero_and_gauges_unknown(void **state)
{
	(void)state;
	assert_true(has(PLAIN, "redis_election_transitions_total 0\n"));
	assert_null(strstr(PLAIN, "redis_election_is_leader"));
	rel_metrics_set(metrics, REL_METRIC_IS_LEADER, NULL, 0);
	assert_true(has(PLAIN, "redis_election_is_leader 0\n"));
}

static void histogram_adds_up(void **state)
{
	(void)state;
	rel_metrics_observe(metrics, REL_METRIC_FAILOVER_DURATION, 0.001);
	rel_metrics_observe(metrics, REL_METRIC_FAILOVER_DURATION, 0.0011);
	rel_metrics_observe(metrics, REL_METRIC_FAILOVER_DURATION, 1);
	rel_metrics_observe(metrics, REL_METRIC_FAILOVER_DURATION, 100);
#define H "redis_election_failover_duration_seconds"
	assert_true(has(PLAIN, H "_bucket{le=\"0.001\"} 1\n" H "_bucket{le=\"0.0025\"} 2\n"));
	assert_true(has(PLAIN, H "_bucket{le=\"1.0\"} 3\n"));
	assert_true(has(PLAIN, H "_bucket{le=\"30.0\"} 3\n" H "_bucket{le=\"+Inf\"} 4\n" H
				 "_sum 101.0021\n" H "_count 4\n"));
}

static void values_are_escaped(void **state)
{
	static const char *const nasty[] = {"a\"b\\c\nd\x01\xff"};

	(void)state;
	rel_metrics_set(metrics, REL_METRIC_OBSERVED_LEADER, nasty, 1);
	assert_true(
		has(PLAIN, "redis_election_observed_leader{leader=\"a\\\"b\\\\c\\nd\?\?\"} 1\n"));
}

static void numbers(void **state)
{
	static const struct {
		double value;
		const char *text;
	} values[] = {
		{0, "0"},
		{-0.0, "0"},
		{-1, "-1"},
		{1.5, "1.5"},
		{0.1, "0.1"},
		{1700000000.123456, "1700000000.123456"},
		{123456789012, "123456789012"},
		{1e300, "1e+300"},
		{1e300 * 1e300, "+Inf"},
	};
	char line[128];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		rel_metrics_set(metrics, REL_METRIC_EPOCH, NULL, values[i].value);
		snprintf(line, sizeof(line), "redis_election_epoch %s\n", values[i].text);
		if (!has(PLAIN, line))
			fail_msg("no line %s", line);
	}
}

static void a_full_family_counts_the_rest_as_other(void **state)
{
	char rule[200];
	const char *const labels[] = {rule};

	(void)state;
	for (int i = 0; i < 70; i++) {
		snprintf(rule, sizeof(rule), "rule-%d", i);
		rel_metrics_add(metrics, REL_METRIC_DECISIONS, labels, 1);
	}
	snprintf(rule, sizeof(rule), "rule-%d", 63);
	rel_metrics_add(metrics, REL_METRIC_DECISIONS, labels, 1);
	assert_true(has(PLAIN, "redis_election_decisions_total{rule=\"rule-63\"} 2\n"));
	assert_true(has(PLAIN, "redis_election_decisions_total{rule=\"other\"} 6\n"));
	assert_null(strstr(PLAIN, "rule-64"));
	rel_metrics_reset(metrics, REL_METRIC_DECISIONS);
	assert_null(strstr(PLAIN, "redis_election_decisions"));
}

static void long_values_are_one_series(void **state)
{
	char value[200];
	const char *const labels[] = {value};

	(void)state;
	memset(value, 'x', sizeof(value) - 1);
	value[sizeof(value) - 1] = '\0';
	rel_metrics_add(metrics, REL_METRIC_DECISIONS, labels, 1);
	rel_metrics_add(metrics, REL_METRIC_DECISIONS, labels, 1);
	assert_int_equal(1, count(PLAIN, "xxx\"} 2\n"));
}

static void every_family_fits_when_full(void **state)
{
	char a[64], b[64];
	const char *const labels[] = {a, b};

	(void)state;
	fill();
	for (int m = 0; m < REL_METRICS_COUNT; m++) {
		for (int i = 0; metrics_families[m].labels[0] && i < 70; i++) {
			memset(a, '\n', sizeof(a) - 1);
			memset(b, '\n', sizeof(b) - 1);
			a[63] = b[63] = '\0';
			a[0] = (char)('0' + i);
			rel_metrics_set(metrics, (enum rel_metric)m, labels, 1.0 / 3);
		}
	}
	assert_true(strlen(OPEN) < TEXT_MAX);
}

static void negotiation(void **state)
{
	static const struct {
		const char *accept;
		enum rel_metrics_format format;
	} rows[] = {
		{NULL, REL_METRICS_PROMETHEUS},
		{"", REL_METRICS_PROMETHEUS},
		{"*/*", REL_METRICS_PROMETHEUS},
		{"text/html, */*;q=0.8", REL_METRICS_PROMETHEUS},
		{"application/openmetrics-text", REL_METRICS_OPENMETRICS},
		{"application/openmetrics-text; version=1.0.0; charset=utf-8",
		 REL_METRICS_OPENMETRICS},
		{"application/openmetrics-text; version=2.0.0", REL_METRICS_PROMETHEUS},
		{"application/openmetrics-text;q=0", REL_METRICS_PROMETHEUS},
		{"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
		 "application/openmetrics-text;version=0.0.1;q=0.5,"
		 "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
		 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
		 REL_METRICS_OPENMETRICS},
		{"application/openmetrics-text;q=0.4,text/plain;q=0.5", REL_METRICS_PROMETHEUS},
		{"application/openmetrics-text , text/plain", REL_METRICS_PROMETHEUS},
		{"APPLICATION/OpenMetrics-Text ; Q=0.75 , text/plain; q=0.749",
		 REL_METRICS_OPENMETRICS},
		{"application/openmetrics-text;q=nonsense,text/plain;q=0.1",
		 REL_METRICS_PROMETHEUS},
		{",,;;=,", REL_METRICS_PROMETHEUS},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rel_metrics_negotiate(rows[i].accept) != rows[i].format)
			fail_msg("%s", rows[i].accept);
	}
}

static void markdown_has_every_family(void **state)
{
	(void)state;
	rel_metrics_markdown(&out);
	assert_int_equal(REL_METRICS_COUNT + 2, count(out.data, "\n"));
	assert_non_null(strstr(out.data, "| `redis_election_failovers_total` | counter | `reason`, "
					 "`result` | "));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(names_follow_promlint),
		TEST(help_and_type_once_and_first),
		TEST(samples_stay_with_their_family),
		TEST(ends_only_openmetrics),
		TEST(counters_and_infos_in_both),
		TEST(counters_begin_at_zero_and_gauges_unknown),
		TEST(histogram_adds_up),
		TEST(values_are_escaped),
		TEST(numbers),
		TEST(a_full_family_counts_the_rest_as_other),
		TEST(long_values_are_one_series),
		TEST(every_family_fits_when_full),
		TEST(negotiation),
		TEST(markdown_has_every_family),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
