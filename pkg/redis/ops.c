/* SPDX-License-Identifier: Apache-2.0 */
/* What was asked of the local Redis: each ends once, by its answer, its deadline or
 * the end of its connection. */
#include "local_state.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

/* Views that may wait in the socket of a Redis that does not answer. Beyond that
 * nothing new would be learned; commands keep their room. */
#define VIEWS_MAX 32
#define VIEW_LIMIT 4096
#define WIRE_LIMIT 4096

static struct rel_op *add(struct rel_local *local, uint64_t id, struct rel_duration timeout)
{
	struct rel_op *op = local->spare;
	struct rel_op **at = &local->ops;

	if (op)
		local->spare = op->next;
	else
		op = rel_calloc(1, sizeof(*op));
	op->next = NULL;
	op->local = local;
	op->op = id;
	op->is_command = false;
	op->phase = REL_OP_WAITING;
	op->deadline = timeout.ns > 0 ? rel_after(rel_loop_now(), timeout) : REL_FOREVER;
	while (*at)
		at = &(*at)->next;
	*at = op;
	return op;
}

static void settle(struct rel_op *op, enum rel_redis_reach reach, enum rel_err err)
{
	op->phase = REL_OP_SETTLED;
	op->reach = reach;
	op->err = err;
}

/* Wakes at the first deadline, or at once for what is settled. */
static void arm(struct rel_local *local)
{
	struct rel_instant at = REL_FOREVER;

	if (local->closing)
		return;
	for (const struct rel_op *op = local->ops; op; op = op->next)
		at = rel_earlier(at, op->phase >= REL_OP_SETTLED ? rel_loop_now() : op->deadline);
	rel_timer_set(&local->expiry, at);
}

/* What silence means depends on how far we came. */
static void expire(struct rel_local *local, struct rel_op *op)
{
	enum rel_redis_reach reach = REL_REDIS_SILENT;
	enum rel_err err = REL_ERR_TIMEOUT;

	if (op->phase == REL_OP_SENT) {
		rel_conn_forget(local->conn, op);
	} else if (local->standing == REL_STANDING_REFUSED) {
		reach = REL_REDIS_GONE;
		err = REL_ERR_REFUSED;
	} else if (local->standing == REL_STANDING_DENIED) {
		reach = REL_REDIS_REFUSED;
		err = local->denied_err;
	}
	settle(op, reach, err);
}

static void on_expiry(void *ctx)
{
	struct rel_local *local = ctx;
	struct rel_instant now = rel_loop_now();

	for (struct rel_op *op = local->ops; op; op = op->next) {
		if (op->phase < REL_OP_SETTLED && !rel_before(now, op->deadline))
			expire(local, op);
	}
	rel_ops_deliver(local);
}

void rel_ops_init(struct rel_local *local)
{
	rel_buf_init(&local->view_wire, VIEW_LIMIT);
	rel_buf_init(&local->wire, WIRE_LIMIT);
	local->view_replies = rel_query_write(&local->view_wire);
	rel_timer_init(local->loop, &local->expiry, on_expiry, local);
}

static void free_list(struct rel_op *op)
{
	while (op) {
		struct rel_op *next = op->next;

		rel_free(op);
		op = next;
	}
}

void rel_ops_free(struct rel_local *local)
{
	free_list(local->ops);
	free_list(local->spare);
	rel_buf_finish(&local->view_wire);
	rel_buf_finish(&local->wire);
}

static void report(struct rel_local *local, const struct rel_op *op)
{
	struct rel_event event = {.op = op->op, .err = op->err};

	if (op->is_command) {
		event.type = REL_EVENT_REDIS_DONE;
	} else {
		event.type = REL_EVENT_REDIS_SEEN;
		event.redis.reach = op->reach;
		if (op->reach == REL_REDIS_UP ||
		    (op->reach == REL_REDIS_LOADING && op->query.has_view))
			event.redis.view = &op->query.info.view;
	}
	local->options.sink(local->options.sink_ctx, &event);
}

/* The first finished one, taken out of the list, or NULL. */
static struct rel_op *take_finished(struct rel_local *local)
{
	for (struct rel_op **at = &local->ops; *at; at = &(*at)->next) {
		struct rel_op *op = *at;

		if (op->phase >= REL_OP_SETTLED) {
			*at = op->next;
			return op;
		}
	}
	return NULL;
}

static int count_finished(const struct rel_local *local)
{
	int count = 0;

	for (const struct rel_op *op = local->ops; op; op = op->next)
		count += op->phase >= REL_OP_SETTLED;
	return count;
}

/* Only what is finished now: what a receiver asks for in answer to a report, and can
 * be refused at once, waits for the next turn of the loop. */
void rel_ops_deliver(struct rel_local *local)
{
	struct rel_op *op;

	for (int left = count_finished(local); left > 0 && !local->closing; left--) {
		op = take_finished(local);
		if (op == NULL)
			break;
		if (op->phase == REL_OP_SETTLED)
			report(local, op);
		op->next = local->spare;
		local->spare = op;
	}
	arm(local);
}

static void on_view_reply(void *ctx, unsigned index, const struct rel_reply *reply)
{
	struct rel_op *op = ctx;

	rel_query_reply(&op->query, index, reply);
}

static void on_view_done(void *ctx)
{
	struct rel_op *op = ctx;
	struct rel_local *local = op->local;
	enum rel_err err;

	rel_query_finish(&op->query);
	err = op->query.err;
	rel_text_copy(local->run_id, sizeof(local->run_id), op->query.info.view.run_id);
	settle(op, op->query.reach, err);
	/* On this connection the answer would stay the same for ever. */
	if (err == REL_ERR_UNAUTHORIZED) {
		rel_local_lost(local, err, "INFO: credentials refused");
		return;
	}
	if (op->reach != REL_REDIS_REFUSED)
		rel_local_proven(local);
	rel_ops_send(local);
	rel_ops_deliver(local);
}

static const struct rel_request_handler view_handler = {on_view_reply, on_view_done};

static bool send_view(struct rel_local *local, struct rel_op *op)
{
	if (rel_conn_waiting(local->conn) >= VIEWS_MAX)
		return false;
	rel_query_init(&op->query);
	if (!rel_conn_send(local->conn, &local->view_wire, local->view_replies, &view_handler, op))
		return false;
	op->phase = REL_OP_SENT;
	return true;
}

void rel_ops_first_view(struct rel_local *local)
{
	struct rel_op *op = add(local, 0, rel_ms(0));

	if (!send_view(local, op))
		op->phase = REL_OP_DROPPED;
}

void rel_ops_report_gone(struct rel_local *local)
{
	settle(add(local, 0, rel_ms(0)), REL_REDIS_GONE, REL_ERR_REFUSED);
}

void rel_ops_send(struct rel_local *local)
{
	for (struct rel_op *op = local->ops; op && local->ready; op = op->next) {
		if (op->phase == REL_OP_WAITING && !send_view(local, op))
			return;
	}
}

void rel_ops_lost(struct rel_local *local)
{
	for (struct rel_op *op = local->ops; op; op = op->next) {
		if (op->phase != REL_OP_SENT)
			continue;
		if (op->is_command)
			settle(op, REL_REDIS_UNSEEN, REL_ERR_CLOSED);
		else
			op->phase = op->op ? REL_OP_WAITING : REL_OP_DROPPED;
	}
}

void rel_ops_settle_waiting(struct rel_local *local, enum rel_redis_reach reach, enum rel_err err)
{
	for (struct rel_op *op = local->ops; op; op = op->next) {
		if (op->phase == REL_OP_WAITING)
			settle(op, reach, err);
	}
}

void rel_local_observe(struct rel_local *local, uint64_t id, struct rel_duration timeout)
{
	struct rel_op *op = add(local, id, timeout);

	if (local->ready)
		rel_ops_send(local);
	else if (!local->conn && local->standing != REL_STANDING_UNKNOWN)
		expire(local, op);
	arm(local);
}

static void on_order_reply(void *ctx, unsigned index, const struct rel_reply *reply)
{
	struct rel_op *op = ctx;

	rel_order_reply(&op->order, index, reply);
}

static void on_order_done(void *ctx)
{
	struct rel_op *op = ctx;
	struct rel_local *local = op->local;

	settle(op, REL_REDIS_UNSEEN, op->order.err);
	rel_ops_send(local);
	rel_ops_deliver(local);
}

static const struct rel_request_handler order_handler = {on_order_reply, on_order_done};

/* Who stood still for long has other things to do first than what was decided before. */
static bool is_late(const struct rel_redis_action *action)
{
	return rel_is_set(action->not_after) && rel_before(action->not_after, rel_loop_now());
}

static void send_order(struct rel_local *local, struct rel_op *op)
{
	unsigned replies;

	if (!local->ready || !local->run_id[0] || is_late(&op->order.action) ||
	    !rel_text_equal(local->run_id, op->order.action.run_id)) {
		settle(op, REL_REDIS_UNSEEN, REL_ERR_STALE);
		return;
	}
	rel_buf_clear(&local->wire);
	replies = rel_order_write(&op->order, &local->wire);
	if (replies == 0)
		settle(op, REL_REDIS_UNSEEN, REL_OK);
	else if (rel_conn_waiting(local->conn) == REL_CONN_REQUESTS)
		settle(op, REL_REDIS_UNSEEN, REL_ERR_THROTTLED);
	else if (!rel_conn_send(local->conn, &local->wire, replies, &order_handler, op))
		settle(op, REL_REDIS_UNSEEN, REL_ERR_CLOSED);
	else
		op->phase = REL_OP_SENT;
}

void rel_local_command(struct rel_local *local, uint64_t id, const struct rel_redis_action *action,
		       struct rel_duration timeout)
{
	struct rel_op *op = add(local, id, timeout);

	op->is_command = true;
	op->order.action = *action;
	op->order.ping_period = &local->ping_period;
	send_order(local, op);
	arm(local);
}
