/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to the local Redis. A good one that ended is replaced at once:
 * whether that connect is refused tells a dead Redis from a cut connection within
 * a millisecond. After that it is tried every 50 ms growing to 250, for ever. */
#include "local_state.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define BACKOFF_FIRST_MS 50
#define BACKOFF_MAX_MS 250
#define GONE_EVERY_MS 250

static void let_go(void *ctx)
{
	struct rel_local *local = ctx;
	void (*closed)(void *ctx) = local->closed;
	void *closed_ctx = local->closed_ctx;

	rel_assert(local->open > 0);
	if (--local->open > 0)
		return;
	rel_ops_free(local);
	rel_free(local);
	closed(closed_ctx);
}

static void drop_connection(struct rel_local *local)
{
	if (local->conn) {
		local->open++;
		rel_conn_close(local->conn, let_go, local);
	}
	local->conn = NULL;
	local->ready = false;
	local->proven = false;
	local->run_id[0] = '\0';
}

static void log_cause(struct rel_local *local, const char *cause)
{
	if (rel_text_equal(local->cause, cause))
		return;
	rel_text_copy(local->cause, sizeof(local->cause), cause);
	if (cause[0])
		rel_log(REL_LOG_WARN, "redis connection", "cause", cause, NULL);
}

static void on_ready(void *ctx)
{
	struct rel_local *local = ctx;

	local->ready = true;
	rel_ops_first_view(local);
	rel_ops_send(local);
	rel_ops_deliver(local);
}

static void on_ended(void *ctx, enum rel_err err)
{
	struct rel_local *local = ctx;

	rel_local_lost(local, err, rel_conn_error(local->conn));
}

static void on_room(void *ctx)
{
	rel_ops_send(ctx);
}

static const struct rel_conn_handler conn_handler = {on_ready, on_ended, on_room};

static void back_off(struct rel_local *local)
{
	local->backoff_ms = local->backoff_ms ? local->backoff_ms * 2 : BACKOFF_FIRST_MS;
	if (local->backoff_ms > BACKOFF_MAX_MS)
		local->backoff_ms = BACKOFF_MAX_MS;
	rel_timer_set(&local->redial, rel_after(rel_loop_now(), rel_ms(local->backoff_ms)));
}

static bool is_denial(enum rel_err err)
{
	return err == REL_ERR_UNAUTHORIZED || err == REL_ERR_FORBIDDEN || err == REL_ERR_TLS ||
	       err == REL_ERR_THROTTLED;
}

static void refused(struct rel_local *local)
{
	struct rel_instant now = rel_loop_now();
	struct rel_instant next = rel_after(local->gone_at, rel_ms(GONE_EVERY_MS));

	local->standing = REL_STANDING_REFUSED;
	if (!rel_is_set(local->gone_at) || !rel_before(now, next)) {
		local->gone_at = now;
		rel_ops_report_gone(local);
	}
	rel_ops_settle_waiting(local, REL_REDIS_GONE, REL_ERR_REFUSED);
}

/* No connection came about. */
static void failed(struct rel_local *local, enum rel_err err)
{
	if (err == REL_ERR_REFUSED) {
		refused(local);
	} else if (is_denial(err)) {
		local->standing = REL_STANDING_DENIED;
		local->denied_err = err;
		rel_ops_settle_waiting(local, REL_REDIS_REFUSED, err);
	} else {
		local->standing = REL_STANDING_UNKNOWN;
	}
	back_off(local);
}

static void dial(struct rel_local *local)
{
	local->conn = rel_dial(local->options.dialer, local->options.host, local->options.port,
			       &conn_handler, local);
	if (!local->conn)
		failed(local, REL_ERR_TLS);
}

static void on_redial(void *ctx)
{
	struct rel_local *local = ctx;

	dial(local);
	rel_ops_deliver(local);
}

void rel_local_proven(struct rel_local *local)
{
	if (local->proven)
		return;
	local->proven = true;
	local->standing = REL_STANDING_UNKNOWN;
	local->backoff_ms = 0;
	local->gone_at = REL_NEVER;
	log_cause(local, "");
}

void rel_local_lost(struct rel_local *local, enum rel_err err, const char *cause)
{
	bool was_good = local->proven;

	log_cause(local, cause);
	drop_connection(local);
	rel_ops_lost(local);
	if (was_good)
		dial(local);
	else
		failed(local, err);
	rel_ops_deliver(local);
}

struct rel_local *rel_local_create(struct rel_loop *loop, const struct rel_local_options *options)
{
	struct rel_local *local = rel_calloc(1, sizeof(*local));

	local->loop = loop;
	local->options = *options;
	rel_ops_init(local);
	rel_timer_init(loop, &local->redial, on_redial, local);
	local->open = 2; /* the timers */
	rel_timer_set(&local->redial, rel_loop_now());
	return local;
}

void rel_local_close(struct rel_local *local, void (*closed)(void *ctx), void *ctx)
{
	local->closing = true;
	local->closed = closed;
	local->closed_ctx = ctx;
	drop_connection(local);
	rel_timer_close(&local->redial, let_go);
	rel_timer_close(&local->expiry, let_go);
}
