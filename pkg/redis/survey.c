/* SPDX-License-Identifier: Apache-2.0 */
/* Rounds of questions. A round ends when every target was heard, or at its
 * deadline; whoever was not heard by then is SILENT. */
#include "survey_state.h"

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define WIRE_LIMIT 4096

static void settle(struct rel_ask *ask, enum rel_redis_reach reach)
{
	struct rel_round *round = ask->round;
	struct rel_survey_result *result = &round->survey.at[ask - round->asks];

	rel_assert(round->open > 0);
	result->reach = reach;
	if (ask->query.has_view)
		result->view = ask->query.info.view;
	ask->link = NULL;
	round->open--;
}

static void on_reply(void *ctx, unsigned index, const struct rel_reply *reply)
{
	struct rel_ask *ask = ctx;

	rel_query_reply(&ask->query, index, reply);
}

static struct rel_round *take_finished(struct rel_surveyor *surveyor)
{
	for (struct rel_round **at = &surveyor->rounds; *at; at = &(*at)->next) {
		struct rel_round *round = *at;

		if (round->open == 0) {
			*at = round->next;
			return round;
		}
	}
	return NULL;
}

static void arm(struct rel_surveyor *surveyor)
{
	struct rel_instant now = rel_loop_now();
	struct rel_instant at = rel_links_sweep(surveyor, now);

	for (const struct rel_round *round = surveyor->rounds; round; round = round->next)
		at = rel_earlier(at, round->open ? round->deadline : now);
	rel_timer_set(&surveyor->timer, at);
}

/* Only from callbacks of the loop; the owner may close the driver in it. */
static void deliver(struct rel_surveyor *surveyor)
{
	struct rel_round *round;

	while (!surveyor->closing && (round = take_finished(surveyor)) != NULL) {
		struct rel_event event = {
			.type = REL_EVENT_SURVEYED,
			.op = round->op,
			.survey = &round->survey,
		};

		surveyor->sink(surveyor->sink_ctx, &event);
		rel_free(round);
	}
	if (!surveyor->closing)
		arm(surveyor);
}

static void on_done(void *ctx)
{
	struct rel_ask *ask = ctx;
	struct rel_link *link = ask->link;

	rel_query_finish(&ask->query);
	settle(ask, ask->query.reach);
	link->answered = true;
	/* It would be refused for ever on this connection. */
	if (ask->query.err == REL_ERR_UNAUTHORIZED)
		rel_survey_link_lost(link, REL_ERR_UNAUTHORIZED);
	else
		deliver(link->surveyor);
}

static const struct rel_request_handler handler = {on_reply, on_done};

static void put(struct rel_ask *ask)
{
	const struct rel_surveyor *surveyor = ask->link->surveyor;

	rel_query_init(&ask->query);
	ask->sent = rel_conn_send(ask->link->conn, &surveyor->wire, surveyor->replies, &handler,
				  ask);
	ask->link->used_at = rel_loop_now();
}

void rel_survey_link_ready(struct rel_link *link)
{
	for (struct rel_round *round = link->surveyor->rounds; round; round = round->next) {
		for (int i = 0; i < round->survey.count; i++) {
			if (round->asks[i].link == link && !round->asks[i].sent)
				put(&round->asks[i]);
		}
	}
}

static enum rel_redis_reach reach_of(enum rel_err err)
{
	if (err == REL_ERR_REFUSED)
		return REL_REDIS_GONE;
	if (err == REL_ERR_UNAUTHORIZED || err == REL_ERR_FORBIDDEN || err == REL_ERR_TLS ||
	    err == REL_ERR_THROTTLED)
		return REL_REDIS_REFUSED;
	return REL_REDIS_SILENT;
}

/* A kept connection may have been cut for any reason, so its questions, which
 * change nothing, are asked once more on a new one. */
static bool ask_again(struct rel_ask *ask, bool worked)
{
	if (!worked || ask->again)
		return false;
	ask->again = true;
	ask->sent = false;
	return true;
}

void rel_survey_link_lost(struct rel_link *link, enum rel_err err)
{
	struct rel_surveyor *surveyor = link->surveyor;
	bool worked = link->answered, wanted = false, lost;

	rel_link_disconnect(link);
	for (struct rel_round *round = surveyor->rounds; round; round = round->next) {
		for (int i = 0; i < round->survey.count; i++) {
			struct rel_ask *ask = &round->asks[i];

			if (ask->link != link)
				continue;
			if (ask_again(ask, worked))
				wanted = true;
			else
				settle(ask, reach_of(err));
		}
	}
	lost = wanted && !rel_link_reopen(link);
	if (lost)
		rel_survey_link_lost(link, REL_ERR_TLS);
	else
		deliver(surveyor);
}

static void expire(struct rel_round *round)
{
	for (int i = 0; i < round->survey.count; i++) {
		struct rel_ask *ask = &round->asks[i];
		struct rel_link *link = ask->link;

		if (!link)
			continue;
		if (link->conn)
			rel_conn_forget(link->conn, ask);
		/* A dead connection would be silent for the next round too; one that is
		 * still being opened has its own time-out and may serve the next. */
		link->used_at = ask->sent ? REL_NEVER : rel_loop_now();
		settle(ask, REL_REDIS_SILENT);
	}
}

static void on_timer(void *ctx)
{
	struct rel_surveyor *surveyor = ctx;
	struct rel_instant now = rel_loop_now();

	for (struct rel_round *round = surveyor->rounds; round; round = round->next) {
		if (round->open && !rel_before(now, round->deadline))
			expire(round);
	}
	deliver(surveyor);
}

struct rel_surveyor *rel_surveyor_create(struct rel_loop *loop, struct rel_dialer *dialer,
					 rel_redis_sink sink, void *ctx)
{
	struct rel_surveyor *surveyor = rel_calloc(1, sizeof(*surveyor));

	surveyor->loop = loop;
	surveyor->dialer = dialer;
	surveyor->sink = sink;
	surveyor->sink_ctx = ctx;
	rel_buf_init(&surveyor->wire, WIRE_LIMIT);
	surveyor->replies = rel_query_write(&surveyor->wire);
	rel_timer_init(loop, &surveyor->timer, on_timer, surveyor);
	surveyor->handles = 1;
	return surveyor;
}

static void ask(struct rel_round *round, int index, struct rel_surveyor *surveyor,
		const struct rel_survey_target *target)
{
	struct rel_ask *a = &round->asks[index];
	enum rel_err err;

	a->round = round;
	round->survey.at[index].member = target->member;
	a->link = rel_link_find(surveyor, target->address, &err);
	if (!a->link)
		settle(a, reach_of(err));
	else if (a->link->ready)
		put(a);
}

void rel_surveyor_ask(struct rel_surveyor *surveyor, uint64_t op,
		      const struct rel_survey_action *targets, struct rel_duration timeout)
{
	struct rel_round *round = rel_calloc(1, sizeof(*round));
	uint8_t count = targets->count < REL_MEMBERS_MAX ? targets->count : REL_MEMBERS_MAX;

	round->op = op;
	round->deadline =
		timeout.ns > 0 ? rel_after(rel_loop_now(), timeout) : REL_FOREVER;
	round->survey.count = count;
	round->open = count;
	round->next = surveyor->rounds;
	surveyor->rounds = round;
	for (int i = 0; i < count; i++)
		ask(round, i, surveyor, &targets->at[i]);
	arm(surveyor);
}

void rel_survey_let_go(void *ctx)
{
	struct rel_surveyor *surveyor = ctx;
	void (*closed)(void *ctx) = surveyor->closed;
	void *closed_ctx = surveyor->closed_ctx;

	rel_assert(surveyor->handles > 0);
	if (--surveyor->handles > 0)
		return;
	rel_buf_finish(&surveyor->wire);
	rel_free(surveyor);
	closed(closed_ctx);
}

void rel_surveyor_close(struct rel_surveyor *surveyor, void (*closed)(void *ctx), void *ctx)
{
	surveyor->closing = true;
	surveyor->closed = closed;
	surveyor->closed_ctx = ctx;
	while (surveyor->rounds) {
		struct rel_round *round = surveyor->rounds;

		surveyor->rounds = round->next;
		rel_free(round);
	}
	rel_links_free(surveyor);
	rel_timer_close(&surveyor->timer, rel_survey_let_go);
}
