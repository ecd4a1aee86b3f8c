/* SPDX-License-Identifier: Apache-2.0 */
#include "commands.h"

#include <inttypes.h>
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "wire.h"

/* repl-ping-replica-period of a Redis that does not let us read it. */
#define DEFAULT_PING_PERIOD "10"

struct row {
	const char *name;
	unsigned (*write)(struct rel_order *order, struct rel_buf *wire);
	enum rel_err (*check)(struct rel_order *order, unsigned index,
			      const struct rel_reply *reply);
};

static void add_setting(struct rel_buf *wire, const char *name, const char *value)
{
	rel_wire_add(wire, (const char *[]){"CONFIG", "SET", name, value, NULL});
}

static void number_text(int64_t number, char *text, size_t size)
{
	rel_text_format(text, size, "%" PRId64, number);
}

static unsigned write_latch(struct rel_order *order, struct rel_buf *wire)
{
	char value[24];

	(void)order;
	number_text(REL_LATCH_VALUE, value, sizeof(value));
	add_setting(wire, "min-replicas-to-write", value);
	return 1;
}

static unsigned write_unlatch(struct rel_order *order, struct rel_buf *wire)
{
	char value[24];

	number_text(order->action.number, value, sizeof(value));
	add_setting(wire, "min-replicas-to-write", value);
	return 1;
}

static unsigned write_promote(struct rel_order *order, struct rel_buf *wire)
{
	(void)order;
	rel_wire_add(wire, (const char *[]){"REPLICAOF", "NO", "ONE", NULL});
	return 1;
}

/* SKIPME spares this connection only: other connections of agents to this Redis
 * are cut too and simply come back. */
static unsigned add_kills(struct rel_buf *wire)
{
	static const char *const types[] = {"normal", "pubsub"};

	for (size_t i = 0; i < 2; i++)
		rel_wire_add(wire, (const char *[]){"CLIENT", "KILL", "TYPE", types[i], "SKIPME",
						    "yes", NULL});
	return 2;
}

static unsigned write_follow(struct rel_order *order, struct rel_buf *wire)
{
	char port[8];
	unsigned kills;

	rel_text_format(port, sizeof(port), "%u", order->action.port);
	rel_wire_add(wire, (const char *[]){"MULTI", NULL});
	rel_wire_add(wire, (const char *[]){"REPLICAOF", order->action.host, port, NULL});
	kills = add_kills(wire);
	rel_wire_add(wire, (const char *[]){"EXEC", NULL});
	return 3 + kills;
}

static unsigned write_kill(struct rel_order *order, struct rel_buf *wire)
{
	(void)order;
	return add_kills(wire);
}

static unsigned write_pause(struct rel_order *order, struct rel_buf *wire)
{
	char ms[24];

	number_text(order->action.number, ms, sizeof(ms));
	rel_wire_add(wire, (const char *[]){"CLIENT", "PAUSE", ms, "WRITE", NULL});
	return 1;
}

static unsigned write_unpause(struct rel_order *order, struct rel_buf *wire)
{
	(void)order;
	rel_wire_add(wire, (const char *[]){"CLIENT", "UNPAUSE", NULL});
	return 1;
}

static bool remembers(const struct rel_order *order)
{
	const struct rel_ping_period *period = order->ping_period;

	return period->seconds[0] && rel_text_equal(period->run_id, order->action.run_id);
}

static unsigned write_ping_period(struct rel_order *order, struct rel_buf *wire)
{
	static const char name[] = "repl-ping-replica-period";
	char value[24];

	if (order->action.number == 0) {
		if (!remembers(order))
			return 0;
		add_setting(wire, name, order->ping_period->seconds);
		return 1;
	}
	number_text(order->action.number, value, sizeof(value));
	rel_wire_add(wire, (const char *[]){"CONFIG", "GET", name, NULL});
	add_setting(wire, name, value);
	return 2;
}

static enum rel_err check_done(struct rel_order *order, unsigned index,
			       const struct rel_reply *reply)
{
	(void)order;
	(void)index;
	if (reply->type == REL_REPLY_ERROR)
		return rel_reply_err(reply);
	if (reply->type == REL_REPLY_STATUS || reply->type == REL_REPLY_INTEGER)
		return REL_OK;
	return REL_ERR_GARBLED;
}

/* MULTI and three QUEUED, then what EXEC says about each. */
static enum rel_err check_follow(struct rel_order *order, unsigned index,
				 const struct rel_reply *reply)
{
	enum rel_err err = REL_OK;

	if (index < 4 || reply->type == REL_REPLY_ERROR)
		return check_done(order, index, reply);
	if (reply->type != REL_REPLY_ARRAY || reply->count != 3)
		return REL_ERR_GARBLED;
	for (size_t i = 0; i < reply->count && err == REL_OK; i++)
		err = check_done(order, index, &reply->at[i]);
	return err;
}

/* A second raise must not remember the first. */
static void remember(struct rel_order *order, const struct rel_reply *reply)
{
	struct rel_ping_period *period = order->ping_period;
	const char *text = DEFAULT_PING_PERIOD;
	size_t size = strlen(text);
	char raised[24];

	if (remembers(order))
		return;
	if (reply->type == REL_REPLY_ARRAY && reply->count == 2 &&
	    reply->at[1].type == REL_REPLY_TEXT && reply->at[1].size > 0) {
		text = reply->at[1].text;
		size = reply->at[1].size;
	}
	rel_text_copy_n(period->seconds, sizeof(period->seconds), text, size);
	number_text(order->action.number, raised, sizeof(raised));
	if (rel_text_equal(period->seconds, raised)) /* left by a life that ended too early */
		rel_text_copy(period->seconds, sizeof(period->seconds), DEFAULT_PING_PERIOD);
	rel_text_copy(period->run_id, sizeof(period->run_id), order->action.run_id);
}

static enum rel_err check_ping_period(struct rel_order *order, unsigned index,
				      const struct rel_reply *reply)
{
	enum rel_err err;

	if (order->action.number != 0 && index == 0) {
		remember(order, reply);
		return REL_OK;
	}
	err = check_done(order, index, reply);
	if (order->action.number == 0 && err == REL_OK)
		order->ping_period->seconds[0] = '\0';
	return err;
}

/* In the order of enum rel_redis_command. */
static const struct row rows[] = {
	[REL_REDIS_LATCH] = {"latch", write_latch, check_done},
	[REL_REDIS_UNLATCH] = {"unlatch", write_unlatch, check_done},
	[REL_REDIS_PROMOTE] = {"promote", write_promote, check_done},
	[REL_REDIS_FOLLOW] = {"follow", write_follow, check_follow},
	[REL_REDIS_KILL] = {"kill", write_kill, check_done},
	[REL_REDIS_PAUSE] = {"pause", write_pause, check_done},
	[REL_REDIS_UNPAUSE] = {"unpause", write_unpause, check_done},
	[REL_REDIS_PING_PERIOD] = {"ping-period", write_ping_period, check_ping_period},
};

unsigned rel_order_write(struct rel_order *order, struct rel_buf *wire)
{
	order->err = REL_OK;
	return rows[order->action.command].write(order, wire);
}

void rel_order_reply(struct rel_order *order, unsigned index, const struct rel_reply *reply)
{
	enum rel_err err = rows[order->action.command].check(order, index, reply);

	if (order->err == REL_OK)
		order->err = err;
}

const char *rel_order_name(enum rel_redis_command command)
{
	return rows[command].name;
}
