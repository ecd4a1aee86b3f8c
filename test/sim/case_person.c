/* SPDX-License-Identifier: Apache-2.0 */
/* What people and other electors do to the record in a case. */
#include "case_acts.h"
#include "redis-election/base/text.h"
#include "register.h"

static void act_rival_release(struct world *world, int slot, int64_t duration)
{
	(void)slot;
	(void)duration;
	rival_end(world, true);
}

static void act_annotate_ms(struct world *world, int slot, int64_t duration)
{
	(void)slot;
	person_annotates_ms(world, duration / MS);
}

/* The last number that the API server takes. */
static void act_max_transitions(struct world *world, int slot, int64_t duration)
{
	struct rel_record *record = person_edits(world);

	(void)slot;
	(void)duration;
	if (!record)
		return;
	record->transitions = INT32_MAX;
	person_saves(world);
}

/* The last epoch that can be read. */
static void act_max_epoch(struct world *world, int slot, int64_t duration)
{
	struct rel_record *record = person_edits(world);

	(void)slot;
	(void)duration;
	if (!record)
		return;
	record->epoch = EPOCH_LIMIT - 1;
	person_saves(world);
}

static void act_save_record(struct world *world, int slot, int64_t duration)
{
	(void)slot;
	(void)duration;
	world->store.copy = register_now(world)->record;
}

static void act_replace_record(struct world *world, int slot, int64_t duration)
{
	(void)slot;
	(void)duration;
	person_puts_back(world, &world->store.copy, false);
}

static void act_recreate_record(struct world *world, int slot, int64_t duration)
{
	(void)slot;
	(void)duration;
	person_puts_back(world, &world->store.copy, true);
}

static const struct act acts[] = {
	{"rival-release", act_rival_release},
	{"annotate-ms", act_annotate_ms}, /* for: the duration annotated */
	{"max-transitions", act_max_transitions},
	{"max-epoch", act_max_epoch},
	{"save-record", act_save_record},
	{"replace-record", act_replace_record}, /* kubectl replace -f saved.yaml */
	{"recreate-record", act_recreate_record}, /* kubectl delete, kubectl create -f */
};

const struct act *person_act(const char *name)
{
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (rel_text_equal(acts[i].name, name))
			return &acts[i];
	return NULL;
}
