/* SPDX-License-Identifier: Apache-2.0 */
/* What a write says. Every content starts as a copy of the record it replaces, so
 * whatever we do not mean to change stays. */
#include "lease.h"

#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

static void previous_leader(const struct rel_record *before, char name[REL_NAME_SIZE])
{
	struct rel_member holder = rel_record_holder(before);

	if (rel_member_is_set(&holder))
		rel_text_copy(name, REL_NAME_SIZE, holder.name);
	else if (before->holder[0] != '\0')
		rel_text_copy(name, REL_NAME_SIZE, before->holder);
	else if (before->history_count > 0)
		rel_text_copy(name, REL_NAME_SIZE, before->history[0].to);
	else
		name[0] = '\0';
}

static void remember(const struct rel_lease *lease, const struct rel_event *event,
		     const struct rel_wish *wish, struct rel_record *content)
{
	struct rel_transition transition = {
		.at = event->wall,
		.epoch = content->epoch,
		.from_offset = wish->from_offset,
		.to_offset = wish->to_offset,
	};
	struct rel_member to = rel_record_holder(content);

	previous_leader(&lease->seen, transition.from);
	rel_text_copy(transition.to, sizeof(transition.to), to.name);
	rel_text_copy(transition.reason, sizeof(transition.reason), wish->reason);
	rel_record_remember(content, &transition);
	if (content->transitions < INT32_MAX)
		content->transitions++; /* the API refuses a negative one */
}

/* Protocol, "Epochs": greater than the greatest seen anywhere; where the record has
 * no valid stamp our memory may be too short, so at least the wall clock. Only who
 * forges a stamp gets to the last epoch; then it stays: nobody could read a greater. */
static uint64_t next_epoch(const struct rel_lease *lease, const struct rel_event *event)
{
	uint64_t epoch = lease->greatest_epoch + 1;
	uint64_t floor = (uint64_t)(event->wall.us > 0 ? event->wall.us / 1000000 : 0);
	bool stamped = lease->kind == REL_RECORD_HELD || lease->kind == REL_RECORD_RELEASED;

	if (epoch >= REL_EPOCH_LIMIT)
		return REL_EPOCH_LIMIT - 1;
	return !stamped && epoch < floor ? floor : epoch;
}

static void hold_by_self(const struct rel_lease *lease, struct rel_record *content)
{
	rel_text_copy(content->holder, sizeof(content->holder), lease->identity);
	content->duration_ms = rel_to_ms(lease->config.lease_duration);
	content->duration_s = (int32_t)rel_record_seconds(content->duration_ms);
	content->resumed = false; /* under a stamp, what is not paused is not */
	rel_text_copy(content->address, sizeof(content->address), lease->config.address);
}

/* Where there are too many, who was listed comes first. Terminating pods matter only
 * while they are listed: they may still lead. */
static void list_pods(const struct rel_lease *lease, struct rel_record *content)
{
	struct rel_member_list before = content->members;

	content->members.count = 0;
	rel_members_add(&content->members, &lease->config.self);
	for (int i = 0; i < before.count; i++)
		if (rel_pods_find(&lease->pods, &before.at[i]) >= 0)
			rel_members_add(&content->members, &before.at[i]);
	for (int i = 0; i < lease->pods.count; i++)
		if (!lease->pods.at[i].terminating)
			rel_members_add(&content->members, &lease->pods.at[i].member);
}

/* Protocol, "Members": the taker of a record without a list writes all pods of the set,
 * an unlisted taker itself alone, any other keeps the list. */
static void list_at_takeover(const struct rel_lease *lease, struct rel_record *content)
{
	bool listed = rel_lease_listed(lease);

	if (!rel_lease_has_list(lease))
		list_pods(lease, content);
	else if (!listed)
		content->members.count = 0;
	rel_members_add(&content->members, &lease->config.self);
}

/* A request is for the leader of the epoch under which it was made. */
static void overtake_request(const struct rel_lease *lease, struct rel_record *content)
{
	struct rel_member holder = rel_record_holder(content);
	bool another = !rel_text_equal(content->holder, lease->seen.holder);

	if (content->switchover.id == 0)
		return;
	rel_request_overtaken(&content->switchover, holder.name, another, &content->outcome);
	content->switchover = (struct rel_request){0};
}

static void acquire(struct rel_lease *lease, const struct rel_event *event,
		    const struct rel_wish *wish, struct rel_record *content)
{
	bool ours = lease->kind == REL_RECORD_HELD && rel_lease_is_self(lease, &lease->seen);
	bool fresh = wish->kind == REL_WISH_RETAKE || lease->greatest_epoch > lease->seen.epoch;

	list_at_takeover(lease, content);
	hold_by_self(lease, content);
	if (ours && !fresh)
		return; /* named by our predecessor, or by our own former life */
	content->epoch = next_epoch(lease, event);
	content->run_id[0] = '\0';
	content->acquired = event->wall;
	overtake_request(lease, content);
	if (wish->line.replid[0] != '\0' &&
	    !rel_text_equal(wish->line.replid, content->line.replid)) {
		content->line = wish->line;
		content->line_epoch = wish->line_epoch;
	}
	remember(lease, event, wish, content);
}

/* A healthy set whose Lease was deleted or wiped: the claim was never interrupted,
 * so the epoch stays, and what was promoted under it. */
static void reclaim(const struct rel_lease *lease, const struct rel_wish *wish,
		    struct rel_record *content)
{
	hold_by_self(lease, content);
	rel_members_add(&content->members, &lease->config.self);
	content->epoch = lease->claim_epoch;
	if (wish->publish)
		rel_text_copy(content->run_id, sizeof(content->run_id), wish->run_id);
}

/* One change of the list in a write: pods that came first, then pods that went. */
static void change_list(const struct rel_lease *lease, struct rel_record *content)
{
	for (int i = 0; i < lease->pods.count; i++)
		if (!lease->pods.at[i].terminating &&
		    rel_members_add(&content->members, &lease->pods.at[i].member))
			return;
	for (int i = 0; i < content->members.count; i++) {
		if (rel_member_equal(&content->members.at[i], &lease->config.self))
			continue;
		if (rel_pods_find(&lease->pods, &content->members.at[i]) < 0) {
			rel_members_remove(&content->members, i);
			return;
		}
	}
}

static void publish(const struct rel_lease *lease, const struct rel_wish *wish,
		    struct rel_record *content)
{
	if (wish->publish) {
		rel_text_copy(content->run_id, sizeof(content->run_id), wish->run_id);
		content->line = wish->line;
		content->line_epoch = lease->claim_epoch;
	}
	if (wish->set_paused)
		content->paused = wish->paused;
}

static void publish_outcome(const struct rel_wish *wish, struct rel_record *content)
{
	if (!wish->clear_request)
		return;
	if (content->switchover.id == wish->outcome.id)
		content->switchover = (struct rel_request){0};
	content->outcome = wish->outcome;
}

static void hand_over(const struct rel_lease *lease, const struct rel_event *event,
		      const struct rel_wish *wish, struct rel_record *content)
{
	char identity[REL_IDENTITY_SIZE];

	rel_member_identity(&wish->successor, identity);
	rel_text_copy(content->holder, sizeof(content->holder), identity);
	rel_text_copy(content->address, sizeof(content->address), wish->successor_address);
	if (rel_member_is_set(&wish->successor)) {
		content->epoch = next_epoch(lease, event);
		content->acquired = event->wall;
	}
	publish(lease, wish, content);
	publish_outcome(wish, content);
	content->run_id[0] = '\0'; /* nothing was promoted under this epoch yet */
	if (!rel_member_is_set(&wish->successor))
		return;
	overtake_request(lease, content);
	remember(lease, event, wish, content);
}

void rel_lease_content(struct rel_lease *lease, enum rel_write_kind kind,
		       const struct rel_event *event, const struct rel_wish *wish)
{
	struct rel_record *content = &lease->pending.content;
	bool reclaiming = rel_lease_holds(lease, event->now) && lease->kind != REL_RECORD_HELD;

	*content = lease->seen;
	content->renewed = event->wall;
	switch (kind) {
	case REL_WRITE_NONE:
		rel_unreachable("a write has a kind");
	case REL_WRITE_RENEW:
	case REL_WRITE_LIST:
		if (reclaiming)
			reclaim(lease, wish, content);
		else
			hold_by_self(lease, content);
		if (kind == REL_WRITE_LIST)
			change_list(lease, content);
		publish(lease, wish, content);
		if (wish->kind != REL_WISH_HAND_OVER) /* else it was not done yet */
			publish_outcome(wish, content);
		break;
	case REL_WRITE_ACQUIRE:
		acquire(lease, event, wish, content);
		break;
	case REL_WRITE_HAND_OVER:
		hand_over(lease, event, wish, content);
		break;
	}
	rel_record_stamp(content);
}
