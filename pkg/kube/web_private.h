/* SPDX-License-Identifier: Apache-2.0 */
/* What the files web*.c share. */
#ifndef REL_KUBE_WEB_PRIVATE_H
#define REL_KUBE_WEB_PRIVATE_H

#include <curl/curl.h>
#include <uv.h>

#include "web.h"
#include "redis-election/base/buf.h"
#include "redis-election/loop.h"

struct rel_web_poller;

struct rel_web {
	struct rel_loop *loop;
	CURLM *multi;
	struct rel_timer curl_timer; /* libcurl's own wishes */
	struct rel_timer deadline_timer;
	int handles; /* of libuv, not closed yet */
	struct rel_web_poller *pollers;
	struct rel_web_request *requests;
	struct rel_web_request *ready, **ready_end; /* have something to tell */
	struct rel_web_observer observer;
	char *url;
	char *authorization; /* header line; wiped */
	char *ca;
	size_t ca_size;
	struct rel_instant last_failure; /* connections older than that are not trusted */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

struct rel_web_request {
	struct rel_web *web;
	struct rel_web_request *next, **link; /* in web->requests */
	struct rel_web_request *ready_next;
	struct rel_web_call call; /* path and body are not kept here */
	CURL *easy;
	struct curl_slist *headers;
	char *body;
	struct rel_buf in;
	char detail[CURL_ERROR_SIZE];
	struct rel_instant started;
	struct rel_instant deadline; /* REL_FOREVER once a watch is open */
	struct rel_duration retry_after;
	int code;         /* of the last whole header; 0 = none yet */
	CURLcode result;
	bool sent;        /* its first byte may have left */
	bool too_large;
	bool opened_told;
	bool ended, timed_out;
	bool queued, dispatching, cancelled;
};

/* web_error.c: pure. os_errno is that of the last failed system call. */
enum rel_err rel_web_err(CURLcode result, bool sent, long os_errno);

/* web_setup.c: everything that libcurl is told about a request. */
void rel_web_setup(struct rel_web_request *request, const struct rel_web_call *call);

/* web_loop.c: sockets and time of the multi handle. */
void rel_web_loop_init(struct rel_web *web);
/* Closes what is open; calls closed when libuv has let go of all of it. */
void rel_web_loop_finish(struct rel_web *web);

/* web.c: after libcurl was given a turn; tells what came of it. */
void rel_web_settle(struct rel_web *web);
void rel_web_enqueue(struct rel_web_request *request);
/* The next deadline has come. */
void rel_web_overdue(void *web);
/* Memory of web itself, once no handle is left. */
void rel_web_free(struct rel_web *web);

#endif
