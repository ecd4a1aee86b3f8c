/* SPDX-License-Identifier: Apache-2.0 */
/* Every metric of the agent. Names follow prometheus.io/docs/practices/naming:
 * base units, unit as suffix; pod and namespace are added by the scrape. */
#include "families.h"

#define R "redis_election_"

/* From a fence inside Redis to a hand-over that used all its time. */
const double metrics_buckets[METRICS_BUCKETS] = {
	0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
};

/* clang-format off */
const struct metrics_family metrics_families[REL_METRICS_COUNT] = {
	[REL_METRIC_BUILD_INFO] = {
		R "build", METRICS_INFO, "", {"version", "backend"},
		"Version of the agent and how it elects; always 1."},
	[REL_METRIC_IS_LEADER] = {
		R "is_leader", METRICS_GAUGE, "", {0},
		"1 while this member holds the lease and its Redis leads."},
	[REL_METRIC_HAS_LEADER] = {
		R "has_leader", METRICS_GAUGE, "", {0},
		"1 while this member knows a leader."},
	[REL_METRIC_OBSERVED_LEADER] = {
		R "observed_leader", METRICS_GAUGE, "", {"leader"},
		"1 for the leader that this member sees."},
	[REL_METRIC_EPOCH] = {
		R "epoch", METRICS_GAUGE, "", {0},
		"Epoch of the lease; grows with every change of holder."},
	[REL_METRIC_TRANSITIONS] = {
		R "transitions", METRICS_COUNTER, "", {0},
		"Changes of leader that this member saw."},
	[REL_METRIC_LAST_TRANSITION_TIMESTAMP] = {
		R "last_transition_timestamp_seconds", METRICS_GAUGE, "seconds", {0},
		"When the leader changed last."},
	[REL_METRIC_LEASE_LAST_RENEW_TIMESTAMP] = {
		R "lease_last_renew_timestamp_seconds", METRICS_GAUGE, "seconds", {0},
		"When this member wrote the lease last."},
	[REL_METRIC_LEASE_RENEW_DURATION] = {
		R "lease_renew_duration_seconds", METRICS_HISTOGRAM, "seconds", {0},
		"Time from sending a write of the lease to its answer."},
	[REL_METRIC_LEASE_RENEW_FAILURES] = {
		R "lease_renew_failures", METRICS_COUNTER, "", {"reason"},
		"Writes of the lease that failed."},
	[REL_METRIC_CLAIM_VALID_SECONDS] = {
		R "claim_valid_seconds", METRICS_GAUGE, "seconds", {0},
		"How long this member may still lead without another renewal; 0 when it may not."},
	[REL_METRIC_FAILOVERS] = {
		R "failovers", METRICS_COUNTER, "", {"reason", "result"},
		"Times this member became the leader, or had the lease and did not."},
	[REL_METRIC_FAILOVER_DURATION] = {
		R "failover_duration_seconds", METRICS_HISTOGRAM, "seconds", {0},
		"Of the new leader: time from its predecessor's last renewal or hand-over."},
	[REL_METRIC_HANDOVER_PAUSE] = {
		R "handover_pause_seconds", METRICS_HISTOGRAM, "seconds", {0},
		"Time during which a planned hand-over paused writes."},
	[REL_METRIC_FENCE_LAYER] = {
		R "fence_layer", METRICS_GAUGE, "", {"layer"},
		"1 for the layer that fences the local Redis: agent, leash or module."},
	[REL_METRIC_FENCED] = {
		R "fenced", METRICS_GAUGE, "", {0},
		"1 while the local Redis is a leader that is made to refuse writes."},
	[REL_METRIC_DECISIONS] = {
		R "decisions", METRICS_COUNTER, "", {"rule"},
		"Changes of decision, by the rule that fired."},
	[REL_METRIC_REDIS_UP] = {
		R "redis_up", METRICS_GAUGE, "", {0},
		"1 while the local Redis answers and is not loading."},
	[REL_METRIC_REDIS_ROLE] = {
		R "redis_role", METRICS_GAUGE, "", {"role"},
		"1 for the role that the local Redis reports: leader or replica."},
	[REL_METRIC_REDIS_LINK_UP] = {
		R "redis_link_up", METRICS_GAUGE, "", {0},
		"1 while the local Redis, a replica, is connected to its leader."},
	[REL_METRIC_REPLICATION_OFFSET_BYTES] = {
		R "replication_offset_bytes", METRICS_GAUGE, "bytes", {0},
		"Replication offset of the local Redis."},
	[REL_METRIC_REPLICATION_LAG_BYTES] = {
		R "replication_lag_bytes", METRICS_GAUGE, "bytes", {0},
		"Bytes that the local Redis is behind the leader's last known offset."},
	[REL_METRIC_POD_LABEL_UPDATES] = {
		R "pod_label_updates", METRICS_COUNTER, "", {"result"},
		"Writes of pod labels and annotations."},
	[REL_METRIC_KUBE_REQUESTS] = {
		R "kube_requests", METRICS_COUNTER, "", {"verb", "code"},
		"Requests to the Kubernetes API; code 0 when there was no answer."},
	[REL_METRIC_KUBE_REQUEST_DURATION] = {
		R "kube_request_duration_seconds", METRICS_HISTOGRAM, "seconds", {0},
		"Time of requests to the Kubernetes API, watches left out."},
	[REL_METRIC_CLIENT_KILL_ROUNDS] = {
		R "client_kill_rounds", METRICS_COUNTER, "", {0},
		"Times the clients of a former leader were disconnected."},
	[REL_METRIC_PAUSED] = {
		R "paused", METRICS_GAUGE, "", {0},
		"1 while automatic failover is paused."},
	[REL_METRIC_TOKEN_LAST_READ_TIMESTAMP] = {
		R "token_last_read_timestamp_seconds", METRICS_GAUGE, "seconds", {0},
		"When the service-account token was read last."},
	[REL_METRIC_LOOP_LAST_RUN_TIMESTAMP] = {
		R "loop_last_run_timestamp_seconds", METRICS_GAUGE, "seconds", {0},
		"When the event loop ran last."},
	[REL_METRIC_LOOP_DELAY] = {
		R "loop_delay_seconds", METRICS_GAUGE, "seconds", {0},
		"Longest turn of the event loop since the last scrape."},
	[REL_METRIC_LOG_DROPPED] = {
		R "log_dropped_lines", METRICS_COUNTER, "", {0},
		"Log lines dropped because nobody read the pipe."},
	[REL_METRIC_PROCESS_CPU] = {
		"process_cpu_seconds", METRICS_COUNTER, "seconds", {0},
		"Total user and system CPU time spent in seconds."},
	[REL_METRIC_PROCESS_RSS] = {
		"process_resident_memory_bytes", METRICS_GAUGE, "bytes", {0},
		"Resident memory size in bytes."},
	[REL_METRIC_PROCESS_OPEN_FDS] = {
		"process_open_fds", METRICS_GAUGE, "", {0},
		"Number of open file descriptors."},
	[REL_METRIC_PROCESS_START_TIME] = {
		"process_start_time_seconds", METRICS_GAUGE, "seconds", {0},
		"Start time of the process since unix epoch in seconds."},
};
/* clang-format on */
