/* SPDX-License-Identifier: Apache-2.0 */
/* Requests on behalf of actions: each is ended by exactly one event. */
#include "driver.h"
#include "redis-election/base/mem.h"

struct op {
	struct rel_kube *kube;
	struct rel_kube_op plan; /* path and body are not kept */
};

/* A PUT without a version can only create: of an object that is there the server
 * says "resourceVersion: must be specified for an update". */
static enum rel_err outcome(const struct op *op, const struct rel_web_answer *answer)
{
	if (op->plan.create && answer->code == 422)
		return REL_ERR_EXISTS;
	return rel_kube_outcome(op->kube, op->plan.verb, answer);
}

static void on_done(void *ctx, const struct rel_web_answer *answer)
{
	struct op *op = ctx;
	struct rel_record record;
	struct rel_event event = {
		.type = op->plan.type,
		.op = op->plan.op,
		.err = outcome(op, answer),
		.retry_after = answer->retry_after,
	};

	if (op->plan.read)
		op->plan.read(op->kube, answer, &event, &record);
	if (event.err == REL_OK)
		event.retry_after = (struct rel_duration){0};
	rel_kube_report(op->kube, &event);
}

static void on_gone(void *ctx)
{
	rel_free(ctx);
}

static void start(struct rel_kube *kube, const struct rel_kube_op *plan, const struct rel_buf *body)
{
	struct op *op = rel_calloc(1, sizeof(*op));
	struct rel_web_call call = {
		.verb = plan->verb,
		.path = plan->path,
		.body = body->data,
		.body_size = body->size,
		.timeout = plan->timeout,
		.done = on_done,
		.gone = on_gone,
		.ctx = op,
	};

	op->kube = kube;
	op->plan = *plan;
	op->plan.path = NULL;
	op->plan.body = NULL;
	rel_web_start(kube->web, &call);
}

void rel_kube_op_start(struct rel_kube *kube, const struct rel_kube_op *plan)
{
	struct rel_buf body;

	rel_buf_init(&body, 0);
	if (plan->body && !rel_kube_body(plan->body, &body))
		rel_kube_report_later(kube, plan->type, plan->op, REL_ERR_INVALID);
	else
		start(kube, plan, &body);
	rel_buf_finish(&body);
}
