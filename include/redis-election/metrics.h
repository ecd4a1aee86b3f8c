/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, gauges and histograms, and their text: Prometheus 0.0.4 and
 * OpenMetrics 1.0. Pure: one table of families (pkg/metrics/families.c) with
 * name, type, help, unit and label names; values live in fixed arrays. Rules:
 * prometheus.io exposition formats, promlint. */
#ifndef REL_METRICS_H
#define REL_METRICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/base/buf.h"

/* One per row of the table, same order. */
enum rel_metric {
	REL_METRIC_BUILD_INFO,                  /* version, backend */
	REL_METRIC_IS_LEADER,
	REL_METRIC_HAS_LEADER,
	REL_METRIC_OBSERVED_LEADER,             /* leader */
	REL_METRIC_EPOCH,
	REL_METRIC_TRANSITIONS,
	REL_METRIC_LAST_TRANSITION_TIMESTAMP,
	REL_METRIC_LEASE_LAST_RENEW_TIMESTAMP,
	REL_METRIC_LEASE_RENEW_DURATION,        /* histogram */
	REL_METRIC_LEASE_RENEW_FAILURES,        /* reason */
	REL_METRIC_CLAIM_VALID_SECONDS,
	REL_METRIC_FAILOVERS,                   /* reason, result */
	REL_METRIC_FAILOVER_DURATION,           /* histogram */
	REL_METRIC_HANDOVER_PAUSE,              /* histogram */
	REL_METRIC_FENCE_LAYER,                 /* layer */
	REL_METRIC_FENCED,
	REL_METRIC_DECISIONS,                   /* rule */
	REL_METRIC_REDIS_UP,
	REL_METRIC_REDIS_ROLE,                  /* role */
	REL_METRIC_REDIS_LINK_UP,
	REL_METRIC_REPLICATION_OFFSET_BYTES,
	REL_METRIC_REPLICATION_LAG_BYTES,
	REL_METRIC_POD_LABEL_UPDATES,           /* result */
	REL_METRIC_KUBE_REQUESTS,               /* verb, code */
	REL_METRIC_KUBE_REQUEST_DURATION,       /* histogram */
	REL_METRIC_CLIENT_KILL_ROUNDS,
	REL_METRIC_PAUSED,
	REL_METRIC_TOKEN_LAST_READ_TIMESTAMP,
	REL_METRIC_LOOP_LAST_RUN_TIMESTAMP,
	REL_METRIC_LOOP_DELAY,                  /* seconds, longest since the last scrape */
	REL_METRIC_LOG_DROPPED,
	REL_METRIC_PROCESS_CPU,
	REL_METRIC_PROCESS_RSS,
	REL_METRIC_PROCESS_OPEN_FDS,
	REL_METRIC_PROCESS_START_TIME,
	REL_METRICS_COUNT,
};

struct rel_metrics;

size_t rel_metrics_size(void);
/* In zeroed memory of rel_metrics_size bytes, owned by the caller. */
struct rel_metrics *rel_metrics_init(void *memory);

/* Label values in the order of the table; NULL for families without labels. A
 * series is made at its first use; when a family is full (64) further label sets
 * are counted under "other". */
void rel_metrics_set(struct rel_metrics *metrics, enum rel_metric metric,
		     const char *const *labels, double value);
void rel_metrics_add(struct rel_metrics *metrics, enum rel_metric metric,
		     const char *const *labels, double value);
void rel_metrics_observe(struct rel_metrics *metrics, enum rel_metric metric, double value);
/* Drops all series of a family: for observed_leader, redis_role, fence_layer. */
void rel_metrics_reset(struct rel_metrics *metrics, enum rel_metric metric);

enum rel_metrics_format { REL_METRICS_PROMETHEUS, REL_METRICS_OPENMETRICS };

/* By the Accept header (NULL fine), with q-values; 0.0.4 when in doubt. */
enum rel_metrics_format rel_metrics_negotiate(const char *accept);
const char *rel_metrics_content_type(enum rel_metrics_format format);
void rel_metrics_text(const struct rel_metrics *metrics, enum rel_metrics_format format,
		      struct rel_buf *out);

/* Markdown table of all families, for docs/metrics.md. */
void rel_metrics_markdown(struct rel_buf *out);

#endif
