/* SPDX-License-Identifier: Apache-2.0 */
/* What people and other electors do to the record. */
#include "blow.h"
#include "redis-election/base/text.h"
#include "register.h"

static bool strike_delete(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	(void)blow;
	if (!world->store.exists)
		return false;
	register_delete(world);
	return true;
}

static bool strike_annotate(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	(void)blow;
	if (!person_edits(world))
		return false;
	person_saves(world);
	return true;
}

/* Everything of ours is an annotation: what remains is a plain Lease. */
static void wipe(struct rel_record *record)
{
	struct rel_record kept = {.duration_s = record->duration_s,
				  .acquired = record->acquired,
				  .renewed = record->renewed,
				  .transitions = record->transitions,
				  .version = record->version};

	rel_text_copy(kept.holder, REL_HOLDER_SIZE, record->holder);
	*record = kept;
}

static bool strike_wipe(struct world *world, struct blow *blow, struct wound *wound)
{
	struct rel_record *record = person_edits(world);

	(void)wound;
	if (!record)
		return false;
	wipe(record);
	if (random_chance(blow->chance, 300000))
		record->holder[0] = '\0'; /* an upgrade that applies the chart's empty object */
	person_saves(world);
	return true;
}

/* kubectl edit: another holder, none, or one of us who did not ask for it. */
static bool strike_edit(struct world *world, struct blow *blow, struct wound *wound)
{
	struct rel_record *record = person_edits(world);
	uint32_t draw = random_below(blow->chance, 3);

	(void)wound;
	if (!record)
		return false;
	if (draw == 0)
		rel_text_copy(record->holder, REL_HOLDER_SIZE, "somebody");
	else if (draw == 1)
		record->holder[0] = '\0';
	else
		rel_text_copy(record->holder, REL_HOLDER_SIZE, world->slot[blow->slot].identity);
	if (random_chance(blow->chance, 300000))
		record->duration_s = 1;
	person_saves(world);
	return true;
}

static bool strike_rival(struct world *world, struct blow *blow, struct wound *wound)
{
	if (world->rival.running)
		return false;
	rival_start(world);
	wound->bits = random_chance(blow->chance, 600000);
	blow->duration *= 2;
	return true;
}

static void heal_rival(struct world *world, const struct wound *wound)
{
	rival_end(world, wound->bits != 0);
}

static bool strike_restore(struct world *world, struct blow *blow, struct wound *wound)
{
	(void)wound;
	register_restore(world, 1 + random_below(blow->chance, 20));
	return true;
}

/* A duration that the holder never promised, much shorter or much longer. */
static bool strike_duration(struct world *world, struct blow *blow, struct wound *wound)
{
	bool longer = random_chance(blow->chance, 500000);

	if (!world->store.exists)
		return false;
	wound->told = longer ? random_between(blow->chance, 60000, 1000000000)
			     : random_between(blow->chance, 1, 1000);
	return person_annotates_ms(world, wound->told);
}

/* Nobody may take a record before what it says of an unknown claim is over: where it
 * still says so, it is for the person to mend. */
static void heal_duration(struct world *world, const struct wound *wound)
{
	if (world->store.exists && register_now(world)->record.duration_ms == wound->told)
		person_annotates_ms(world, world->settings.lease / MS);
}

/* What may stand there as the API server has it, and what an annotation can say. */
static bool strike_limits(struct world *world, struct blow *blow, struct wound *wound)
{
	static const uint64_t epochs[] = {EPOCH_LIMIT - 1, UINT64_C(1) << 53, 0};
	struct rel_record *record = person_edits(world);

	(void)wound;
	if (!record)
		return false;
	if (random_chance(blow->chance, 500000))
		record->transitions = INT32_MAX;
	else
		record->epoch = epochs[random_below(blow->chance, 3)];
	person_saves(world);
	return true;
}

/* kubectl replace, or delete and create, of a saved file; a backup tool. */
static bool strike_put_back(struct world *world, struct blow *blow, struct wound *wound)
{
	const struct version *old = register_older(world, 1 + random_below(blow->chance, 40));

	(void)wound;
	if (!old || (old->kind != REL_RECORD_HELD && old->kind != REL_RECORD_RELEASED))
		return false;
	person_puts_back(world, &old->record, random_chance(blow->chance, 500000));
	return true;
}

static const struct blow_row rows[FAULT_COUNT] = {
	[FAULT_LEASE_DELETE] = {strike_delete, NULL},
	[FAULT_LEASE_ANNOTATE] = {strike_annotate, NULL},
	[FAULT_LEASE_WIPE] = {strike_wipe, NULL},
	[FAULT_LEASE_EDIT] = {strike_edit, NULL},
	[FAULT_RIVAL] = {strike_rival, heal_rival},
	[FAULT_RESTORE] = {strike_restore, NULL},
	[FAULT_LEASE_DURATION] = {strike_duration, heal_duration},
	[FAULT_LEASE_LIMITS] = {strike_limits, NULL},
	[FAULT_LEASE_PUT_BACK] = {strike_put_back, NULL},
};

const struct blow_row *blow_record_row(enum fault fault)
{
	return &rows[fault];
}
