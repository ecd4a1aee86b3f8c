/* SPDX-License-Identifier: Apache-2.0 */
/* An elector built on client-go that competes for the same Lease: it copies the
 * object, replaces the standard fields and leaves the annotations as they are.
 * After client-go tools/leaderelection/leaderelection.go. */
#include "redis-election/base/text.h"
#include "register.h"
#include "trace.h"

static struct rel_wall wall(const struct world *world)
{
	return (struct rel_wall){INT64_C(1760000000000000) + world->now / 1000};
}

static void again(struct world *world)
{
	world_at(world, world->now + world->rival.retry,
		 (struct cue){HAPPEN_RIVAL, NOBODY, 0, 0, 0});
}

void rival_start(struct world *world)
{
	struct rival *rival = &world->rival;
	static const char *const names[] = {"rival-0_7f3c", "rival", "operator-5d4f"};

	if (rival->running)
		return;
	*rival = (struct rival){.running = true};
	rel_text_copy(rival->name, sizeof(rival->name), names[random_below(&world->chance, 3)]);
	rival->lease = random_between(&world->chance, 2, 12) * SECOND;
	rival->retry = rival->lease / 5;
	again(world);
}

static bool claim(struct world *world, struct rel_record *record, bool renewal)
{
	struct rival *rival = &world->rival;

	/* Its next number would be negative, which the API server refuses. */
	if (!renewal && record->transitions == INT32_MAX)
		return false;
	rel_text_copy(record->holder, REL_HOLDER_SIZE, rival->name);
	record->duration_s = (int32_t)(rival->lease / SECOND);
	record->renewed = wall(world);
	if (!renewal) {
		record->acquired = wall(world);
		record->transitions++;
		world->stats.count[STAT_RIVALS]++;
	}
	rival->until = world->now + rival->lease;
	return true;
}

/* An elector that finds no record takes it at once, whoever deleted it. */
static bool claimed_by_member(const struct world *world)
{
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].committed_at + world->slot[i].committed_lease > world->now)
			return true;
	return false;
}

static void observe(struct world *world, const struct rel_record *record)
{
	struct rival *rival = &world->rival;
	uint64_t mix = (uint64_t)record->renewed.us ^ (uint64_t)record->transitions << 48;

	for (const char *c = record->holder; *c != '\0'; c++)
		mix = mix * 31 + (uint64_t)*c;
	if (mix == rival->observed_index)
		return;
	rival->observed_index = mix;
	rival->observed_at = world->now;
}

void rival_turn(struct world *world)
{
	struct rival *rival = &world->rival;
	const struct version *now = register_now(world);
	static struct rel_record record;
	bool ours;

	if (!rival->running)
		return;
	again(world);
	if (world->api == API_HANGING || world->api == API_REFUSING)
		return;
	if (!world->store.exists) {
		memset(&record, 0, sizeof(record));
		(void)claim(world, &record, false);
		rival->uninvited = claimed_by_member(world);
		register_create(world, &record, AUTHOR_RIVAL, NOBODY);
		return;
	}
	record = now->record;
	ours = rel_text_equal(record.holder, rival->name);
	observe(world, &record);
	if (!ours && record.holder[0] != '\0' &&
	    rival->observed_at + record.duration_s * SECOND > world->now)
		return;
	if (!claim(world, &record, ours))
		return;
	if (!ours)
		rival->uninvited = now->kind == REL_RECORD_VACANT && claimed_by_member(world);
	register_commit(world, &record, AUTHOR_RIVAL, NOBODY);
}

void rival_end(struct world *world, bool release)
{
	struct rival *rival = &world->rival;
	static struct rel_record record;

	if (!rival->running)
		return;
	rival->running = false;
	if (!release || !world->store.exists)
		return;
	record = register_now(world)->record;
	if (!rel_text_equal(record.holder, rival->name))
		return;
	record.holder[0] = '\0';
	record.duration_s = 1;
	record.renewed = record.acquired = wall(world);
	rival->until = 0;
	register_commit(world, &record, AUTHOR_RIVAL, NOBODY);
}
