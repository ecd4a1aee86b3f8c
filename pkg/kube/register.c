/* SPDX-License-Identifier: Apache-2.0 */
/* The Lease as a register. A write needs the whole object it replaces, so the last
 * two versions that came from the server are kept as they came. */
#include <inttypes.h>

#include "driver.h"
#include "json.h"
#include "lease_codec.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "watch.h"

#define SEEN_MAX 2

struct seen {
	struct rel_version version;
	json_t *lease;
};

struct rel_register {
	struct rel_kube *kube;
	struct seen seen[SEEN_MAX]; /* newest sighting first */
	struct rel_watch *watch;
	uint64_t watch_op;
	uint64_t watched;  /* last version that the watch told or began from */
	uint64_t bookmark; /* nothing happened from there up to this one; 0 = none */
};

static bool same_version(const struct rel_version *a, const struct rel_version *b)
{
	return a->index == b->index && rel_text_equal(a->uid, b->uid);
}

static int find_seen(const struct rel_register *lease, const struct rel_version *version)
{
	for (int i = 0; i < SEEN_MAX; i++)
		if (lease->seen[i].lease && same_version(&lease->seen[i].version, version))
			return i;
	return -1;
}

static void remember(struct rel_register *lease, const struct rel_version *version, json_t *object)
{
	int found = find_seen(lease, version);
	int from = found >= 0 ? found : SEEN_MAX - 1;

	json_incref(object);
	json_decref(lease->seen[from].lease);
	for (int i = from; i > 0; i--)
		lease->seen[i] = lease->seen[i - 1];
	lease->seen[0] = (struct seen){*version, object};
}

static enum rel_err take_object(struct rel_register *lease, json_t *object,
				struct rel_record *record)
{
	enum rel_err err = rel_lease_decode(object, lease->kube->lease_name, record);

	if (err == REL_OK)
		remember(lease, &record->version, object);
	return err;
}

static void take_body(struct rel_kube *kube, const struct rel_web_answer *answer,
		      struct rel_event *event, struct rel_record *record)
{
	json_t *object;

	if (event->err != REL_OK)
		return;
	object = rel_json_parse(answer->body, answer->size);
	event->err = object ? take_object(kube->lease, object, record) : REL_ERR_GARBLED;
	event->record = record;
	json_decref(object);
}

static void take_read(struct rel_kube *kube, const struct rel_web_answer *answer,
		      struct rel_event *event, struct rel_record *record)
{
	kube->lease->bookmark = 0;
	if (event->err != REL_ERR_MISSING) {
		take_body(kube, answer, event, record);
		return;
	}
	rel_lease_missing(record);
	event->err = REL_OK;
	event->record = record;
}

static void lease_path(const struct rel_kube *kube, char path[REL_PATH_SIZE])
{
	rel_text_format(path, REL_PATH_SIZE,
			"/apis/coordination.k8s.io/v1/namespaces/%s/leases/%s", kube->namespace_,
			kube->lease_name);
}

static void read_lease(struct rel_kube *kube, const struct rel_action *action)
{
	char path[REL_PATH_SIZE];
	struct rel_kube_op op = {
		.verb = REL_WEB_GET,
		.path = path,
		.timeout = action->timeout,
		.type = REL_EVENT_REGISTER_READ,
		.op = action->op,
		.read = take_read,
	};

	lease_path(kube, path);
	rel_kube_op_start(kube, &op);
}

static void put_lease(struct rel_kube *kube, const struct rel_action *action, json_t *body,
		      bool create)
{
	char path[REL_PATH_SIZE];
	struct rel_kube_op op = {
		.verb = REL_WEB_PUT,
		.path = path,
		.body = body,
		.timeout = action->timeout,
		.type = REL_EVENT_REGISTER_WRITTEN,
		.op = action->op,
		.create = create,
		.read = take_body,
	};

	lease_path(kube, path);
	rel_kube_op_start(kube, &op);
	json_decref(body);
}

static void write_lease(struct rel_kube *kube, const struct rel_action *action)
{
	int found = find_seen(kube->lease, &action->expected);

	if (found < 0) {
		rel_kube_report_later(kube, REL_EVENT_REGISTER_WRITTEN, action->op,
				      REL_ERR_CONFLICT);
		return;
	}
	put_lease(kube, action,
		  rel_lease_encode(kube->lease->seen[found].lease, action->record), false);
}

static void report_watch(struct rel_register *lease, enum rel_err err,
			 struct rel_duration retry_after)
{
	struct rel_event event = {
		.type = REL_EVENT_REGISTER_WATCH,
		.op = lease->watch_op,
		.err = err,
		.retry_after = retry_after,
	};

	rel_kube_report(lease->kube, &event);
}

static void on_established(void *ctx)
{
	report_watch(ctx, REL_OK, (struct rel_duration){0});
}

static void mark_deleted(struct rel_record *record)
{
	struct rel_version version = record->version;

	rel_lease_missing(record);
	record->version = version;
	record->deleted = true;
}

static enum rel_err on_seen(void *ctx, const struct rel_watch_event *seen)
{
	struct rel_register *lease = ctx;
	struct rel_record record;
	struct rel_event event = {.type = REL_EVENT_REGISTER_SEEN, .record = &record};
	enum rel_err err;

	if (seen->type == REL_WATCH_BOOKMARK) {
		lease->bookmark = seen->version;
		return REL_OK;
	}
	err = take_object(lease, seen->object, &record);
	if (err != REL_OK)
		return err;
	if (seen->type == REL_WATCH_DELETED)
		mark_deleted(&record);
	lease->watched = record.version.index;
	lease->bookmark = 0;
	rel_kube_report(lease->kube, &event);
	return REL_OK;
}

static void on_settled(void *ctx)
{
	(void)ctx;
}

static void on_ended(void *ctx, enum rel_err err, struct rel_duration retry_after)
{
	struct rel_register *lease = ctx;

	lease->watch = NULL;
	report_watch(lease, err, retry_after);
}

static const struct rel_watch_ops watch_ops = {on_established, on_seen, on_settled, on_ended};

/* A bookmark moves on the version that the agent names, if that is the one which
 * the last watch had come to, and once only: after a restore of the server's store
 * it may lie in the future, where a watch is silent. */
static uint64_t resume_from(struct rel_register *lease, uint64_t expected)
{
	uint64_t from = expected;

	if (expected != 0 && expected == lease->watched && lease->bookmark > expected)
		from = lease->bookmark;
	lease->bookmark = 0;
	lease->watched = expected;
	return from;
}

static void watch_lease(struct rel_kube *kube, const struct rel_action *action)
{
	struct rel_register *lease = kube->lease;
	uint64_t from = resume_from(lease, action->expected.index);
	char path[REL_PATH_SIZE], since[48] = "";

	if (from != 0)
		rel_text_format(since, sizeof(since), "&resourceVersion=%" PRIu64, from);
	rel_text_format(path, sizeof(path),
			"/apis/coordination.k8s.io/v1/namespaces/%s/leases?watch=true"
			"&allowWatchBookmarks=true&fieldSelector=metadata.name%%3D%s%s",
			kube->namespace_, kube->lease_name, since);
	rel_watch_cancel(lease->watch);
	lease->watch_op = action->op;
	lease->watch = rel_watch_start(kube, path, action->timeout, &watch_ops, lease);
}

void rel_kube_register(struct rel_kube *kube, const struct rel_action *action)
{
	if (action->type == REL_ACTION_REGISTER_READ) {
		read_lease(kube, action);
	} else if (action->type == REL_ACTION_REGISTER_CREATE) {
		put_lease(kube, action, rel_lease_vacant(kube->namespace_, kube->lease_name),
			  true);
	} else if (action->type == REL_ACTION_REGISTER_WRITE) {
		write_lease(kube, action);
	} else {
		rel_assert(action->type == REL_ACTION_REGISTER_WATCH);
		watch_lease(kube, action);
	}
}

const char *rel_register_uid(const struct rel_register *lease)
{
	return lease->seen[0].version.uid;
}

struct rel_register *rel_register_create(struct rel_kube *kube)
{
	struct rel_register *lease = rel_calloc(1, sizeof(*lease));

	lease->kube = kube;
	return lease;
}

void rel_register_destroy(struct rel_register *lease)
{
	rel_watch_cancel(lease->watch);
	for (int i = 0; i < SEEN_MAX; i++)
		json_decref(lease->seen[i].lease);
	rel_free(lease);
}
