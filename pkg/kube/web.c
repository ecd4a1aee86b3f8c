/* SPDX-License-Identifier: Apache-2.0 */
#include "web.h"

#include <string.h>

#include "web_private.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define DEFAULT_TIMEOUT_MS 10000

struct rel_web *rel_web_create(struct rel_loop *loop, const char *url,
			       const struct rel_web_observer *observer)
{
	struct rel_web *web = rel_calloc(1, sizeof(*web));
	CURLcode result = curl_global_init(CURL_GLOBAL_DEFAULT);

	rel_assert(result == CURLE_OK);
	web->loop = loop;
	web->observer = *observer;
	web->url = rel_strdup(url);
	if (url[0] && url[strlen(url) - 1] == '/')
		web->url[strlen(url) - 1] = '\0'; /* paths begin with it */
	web->ready_end = &web->ready;
	rel_web_loop_init(web);
	return web;
}

static void free_secret(char *secret)
{
	if (secret)
		rel_wipe(secret, strlen(secret));
	rel_free(secret);
}

void rel_web_set_credentials(struct rel_web *web, const char *token, const char *ca, size_t ca_size)
{
	static const char scheme[] = "Authorization: Bearer ";
	size_t size = sizeof(scheme) + strlen(token);

	free_secret(web->authorization);
	web->authorization = rel_calloc(1, size);
	rel_text_copy(web->authorization, size, scheme);
	rel_text_append(web->authorization, size, token);
	rel_free(web->ca);
	web->ca = rel_calloc(1, ca_size + 1);
	memcpy(web->ca, ca, ca_size);
	web->ca_size = ca_size;
}

void rel_web_free(struct rel_web *web)
{
	free_secret(web->authorization);
	rel_free(web->ca);
	rel_free(web->url);
	rel_free(web);
	curl_global_cleanup();
}

void rel_web_enqueue(struct rel_web_request *request)
{
	struct rel_web *web = request->web;

	if (request->queued)
		return;
	request->queued = true;
	request->ready_next = NULL;
	*web->ready_end = request;
	web->ready_end = &request->ready_next;
}

static struct rel_web_request *take_ready(struct rel_web *web)
{
	struct rel_web_request *request = web->ready;

	if (!request)
		return NULL;
	web->ready = request->ready_next;
	if (!web->ready)
		web->ready_end = &web->ready;
	request->queued = false;
	return request;
}

static void leave_queue(struct rel_web_request *request)
{
	struct rel_web *web = request->web;
	struct rel_web_request **at = &web->ready;

	if (!request->queued)
		return;
	while (*at != request)
		at = &(*at)->ready_next;
	*at = request->ready_next;
	if (!*at)
		web->ready_end = at;
	request->queued = false;
}

/* Gives the connection back, or ends it when the answer is not complete. */
static void detach(struct rel_web_request *request)
{
	if (!request->easy)
		return;
	curl_multi_remove_handle(request->web->multi, request->easy);
	curl_easy_cleanup(request->easy);
	request->easy = NULL;
	for (struct curl_slist *header = request->headers; header; header = header->next)
		rel_wipe(header->data, strlen(header->data));
	curl_slist_free_all(request->headers);
	request->headers = NULL;
}

static void destroy(struct rel_web_request *request)
{
	leave_queue(request);
	detach(request);
	*request->link = request->next;
	if (request->next)
		request->next->link = request->link;
	if (request->call.gone)
		request->call.gone(request->call.ctx);
	rel_free(request->body);
	rel_buf_finish(&request->in);
	rel_free(request);
}

static void arm(struct rel_web *web)
{
	struct rel_instant earliest = REL_FOREVER;

	for (struct rel_web_request *request = web->requests; request; request = request->next)
		earliest = rel_earlier(earliest, request->deadline);
	rel_timer_set(&web->deadline_timer, earliest);
}

static void collect(struct rel_web *web)
{
	CURLMsg *message;
	int left;

	while ((message = curl_multi_info_read(web->multi, &left))) {
		struct rel_web_request *request = NULL;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &request);
		if (message->msg != CURLMSG_DONE || !request || request->ended)
			continue;
		request->ended = true;
		request->result = message->data.result;
		rel_web_enqueue(request);
	}
}

static enum rel_err outcome(const struct rel_web_request *request)
{
	long os_errno = 0;

	rel_assert(request->result != CURLE_OUT_OF_MEMORY);
	if (request->too_large)
		return REL_ERR_TOO_LARGE;
	if (request->timed_out)
		return rel_web_err(CURLE_OPERATION_TIMEDOUT, request->sent, 0);
	curl_easy_getinfo(request->easy, CURLINFO_OS_ERRNO, &os_errno);
	return rel_web_err(request->result, request->sent, os_errno);
}

static void finish(struct rel_web_request *request)
{
	struct rel_web *web = request->web;
	struct rel_instant now = rel_loop_now();
	struct rel_web_answer answer = {
		.err = outcome(request),
		.retry_after = request->retry_after,
		.body = request->in.data ? request->in.data : "",
		.size = request->in.size,
		.detail = request->detail,
	};

	if (answer.err == REL_OK)
		answer.code = request->code;
	else
		web->last_failure = now;
	detach(request);
	web->observer.ended(web->observer.ctx, request->call.verb, answer.code,
			    rel_between(request->started, now));
	if (!request->cancelled)
		request->call.done(request->call.ctx, &answer);
}

/* Other answers than 200 stay in the buffer for done. */
static void deliver(struct rel_web_request *request)
{
	const struct rel_web_call *call = &request->call;

	if (call->verb != REL_WEB_WATCH || request->code != 200)
		return;
	request->deadline = REL_FOREVER;
	if (!request->opened_told) {
		request->opened_told = true;
		call->opened(call->ctx);
	}
	if (request->cancelled || request->in.size == 0)
		return;
	call->data(call->ctx, request->in.data, request->in.size);
	rel_buf_clear(&request->in);
}

static void dispatch(struct rel_web_request *request)
{
	request->dispatching = true;
	deliver(request);
	if (!request->cancelled && request->ended)
		finish(request);
	request->dispatching = false;
	if (request->cancelled || request->ended)
		destroy(request);
}

void rel_web_settle(struct rel_web *web)
{
	struct rel_web_request *request;

	collect(web);
	while ((request = take_ready(web)))
		dispatch(request);
	if (!web->closed)
		arm(web);
}

void rel_web_overdue(void *ctx)
{
	struct rel_web *web = ctx;
	struct rel_instant now = rel_loop_now();

	collect(web);
	for (struct rel_web_request *request = web->requests; request; request = request->next) {
		if (request->ended || rel_before(now, request->deadline))
			continue;
		request->ended = true;
		request->timed_out = true;
		rel_web_enqueue(request);
	}
	rel_web_settle(web);
}

struct rel_web_request *rel_web_start(struct rel_web *web, const struct rel_web_call *call)
{
	struct rel_web_request *request = rel_calloc(1, sizeof(*request));
	struct rel_duration timeout = call->timeout;
	CURLMcode added;

	if (timeout.ns <= 0)
		timeout = rel_ms(DEFAULT_TIMEOUT_MS);
	request->web = web;
	request->call = *call;
	request->call.path = NULL;
	request->call.body = NULL;
	request->started = rel_loop_now();
	request->deadline = rel_after(request->started, timeout);
	request->next = web->requests;
	request->link = &web->requests;
	if (request->next)
		request->next->link = &request->next;
	web->requests = request;
	rel_web_setup(request, call);
	added = curl_multi_add_handle(web->multi, request->easy);
	rel_assert(added == CURLM_OK);
	arm(web);
	return request;
}

void rel_web_cancel(struct rel_web_request *request)
{
	request->cancelled = true;
	detach(request);
	if (!request->dispatching)
		destroy(request);
}

void rel_web_close(struct rel_web *web, void (*closed)(void *ctx), void *ctx)
{
	web->closed = closed;
	web->closed_ctx = ctx;
	for (struct rel_web_request *request = web->requests; request;) {
		struct rel_web_request *next = request->next;

		rel_web_cancel(request);
		request = next;
	}
	rel_web_loop_finish(web);
}
