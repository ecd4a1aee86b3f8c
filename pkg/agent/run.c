/* SPDX-License-Identifier: Apache-2.0 */
/* Building the agent, and taking it down again. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/notify.h"

/* A hand-over that takes longer than this is given up: the process ends fenced. */
#define STOP_LIMIT_MS 25000
#define STOP_NOW_LIMIT_MS 2000
#define SECOND_MS 1000

/* The hand-over took too long: fenced at once, so that the process ends fenced. */
static void leave_late(void *ctx)
{
	struct rel_agent *agent = ctx;
	struct rel_event event = {.type = REL_EVENT_STOP_NOW};

	if (agent->stops++ > 1) {
		rel_agent_leave(agent, 1);
		return;
	}
	agent->stops = 2;
	rel_timer_set(&agent->stop_timer, rel_after(rel_loop_now(), rel_ms(STOP_NOW_LIMIT_MS)));
	rel_agent_dispatch(agent, &event);
}

/* A password that was rotated: the file may have the new one already. */
static bool password_refused(const struct rel_event *event)
{
	return event->type == REL_EVENT_REDIS_SEEN && event->redis.reach == REL_REDIS_REFUSED &&
	       event->err == REL_ERR_UNAUTHORIZED;
}

static void on_event(void *ctx, const struct rel_event *event)
{
	struct rel_agent *agent = ctx;

	if (agent->leaving)
		return;
	if (password_refused(event))
		rel_secrets_refused(agent->secrets);
	if (event->type == REL_EVENT_POD_PATCHED)
		rel_agent_count_patch(agent, event->err);
	rel_agent_dispatch(agent, event);
}

static void on_request(void *ctx, const struct rel_kube_request *request)
{
	rel_agent_count_request(ctx, request);
}

static void on_secrets(void *ctx)
{
	struct rel_agent *agent = ctx;

	if (!agent->leaving)
		rel_redis_set_password(agent->redis, agent->config->redis_password);
}

static void on_secrets_looked(void *ctx)
{
	(void)ctx;
	rel_notify_ready();
}

static void on_signal(void *ctx, int signum)
{
	struct rel_agent *agent = ctx;
	struct rel_event event = {.type = REL_EVENT_STOP};

	if (agent->leaving)
		return;
	if (signum == SIGHUP) {
		rel_notify_reloading();
		rel_secrets_look(agent->secrets);
		return;
	}
	rel_notify_stopping();
	if (agent->stops++ > 0)
		event.type = REL_EVENT_STOP_NOW;
	rel_log(REL_LOG_INFO, agent->stops > 1 ? "ending at once" : "handing over before the end",
		NULL);
	rel_timer_set(&agent->stop_timer,
		      rel_after(rel_loop_now(),
				rel_ms(agent->stops > 1 ? STOP_NOW_LIMIT_MS : STOP_LIMIT_MS)));
	rel_agent_dispatch(agent, &event);
}

/* Once a second: what must happen even when nothing else does. */
static void on_second(void *ctx)
{
	struct rel_agent *agent = ctx;

	rel_log_flush();
	if (agent->leaving)
		return;
	if (rel_agent_loop_is_live(agent))
		rel_notify_watchdog();
	rel_timer_set(&agent->second, rel_after(rel_loop_now(), rel_ms(SECOND_MS)));
}

static void closed(void *ctx)
{
	struct rel_agent *agent = ctx;

	if (--agent->open == 0)
		rel_loop_stop(agent->loop);
}

static void timer_closed(void *ctx)
{
	closed(ctx);
}

void rel_agent_leave(struct rel_agent *agent, int exit_code)
{
	if (agent->leaving)
		return;
	agent->leaving = true;
	agent->exit_code = exit_code;
	rel_log(REL_LOG_INFO, "leaving", NULL);
	rel_loop_arm(agent->loop, REL_FOREVER, NULL, NULL);
	agent->open = 6 + (agent->admin != NULL);
	rel_timer_close(&agent->second, timer_closed);
	rel_timer_close(&agent->stop_timer, timer_closed);
	rel_secrets_close(agent->secrets, closed, agent);
	rel_redis_close(agent->redis, closed, agent);
	rel_kube_close(agent->kube, closed, agent);
	rel_http_close(agent->http, closed, agent);
	if (agent->admin != NULL)
		rel_http_close(agent->admin, closed, agent);
}

static void announced_address(const struct rel_config *config, char address[REL_ADDRESS_SIZE])
{
	const char *host = config->announce;
	char name[REL_ADDRESS_SIZE];
	bool bare_v6;

	/* A stable name: replicas find a recreated pod again. */
	if (host[0] == '\0' && config->headless_service[0] != '\0' &&
	    rel_text_format(name, sizeof(name), "%s.%s.%s.svc.%s", config->pod_name,
			    config->headless_service, config->namespace_, config->cluster_domain))
		host = name;
	if (host[0] == '\0')
		host = config->pod_ip[0] != '\0' ? config->pod_ip : config->redis_host;
	bare_v6 = strchr(host, ':') != strrchr(host, ':') && host[0] != '[';
	if (!bare_v6 && strchr(host, ':') != NULL && host[0] != '[') {
		rel_text_copy(address, REL_ADDRESS_SIZE, host);
		return;
	}
	if (host[0] == '[' && strstr(host, "]:") != NULL) {
		rel_text_copy(address, REL_ADDRESS_SIZE, host);
		return;
	}
	rel_text_format(address, REL_ADDRESS_SIZE, bare_v6 ? "[%s]:%u" : "%s:%u", host,
			(unsigned)config->redis_port);
}

static void election_config(const struct rel_agent *agent, struct rel_election_config *election)
{
	const struct rel_config *config = agent->config;
	int64_t quarter = config->lease_duration.ns / 4;
	int64_t second = rel_ms(1000).ns;

	election->self = agent->self;
	rel_text_copy(election->address, sizeof(election->address), agent->address);
	election->lease_duration = config->lease_duration;
	election->renew_interval = config->renew_interval;
	election->fence_budget = rel_ms(200);
	election->request_timeout = (struct rel_duration){quarter < second ? quarter : second};
	election->clock_rate_ppm = 1000;
	election->create = config->lease_create;
}

static void role_config(const struct rel_agent *agent, struct rel_role_config *role)
{
	const struct rel_config *config = agent->config;

	role->self = agent->self;
	rel_text_copy(role->address, sizeof(role->address), agent->address);
	role->priority = (int32_t)config->priority;
	role->no_promote = config->no_promote;
	role->expected_members = (int32_t)config->expected_members;
	role->max_lag = config->max_lag;
	role->observe_interval = rel_ms(100);
	role->redis_down_after = config->redis_down_after;
	role->bootstrap_grace = config->bootstrap_grace;
	role->stagger = rel_ms(50);
	role->survey_timeout = rel_ms(100);
	role->restart_latch = rel_ms(500);
	role->handover_pause = rel_ms(2000);
	role->kill_interval = rel_ms(500);
	role->kill_for = rel_ms(5000);
	role->unfit_cooldown = rel_ms(30000);
	role->promote_margin = rel_ms(500);
	role->fence_budget = rel_ms(200);
}

static void build_node(struct rel_agent *agent)
{
	struct rel_node_config config = {.mode = agent->config->election_mode};

	election_config(agent, &config.election);
	role_config(agent, &config.role);
	agent->started = agent->last_step = rel_loop_now();
	agent->started_wall = rel_wall_now();
	agent->node =
		rel_node_init(rel_calloc(1, rel_node_size(config.mode)), &config, agent->started);
	agent->metrics = rel_metrics_init(rel_calloc(1, rel_metrics_size()));
}

/* In a pod the API server is where these two say; its certificate is good for that
 * address. */
static bool api_url(const struct rel_config *config, char *url, size_t size)
{
	const char *host = getenv("KUBERNETES_SERVICE_HOST");
	const char *port = getenv("KUBERNETES_SERVICE_PORT");

	if (config->kube_api[0] != '\0')
		return rel_text_copy(url, size, config->kube_api);
	if (host == NULL || port == NULL)
		return false;
	if (strchr(host, ':') != NULL)
		return rel_text_format(url, size, "https://[%s]:%s", host, port);
	return rel_text_format(url, size, "https://%s:%s", host, port);
}

static bool build_kube(struct rel_agent *agent, char *error, size_t error_size)
{
	const struct rel_config *config = agent->config;
	char url[REL_CONFIG_TEXT];
	struct rel_kube_options options = {
		.url = url,
		.service_account_dir = config->service_account_dir,
		.namespace_ = config->namespace_,
		.lease_name = config->lease_name,
		.label_selector = config->label_selector,
		.self = agent->self,
		.address = agent->address,
		.redis_port = config->redis_port,
		.priority = (int32_t)config->priority,
		.no_promote = config->no_promote,
		.compat_labels = config->compat_labels,
	};
	struct rel_kube_sink sink = {on_event, on_request, agent};

	if (!api_url(config, url, sizeof(url))) {
		rel_text_format(error, error_size,
				"no API server: not in a pod (KUBERNETES_SERVICE_HOST is not set) "
				"and no --kube-api");
		return false;
	}
	agent->kube = rel_kube_create(agent->loop, &options, &sink, error, error_size);
	return agent->kube != NULL;
}

static void build_redis(struct rel_agent *agent)
{
	const struct rel_config *config = agent->config;
	struct rel_redis_options options = {
		.host = config->redis_host,
		.port = config->redis_port,
		.username = config->redis_username,
		.password = config->redis_password,
		.tls = config->redis_tls,
		.tls_skip_verify = config->redis_tls_skip_verify,
		.tls_ca = config->redis_tls_ca,
		.tls_cert = config->redis_tls_cert,
		.tls_key = config->redis_tls_key,
		.tls_server_name = config->redis_tls_server_name,
	};

	agent->redis = rel_redis_create(agent->loop, &options, on_event, agent);
}

static bool build(struct rel_agent *agent, char *error, size_t error_size)
{
	const struct rel_secrets_owner secrets = {on_secrets, on_secrets_looked, agent};

	rel_text_copy(agent->self.name, sizeof(agent->self.name), agent->config->pod_name);
	rel_text_copy(agent->self.uid, sizeof(agent->self.uid), agent->config->pod_uid);
	announced_address(agent->config, agent->address);
	build_node(agent);
	if (!rel_agent_serve(agent, error, error_size) || !build_kube(agent, error, error_size))
		return false;
	build_redis(agent);
	agent->secrets = rel_secrets_create(agent->loop, agent->config, &secrets);
	rel_timer_init(agent->loop, &agent->second, on_second, agent);
	rel_timer_init(agent->loop, &agent->stop_timer, leave_late, agent);
	rel_loop_signals(agent->loop, on_signal, agent);
	rel_agent_load_mark(agent);
	on_second(agent);
	return true;
}

int rel_agent_run(struct rel_config *config)
{
	struct rel_agent *agent = rel_calloc(1, sizeof(*agent));
	char error[256] = "";
	struct rel_event first = {.type = REL_EVENT_TICK};
	int code;

	agent->config = config;
	agent->loop = rel_loop_create();
	rel_log_init(STDERR_FILENO, config->log_level, config->log_format);
	if (!build(agent, error, sizeof(error))) {
		fprintf(stderr, "redis-election: %s\n", error);
		rel_log_flush();
		_exit(1); /* nothing was begun that would have to be ended */
	}
	rel_log(REL_LOG_INFO, "started", "member", agent->self.name, "redis", agent->address,
		"lease", config->lease_name, "namespace", config->namespace_, NULL);
	rel_agent_dispatch(agent, &first);
	rel_loop_run(agent->loop);
	rel_loop_destroy(agent->loop);
	code = agent->exit_code;
	rel_http_nonces_destroy(agent->nonces);
	rel_free(agent->node);
	rel_free(agent->metrics);
	rel_free(agent);
	rel_log_flush();
	return code;
}
