/* SPDX-License-Identifier: Apache-2.0 */
/* Each committed state of the record against the one before it. */
#include "check.h"

#include "redis-election/base/text.h"
#include "trace.h"

static bool listed(const struct rel_record *record, const struct slot *slot)
{
	return rel_members_find(&record->members, &slot->member) >= 0;
}

static bool pod_exists(const struct world *world, const struct rel_member *member)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used && world->slot[i].pod.exists &&
		    rel_member_equal(&world->slot[i].member, member))
			return true;
	return false;
}

/* An unlisted member may acquire only where a listed one other than the holder is
 * gone, or the holder itself where it is the only one. */
static bool orphaned(const struct world *world, const struct rel_record *record)
{
	struct rel_member holder = rel_record_holder(record);

	for (int i = 0; i < record->members.count; i++) {
		const struct rel_member *member = &record->members.at[i];

		if (record->members.count > 1 && rel_member_equal(member, &holder))
			continue;
		if (!pod_exists(world, member))
			return true;
	}
	return record->members.count == 0;
}

static uint64_t print_of(const struct rel_record *record)
{
	uint64_t print = (uint64_t)record->renewed.us * 31 ^ (uint64_t)record->acquired.us;

	print = print * 31 + (uint64_t)record->transitions;
	print = print * 31 + (uint64_t)record->duration_s;
	for (const char *c = record->holder; *c != '\0'; c++)
		print = print * 31 + (uint64_t)*c;
	return print;
}

/* A foreign spec that a person puts back, with no elector's write in between, is no
 * sign of life. */
static void note_foreign(struct world *world, const struct version *after)
{
	struct store *store = &world->store;
	uint64_t print = print_of(&after->record);

	if (after->author == AUTHOR_RIVAL ||
	    (after->author == AUTHOR_MEMBER &&
	     (after->kind == REL_RECORD_HELD || after->kind == REL_RECORD_RELEASED)))
		store->foreign_count = 0;
	if (after->kind != REL_RECORD_FOREIGN)
		return;
	for (int i = 0; i < store->foreign_count; i++) {
		if (store->foreign_print[i] != print)
			continue;
		store->renewed_at = store->foreign_since[i];
		return;
	}
	if (store->foreign_count == FOREIGN_MAX)
		store->foreign_count = 0;
	store->foreign_print[store->foreign_count] = print;
	store->foreign_since[store->foreign_count++] = store->renewed_at;
}

static int64_t lease_of(const struct world *world, const struct rel_record *record)
{
	return rel_record_duration(record, (struct rel_duration){world->settings.lease}).ns;
}

/* The same write of ours shows again, after somebody's edit was undone. How long it is
 * good for does not change by an edit either. */
static void note_held(struct world *world, const struct version *after)
{
	struct store *store = &world->store;

	if (after->kind != REL_RECORD_HELD)
		return;
	if (store->held_mark == after->record.mark)
		store->renewed_at = store->held_since;
	else
		store->held_lease = lease_of(world, &after->record);
	store->held_mark = after->record.mark;
	store->held_since = store->renewed_at;
}

static void note_sign_of_life(struct world *world, const struct version *before,
			      const struct version *after)
{
	const struct rel_record *a = before ? &before->record : NULL, *b = &after->record;
	bool changed =
		a == NULL || before->kind != after->kind || !rel_text_equal(a->holder, b->holder);

	if (!changed && after->kind == REL_RECORD_HELD)
		changed = a->epoch != b->epoch || a->mark != b->mark;
	else if (!changed)
		changed = a->renewed.us != b->renewed.us || a->acquired.us != b->acquired.us ||
			  a->transitions != b->transitions || a->duration_s != b->duration_s;
	if (changed)
		world->store.renewed_at = after->at;
	note_held(world, after);
	note_foreign(world, after);
}

static void must_wait(struct world *world, const struct version *after, int64_t until)
{
	if (world->now < until)
		world_fail(world, "S1", "%s takes the record %.0f ms too early",
			   after->record.holder, (double)(until - world->now) / 1e6);
}

/* One whose pod is gone may have an old list of pods. Its token ends with its pod. */
static void check_listed(struct world *world, const struct version *before,
			 const struct version *after)
{
	const struct slot *author = &world->slot[after->slot];

	if (author->pod.exists && !listed(&before->record, author) &&
	    !orphaned(world, &before->record))
		world_fail(world, "M1", "%s is not listed, and nobody listed is gone",
			   after->record.holder);
}

/* The last holder goes on under its epoch where the record was deleted or wiped. */
static bool is_kept(const struct world *world, const struct version *after)
{
	return !world->store.last_was_release &&
	       rel_text_equal(world->store.last_holder, after->record.holder) &&
	       world->store.last_holder_epoch == after->record.epoch;
}

/* Somebody put a record of before in the place of the present one, and this author never
 * saw, in this life, what came after that: it cannot know of the greatest epoch. */
static bool is_deceived(const struct world *world, const struct version *after)
{
	return world->store.put_back_at != 0 &&
	       world->slot[after->slot].agent.shown_epoch < world->store.max_epoch;
}

/* Such a one may find itself named there and go on at once, while another one, whom
 * nobody can tell, still holds its claim. */
static bool is_misled(const struct world *world, const struct version *before,
		      const struct version *after)
{
	return is_deceived(world, after) && before != NULL &&
	       world->slot[after->slot].agent.shown_epoch <= before->record.epoch;
}

/* The record says nothing of a claim any more, and this member, whose own D is less,
 * never saw in this life what it said: D may not be lowered just then. */
static bool is_ignorant(const struct world *world, const struct version *after)
{
	return world->slot[after->slot].agent.shown_lease < world->store.last_duration &&
	       lease_of(world, &after->record) < world->store.last_duration;
}

static void check_vacant_taken(struct world *world, const struct version *after)
{
	struct store *store = &world->store;
	int64_t own = lease_of(world, &after->record);
	int64_t wait = is_ignorant(world, after) ? world->slot[after->slot].agent.shown_lease
						 : store->last_duration;

	if (is_kept(world, after)) {
		world->stats.count[STAT_KEPT_VACANT]++;
		return;
	}
	world->stats.count[STAT_TAKEN_VACANT]++;
	if (wait < own)
		wait = own;
	must_wait(world, after, store->unstamped_since + wait);
}

/* `after` names its author holder, under an epoch that `before` did not give it. */
static void check_acquired(struct world *world, const struct version *before,
			   const struct version *after)
{
	enum rel_record_kind kind = before ? before->kind : REL_RECORD_MISSING;
	struct rel_duration own;

	switch (kind) {
	case REL_RECORD_HELD:
		if (rel_text_equal(before->record.holder, after->record.holder)) {
			world->stats.count[STAT_RETAKES]++;
			return;
		}
		world->stats.count[STAT_TAKEOVERS]++;
		must_wait(world, after, world->store.renewed_at + world->store.held_lease);
		check_listed(world, before, after);
		return;
	case REL_RECORD_RELEASED:
		world->stats.count[STAT_TAKEN_RELEASED]++;
		check_listed(world, before, after);
		return;
	case REL_RECORD_FOREIGN:
		if (is_kept(world, after) &&
		    rel_text_equal(before->record.holder, after->record.holder)) {
			world->stats.count[STAT_KEPT_VACANT]++;
			return;
		}
		world->stats.count[STAT_TAKEN_FOREIGN]++;
		own.ns = lease_of(world, &after->record);
		must_wait(world, after,
			  world->store.renewed_at + rel_record_duration(&before->record, own).ns);
		return;
	case REL_RECORD_VACANT:
	case REL_RECORD_MISSING:
		check_vacant_taken(world, after);
		return;
	}
}

static void note_handover(struct world *world, const struct version *after)
{
	const struct slot *from = &world->slot[after->slot];
	int to = pods_by_identity(world, after->record.holder);

	link_settle(world);
	world->handover = (struct handover){
		.from = after->slot,
		.to = to,
		.epoch = after->record.epoch,
		.alive = rel_node_status(from->agent.node, (struct rel_instant){1}).phase[0] !=
				 '\0' &&
			 from->redis.up && from->redis.opened && !from->redis.syncing &&
			 world->last_promoted == after->slot &&
			 data_within(&world->data, world->line, from->redis.position),
		.position = from->redis.position,
		.target_run = from->named_epoch == after->record.epoch ? from->named_run : 0};
	world->stats.count[world->handover.alive ? STAT_HANDOVERS : STAT_GIVEN_AWAY]++;
}

static void check_epoch(struct world *world, const struct version *after, bool may_keep)
{
	struct store *store = &world->store;
	uint64_t epoch = after->record.epoch;
	uint64_t greatest = is_deceived(world, after)
				    ? world->slot[after->slot].agent.shown_epoch
				    : store->max_epoch;

	if (epoch > greatest || (may_keep && epoch == greatest))
		return;
	world_fail(world, "S2", "holder '%s' under epoch %lu, the greatest so far is %lu",
		   after->record.holder, (unsigned long)epoch, (unsigned long)greatest);
}

/* A new epoch: members that give the lease to and fro would never stop. */
static void check_pace(struct world *world)
{
	struct store *store = &world->store;
	int64_t *oldest = &store->changed[store->changes++ % CHANGES_MAX];

	if (store->changes > CHANGES_MAX && *oldest + SECOND > world->now)
		world_fail(world, "L4", "%d changes of epoch within %.0f ms", CHANGES_MAX,
			   (double)(world->now - *oldest) / 1e6);
	*oldest = world->now;
}

/* Who is named by one that took it blindly cannot know better. */
static void note_blindness(struct world *world, const struct version *before,
			   const struct version *after)
{
	struct agent *author = &world->slot[after->slot].agent;
	int holder = pods_by_identity(world, after->record.holder);
	bool unstamped = before == NULL || (before->kind != REL_RECORD_HELD &&
					    before->kind != REL_RECORD_RELEASED);

	if (holder != NOBODY && holder != after->slot && author->took_blindly_at != 0)
		world->slot[holder].agent.took_blindly_at = world->now;
	if (holder != after->slot)
		return;
	if (is_misled(world, before, after) || (unstamped && is_ignorant(world, after)))
		author->took_blindly_at = world->now;
}

static void check_held(struct world *world, const struct version *before,
		       const struct version *after)
{
	bool own = rel_text_equal(world->slot[after->slot].identity, after->record.holder);
	bool stamped = before && before->kind == REL_RECORD_HELD;
	bool same = stamped && before->record.epoch == after->record.epoch &&
		    rel_text_equal(before->record.holder, after->record.holder);
	bool kept = !stamped && is_kept(world, after);

	if (same && before->record.mark == after->record.mark)
		return; /* a wish left beside it; check_step.c compares the rest */
	check_epoch(world, after, same || kept);
	if (!same && !kept)
		check_pace(world);
	if (same) {
		if (before->record.members.count != after->record.members.count)
			world->stats.count[STAT_LIST_CHANGES]++;
		else if (own)
			world->stats.count[STAT_RENEWALS]++;
		return;
	}
	if (own)
		check_acquired(world, before, after);
	else
		note_handover(world, after);
}

/* What an earlier life claims under a longer lease is void: others see this one. */
static void shorten_claim(struct slot *slot)
{
	int64_t limit = slot->committed_at + slot->committed_lease;

	if (slot->agent.old_valid > limit)
		slot->agent.old_valid = limit;
	if (slot->agent.old_limit > limit)
		slot->agent.old_limit = limit;
}

static void remember(struct world *world, const struct version *after)
{
	struct store *store = &world->store;
	int holder = pods_by_identity(world, after->record.holder);
	bool stamped = after->kind == REL_RECORD_HELD || after->kind == REL_RECORD_RELEASED;

	if (stamped && after->author == AUTHOR_PERSON && after->record.epoch < store->max_epoch)
		store->put_back_at = after->at;
	if (stamped && after->record.epoch > store->max_epoch) {
		store->max_epoch = after->record.epoch;
		store->put_back_at = 0;
	}
	if (stamped) {
		store->last_duration = lease_of(world, &after->record);
		store->last_was_release = after->kind == REL_RECORD_RELEASED;
	}
	if (after->kind == REL_RECORD_VACANT || after->kind == REL_RECORD_MISSING) {
		if (store->unstamped_since == 0)
			store->unstamped_since = after->at;
	} else {
		store->unstamped_since = 0;
	}
	if (after->kind != REL_RECORD_HELD)
		return;
	rel_text_copy(store->last_holder, REL_HOLDER_SIZE, after->record.holder);
	store->last_holder_epoch = after->record.epoch;
	if (holder != NOBODY && holder == after->slot) {
		world->slot[holder].committed_at = after->at;
		world->slot[holder].committed_lease = lease_of(world, &after->record);
		shorten_claim(&world->slot[holder]);
	}
}

void check_commit(struct world *world, const struct version *before, const struct version *after)
{
	struct store *store = &world->store;

	if (after->author == AUTHOR_PERSON)
		world->rival.until = 0;
	if (after->author == AUTHOR_MEMBER && !store->restored) {
		if (after->kind == REL_RECORD_HELD) {
			note_blindness(world, before, after);
			check_held(world, before, after);
		} else if (after->kind == REL_RECORD_RELEASED &&
			   (before == NULL || before->kind != REL_RECORD_RELEASED)) {
			world->stats.count[STAT_RELEASES]++;
			check_epoch(world, after, true);
		}
	}
	note_sign_of_life(world, before, after);
	remember(world, after);
}
