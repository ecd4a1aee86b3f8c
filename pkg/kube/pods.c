/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the list of the set's pods current: list, watch from its version on, watch
 * again from the last version seen, list again when that is too old. */
#include <inttypes.h>

#include <curl/curl.h>

#include "driver.h"
#include "json.h"
#include "pod_set.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"
#include "watch.h"

#define TIMEOUT_MS 5000
#define BACKOFF_MIN_MS 250
#define BACKOFF_MAX_MS 1000
/* A watch that lived so long was a good one. */
#define GOOD_WATCH_MS 5000
/* Bookmarks come once a minute: a watch without one is of a server that is gone. */
#define SILENCE_MS 90000

struct rel_pod_watch {
	struct rel_kube *kube;
	char *path; /* of the list, label selector and all */
	struct rel_timer timer; /* when to try again, or when silence is too long */
	struct rel_web_request *list;
	struct rel_watch *watch;
	struct rel_instant opened;
	struct rel_pod_set set;
	uint64_t version; /* where a watch goes on; 0 = list first */
	bool changed;     /* not reported yet */
	int64_t backoff_ms;
	void (*closed)(void *kube);
};

static void set_timer(struct rel_pod_watch *pods, int64_t ms)
{
	rel_timer_set(&pods->timer, rel_after(rel_loop_now(), rel_ms(ms)));
}

static void report(struct rel_pod_watch *pods)
{
	struct rel_event event = {.type = REL_EVENT_PODS_SEEN, .pods = &pods->set.pods};

	pods->changed = false;
	rel_kube_report(pods->kube, &event);
}

/* Up to a quarter more than the back-off, so that agents do not march in step. */
static void try_later(struct rel_pod_watch *pods, enum rel_err err, struct rel_duration retry_after)
{
	int64_t jitter = (int64_t)(rel_loop_entropy() % (uint64_t)(pods->backoff_ms / 4 + 1));
	int64_t ms = pods->backoff_ms + jitter;

	if (ms > BACKOFF_MAX_MS)
		ms = BACKOFF_MAX_MS;
	if (ms < rel_to_ms(retry_after))
		ms = rel_to_ms(retry_after);
	if (err == REL_ERR_EXPIRED || err == REL_ERR_GARBLED)
		pods->version = 0;
	pods->backoff_ms *= 2;
	if (pods->backoff_ms > BACKOFF_MAX_MS)
		pods->backoff_ms = BACKOFF_MAX_MS;
	set_timer(pods, ms);
}

static void on_established(void *ctx)
{
	struct rel_pod_watch *pods = ctx;

	pods->opened = rel_loop_now();
	set_timer(pods, SILENCE_MS);
}

static enum rel_err take_pod(struct rel_pod_watch *pods, const struct rel_watch_event *event)
{
	struct rel_pod pod;
	enum rel_err err = rel_pod_decode(event->object, pods->kube->redis_port, &pod);

	if (err == REL_ERR_GARBLED)
		return err;
	if (err != REL_OK)
		return REL_OK; /* no member can have such a name */
	if (event->type == REL_WATCH_DELETED)
		rel_pod_set_remove(&pods->set, &pod.member);
	else
		rel_pod_set_put(&pods->set, &pod);
	pods->changed = true;
	return REL_OK;
}

static enum rel_err on_seen(void *ctx, const struct rel_watch_event *event)
{
	struct rel_pod_watch *pods = ctx;
	enum rel_err err = REL_OK;

	if (event->type != REL_WATCH_BOOKMARK)
		err = take_pod(pods, event);
	if (err == REL_OK)
		pods->version = event->version;
	if (event->type == REL_WATCH_DELETED && pods->set.overflowed)
		err = REL_ERR_EXPIRED;
	return err;
}

static void on_settled(void *ctx)
{
	struct rel_pod_watch *pods = ctx;

	set_timer(pods, SILENCE_MS);
	if (pods->changed)
		report(pods);
}

static void on_ended(void *ctx, enum rel_err err, struct rel_duration retry_after)
{
	struct rel_pod_watch *pods = ctx;

	pods->watch = NULL;
	if (rel_is_set(pods->opened) &&
	    rel_to_ms(rel_between(pods->opened, rel_loop_now())) >= GOOD_WATCH_MS)
		pods->backoff_ms = BACKOFF_MIN_MS;
	try_later(pods, err, retry_after);
}

static const struct rel_watch_ops watch_ops = {on_established, on_seen, on_settled, on_ended};

static void start_watch(struct rel_pod_watch *pods)
{
	char path[REL_PATH_SIZE + 96];

	rel_text_format(path, sizeof(path),
			"%s&watch=true&allowWatchBookmarks=true&resourceVersion=%" PRIu64,
			pods->path, pods->version);
	pods->opened = REL_NEVER;
	pods->watch = rel_watch_start(pods->kube, path, rel_ms(TIMEOUT_MS), &watch_ops, pods);
	set_timer(pods, SILENCE_MS);
}

static void on_list(void *ctx, const struct rel_web_answer *answer)
{
	struct rel_pod_watch *pods = ctx;
	enum rel_err err = rel_kube_outcome(pods->kube, REL_WEB_LIST, answer);
	json_t *json = NULL;

	pods->list = NULL;
	if (err == REL_OK) {
		json = rel_json_parse(answer->body, answer->size);
		err = rel_pod_set_decode(json, pods->kube->redis_port, &pods->set, &pods->version);
		json_decref(json);
	}
	if (err != REL_OK) {
		try_later(pods, err, answer->retry_after);
		return;
	}
	start_watch(pods);
	report(pods);
}

static void start_list(struct rel_pod_watch *pods)
{
	struct rel_web_call call = {
		.verb = REL_WEB_LIST,
		.path = pods->path,
		.timeout = rel_ms(TIMEOUT_MS),
		.done = on_list,
		.ctx = pods,
	};

	pods->list = rel_web_start(pods->kube->web, &call);
}

static void on_timer(void *ctx)
{
	struct rel_pod_watch *pods = ctx;

	if (pods->list)
		return;
	rel_watch_cancel(pods->watch);
	pods->watch = NULL;
	if (pods->version == 0)
		start_list(pods);
	else
		start_watch(pods);
}

static char *list_path(const struct rel_kube *kube, const char *label_selector)
{
	char *selector = curl_easy_escape(NULL, label_selector, 0);
	char path[REL_PATH_SIZE];

	rel_assert(selector);
	rel_text_format(path, sizeof(path), "/api/v1/namespaces/%s/pods?labelSelector=%s",
			kube->namespace_, selector);
	curl_free(selector);
	return rel_strdup(path);
}

struct rel_pod_watch *rel_pod_watch_create(struct rel_kube *kube, const char *label_selector)
{
	struct rel_pod_watch *pods = rel_calloc(1, sizeof(*pods));

	pods->kube = kube;
	pods->backoff_ms = BACKOFF_MIN_MS;
	pods->path = list_path(kube, label_selector);
	rel_timer_init(kube->loop, &pods->timer, on_timer, pods);
	start_list(pods);
	return pods;
}

static void timer_closed(void *ctx)
{
	struct rel_pod_watch *pods = ctx;
	void (*closed)(void *kube) = pods->closed;
	struct rel_kube *kube = pods->kube;

	rel_free(pods->path);
	rel_free(pods);
	closed(kube);
}

void rel_pod_watch_close(struct rel_pod_watch *pods, void (*closed)(void *kube))
{
	pods->closed = closed;
	if (pods->list)
		rel_web_cancel(pods->list);
	pods->list = NULL;
	rel_watch_cancel(pods->watch);
	pods->watch = NULL;
	rel_timer_close(&pods->timer, timer_closed);
}
