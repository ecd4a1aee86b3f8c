/* SPDX-License-Identifier: Apache-2.0 */
#include "lease.h"

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

static void init(void *state, const struct rel_election_config *config, struct rel_instant now)
{
	struct rel_lease *lease = state;

	rel_assert(config->fence_budget.ns * 2 < config->lease_duration.ns);
	lease->config = *config;
	rel_member_identity(&config->self, lease->identity);
	lease->kind = REL_RECORD_MISSING;
	lease->read_wanted = true;
	lease->last_event = now;
	lease->watch_since = now;
	rel_lease_judge(lease, now);
}

static void absorb(void *state, const struct rel_event *event)
{
	struct rel_lease *lease = state;

	switch (event->type) {
	case REL_EVENT_REGISTER_READ:
		rel_lease_read_answered(lease, event);
		break;
	case REL_EVENT_REGISTER_SEEN:
		lease->last_event = event->now;
		rel_lease_observe(lease, event->record, false, event->now);
		break;
	case REL_EVENT_REGISTER_WATCH:
		rel_lease_watch_changed(lease, event);
		break;
	case REL_EVENT_REGISTER_WRITTEN:
		rel_lease_written(lease, event);
		break;
	case REL_EVENT_PODS_SEEN:
		rel_lease_pods(lease, event->pods, event->now);
		break;
	case REL_EVENT_MARK_LOADED:
		if (event->err == REL_OK)
			rel_lease_remember_epoch(lease, event->mark->epoch, event->now);
		break;
	case REL_EVENT_TICK:
	case REL_EVENT_MARK_SAVED:
	case REL_EVENT_POD_PATCHED:
	case REL_EVENT_REDIS_SEEN:
	case REL_EVENT_REDIS_DONE:
	case REL_EVENT_SURVEYED:
	case REL_EVENT_COMMAND:
	case REL_EVENT_STOP:
	case REL_EVENT_STOP_NOW:
		break;
	}
}

static void drive(void *state, const struct rel_event *event, const struct rel_wish *wish,
		  struct rel_actions *actions)
{
	struct rel_lease *lease = state;

	rel_lease_write(lease, event, wish, actions);
	rel_lease_watch(lease, event->now, actions);
}

/* Protocol, "Unanswered writes": until a write is resolved the claim must hold under
 * the record before and under the record sent. A hand-over that was sent leaves none. */
static bool claim_stands(const struct rel_lease *lease, struct rel_instant now)
{
	return rel_lease_holds(lease, now) && lease->pending.kind != REL_WRITE_HAND_OVER;
}

static struct rel_claim peer_claim(const struct rel_lease *lease)
{
	const struct rel_record *seen = &lease->seen;
	struct rel_claim claim = {.state = REL_CLAIM_PEER, .epoch = seen->epoch};

	if (lease->kind != REL_RECORD_HELD)
		return claim;
	claim.leader = rel_record_holder(seen);
	claim.promoted = seen->run_id[0] != '\0';
	rel_text_copy(claim.address, sizeof(claim.address), seen->address);
	return claim;
}

static struct rel_claim self_claim(const struct rel_lease *lease)
{
	struct rel_claim claim = {
		.state = REL_CLAIM_SELF,
		.leader = lease->config.self,
		.epoch = lease->claim_epoch,
		.valid_until = lease->claim_until,
		.promoted =
			lease->seen.run_id[0] != '\0' && lease->seen.epoch == lease->claim_epoch,
	};

	rel_text_copy(claim.address, sizeof(claim.address), lease->config.address);
	return claim;
}

static struct rel_claim claim(const void *state, struct rel_instant now)
{
	const struct rel_lease *lease = state;

	if (!lease->read_once)
		return (struct rel_claim){.state = REL_CLAIM_UNKNOWN};
	if (claim_stands(lease, now))
		return self_claim(lease);
	switch (lease->kind) {
	case REL_RECORD_HELD:
	case REL_RECORD_FOREIGN:
		if (!rel_lease_is_self(lease, &lease->seen))
			return peer_claim(lease);
		break;
	case REL_RECORD_MISSING:
	case REL_RECORD_VACANT:
	case REL_RECORD_RELEASED:
		break;
	}
	return (struct rel_claim){.state = REL_CLAIM_NONE, .epoch = lease->seen.epoch};
}

static struct rel_election_view view(const void *state, struct rel_instant now)
{
	const struct rel_lease *lease = state;

	return (struct rel_election_view){
		.record = lease->read_once ? &lease->seen : NULL,
		.kind = lease->kind,
		.may_acquire_at = lease->may_acquire_at,
		.why = lease->why,
		.greatest_epoch = lease->greatest_epoch,
		.highest = &lease->highest,
		.unresolved = lease->pending.kind != REL_WRITE_NONE,
		.handing_over = lease->pending.kind == REL_WRITE_HAND_OVER,
		.read_once = lease->read_once,
		.takes_over =
			lease->kind != REL_RECORD_HELD || !rel_lease_is_self(lease, &lease->seen),
		.last_success = lease->last_success,
		.last_contact = lease->last_contact,
	};
	(void)now;
}

static struct rel_instant deadline(const void *state, struct rel_instant now)
{
	const struct rel_lease *lease = state;
	struct rel_instant backoff = lease->write_backoff.until;
	struct rel_instant at = rel_lease_watch_deadline(lease, now);

	at = rel_sooner(at, lease->claim_until, now);
	if (lease->pending.in_flight)
		return at;
	at = rel_sooner(at, backoff, now);
	at = rel_sooner(at, lease->rewrite_after, now);
	at = rel_sooner(at, rel_later(lease->next_renewal, backoff), now);
	return rel_sooner(at, rel_later(lease->may_acquire_at, backoff), now);
}

const struct rel_election_ops rel_lease_ops = {
	.name = "lease",
	.state_size = sizeof(struct rel_lease),
	.init = init,
	.absorb = absorb,
	.drive = drive,
	.claim = claim,
	.view = view,
	.deadline = deadline,
};
