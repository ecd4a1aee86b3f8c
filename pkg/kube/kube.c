/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/kube.h"

#include <string.h>

#include "driver.h"
#include "json.h"
#include "options.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "status_codec.h"

/* An object of a megabyte and what we add to it. */
#define BODY_LIMIT (1280 * 1024)

void rel_kube_report(struct rel_kube *kube, const struct rel_event *event)
{
	if (!kube->closed)
		kube->sink.event(kube->sink.ctx, event);
}

bool rel_kube_body(const json_t *json, struct rel_buf *out)
{
	rel_buf_init(out, BODY_LIMIT);
	return rel_json_write(json, out);
}

/* Conflicts and missing objects are how the protocol works. */
static bool is_trouble(enum rel_err err)
{
	enum rel_err_class class = rel_err_class(err);

	return class != REL_CLASS_OK && class != REL_CLASS_CONFLICT && class != REL_CLASS_MISSING;
}

/* Each kind of trouble once, until a request of this verb succeeds. */
static void tell(struct rel_kube *kube, enum rel_web_verb verb, enum rel_err err,
		 const char *detail)
{
	const char *name = rel_web_verb_name(verb);
	uint32_t bit = UINT32_C(1) << err;

	if (!is_trouble(err)) {
		if (kube->told[verb] != 0)
			rel_log(REL_LOG_INFO, "Kubernetes API requests succeed again", "verb", name,
				NULL);
		kube->told[verb] = 0;
		return;
	}
	if ((kube->told[verb] & bit) == 0)
		rel_log(REL_LOG_WARN, "Kubernetes API request failed", "verb", name, "error",
			rel_err_text(err), "detail", detail, NULL);
	kube->told[verb] |= bit;
}

enum rel_err rel_kube_outcome(struct rel_kube *kube, enum rel_web_verb verb,
			      const struct rel_web_answer *answer)
{
	struct rel_status_answer status;

	if (answer->err != REL_OK) {
		tell(kube, verb, answer->err, answer->detail);
		return answer->err;
	}
	rel_status_decode(answer->code, answer->body, answer->size, &status);
	tell(kube, verb, status.err, status.text);
	return status.err;
}

static void on_request_ended(void *ctx, enum rel_web_verb verb, int code, struct rel_duration took)
{
	struct rel_kube *kube = ctx;
	struct rel_kube_request request = {rel_web_verb_name(verb), code, took};

	if (kube->closed)
		return;
	if (code == 401)
		rel_token_refused(kube->token);
	kube->sink.request(kube->sink.ctx, &request);
}

static void on_credentials(void *ctx, const struct rel_credentials *credentials)
{
	struct rel_kube *kube = ctx;

	if (!kube->closed)
		rel_web_set_credentials(kube->web, credentials->token, credentials->ca,
					credentials->ca_size);
}

static bool open_token(struct rel_kube *kube, const struct rel_kube_options *options,
		       struct rel_kube_options *complete, char *error, size_t error_size)
{
	struct rel_token_owner owner = {on_credentials, kube};

	*complete = *options;
	kube->token = rel_token_create(kube->loop, options->service_account_dir, &owner, error,
				       error_size);
	if (!kube->token)
		return false;
	if (!options->namespace_ || !options->namespace_[0])
		complete->namespace_ = rel_token_credentials(kube->token)->namespace_;
	return true;
}

static void open_parts(struct rel_kube *kube, const struct rel_kube_options *options)
{
	struct rel_web_observer observer = {on_request_ended, kube};

	kube->web = rel_web_create(kube->loop, options->url, &observer);
	on_credentials(kube, rel_token_credentials(kube->token));
	kube->later = rel_later_create(kube);
	kube->lease = rel_register_create(kube);
	kube->emitter = rel_emitter_create();
	kube->pods = rel_pod_watch_create(kube, options->label_selector);
}

static void free_kube(void *ctx)
{
	rel_free(ctx);
}

struct rel_kube *rel_kube_create(struct rel_loop *loop, const struct rel_kube_options *options,
				 const struct rel_kube_sink *sink, char *error, size_t error_size)
{
	struct rel_kube *kube = rel_calloc(1, sizeof(*kube));
	struct rel_kube_options complete;

	kube->loop = loop;
	kube->sink = *sink;
	if (!open_token(kube, options, &complete, error, error_size)) {
		rel_free(kube);
		return NULL;
	}
	if (!rel_kube_take_options(kube, &complete, error, error_size)) {
		rel_token_close(kube->token, free_kube, kube);
		return NULL;
	}
	open_parts(kube, &complete);
	return kube;
}

struct rel_instant rel_kube_token_read(const struct rel_kube *kube)
{
	return rel_token_read_at(kube->token);
}

static void part_closed(void *ctx)
{
	struct rel_kube *kube = ctx;
	void (*closed)(void *ctx) = kube->closed;
	void *closed_ctx = kube->closed_ctx;

	kube->open_parts--;
	if (kube->open_parts > 0)
		return;
	rel_free(kube);
	closed(closed_ctx);
}

void rel_kube_close(struct rel_kube *kube, void (*closed)(void *ctx), void *ctx)
{
	kube->closed = closed;
	kube->closed_ctx = ctx;
	kube->open_parts = 4;
	rel_pod_watch_close(kube->pods, part_closed);
	rel_register_destroy(kube->lease);
	rel_emitter_destroy(kube->emitter);
	rel_later_close(kube->later, part_closed);
	rel_web_close(kube->web, part_closed, kube);
	rel_token_close(kube->token, part_closed, kube);
}
