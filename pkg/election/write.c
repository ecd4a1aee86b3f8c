/* SPDX-License-Identifier: Apache-2.0 */
/* Writes and what resolves them. docs/protocol.md, "Unanswered writes": a write is
 * resolved by its answer, or by seeing a version later than the one it expects.
 * Until then it may only be repeated: same expected version, same content, with a
 * new mark and a new send time for each attempt. */
#include "lease.h"

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

uint64_t rel_lease_op(struct rel_lease *lease)
{
	return (UINT64_C(1) << 63) | ++lease->ops;
}

/* Protocol, "Watches": a Retry-After is honoured, but one server that ends, and asks
 * for five seconds, must not depose the holder, nor one that asks for half a minute make
 * the others deaf for longer than a takeover takes. */
static int64_t retry_after_ms(const struct rel_lease *lease, const struct rel_event *event)
{
	bool named = lease->kind == REL_RECORD_HELD && rel_lease_is_self(lease, &lease->seen);
	int64_t most = named || rel_lease_holds(lease, event->now)
			       ? rel_to_ms(lease->config.renew_interval) / 2
			       : rel_to_ms(lease->config.lease_duration);
	int64_t ms = rel_to_ms(event->retry_after);

	return ms > most ? most : ms;
}

void rel_lease_back_off(const struct rel_lease *lease, struct rel_backoff *backoff,
			const struct rel_event *event)
{
	int64_t at_least = retry_after_ms(lease, event);
	int64_t ms = backoff->failures >= 2 ? 1000 : 250 << backoff->failures;

	if (backoff->failures < 2)
		backoff->failures++;
	backoff->until = rel_after(event->now, rel_ms(ms < at_least ? at_least : ms));
}

void rel_backoff_clear(struct rel_backoff *backoff)
{
	*backoff = (struct rel_backoff){0};
}

static const struct rel_attempt *attempt_at(const struct rel_pending *pending, uint32_t i)
{
	return &pending->attempts[i % REL_ATTEMPTS_MAX];
}

static uint32_t first_kept(const struct rel_pending *pending)
{
	return pending->count > REL_ATTEMPTS_MAX ? pending->count - REL_ATTEMPTS_MAX : 0;
}

static const struct rel_attempt *find_attempt(const struct rel_pending *pending, uint64_t op,
					      uint64_t mark)
{
	for (uint32_t i = first_kept(pending); i < pending->count; i++) {
		const struct rel_attempt *attempt = attempt_at(pending, i);
		if ((op != 0 && attempt->op == op) || (mark != 0 && attempt->mark == mark))
			return attempt;
	}
	return NULL;
}

/* The claim after a write that is known to have been committed: from before it was
 * sent, shortened by the clock's error and by the time a fence takes. */
static void committed(struct rel_lease *lease, struct rel_instant sent)
{
	const struct rel_record *content = &lease->pending.content;
	struct rel_duration d = rel_lease_narrow(lease, rel_ms(content->duration_ms));
	struct rel_instant until;

	d.ns -= lease->config.fence_budget.ns;
	until = rel_after(sent, d);
	if (content->epoch != lease->claim_epoch || rel_before(lease->claim_until, until))
		lease->claim_until = until;
	lease->claim_epoch = content->epoch;
	lease->last_success = rel_later(lease->last_success, sent);
}

static void resolved(struct rel_lease *lease)
{
	lease->pending = (struct rel_pending){.kind = REL_WRITE_NONE};
}

static void settle(struct rel_lease *lease, const struct rel_attempt *attempt)
{
	if (lease->pending.kind == REL_WRITE_HAND_OVER)
		lease->claim_until = REL_NEVER;
	else
		committed(lease, attempt->sent);
	if (lease->pending.rewrites)
		lease->rewrite_after = rel_after(attempt->sent, lease->config.renew_interval);
	resolved(lease);
	rel_backoff_clear(&lease->write_backoff);
}

/* Only a version that came between tells that the write can never be committed: a wish
 * that was left beside the record to which the write was to be the next. A vanished, a
 * wiped or a saved record does not tell whether it was committed before. */
static bool was_never_done(const struct rel_lease *lease)
{
	const struct rel_pending *pending = &lease->pending;

	return lease->seen.version.index > pending->content.version.index &&
	       lease->seen.mark == pending->base_mark;
}

/* Something later than the expected version was seen, or the object is gone. */
void rel_lease_resolve_by(struct rel_lease *lease)
{
	struct rel_pending *pending = &lease->pending;
	const struct rel_record *seen = &lease->seen;
	const struct rel_version *expected = &pending->content.version;
	bool same_object = lease->kind != REL_RECORD_MISSING &&
			   rel_text_equal(seen->version.uid, expected->uid);
	bool stamped = lease->kind == REL_RECORD_HELD || lease->kind == REL_RECORD_RELEASED;
	const struct rel_attempt *found;

	if (pending->kind == REL_WRITE_NONE ||
	    (same_object && seen->version.index == expected->index))
		return;
	found = same_object && stamped ? find_attempt(pending, 0, seen->mark) : NULL;
	if (found != NULL) {
		settle(lease, found);
		return;
	}
	/* A plain renewal may be dropped; after anything else the claim is over. */
	if (pending->kind != REL_WRITE_RENEW && !(same_object && stamped && was_never_done(lease)))
		lease->claim_until = REL_NEVER;
	resolved(lease);
	rel_backoff_clear(&lease->write_backoff);
	lease->next_renewal = REL_NEVER;
}

static bool maybe_done(enum rel_err err)
{
	switch (rel_err_class(err)) {
	case REL_CLASS_OK:
	case REL_CLASS_TRANSIENT:
	case REL_CLASS_TIMEOUT:
	/* An answer of "conflict" may be that of a repeated request whose first copy was
	 * carried out: the read that follows tells by the mark. */
	case REL_CLASS_CONFLICT:
		return true;
	case REL_CLASS_DENIED:
	case REL_CLASS_MISSING:
	case REL_CLASS_INVALID:
		return false;
	}
	return true;
}

static void attempt_failed(struct rel_lease *lease, const struct rel_event *event)
{
	struct rel_pending *pending = &lease->pending;
	enum rel_err_class class = rel_err_class(event->err);

	pending->ambiguous |= maybe_done(event->err);
	if (class == REL_CLASS_CONFLICT || class == REL_CLASS_MISSING)
		lease->read_wanted = true;
	rel_lease_back_off(lease, &lease->write_backoff, event);
	if (!pending->ambiguous) {
		resolved(lease);
		lease->next_renewal = REL_NEVER; /* certainly not done: due, after the pause */
	}
}

static void pending_answered(struct rel_lease *lease, const struct rel_event *event)
{
	struct rel_pending *pending = &lease->pending;
	const struct rel_attempt *attempt = find_attempt(pending, event->op, 0);

	if (attempt == NULL)
		return;
	if (event->op == attempt_at(pending, pending->count - 1)->op)
		pending->in_flight = false;
	if (event->err != REL_OK) {
		attempt_failed(lease, event);
		return;
	}
	settle(lease, attempt);
}

void rel_lease_written(struct rel_lease *lease, const struct rel_event *event)
{
	if (event->op == lease->create_op || event->op == lease->request_op) {
		if (event->op == lease->create_op)
			lease->create_op = 0;
		else
			lease->request_op = 0;
		lease->read_wanted = true;
		if (event->err != REL_OK)
			rel_lease_back_off(lease, &lease->write_backoff, event);
	} else if (lease->pending.kind != REL_WRITE_NONE) {
		pending_answered(lease, event);
	}
	if (event->err == REL_OK)
		rel_lease_observe(lease, event->record, false, event->now);
	else if (event->err != REL_ERR_TIMEOUT)
		lease->last_contact = event->now;
}

/* Sends the pending content (again): new mark, new send time. */
static void send_attempt(struct rel_lease *lease, const struct rel_event *event,
			 struct rel_actions *actions)
{
	struct rel_pending *pending = &lease->pending;
	struct rel_attempt *attempt = &pending->attempts[pending->count % REL_ATTEMPTS_MAX];
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_REGISTER_WRITE);

	attempt->op = rel_lease_op(lease);
	attempt->mark = event->entropy | 1;
	attempt->sent = event->now;
	pending->count++;
	pending->in_flight = true;
	pending->content.mark = attempt->mark;
	action->op = attempt->op;
	action->timeout = lease->config.request_timeout;
	action->expected = pending->content.version;
	action->record = &pending->content;
	lease->next_renewal = rel_after(event->now, lease->config.renew_interval);
}

/* A claim that stands, and a record that is not ours any more. */
static bool reclaims(const struct rel_lease *lease)
{
	return lease->kind == REL_RECORD_VACANT || lease->kind == REL_RECORD_FOREIGN;
}

static void begin(struct rel_lease *lease, enum rel_write_kind kind, const struct rel_event *event,
		  const struct rel_wish *wish, struct rel_actions *actions)
{
	rel_assert(lease->pending.kind == REL_WRITE_NONE);
	lease->pending.kind = kind;
	lease->pending.base_mark = lease->seen.mark;
	lease->pending.rewrites = kind == REL_WRITE_RENEW && reclaims(lease);
	rel_lease_content(lease, kind, event, wish);
	send_attempt(lease, event, actions);
}

/* Only a listed pod may acquire, so a new pod is listed at once, not at the next
 * renewal; a member is removed only when its pod object is gone. */
static bool list_differs(const struct rel_lease *lease)
{
	const struct rel_member_list *list = &lease->seen.members;

	if (!lease->pods_known)
		return false;
	for (int i = 0; i < lease->pods.count; i++)
		if (!lease->pods.at[i].terminating && list->count < REL_MEMBERS_MAX &&
		    rel_members_find(list, &lease->pods.at[i].member) < 0)
			return true;
	for (int i = 0; i < list->count; i++)
		if (!rel_member_equal(&list->at[i], &lease->config.self) &&
		    rel_pods_find(&lease->pods, &list->at[i]) < 0)
			return true;
	return false;
}

/* A leader gets a new replid not only at its promotion: Redis makes another one when
 * the first replica attaches to a leader that had none. */
static bool news_of_line(const struct rel_lease *lease, const struct rel_wish *wish)
{
	return wish->publish && (!rel_text_equal(wish->run_id, lease->seen.run_id) ||
				 !rel_text_equal(wish->line.replid, lease->seen.line.replid) ||
				 !rel_text_equal(wish->line.replid2, lease->seen.line.replid2));
}

static bool news_to_publish(const struct rel_lease *lease, const struct rel_wish *wish)
{
	return news_of_line(lease, wish) ||
	       (wish->set_paused && wish->paused != lease->seen.paused) ||
	       (wish->clear_request && wish->outcome.id != lease->seen.outcome.id);
}

/* What a holder writes now, if anything. */
static enum rel_write_kind holder_writes(const struct rel_lease *lease, const struct rel_wish *wish,
					 struct rel_instant now)
{
	bool reclaim = reclaims(lease);

	/* At once, but no race with somebody who undoes it each time. */
	if (reclaim && rel_before(now, lease->rewrite_after))
		return REL_WRITE_NONE;
	switch (wish->kind) {
	case REL_WISH_ABSTAIN:
		return REL_WRITE_NONE;
	case REL_WISH_HAND_OVER:
		return reclaim ? REL_WRITE_RENEW : REL_WRITE_HAND_OVER;
	case REL_WISH_RETAKE:
		return reclaim ? REL_WRITE_RENEW : REL_WRITE_ACQUIRE;
	case REL_WISH_HOLD:
	case REL_WISH_CAMPAIGN:
		break;
	}
	/* A greater epoch was seen, or the record is an older one of ours. */
	if ((lease->greatest_epoch > lease->claim_epoch ||
	     lease->seen.epoch < lease->claim_epoch) &&
	    !reclaim)
		return REL_WRITE_ACQUIRE;
	if (!reclaim && list_differs(lease))
		return REL_WRITE_LIST;
	if (reclaim || news_to_publish(lease, wish) || !rel_before(now, lease->next_renewal))
		return REL_WRITE_RENEW;
	return REL_WRITE_NONE;
}

static void create(struct rel_lease *lease, struct rel_actions *actions)
{
	struct rel_action *action;

	if (!lease->config.create || lease->create_op != 0)
		return;
	action = rel_actions_add(actions, REL_ACTION_REGISTER_CREATE);
	action->op = lease->create_op = rel_lease_op(lease);
	action->timeout = lease->config.request_timeout;
}

/* The leader who is asked still leads, and was not asked yet, by nobody. */
static bool may_ask(const struct rel_lease *lease, const struct rel_request *request)
{
	return request->id != 0 && lease->seen.switchover.id == 0 &&
	       request->id != lease->seen.outcome.id && lease->kind == REL_RECORD_HELD &&
	       request->epoch == lease->seen.epoch;
}

/* An operator's request that reached a member without a claim travels through the
 * record. It keeps holder, epoch and mark, so it is nobody's renewal; nor does it make
 * a stranger's edit right, so it is the record as it was read. Not after a silence: a
 * store that was set back gives out the same version again, for another record. */
static void write_request(struct rel_lease *lease, const struct rel_event *event,
			  const struct rel_wish *wish, struct rel_actions *actions)
{
	bool paused = wish->set_paused ? wish->paused : lease->seen.paused;
	bool pause = paused != (wish->set_paused ? lease->seen.paused : lease->as_read.paused);
	bool ask = may_ask(lease, &wish->request);
	struct rel_action *action;

	if ((!pause && !ask) || lease->request_op != 0 || !rel_lease_is_fresh(lease, event->now))
		return;
	lease->scratch = lease->as_read;
	if (pause) {
		lease->scratch.paused = paused;
		lease->scratch.resumed = !paused && lease->scratch.stamp[0] == '\0';
	}
	if (ask)
		lease->scratch.switchover = wish->request;
	action = rel_actions_add(actions, REL_ACTION_REGISTER_WRITE);
	action->op = lease->request_op = rel_lease_op(lease);
	action->timeout = lease->config.request_timeout;
	action->expected = lease->seen.version;
	action->record = &lease->scratch;
}

static void member_writes(struct rel_lease *lease, const struct rel_event *event,
			  const struct rel_wish *wish, struct rel_actions *actions)
{
	bool may = !rel_before(event->now, lease->may_acquire_at) &&
		   !rel_before(event->now, wish->not_before);

	if (wish->kind == REL_WISH_CAMPAIGN && may)
		begin(lease, REL_WRITE_ACQUIRE, event, wish, actions);
	else
		write_request(lease, event, wish, actions);
}

/* May the unresolved write be repeated now? One that would give us the lease only
 * while we still want to lead; what was sent may win at any time all the same. */
static bool may_repeat(const struct rel_lease *lease, const struct rel_wish *wish)
{
	return lease->pending.kind == REL_WRITE_HAND_OVER || wish->kind != REL_WISH_ABSTAIN;
}

void rel_lease_write(struct rel_lease *lease, const struct rel_event *event,
		     const struct rel_wish *wish, struct rel_actions *actions)
{
	enum rel_write_kind kind;

	if (lease->pending.in_flight || !lease->read_once ||
	    rel_before(event->now, lease->write_backoff.until))
		return;
	if (lease->pending.kind != REL_WRITE_NONE) {
		if (may_repeat(lease, wish))
			send_attempt(lease, event, actions);
		return;
	}
	if (lease->kind == REL_RECORD_MISSING) {
		create(lease, actions);
		return;
	}
	if (!rel_lease_holds(lease, event->now)) {
		member_writes(lease, event, wish, actions);
		return;
	}
	kind = holder_writes(lease, wish, event->now);
	if (kind != REL_WRITE_NONE)
		begin(lease, kind, event, wish, actions);
}
