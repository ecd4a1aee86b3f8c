/* SPDX-License-Identifier: Apache-2.0 */
/* People at the record, with kubectl or a backup tool: they read it, change a copy
 * and write that, whatever it was that they read. */
#include "register.h"

struct rel_record *person_edits(struct world *world)
{
	if (!world->store.exists)
		return NULL;
	world->store.draft = register_now(world)->record;
	return &world->store.draft;
}

void person_saves(struct world *world)
{
	register_commit(world, &world->store.draft, AUTHOR_PERSON, NOBODY);
}

bool person_annotates_ms(struct world *world, int64_t ms)
{
	struct rel_record *record = person_edits(world);

	if (!record)
		return false;
	record->duration_ms = ms;
	person_saves(world);
	return true;
}

void person_puts_back(struct world *world, const struct rel_record *saved, bool recreate)
{
	world->store.draft = *saved;
	if (recreate)
		register_delete(world);
	if (world->store.exists)
		person_saves(world);
	else
		register_create(world, &world->store.draft, AUTHOR_PERSON, NOBODY);
}
