/* SPDX-License-Identifier: Apache-2.0 */
/* Private to pkg/agent.
 *   run.c       build, wire, drain, stop       dispatch.c  event -> step -> actions
 *   execute.c   one row an action type         files.c     the data mark on disk
 *   report.c    log lines and metrics          status.c    what members are told
 *   serve.c     one row an HTTP endpoint     secrets.c   files read again
 *   notice.c    Events of the set's state */
#ifndef REL_AGENT_PRIVATE_H
#define REL_AGENT_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

#include "notice.h"
#include "redis-election/agent.h"
#include "redis-election/event.h"
#include "redis-election/http.h"
#include "redis-election/kube.h"
#include "redis-election/loop.h"
#include "redis-election/metrics.h"
#include "redis-election/node.h"
#include "redis-election/redis.h"
#include "redis-election/status.h"
#include "secrets.h"

/* A command of an operator whose HTTP answer is still owed. */
#define REL_OWED_MAX 16
struct rel_owed {
	uint64_t op; /* 0 = free */
	struct rel_http_exchange *exchange;
};

/* What was reported last, to report only changes. */
struct rel_reported {
	struct rel_decision decision;
	uint64_t epoch;                /* of the last promoted leader */
	uint64_t version;              /* of the record while it leads */
	struct rel_instant sign_at;    /* its record was last seen to change */
	struct rel_instant lost_leader_at; /* a leader is missing since */
	bool taking_over;              /* the claim is ours, nobody is promoted under it yet */
	char taking_reason[REL_REASON_SIZE];
	struct rel_instant renewed;
	struct rel_instant pause_began;
	const char *phase;
	enum rel_redis_reach reach;
	uint32_t write_told;           /* kinds of failed writes in the log, a bit each */
	uint64_t write_failures;       /* since the last line about them */
	struct rel_instant write_told_at;
};

struct rel_agent {
	struct rel_config *config;
	struct rel_loop *loop;
	struct rel_node *node;
	struct rel_redis *redis;
	struct rel_kube *kube;
	struct rel_secrets *secrets;
	struct rel_http *http, *admin;
	struct rel_http_nonces *nonces;
	struct rel_metrics *metrics;
	struct rel_timer second;    /* log ring, watchdog */
	struct rel_timer stop_timer;

	struct rel_member self;
	char address[REL_ADDRESS_SIZE];
	struct rel_instant started;
	struct rel_wall started_wall;
	struct rel_instant last_step;
	int64_t offset_at_survey;          /* own, when the others were asked for theirs */
	struct rel_instant survey_matched; /* the survey that it belongs to */
	struct rel_instant register_heard; /* it told us what is in it, or took a write */
	enum rel_err register_err;         /* of the last request since; OK = none failed */
	bool stepping, ready, leaving;
	int stops;                  /* signals asking to end */
	int open;                   /* drivers not yet closed */
	int exit_code;

	struct rel_actions actions;
	struct rel_reported reported;
	struct rel_notices notices;
	struct rel_owed owed[REL_OWED_MAX];
	uint64_t owed_ops;
	struct rel_mark_job *mark_job;
};

/* dispatch.c: the only caller of rel_node_step. Stamps the event. */
void rel_agent_dispatch(struct rel_agent *agent, const struct rel_event *event);

/* execute.c */
void rel_agent_execute(struct rel_agent *agent, const struct rel_action *action);

/* run.c */
void rel_agent_leave(struct rel_agent *agent, int exit_code);

/* files.c: answered by MARK_LOADED and MARK_SAVED. */
void rel_agent_load_mark(struct rel_agent *agent);
void rel_agent_save_mark(struct rel_agent *agent, uint64_t op, const struct rel_mark *mark);

/* report.c */
void rel_agent_report(struct rel_agent *agent, const struct rel_event *event);
void rel_agent_gauges(struct rel_agent *agent);
void rel_agent_count_request(struct rel_agent *agent, const struct rel_kube_request *request);
void rel_agent_count_patch(struct rel_agent *agent, enum rel_err err);

/* status.c */
void rel_agent_status(const struct rel_agent *agent, struct rel_status *status);
/* Redis is a leader that is made to refuse writes. */
bool rel_agent_fenced(const struct rel_facts *facts);

/* serve.c */
bool rel_agent_serve(struct rel_agent *agent, char *error, size_t error_size);
void rel_agent_answer(struct rel_agent *agent, const struct rel_action *action);
bool rel_agent_loop_is_live(const struct rel_agent *agent);

#endif
