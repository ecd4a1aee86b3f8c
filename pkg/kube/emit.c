/* SPDX-License-Identifier: Apache-2.0 */
/* Events about the Lease and about the own pod: told, not answered. */
#include "driver.h"
#include "event_codec.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"

#define BURST 10
#define INTERVAL_MS 1000
#define TIMEOUT_MS 5000

struct rel_emitter {
	struct rel_instant last; /* when credit_ms was counted */
	int64_t credit_ms; /* an Event costs INTERVAL_MS */
};

static bool may_emit(struct rel_emitter *emitter)
{
	struct rel_instant now = rel_loop_now();

	emitter->credit_ms += rel_to_ms(rel_between(emitter->last, now));
	if (emitter->credit_ms > BURST * INTERVAL_MS)
		emitter->credit_ms = BURST * INTERVAL_MS;
	emitter->last = now;
	if (emitter->credit_ms < INTERVAL_MS)
		return false;
	emitter->credit_ms -= INTERVAL_MS;
	return true;
}

static void on_done(void *ctx, const struct rel_web_answer *answer)
{
	rel_kube_outcome(ctx, REL_WEB_POST, answer);
}

static void post(struct rel_kube *kube, const struct rel_event_text *text,
		 const struct rel_event_object *about)
{
	json_t *json = rel_event_encode(text, about);
	struct rel_buf body;
	char path[REL_PATH_SIZE];
	struct rel_web_call call = {
		.verb = REL_WEB_POST,
		.path = path,
		.timeout = rel_ms(TIMEOUT_MS),
		.done = on_done,
		.ctx = kube,
	};

	rel_text_format(path, sizeof(path), "/api/v1/namespaces/%s/events", kube->namespace_);
	if (rel_kube_body(json, &body)) {
		call.body = body.data;
		call.body_size = body.size;
		rel_web_start(kube->web, &call);
	}
	rel_buf_finish(&body);
	json_decref(json);
}

void rel_kube_emit(struct rel_kube *kube, const struct rel_action *action)
{
	struct rel_event_text text = {
		.namespace_ = kube->namespace_,
		.reporter = kube->self.name,
		.reason = action->emit.reason,
		.message = action->emit.text,
		.warning = action->emit.warning,
		.unique = rel_loop_entropy(),
		.at = rel_wall_now(),
	};
	struct rel_event_object lease = {"coordination.k8s.io/v1", "Lease", kube->lease_name,
					 rel_register_uid(kube->lease)};
	struct rel_event_object pod = {"v1", "Pod", kube->self.name, kube->self.uid};

	if (!may_emit(kube->emitter))
		return;
	post(kube, &text, &lease);
	text.unique = rel_loop_entropy();
	post(kube, &text, &pod);
}

struct rel_emitter *rel_emitter_create(void)
{
	struct rel_emitter *emitter = rel_calloc(1, sizeof(*emitter));

	emitter->last = rel_loop_now();
	emitter->credit_ms = BURST * INTERVAL_MS;
	return emitter;
}

void rel_emitter_destroy(struct rel_emitter *emitter)
{
	rel_free(emitter);
}
