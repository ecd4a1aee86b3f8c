/* SPDX-License-Identifier: Apache-2.0 */
/* When to read the record and when to watch anew. docs/protocol.md, "Watches": an
 * open watch outlives a terminated API server by a minute, so silence longer than a
 * renewal interval means: read, watch on a new connection, and go on reading every
 * 150 ms until an event comes. */
#include "lease.h"

#define POLL_MS 150
/* How much later than the renewal interval an event may come. */
#define SLACK_MS 100
/* Nobody renews a vacant or foreign record on our schedule: a slower look. */
#define IDLE_POLL_MS 1000

static bool renewed_by_peer(const struct rel_lease *lease)
{
	return lease->kind == REL_RECORD_HELD && !rel_lease_is_self(lease, &lease->seen);
}

/* How long the watch may be silent before we look ourselves. */
static struct rel_duration patience(const struct rel_lease *lease)
{
	if (lease->kind == REL_RECORD_HELD)
		return (struct rel_duration){lease->config.renew_interval.ns + SLACK_MS * 1000000};
	return lease->config.lease_duration;
}

static struct rel_duration poll_interval(const struct rel_lease *lease)
{
	return rel_ms(renewed_by_peer(lease) ? POLL_MS : IDLE_POLL_MS);
}

/* Nothing tells that the record may be another one by now. */
bool rel_lease_is_fresh(const struct rel_lease *lease, struct rel_instant now)
{
	return lease->read_op == 0 && !lease->read_wanted &&
	       rel_before(now, rel_after(lease->last_contact, patience(lease)));
}

void rel_lease_read_answered(struct rel_lease *lease, const struct rel_event *event)
{
	if (event->op != lease->read_op)
		return;
	lease->read_op = 0;
	lease->next_poll = rel_after(event->now, poll_interval(lease));
	if (event->err != REL_OK) {
		rel_lease_back_off(lease, &lease->read_backoff, event);
		lease->read_wanted = true;
		return;
	}
	rel_backoff_clear(&lease->read_backoff);
	rel_lease_observe(lease, event->record, true, event->now);
}

void rel_lease_watch_changed(struct rel_lease *lease, const struct rel_event *event)
{
	if (event->op != lease->watch_op)
		return;
	lease->watch_up = event->err == REL_OK;
	if (event->err == REL_OK) {
		lease->last_contact = event->now;
		rel_backoff_clear(&lease->watch_backoff);
		return;
	}
	lease->watch_op = 0;
	rel_lease_back_off(lease, &lease->watch_backoff, event);
	lease->read_wanted = true;
}

/* When silence has lasted too long. While our own writes are answered the record
 * is known, but requests of operators still come by the watch. */
static struct rel_instant silent_at(const struct rel_lease *lease)
{
	return rel_after(rel_later(lease->last_event, lease->watch_since), patience(lease));
}

static bool read_due(const struct rel_lease *lease, struct rel_instant now)
{
	bool silent = !rel_before(now, rel_after(lease->last_event, patience(lease)));

	if (lease->read_op != 0 || rel_before(now, lease->read_backoff.until))
		return false;
	if (lease->read_wanted)
		return true;
	return silent && !rel_lease_holds(lease, now) && !rel_before(now, lease->next_poll);
}

static void read_record(struct rel_lease *lease, struct rel_actions *actions)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_REGISTER_READ);

	action->op = lease->read_op = rel_lease_op(lease);
	action->timeout = lease->config.request_timeout;
	lease->read_floor = lease->known_index;
	lease->read_wanted = false;
}

static void watch_record(struct rel_lease *lease, struct rel_instant now,
			 struct rel_actions *actions)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_REGISTER_WATCH);

	action->op = lease->watch_op = rel_lease_op(lease);
	action->timeout = lease->config.request_timeout;
	action->expected = lease->seen.version;
	action->expected.index = lease->known_index;
	lease->watch_up = false;
	lease->watch_since = now;
}

void rel_lease_watch(struct rel_lease *lease, struct rel_instant now, struct rel_actions *actions)
{
	bool silent = lease->read_once && !rel_before(now, silent_at(lease));

	if (silent && lease->watch_op != 0) {
		lease->watch_op = 0;
		lease->read_wanted = true;
	}
	if (read_due(lease, now))
		read_record(lease, actions);
	/* A watch resumes from what was read, so the first read comes first. */
	if (lease->watch_op == 0 && lease->read_once && !lease->read_wanted &&
	    !rel_before(now, lease->watch_backoff.until))
		watch_record(lease, now, actions);
}

struct rel_instant rel_lease_watch_deadline(const struct rel_lease *lease, struct rel_instant now)
{
	struct rel_instant silent = rel_after(lease->last_event, patience(lease));
	struct rel_instant at = rel_sooner(REL_FOREVER, silent_at(lease), now);

	if (lease->watch_op == 0)
		at = rel_sooner(at, lease->watch_backoff.until, now);
	if (lease->read_op != 0)
		return at;
	at = rel_sooner(at, lease->read_backoff.until, now);
	return rel_sooner(at, rel_later(lease->next_poll, silent), now);
}
