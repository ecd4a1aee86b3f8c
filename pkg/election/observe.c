/* SPDX-License-Identifier: Apache-2.0 */
/* What a record that was seen means. docs/protocol.md, "The lease": observers judge
 * a holder only by when they saw the record change, never by the times in it. */
#include "lease.h"

#include "redis-election/base/text.h"

/* Is this version a sign of life of the record's holder, compared with the one
 * before it? Under a valid stamp only our own writes count: somebody may annotate
 * the object. A foreign record is judged by its spec. */
static bool is_renewal(const struct rel_lease *lease, const struct rel_record *record,
		       enum rel_record_kind kind)
{
	const struct rel_record *before = &lease->seen;

	if (!lease->read_once || kind != lease->kind ||
	    !rel_text_equal(before->version.uid, record->version.uid))
		return true;
	switch (kind) {
	case REL_RECORD_HELD:
		return !rel_text_equal(before->holder, record->holder) ||
		       before->epoch != record->epoch || before->mark != record->mark;
	case REL_RECORD_FOREIGN:
		return !rel_text_equal(before->holder, record->holder) ||
		       before->renewed.us != record->renewed.us ||
		       before->acquired.us != record->acquired.us ||
		       before->transitions != record->transitions ||
		       before->duration_s != record->duration_s;
	case REL_RECORD_RELEASED:
		return before->epoch != record->epoch || before->mark != record->mark;
	case REL_RECORD_MISSING:
		return false;
	case REL_RECORD_VACANT:
		/* Between two vacant versions somebody may have held it unseen. */
		return true;
	}
	return true;
}

/* Does the newest record still leave us the claim we have? A vacant record is
 * nobody's claim, so ours stands until its deadline. */
static bool leaves_our_claim(const struct rel_lease *lease)
{
	switch (lease->kind) {
	case REL_RECORD_MISSING:
	case REL_RECORD_VACANT:
		return true;
	case REL_RECORD_HELD:
		return rel_lease_is_self(lease, &lease->seen) &&
		       lease->seen.epoch <= lease->claim_epoch;
	case REL_RECORD_FOREIGN:
		return rel_lease_is_self(lease, &lease->seen);
	case REL_RECORD_RELEASED:
		return false;
	}
	return false;
}

enum versions { OLD_NEWS, NEWS, WENT_BACK };

/* The same version twice, but not the same words. */
static bool differs(const struct rel_lease *lease, const struct rel_record *record)
{
	const struct rel_record *seen = &lease->as_read;

	return record->version.index == lease->known_index && lease->kind != REL_RECORD_MISSING &&
	       (!rel_text_equal(record->version.uid, seen->version.uid) ||
		!rel_text_equal(record->holder, seen->holder) ||
		!rel_text_equal(record->stamp, seen->stamp) || record->epoch != seen->epoch ||
		record->mark != seen->mark || record->renewed.us != seen->renewed.us ||
		record->acquired.us != seen->acquired.us ||
		record->duration_s != seen->duration_s || record->paused != seen->paused);
}

/* Versions only grow. A read that was sent when we knew nothing newer, and yet
 * shows an older version, tells of a store that was restored from a backup. */
static enum versions compare_version(const struct rel_lease *lease, const struct rel_record *record,
				     bool from_read)
{
	uint64_t index = record->version.index;
	bool nothing_newer_since = from_read && lease->read_floor == lease->known_index;

	if (!lease->read_once || index > lease->known_index)
		return NEWS;
	if (index == 0) /* a read found nothing; only a watch knows the version of a deletion */
		return nothing_newer_since && lease->kind != REL_RECORD_MISSING ? NEWS : OLD_NEWS;
	return nothing_newer_since && (index < lease->known_index || differs(lease, record))
		       ? WENT_BACK
		       : OLD_NEWS;
}

static bool is_stamped(enum rel_record_kind kind)
{
	return kind == REL_RECORD_HELD || kind == REL_RECORD_RELEASED;
}

static struct rel_duration longer(struct rel_duration a, struct rel_duration b)
{
	return a.ns > b.ns ? a : b;
}

/* Nobody wrote under a greater epoch, as far as we know. */
static bool is_newest(const struct rel_lease *lease)
{
	return !lease->restored && lease->seen.epoch >= lease->greatest_epoch;
}

static void adopt(struct rel_lease *lease, const struct rel_record *record,
		  enum rel_record_kind kind)
{
	struct rel_lease *l = lease;
	struct rel_duration duration;

	if (kind == REL_RECORD_MISSING) {
		l->seen.version = record->version;
	} else {
		l->as_read = *record;
		l->seen = l->scratch;
		rel_text_copy(l->known_uid, sizeof(l->known_uid), record->version.uid);
	}
	l->kind = kind;
	if (record->version.index != 0)
		l->known_index = record->version.index;
	if (!is_stamped(kind))
		return;
	duration = rel_record_duration(&l->seen, l->config.lease_duration);
	l->last_duration = is_newest(l) ? duration : longer(duration, l->last_duration);
}

/* Stamped in an object that none of us has seen come to be: a saved one. Ours begin
 * vacant, and are stamped only then. */
static bool is_copy(const struct rel_lease *lease, const struct rel_record *record,
		    enum rel_record_kind kind)
{
	return is_stamped(kind) && lease->known_uid[0] != '\0' &&
	       !rel_text_equal(lease->known_uid, record->version.uid);
}

/* Old news tell of epochs and durations too: a read may overtake what the watch still
 * brings. */
static void learn_duration(struct rel_lease *lease, const struct rel_record *record,
			   enum rel_record_kind kind)
{
	if (is_stamped(kind))
		lease->last_duration =
			longer(lease->last_duration,
			       rel_record_duration(record, lease->config.lease_duration));
}

static void learn_epoch(struct rel_lease *lease, const struct rel_record *record,
			enum rel_record_kind kind)
{
	struct rel_claim *highest = &lease->highest;

	if (rel_lease_believes_epoch(record, kind) && record->epoch > lease->greatest_epoch)
		lease->greatest_epoch = record->epoch;
	if (kind != REL_RECORD_HELD || record->epoch < highest->epoch)
		return;
	highest->leader = rel_record_holder(record);
	highest->promoted =
		record->run_id[0] != '\0' || (highest->promoted && highest->epoch == record->epoch);
	highest->epoch = record->epoch;
	rel_text_copy(highest->address, sizeof(highest->address),
		      rel_lease_address(lease, record, kind));
}

/* A claim under an older record may still run: the longest duration that such a
 * record can have had. */
static struct rel_duration longest(const struct rel_lease *lease)
{
	struct rel_duration own = lease->config.lease_duration;
	struct rel_duration annotated = rel_ms(lease->seen.duration_ms);

	return longer(longer(own, rel_record_duration(&lease->seen, own)),
		      longer(annotated, lease->last_duration));
}

/* Protocol, "Old records": one whose epoch is below the highest, and which goes on, is
 * the truth when every claim under the highest has ended. */
static void forget_highest(struct rel_lease *lease, struct rel_instant now)
{
	struct rel_duration wait = rel_lease_widen(lease, longest(lease));

	if (lease->kind != REL_RECORD_HELD || lease->seen.epoch >= lease->highest.epoch)
		lease->below_since = REL_NEVER;
	else if (!rel_is_set(lease->below_since))
		lease->below_since = now;
	if (!rel_is_set(lease->below_since) || rel_before(now, rel_after(lease->below_since, wait)))
		return;
	lease->highest = (struct rel_claim){0};
	learn_epoch(lease, &lease->seen, lease->kind);
}

void rel_lease_observe(struct rel_lease *lease, const struct rel_record *record, bool from_read,
		       struct rel_instant now)
{
	enum rel_record_kind kind = rel_record_kind(record);
	enum versions versions = compare_version(lease, record, from_read);

	lease->last_contact = now;
	if (versions == WENT_BACK)
		lease->highest = (struct rel_claim){0}; /* of a history that is gone */
	learn_epoch(lease, record, kind);
	if (versions == OLD_NEWS) {
		learn_duration(lease, record, kind);
		rel_lease_judge(lease, now);
		return;
	}
	rel_lease_interpret(lease, record, kind);
	if (versions == WENT_BACK || is_renewal(lease, &lease->scratch, kind)) {
		lease->changed_at = now;
		lease->restored = versions == WENT_BACK || is_copy(lease, record, kind);
	}
	adopt(lease, record, kind);
	forget_highest(lease, now);
	lease->seen_at = now;
	lease->read_once = true;
	rel_lease_resolve_by(lease);
	if (!leaves_our_claim(lease))
		lease->claim_until = REL_NEVER;
	rel_lease_judge(lease, now);
}

/* The list of our memory binds nobody else: others may remember another one. */
bool rel_lease_has_list(const struct rel_lease *lease)
{
	return lease->kind != REL_RECORD_VACANT && lease->as_read.members.count > 0;
}

bool rel_lease_listed(const struct rel_lease *lease)
{
	return !rel_lease_has_list(lease) ||
	       rel_members_find(&lease->seen.members, &lease->config.self) >= 0;
}

/* Protocol, "Members": an unlisted member may take over once a listed member other
 * than the holder (or the holder, if it is the only one) has no pod any more: such a
 * holder cannot have everybody's promise. */
static bool listed_member_replaced(const struct rel_lease *lease)
{
	const struct rel_member_list *list = &lease->seen.members;
	struct rel_member holder = rel_record_holder(&lease->seen);

	if (!lease->pods_known)
		return false;
	for (int i = 0; i < list->count; i++) {
		bool is_holder = rel_member_equal(&list->at[i], &holder);
		if (is_holder && list->count > 1)
			continue;
		if (rel_pods_find(&lease->pods, &list->at[i]) < 0)
			return true;
	}
	return false;
}

static void may_not(struct rel_lease *lease, const char *why)
{
	lease->may_acquire_at = REL_FOREVER;
	lease->why = why;
}

static void may_from(struct rel_lease *lease, struct rel_instant at)
{
	lease->may_acquire_at = at;
	lease->why = "";
}

/* The holder's own lease first, then, for an unlisted member, the longer wait. */
static void may_after(struct rel_lease *lease, struct rel_duration duration, bool at_once)
{
	struct rel_duration wait = rel_lease_widen(lease, duration);

	if (rel_lease_listed(lease)) {
		may_from(lease, at_once ? lease->changed_at : rel_after(lease->changed_at, wait));
		return;
	}
	if (!rel_is_set(lease->replaced_since)) {
		may_not(lease, "not in the record's member list");
		return;
	}
	may_from(lease, rel_after(rel_later(lease->seen_at, lease->replaced_since), wait));
}

void rel_lease_judge(struct rel_lease *lease, struct rel_instant now)
{
	struct rel_duration own = lease->config.lease_duration;
	/* Somebody may have edited it before we first saw it. */
	struct rel_duration recorded = longer(own, rel_record_duration(&lease->seen, own));
	bool newest = is_newest(lease);

	if (!newest)
		recorded = longest(lease); /* an old record: a claim under a later one may run */
	if (!listed_member_replaced(lease))
		lease->replaced_since = REL_NEVER;
	else if (!rel_is_set(lease->replaced_since))
		lease->replaced_since = now;

	if (!lease->read_once) {
		may_not(lease, "the register was not read yet");
		return;
	}
	switch (lease->kind) {
	case REL_RECORD_MISSING:
		may_not(lease, "there is no record");
		return;
	case REL_RECORD_VACANT:
		may_from(lease,
			 rel_after(lease->changed_at, rel_lease_widen(lease, longest(lease))));
		return;
	case REL_RECORD_RELEASED:
		may_after(lease, recorded, newest);
		return;
	case REL_RECORD_HELD:
		may_after(lease, recorded, newest && rel_lease_is_self(lease, &lease->seen));
		return;
	case REL_RECORD_FOREIGN:
		/* Not cut short either: a claim under our last record may still run. */
		may_after(lease, longest(lease), false);
		return;
	}
}

void rel_lease_remember_epoch(struct rel_lease *lease, uint64_t epoch, struct rel_instant now)
{
	if (epoch > lease->greatest_epoch && epoch < REL_EPOCH_UNPROVEN)
		lease->greatest_epoch = epoch;
	rel_lease_judge(lease, now);
}

void rel_lease_pods(struct rel_lease *lease, const struct rel_pods *pods, struct rel_instant now)
{
	lease->pods = *pods;
	lease->pods_known = true;
	rel_lease_judge(lease, now);
}
