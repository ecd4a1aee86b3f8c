/* SPDX-License-Identifier: Apache-2.0 */
#include "cases.h"

#include "blow.h"
#include "case_acts.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "redis.h"
#include "register.h"
#include "trace.h"

#define LINES_MAX 64
#define EXPECT_MAX 8
#define WORD 32
#define SEEDS 20 /* where the case does not say */

struct line {
	int64_t at, duration;
	char verb[WORD], slot[WORD], other[WORD];
	int number;
};

struct expectation {
	char figure[WORD];
	bool exact;
	double limit;
	int line;
};

struct schedule {
	struct line line[LINES_MAX];
	uint32_t lines;
	struct expectation expect[EXPECT_MAX];
	uint32_t expects;
	int members, volumes, persistence;
	uint32_t seeds;
	int64_t lease, grace, end;

	/* figures */
	int64_t gap_from, gap;
	bool seen_writable;
	uint64_t changes, epoch;
};

static int slot_named(struct world *world, const char *name)
{
	int leader = blow_leader(world), skip = rel_text_equal(name, "other");
	uint64_t ordinal;

	if (rel_text_equal(name, "leader"))
		return leader;
	if (rel_text_to_u64(name, &ordinal))
		return pods_current(world, (int)ordinal);
	for (int i = 0; i < ORDINALS_MAX; i++) {
		int slot = pods_current(world, i);

		if (slot != NOBODY && slot != leader && skip-- == 0)
			return slot;
	}
	return NOBODY;
}

static const struct act *act_named(const char *name)
{
	const struct act *act = member_act(name);

	return act ? act : person_act(name);
}

static bool read_at(struct schedule *schedule, char *words)
{
	struct line *line = &schedule->line[schedule->lines];
	char word[6][WORD] = {{0}};
	int count = sscanf(words, "%31s %31s %31s %31s %31s %31s", word[0], word[1], word[2],
			   word[3], word[4], word[5]);

	if (schedule->lines == LINES_MAX || count < 2)
		return false;
	line->at = START + (int64_t)(strtod(word[0], NULL) * 1e9);
	rel_text_copy(line->verb, WORD, word[1]);
	for (int i = 2; i < count; i++) {
		if (rel_text_equal(word[i], "for") && i + 1 < count)
			line->duration = (int64_t)(strtod(word[++i], NULL) * 1e9);
		else if (rel_text_equal(word[i], "on") && i + 1 < count)
			rel_text_copy(line->other, WORD, word[++i]);
		else
			rel_text_copy(line->slot, WORD, word[i]);
	}
	schedule->lines++;
	return act_named(line->verb) != NULL || fault_of(line->verb) != FAULT_COUNT;
}

static bool read_expect(struct schedule *schedule, const char *words, int number)
{
	struct expectation *expect = &schedule->expect[schedule->expects];
	char sign[WORD];

	if (schedule->expects == EXPECT_MAX ||
	    sscanf(words, "%31s %31s %lf", expect->figure, sign, &expect->limit) != 3)
		return false;
	expect->exact = sign[0] == '=';
	expect->line = number;
	schedule->expects++;
	return rel_text_equal(expect->figure, "gap") || rel_text_equal(expect->figure, "changes") ||
	       rel_text_equal(expect->figure, "lost");
}

static bool read_setting(struct schedule *schedule, const char *name, const char *value)
{
	static const char *const modes[] = {"none", "rdb", "aof"};
	double number = strtod(value, NULL);

	if (rel_text_equal(name, "members"))
		schedule->members = (int)number;
	else if (rel_text_equal(name, "lease"))
		schedule->lease = (int64_t)(number * 1e9);
	else if (rel_text_equal(name, "grace"))
		schedule->grace = (int64_t)(number * 1e9);
	else if (rel_text_equal(name, "end"))
		schedule->end = START + (int64_t)(number * 1e9);
	else if (rel_text_equal(name, "seeds"))
		schedule->seeds = (uint32_t)number;
	else if (rel_text_equal(name, "volumes"))
		schedule->volumes = rel_text_equal(value, "yes");
	else if (rel_text_equal(name, "persistence")) {
		schedule->persistence = 0;
		while (schedule->persistence < 2 &&
		       !rel_text_equal(modes[schedule->persistence], value))
			schedule->persistence++;
	} else
		return false;
	return true;
}

static bool read_line(struct schedule *schedule, char *text, int number)
{
	char verb[WORD] = "", value[WORD] = "";
	int used = 0;

	text[strcspn(text, "#\n")] = '\0';
	if (sscanf(text, "%31s %n", verb, &used) < 1)
		return true;
	if (rel_text_equal(verb, "at"))
		return read_at(schedule, text + used);
	if (rel_text_equal(verb, "expect"))
		return read_expect(schedule, text + used, number);
	return sscanf(text + used, "%31s", value) == 1 && read_setting(schedule, verb, value);
}

struct schedule *case_read(const char *path)
{
	FILE *file = fopen(path, "r");
	struct schedule *schedule = calloc(1, sizeof(*schedule));
	char text[256];
	int number = 0;

	rel_assert(schedule != NULL);
	if (file == NULL) {
		fprintf(stderr, "%s: cannot be read\n", path);
		free(schedule);
		return NULL;
	}
	schedule->members = 3;
	schedule->volumes = 1;
	schedule->persistence = PERSIST_AOF;
	while (fgets(text, sizeof(text), file)) {
		number++;
		if (read_line(schedule, text, number))
			continue;
		fprintf(stderr, "%s:%d: not understood\n", path, number);
		fclose(file);
		free(schedule);
		return NULL;
	}
	fclose(file);
	return schedule;
}

uint32_t case_seeds(const struct schedule *schedule)
{
	return schedule->seeds ? schedule->seeds : SEEDS;
}

void case_free(struct schedule *schedule)
{
	free(schedule);
}

void case_settings(const struct schedule *schedule, struct settings *settings)
{
	uint64_t seed = settings->seed;

	world_settings(settings, 3);
	settings->seed = seed;
	settings->members = settings->expected = schedule->members;
	settings->lease = schedule->lease ? schedule->lease : 6 * SECOND;
	settings->renew = settings->lease / 3;
	settings->request_timeout = settings->lease / 4 < SECOND ? settings->lease / 4 : SECOND;
	settings->grace = schedule->grace ? schedule->grace : 10 * SECOND;
	settings->down_after = 5 * SECOND;
	settings->persistence = (enum persistence)schedule->persistence;
	settings->volumes = schedule->volumes != 0;
	settings->faults = 0;
	settings->intensity = 100;
	settings->max_lag = settings->backlog = 1 << 20;
	settings->router_every = 5 * MS;
	settings->sticky_every = 10 * MS;
	settings->calm_network = true;
	settings->faults_end = schedule->end ? schedule->end : START + 40 * SECOND;
	for (int i = 0; i < ORDINALS_MAX; i++)
		settings->priority[i] = 100;
}

void case_start(struct world *world)
{
	struct schedule *schedule = world->schedule;

	for (uint32_t i = 0; i < schedule->lines; i++)
		world_at(world, schedule->line[i].at, (struct cue){HAPPEN_CASE, NOBODY, 0, i, 0});
	schedule->gap = schedule->gap_from = 0;
	schedule->seen_writable = false;
	schedule->changes = schedule->epoch = 0;
	world_at(world, START + 10 * MS, (struct cue){HAPPEN_CASE, NOBODY, 0, LINES_MAX, 0});
}

void case_look(struct world *world)
{
	struct schedule *schedule = world->schedule;
	const struct version *now = register_now(world);
	bool writable = false, begun = world->now >= schedule->line[0].at;

	for (int i = 0; i < SLOTS_MAX; i++)
		writable = writable || (world->slot[i].used && redis_writable(world, i));
	if (writable) {
		schedule->seen_writable = true;
		schedule->gap_from = 0;
	} else if (schedule->seen_writable && begun && schedule->gap_from == 0) {
		schedule->gap_from = world->now;
	}
	if (schedule->gap_from && world->now - schedule->gap_from > schedule->gap)
		schedule->gap = world->now - schedule->gap_from;
	if (now && now->kind == REL_RECORD_HELD && now->record.epoch != schedule->epoch) {
		schedule->changes += begun && world->now < world->settings.faults_end;
		schedule->epoch = now->record.epoch;
	}
	world_at(world, world->now + MS, (struct cue){HAPPEN_CASE, NOBODY, 0, LINES_MAX, 0});
}

void case_line(struct world *world, uint32_t number)
{
	const struct line *line;
	const struct act *act;
	int slot;

	if (number == LINES_MAX) {
		case_look(world);
		return;
	}
	line = &world->schedule->line[number];
	act = act_named(line->verb);
	slot = line->slot[0] ? slot_named(world, line->slot) : slot_named(world, "leader");
	if (slot == NOBODY)
		world_fail(world, "case", "%s: no such member as '%s' now", line->verb, line->slot);
	TRACE(world, slot, "CASE %s", line->verb);
	if (act)
		act->run(world, slot, line->duration);
	else
		fault_do(world, fault_of(line->verb), slot,
			 line->other[0] ? slot_named(world, line->other) : NOBODY, line->duration);
}

static double figure(const struct world *world, const char *name)
{
	const struct schedule *schedule = world->schedule;
	uint64_t lost = world->stats.count[STAT_LOST_TAIL] + world->stats.count[STAT_LOST_COPIES] +
			world->stats.count[STAT_LOST_PASSED] + world->stats.count[STAT_LOST_FORCED];

	if (rel_text_equal(name, "gap"))
		return (double)schedule->gap / 1e6;
	if (rel_text_equal(name, "changes"))
		return (double)schedule->changes;
	return (double)lost;
}

bool case_met(const struct world *world, const char *path)
{
	bool met = true;

	for (uint32_t i = 0; i < world->schedule->expects; i++) {
		const struct expectation *expect = &world->schedule->expect[i];
		double value = figure(world, expect->figure);

		if (expect->exact ? value == expect->limit : value < expect->limit)
			continue;
		printf("%s:%d: %s is %.0f, not %s %.0f\n", path, expect->line, expect->figure,
		       value, expect->exact ? "=" : "<", expect->limit);
		met = false;
	}
	return met;
}
