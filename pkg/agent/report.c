/* SPDX-License-Identifier: Apache-2.0 */
/* One log line for each step that changed something, and the metrics. */
#include <dirent.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "agent.h"
#include "redis-election/base/log.h"
#include "redis-election/base/text.h"
#include "redis-election/notify.h"

#define TELL_AGAIN_MS 60000
/* A bit for each in rel_reported. */
_Static_assert(REL_ERR_NO_SPACE < 32, "write_told has 32 bits");

static void number(char text[24], int64_t value)
{
	rel_text_format(text, 24, "%" PRId64, value);
}

static const char *reach_name(enum rel_redis_reach reach)
{
	switch (reach) {
	case REL_REDIS_UNSEEN:
		return "not seen yet";
	case REL_REDIS_UP:
		return "up";
	case REL_REDIS_LOADING:
		return "loading";
	case REL_REDIS_GONE:
		return "gone";
	case REL_REDIS_SILENT:
		return "silent";
	case REL_REDIS_REFUSED:
		return "refuses us";
	}
	return "unknown";
}

static void report_decision(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_reported *last = &agent->reported;
	char epoch[24], offset[24], left[24];
	const char *labels[] = {node->decision.rule};
	bool same = last->decision.rule != NULL && node->decision.goal == last->decision.goal &&
		    rel_text_equal(node->decision.rule, last->decision.rule) &&
		    rel_text_equal(node->phase, last->phase);

	if (same)
		return;
	number(epoch, (int64_t)node->claim.epoch);
	number(offset, node->facts->redis.line.offset);
	number(left, node->claim.state == REL_CLAIM_SELF
			     ? rel_to_ms(rel_between(node->facts->now, node->claim.valid_until))
			     : 0);
	rel_log(REL_LOG_INFO, "decided", "goal", rel_goal_name(node->decision.goal), "rule",
		node->decision.rule, "phase", node->phase, "leader", node->claim.leader.name,
		"epoch", epoch, "claim_ms", left, "redis", reach_name(node->facts->reach), "role",
		node->facts->redis.is_leader ? "leader" : "replica", "offset", offset, NULL);
	rel_metrics_add(agent->metrics, REL_METRIC_DECISIONS, labels, 1);
	last->decision = node->decision;
	last->phase = node->phase;
}

static void report_redis(struct rel_agent *agent, const struct rel_node_status *node)
{
	if (agent->reported.reach == node->facts->reach)
		return;
	rel_log(node->facts->reach == REL_REDIS_UP ? REL_LOG_INFO : REL_LOG_WARN, "Redis", "state",
		reach_name(node->facts->reach), "error",
		node->facts->reach == REL_REDIS_REFUSED ? rel_err_text(node->facts->redis_err) : "",
		"run_id", node->facts->redis.run_id, NULL);
	agent->reported.reach = node->facts->reach;
}

/* Why the holder of this epoch holds it, as the record's history says. */
static const char *reason_of(const struct rel_node_status *node)
{
	const struct rel_record *record = node->election.record;

	if (record == NULL || record->history_count == 0 ||
	    record->history[0].epoch != node->claim.epoch)
		return "unknown";
	return record->history[0].reason;
}

static void count_failover(struct rel_agent *agent, const char *reason, bool done)
{
	const char *labels[] = {reason, done ? "ok" : "failed"};

	rel_metrics_add(agent->metrics, REL_METRIC_FAILOVERS, labels, 1);
}

static void leader_found(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_reported *last = &agent->reported;
	char epoch[24];

	number(epoch, (int64_t)node->claim.epoch);
	rel_log(REL_LOG_INFO, "leader", "name", node->claim.leader.name, "epoch", epoch, "reason",
		reason_of(node), NULL);
	rel_metrics_set(agent->metrics, REL_METRIC_LAST_TRANSITION_TIMESTAMP, NULL,
			(double)rel_wall_now().us / 1e6);
	if (last->epoch == 0)
		return; /* our own start is no transition */
	rel_metrics_add(agent->metrics, REL_METRIC_TRANSITIONS, NULL, 1);
	if (node->claim.state != REL_CLAIM_SELF)
		return;
	count_failover(agent, reason_of(node), true);
	if (rel_is_set(last->lost_leader_at))
		rel_metrics_observe(agent->metrics, REL_METRIC_FAILOVER_DURATION,
				    (double)rel_between(last->lost_leader_at, node->facts->now).ns /
					    1e9);
}

/* A claim that ended before anybody was promoted under it. */
static void report_attempt(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_reported *last = &agent->reported;
	bool self = node->claim.state == REL_CLAIM_SELF;

	if (last->taking_over && !self && last->epoch != 0)
		count_failover(agent, last->taking_reason, false);
	last->taking_over = self && !node->claim.promoted;
	if (last->taking_over)
		rel_text_copy(last->taking_reason, sizeof(last->taking_reason), reason_of(node));
}

/* Who takes over misses the leader since the record's last change; who is named, since
 * it was named. */
static void notice_loss(struct rel_reported *last, const struct rel_node_status *node)
{
	if (!rel_is_set(last->lost_leader_at))
		last->lost_leader_at =
			node->claim.state == REL_CLAIM_SELF && rel_is_set(last->sign_at)
				? last->sign_at
				: node->facts->now;
}

static void notice_sign(struct rel_reported *last, const struct rel_node_status *node)
{
	const struct rel_record *record = node->election.record;

	last->lost_leader_at = REL_NEVER;
	if (record == NULL || record->version.index == last->version)
		return;
	last->version = record->version.index;
	last->sign_at = node->facts->now;
}

static void report_leader(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_reported *last = &agent->reported;
	bool promoted = node->claim.promoted && node->claim.leader.name[0] != '\0';

	if (promoted && node->claim.epoch != last->epoch) {
		leader_found(agent, node);
		last->epoch = node->claim.epoch;
	}
	if (promoted)
		notice_sign(last, node);
	else
		notice_loss(last, node);
}

static void report_pause(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_reported *last = &agent->reported;
	bool pausing = rel_text_equal(node->phase, "pausing writes");

	if (pausing && !rel_is_set(last->pause_began)) {
		last->pause_began = node->facts->now;
	} else if (rel_is_set(last->pause_began) && node->claim.state != REL_CLAIM_SELF) {
		rel_metrics_observe(agent->metrics, REL_METRIC_HANDOVER_PAUSE,
				    (double)rel_between(last->pause_began, node->facts->now).ns /
					    1e9);
		last->pause_began = REL_NEVER;
	} else if (node->phase[0] == '\0') {
		last->pause_began = REL_NEVER;
	}
}

/* A refusal is an answer, but not one that says how the register stands. */
static void notice_register(struct rel_agent *agent, const struct rel_event *event)
{
	bool heard = event->err == REL_OK || rel_err_class(event->err) == REL_CLASS_CONFLICT;

	if (event->type != REL_EVENT_REGISTER_READ && event->type != REL_EVENT_REGISTER_SEEN &&
	    event->type != REL_EVENT_REGISTER_WRITTEN)
		return;
	agent->register_err = heard ? REL_OK : event->err;
	if (heard)
		agent->register_heard = event->now;
}

/* Each kind of failure at once, then all of them once a minute: a right that is
 * missing fails every second. */
static void write_failed(struct rel_agent *agent, const struct rel_event *event)
{
	struct rel_reported *last = &agent->reported;
	uint32_t kind = UINT32_C(1) << event->err;
	bool again = !rel_before(event->now, rel_after(last->write_told_at, rel_ms(TELL_AGAIN_MS)));
	char failures[24];

	last->write_failures++;
	if ((last->write_told & kind) != 0 && !again)
		return;
	number(failures, (int64_t)last->write_failures);
	rel_log(REL_LOG_WARN, "register write failed", "error", rel_err_text(event->err),
		"failures", failures, NULL);
	last->write_told = again ? kind : last->write_told | kind;
	last->write_failures = 0;
	last->write_told_at = event->now;
}

static void write_done(struct rel_agent *agent)
{
	if (agent->reported.write_told != 0)
		rel_log(REL_LOG_INFO, "register writes succeed again", NULL);
	agent->reported.write_told = 0;
	agent->reported.write_failures = 0;
}

static void report_write(struct rel_agent *agent, const struct rel_event *event,
			 const struct rel_node_status *node)
{
	const char *labels[] = {rel_err_text(event->err)};

	if (event->type != REL_EVENT_REGISTER_WRITTEN)
		return;
	if (event->err != REL_OK) {
		rel_metrics_add(agent->metrics, REL_METRIC_LEASE_RENEW_FAILURES, labels, 1);
		if (rel_err_class(event->err) == REL_CLASS_CONFLICT)
			rel_log(REL_LOG_DEBUG, "register write failed", "error", labels[0], NULL);
		else
			write_failed(agent, event);
		return;
	}
	write_done(agent);
	if (node->election.last_success.ns == agent->reported.renewed.ns)
		return;
	agent->reported.renewed = node->election.last_success;
	rel_metrics_observe(agent->metrics, REL_METRIC_LEASE_RENEW_DURATION,
			    (double)rel_between(node->election.last_success, event->now).ns / 1e9);
	rel_metrics_set(agent->metrics, REL_METRIC_LEASE_LAST_RENEW_TIMESTAMP, NULL,
			(double)rel_wall_now().us / 1e6);
}

/* To compare with what the survey shows: the stream moves on meanwhile. */
static void match_survey(struct rel_agent *agent, const struct rel_facts *facts)
{
	if (agent->survey_matched.ns == facts->surveyed_at.ns ||
	    rel_before(facts->observed_at, facts->surveyed_at))
		return;
	agent->survey_matched = facts->surveyed_at;
	agent->offset_at_survey = facts->redis.line.offset;
}

static void report_ready(struct rel_agent *agent, const struct rel_node_status *node)
{
	if (agent->ready || !node->claim.promoted || node->facts->reach != REL_REDIS_UP)
		return;
	agent->ready = true;
	rel_notify_ready();
}

static void report_notices(struct rel_agent *agent, const struct rel_node_status *node)
{
	struct rel_action action = {.type = REL_ACTION_EMIT};

	for (enum rel_notice notice = 0; notice < REL_NOTICES && !agent->leaving; notice++) {
		if (!rel_notice_due(&agent->notices, notice, node, &action.emit))
			continue;
		rel_log(REL_LOG_WARN, "notice", "reason", action.emit.reason, "text",
			action.emit.text, NULL);
		rel_kube_emit(agent->kube, &action);
	}
}

void rel_agent_report(struct rel_agent *agent, const struct rel_event *event)
{
	struct rel_node_status node = rel_node_status(agent->node, event->now);

	report_redis(agent, &node);
	report_decision(agent, &node);
	report_leader(agent, &node);
	report_attempt(agent, &node);
	report_pause(agent, &node);
	notice_register(agent, event);
	match_survey(agent, node.facts);
	report_write(agent, event, &node);
	report_ready(agent, &node);
	report_notices(agent, &node);
}

void rel_agent_count_request(struct rel_agent *agent, const struct rel_kube_request *request)
{
	char code[16];
	const char *labels[] = {request->verb, code};

	rel_text_format(code, sizeof(code), "%d", request->code);
	rel_metrics_add(agent->metrics, REL_METRIC_KUBE_REQUESTS, labels, 1);
	if (strcmp(request->verb, "WATCH") != 0)
		rel_metrics_observe(agent->metrics, REL_METRIC_KUBE_REQUEST_DURATION,
				    (double)request->took.ns / 1e9);
}

void rel_agent_count_patch(struct rel_agent *agent, enum rel_err err)
{
	const char *labels[] = {err == REL_OK ? "ok" : "failed"};

	rel_metrics_add(agent->metrics, REL_METRIC_POD_LABEL_UPDATES, labels, 1);
}

static void process_gauges(struct rel_metrics *metrics)
{
	struct rusage usage;
	long pages = 0, resident = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (statm != NULL) {
		if (fscanf(statm, "%ld %ld", &pages, &resident) != 2)
			resident = 0;
		fclose(statm);
	}
	rel_metrics_set(metrics, REL_METRIC_PROCESS_RSS, NULL,
			(double)resident * (double)sysconf(_SC_PAGESIZE));
	if (getrusage(RUSAGE_SELF, &usage) == 0)
		rel_metrics_set(metrics, REL_METRIC_PROCESS_CPU, NULL,
				(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
					(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) /
						1e6);
}

static void count_descriptors(struct rel_metrics *metrics)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = -3; /* ".", ".." and the one that reads them */

	if (directory == NULL)
		return;
	while (readdir(directory) != NULL)
		count++;
	closedir(directory);
	rel_metrics_set(metrics, REL_METRIC_PROCESS_OPEN_FDS, NULL, count);
}

static void redis_gauges(struct rel_metrics *metrics, const struct rel_facts *facts)
{
	bool up = facts->reach == REL_REDIS_UP;
	const char *role[] = {!up ? "unknown" : facts->redis.is_leader ? "leader" : "replica"};
	const char *layer[] = {"agent"};

	rel_metrics_set(metrics, REL_METRIC_REDIS_UP, NULL, up);
	rel_metrics_reset(metrics, REL_METRIC_REDIS_ROLE);
	rel_metrics_set(metrics, REL_METRIC_REDIS_ROLE, role, 1);
	rel_metrics_set(metrics, REL_METRIC_REDIS_LINK_UP, NULL,
			up && !facts->redis.is_leader && facts->redis.link_up);
	rel_metrics_set(metrics, REL_METRIC_REPLICATION_OFFSET_BYTES, NULL,
			(double)facts->redis.line.offset);
	rel_metrics_set(metrics, REL_METRIC_FENCE_LAYER, layer, 1);
	rel_metrics_set(metrics, REL_METRIC_FENCED, NULL, rel_agent_fenced(facts));
}

static double wall_of(struct rel_instant then)
{
	return (double)rel_wall_now().us / 1e6 - (double)rel_between(then, rel_loop_now()).ns / 1e9;
}

static void lag_gauge(struct rel_metrics *metrics, const struct rel_facts *facts,
		      const struct rel_record *record)
{
	int64_t lag = 0;

	if (facts->reach != REL_REDIS_UP || facts->redis.is_leader || record == NULL ||
	    !rel_text_equal(record->line.replid, facts->redis.line.replid))
		return;
	lag = record->line.offset - facts->redis.line.offset;
	rel_metrics_set(metrics, REL_METRIC_REPLICATION_LAG_BYTES, NULL, lag > 0 ? (double)lag : 0);
}

/* Values that are computed when somebody looks. */
void rel_agent_gauges(struct rel_agent *agent)
{
	struct rel_node_status node = rel_node_status(agent->node, rel_loop_now());
	struct rel_metrics *metrics = agent->metrics;
	const struct rel_record *record = node.election.record;
	bool self = node.claim.state == REL_CLAIM_SELF;
	const char *leader[] = {node.claim.leader.name};
	const char *build[] = {REL_VERSION, agent->config->election_mode};

	rel_metrics_set(metrics, REL_METRIC_BUILD_INFO, build, 1);
	rel_metrics_set(metrics, REL_METRIC_IS_LEADER, NULL,
			self && rel_facts_writable(node.facts));
	rel_metrics_set(metrics, REL_METRIC_HAS_LEADER, NULL, leader[0][0] != '\0');
	rel_metrics_reset(metrics, REL_METRIC_OBSERVED_LEADER);
	if (leader[0][0] != '\0')
		rel_metrics_set(metrics, REL_METRIC_OBSERVED_LEADER, leader, 1);
	rel_metrics_set(metrics, REL_METRIC_EPOCH, NULL, (double)node.claim.epoch);
	rel_metrics_set(metrics, REL_METRIC_CLAIM_VALID_SECONDS, NULL,
			self ? (double)rel_between(rel_loop_now(), node.claim.valid_until).ns / 1e9
			     : 0);
	rel_metrics_set(metrics, REL_METRIC_PAUSED, NULL, record != NULL && record->paused);
	rel_metrics_set(metrics, REL_METRIC_LOOP_LAST_RUN_TIMESTAMP, NULL,
			(double)rel_wall_now().us / 1e6);
	rel_metrics_set(metrics, REL_METRIC_LOOP_DELAY, NULL,
			(double)rel_loop_delay(agent->loop).ns / 1e9);
	rel_metrics_set(metrics, REL_METRIC_LOG_DROPPED, NULL, (double)rel_log_dropped());
	rel_metrics_set(metrics, REL_METRIC_PROCESS_START_TIME, NULL,
			(double)agent->started_wall.us / 1e6);
	if (rel_is_set(rel_kube_token_read(agent->kube)))
		rel_metrics_set(metrics, REL_METRIC_TOKEN_LAST_READ_TIMESTAMP, NULL,
				wall_of(rel_kube_token_read(agent->kube)));
	lag_gauge(metrics, node.facts, record);
	redis_gauges(metrics, node.facts);
	process_gauges(metrics);
	count_descriptors(metrics);
}
