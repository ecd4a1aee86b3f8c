/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP: one row an endpoint. Probes and metrics are open; status is signed when a
 * shared secret is set; what changes something is signed, or comes over the loopback
 * admin listener with a header that no browser form can send. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "agent.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define ANSWER_LIMIT (512 * 1024)
/* The loop counts as live while its last turn is younger. */
#define LIVE_MS 10000
#define JSON "application/json"
#define TEXT "text/plain; charset=utf-8"

enum access { OPEN, STATUS, COMMAND };

struct endpoint {
	const char *method;
	const char *path;
	enum access access;
	void (*serve)(struct rel_agent *agent, struct rel_http_exchange *exchange,
		      const struct rel_http_request *request);
	enum rel_command_kind command; /* of POST rows */
};

static void text(struct rel_http_exchange *exchange, int code, const char *body)
{
	rel_http_answer(exchange, code, TEXT, NULL, body, strlen(body));
}

bool rel_agent_loop_is_live(const struct rel_agent *agent)
{
	return rel_before(rel_loop_now(), rel_after(agent->last_step, rel_ms(LIVE_MS)));
}

static void health(struct rel_agent *agent, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	(void)agent;
	(void)request;
	text(exchange, 200, "OK");
}

static void livez(struct rel_agent *agent, struct rel_http_exchange *exchange,
		  const struct rel_http_request *request)
{
	bool live = rel_agent_loop_is_live(agent);

	(void)request;
	text(exchange, live ? 200 : 503, live ? "ok\n" : "the loop does not run\n");
}

/* First 200 once a leader was seen; after that only the loop and Redis count: it
 * never falls because the leader is gone, nor while a hand-over runs. */
static void readyz(struct rel_agent *agent, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	struct rel_node_status node = rel_node_status(agent->node, rel_loop_now());
	bool redis = node.facts->reach == REL_REDIS_UP || node.facts->reach == REL_REDIS_LOADING;

	(void)request;
	if (!agent->ready)
		text(exchange, 503, "no leader seen yet\n");
	else if (!redis && agent->stops == 0)
		text(exchange, 503, "Redis does not answer\n");
	else
		text(exchange, 200, "ok\n");
}

static bool leads(const struct rel_agent *agent)
{
	struct rel_node_status node = rel_node_status(agent->node, rel_loop_now());

	return node.claim.state == REL_CLAIM_SELF && node.decision.goal == REL_GOAL_LEAD &&
	       rel_facts_writable(node.facts);
}

static void leader(struct rel_agent *agent, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	bool yes = leads(agent);

	(void)request;
	text(exchange, yes ? 200 : 503, yes ? "leader\n" : "not the leader\n");
}

/* ?lag=BYTES: the most that it may be behind. */
static bool lag_allowed(const struct rel_http_request *request, int64_t lag)
{
	uint64_t limit;
	char number[24];
	const char *at = strstr(request->query, "lag=");
	size_t digits;

	if (at == NULL)
		return true;
	digits = strspn(at + 4, "0123456789");
	return rel_text_copy_n(number, sizeof(number), at + 4, digits) &&
	       rel_text_to_u64(number, &limit) && lag >= 0 && (uint64_t)lag <= limit;
}

static bool is_replica(struct rel_agent *agent, const struct rel_http_request *request)
{
	struct rel_node_status node = rel_node_status(agent->node, rel_loop_now());
	const struct rel_redis_view *redis = &node.facts->redis;
	const struct rel_record *record = node.election.record;
	int64_t lag = -1;

	if (node.facts->reach != REL_REDIS_UP || redis->is_leader || !redis->link_up ||
	    redis->loading || redis->syncing)
		return false;
	if (record != NULL && rel_text_equal(record->line.replid, redis->line.replid))
		lag = record->line.offset > redis->line.offset
			      ? record->line.offset - redis->line.offset
			      : 0;
	return lag_allowed(request, lag);
}

static void replica(struct rel_agent *agent, struct rel_http_exchange *exchange,
		    const struct rel_http_request *request)
{
	bool yes = is_replica(agent, request);

	text(exchange, yes ? 200 : 503, yes ? "replica\n" : "not a replica in sync\n");
}

static void read_only(struct rel_agent *agent, struct rel_http_exchange *exchange,
		      const struct rel_http_request *request)
{
	bool yes = leads(agent) || is_replica(agent, request);

	text(exchange, yes ? 200 : 503, yes ? "readable\n" : "not readable\n");
}

static void render(struct rel_agent *agent, struct rel_http_exchange *exchange, const char *type,
		   void (*renderer)(const struct rel_status *status, struct rel_buf *out))
{
	struct rel_status *status = rel_calloc(1, sizeof(*status));
	struct rel_buf out;

	rel_buf_init(&out, ANSWER_LIMIT);
	rel_agent_status(agent, status);
	renderer(status, &out);
	rel_http_answer(exchange, 200, type, REL_STATUS_PAGE_HEADERS,
			out.data != NULL ? out.data : "", out.size);
	rel_buf_finish(&out);
	rel_free(status);
}

static void state(struct rel_agent *agent, struct rel_http_exchange *exchange,
		  const struct rel_http_request *request)
{
	(void)request;
	render(agent, exchange, JSON, rel_status_state_json);
}

static void status(struct rel_agent *agent, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	(void)request;
	render(agent, exchange, JSON, rel_status_json);
}

static void page(struct rel_agent *agent, struct rel_http_exchange *exchange,
		 const struct rel_http_request *request)
{
	(void)request;
	render(agent, exchange, "text/html; charset=utf-8", rel_status_page);
}

static void metrics(struct rel_agent *agent, struct rel_http_exchange *exchange,
		    const struct rel_http_request *request)
{
	enum rel_metrics_format format = rel_metrics_negotiate(rel_http_header(exchange, "Accept"));
	struct rel_buf out;

	(void)request;
	rel_buf_init(&out, ANSWER_LIMIT);
	rel_agent_gauges(agent);
	rel_metrics_text(agent->metrics, format, &out);
	rel_http_answer(exchange, 200, rel_metrics_content_type(format), NULL,
			out.data != NULL ? out.data : "", out.size);
	rel_buf_finish(&out);
}

static void result(struct rel_http_exchange *exchange, int code, const char *message, uint64_t id)
{
	json_t *body = json_pack("{s:b, s:s, s:I}", "ok", code < 300, "message", message, "id",
				 (json_int_t)id);
	char *dumped = json_dumps(body, JSON_COMPACT);

	rel_assert(dumped != NULL);
	rel_http_answer(exchange, code, JSON, NULL, dumped, strlen(dumped));
	rel_free(dumped);
	json_decref(body);
}

/* {"to": NAME, "accept_data_loss": BOOL}, each optional, or nothing. A mistyped name
 * must not become a switchover to anybody, so nothing else is allowed. */
static bool read_command(const struct rel_http_request *request, struct rel_command *command)
{
	json_t *body;
	const char *name = "";
	int accept = false;
	bool good;

	if (request->body_size == 0)
		return true;
	body = json_loadb(request->body, request->body_size, JSON_REJECT_DUPLICATES, NULL);
	good = json_is_object(body) &&
	       json_unpack(body, "{s?s, s?b !}", "to", &name, "accept_data_loss", &accept) == 0 &&
	       rel_text_copy(command->to, REL_NAME_SIZE, name);
	command->accept_data_loss = accept;
	json_decref(body);
	return good;
}

static struct rel_owed *free_owed(struct rel_agent *agent)
{
	for (int i = 0; i < REL_OWED_MAX; i++)
		if (agent->owed[i].op == 0)
			return &agent->owed[i];
	return NULL;
}

static void command(struct rel_agent *agent, struct rel_http_exchange *exchange,
		    const struct rel_http_request *request, enum rel_command_kind kind)
{
	struct rel_owed *owed = free_owed(agent);
	struct rel_event event = {.type = REL_EVENT_COMMAND, .command = {.kind = kind}};

	if (!read_command(request, &event.command)) {
		result(exchange, 400,
		       "the body must be empty, or a JSON object of \"to\": \"POD\" and "
		       "\"accept_data_loss\": true, each optional",
		       0);
		return;
	}
	if (owed == NULL) {
		result(exchange, 503, "too many commands are waiting", 0);
		return;
	}
	owed->op = event.op = ++agent->owed_ops;
	owed->exchange = exchange;
	rel_log(REL_LOG_INFO, "command", "path", request->path, "to", event.command.to, NULL);
	rel_agent_dispatch(agent, &event);
}

static int code_of(enum rel_err err)
{
	switch (rel_err_class(err)) {
	case REL_CLASS_OK:
		return 202;
	case REL_CLASS_INVALID:
		return 409;
	case REL_CLASS_MISSING:
	case REL_CLASS_TRANSIENT:
	case REL_CLASS_TIMEOUT:
	case REL_CLASS_CONFLICT:
	case REL_CLASS_DENIED:
		return 503;
	}
	return 500;
}

void rel_agent_answer(struct rel_agent *agent, const struct rel_action *action)
{
	for (int i = 0; i < REL_OWED_MAX; i++) {
		struct rel_owed *owed = &agent->owed[i];
		if (owed->op == 0 || owed->op != action->op)
			continue;
		owed->op = 0;
		result(owed->exchange, code_of(action->answer.err), action->answer.text,
		       action->answer.id);
	}
}

static const struct endpoint endpoints[] = {
	{"GET", "/health", OPEN, health, 0},
	{"GET", "/livez", OPEN, livez, 0},
	{"GET", "/readyz", OPEN, readyz, 0},
	{"GET", "/leader", OPEN, leader, 0},
	{"GET", "/primary", OPEN, leader, 0},
	{"GET", "/replica", OPEN, replica, 0},
	{"GET", "/read-only", OPEN, read_only, 0},
	{"GET", "/metrics", OPEN, metrics, 0},
	{"GET", "/state", STATUS, state, 0},
	{"GET", "/status", STATUS, status, 0},
	{"GET", "/", STATUS, page, 0},
	{"POST", "/switchover", COMMAND, NULL, REL_COMMAND_SWITCHOVER},
	{"POST", "/failover", COMMAND, NULL, REL_COMMAND_FAILOVER},
	{"POST", "/pause", COMMAND, NULL, REL_COMMAND_PAUSE},
	{"POST", "/resume", COMMAND, NULL, REL_COMMAND_RESUME},
};

static const struct endpoint *find(const struct rel_http_request *request, bool *path_known)
{
	*path_known = false;
	for (size_t i = 0; i < sizeof(endpoints) / sizeof(endpoints[0]); i++) {
		if (!rel_text_equal(endpoints[i].path, request->path))
			continue;
		*path_known = true;
		if (rel_text_equal(endpoints[i].method, request->method))
			return &endpoints[i];
	}
	return NULL;
}

/* Never judged by the source address: behind a mesh everybody is 127.0.0.6. */
static bool local_command(const struct rel_http_exchange *exchange,
			  const struct rel_http_request *request)
{
	const char *header = rel_http_header(exchange, "X-Redis-Election");

	return request->on_admin && header != NULL && rel_text_equal(header, "1") &&
	       rel_http_header(exchange, "Origin") == NULL;
}

/* NULL when allowed, else what to say with a 401. */
static const char *refused(struct rel_agent *agent, const struct endpoint *endpoint,
			   const struct rel_http_exchange *exchange,
			   const struct rel_http_request *request)
{
	const char *secret = agent->config->shared_secret;
	enum rel_http_auth auth;

	if (endpoint->access == OPEN)
		return NULL;
	if (endpoint->access == STATUS &&
	    (secret[0] == '\0' || agent->config->public_status || request->on_admin))
		return NULL;
	if (endpoint->access == COMMAND && local_command(exchange, request))
		return NULL;
	if (secret[0] == '\0')
		return "needs a signature, and no shared secret is set; or use the admin listener "
		       "with the header X-Redis-Election: 1";
	auth = rel_http_authenticate(exchange, request, secret, rel_wall_now().us / 1000000,
				     agent->nonces);
	if (auth == REL_AUTH_V2)
		return NULL;
	if (auth == REL_AUTH_V1 && (endpoint->access == STATUS || agent->config->legacy_signatures))
		return NULL;
	if (auth == REL_AUTH_V1)
		return "needs a signature of the second version (docs/http.md), or "
		       "--legacy-signatures";
	return "signature missing or wrong";
}

static void handle(void *ctx, struct rel_http_exchange *exchange,
		   const struct rel_http_request *request)
{
	struct rel_agent *agent = ctx;
	bool path_known;
	const struct endpoint *endpoint = find(request, &path_known);
	const char *why;

	if (endpoint == NULL) {
		if (path_known)
			rel_http_answer(exchange, 405, TEXT,
					rel_text_equal(request->method, "GET")
						? "Allow: POST\r\n"
						: "Allow: GET, HEAD, OPTIONS\r\n",
					"method not allowed\n", 19);
		else
			text(exchange, 404, "not found\n");
		return;
	}
	why = refused(agent, endpoint, exchange, request);
	if (why != NULL)
		result(exchange, 401, why, 0);
	else if (endpoint->access == COMMAND)
		command(agent, exchange, request, endpoint->command);
	else
		endpoint->serve(agent, exchange, request);
}

bool rel_agent_serve(struct rel_agent *agent, char *error, size_t error_size)
{
	struct rel_http_options options = {
		.bind = agent->config->http_bind,
		.handle = handle,
		.ctx = agent,
	};

	agent->nonces = rel_http_nonces_create();
	agent->http = rel_http_listen(agent->loop, &options, error, error_size);
	if (agent->http == NULL)
		return false;
	if (agent->config->admin_bind[0] == '\0')
		return true;
	options.bind = agent->config->admin_bind;
	options.admin = true;
	agent->admin = rel_http_listen(agent->loop, &options, error, error_size);
	return agent->admin != NULL;
}
