/* SPDX-License-Identifier: Apache-2.0 */
/* sim [--seed N] [--runs N] [--jobs N] [--trace] [--shrink] [[--case] FILE|FOLDER]...
 *     [--faults NAME,NAME|0xMASK] [--members N] [--intensity N] [--until SECONDS]
 *     [--quiet] [--go-on] [--rules RULE,RULE]
 * --go-on does not stop at the first failure; --rules looks for breaches of these
 * rules only, and stops at the first.
 * Runs seeds, or directed schedules. Exit 0 when all passed, 1 when a rule was
 * broken or something was never exercised, 2 for wrong arguments. */
#include <inttypes.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "cases.h"
#include "options.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"
#include "shrink.h"
#include "trace.h"
#include "world.h"

#define JOBS_MAX 16
#define FULL_RUN 1000 /* from so many seeds on, everything must have happened */
#define TWICE_EVERY 50 /* so many seeds are run a second time and compared */

/* Shared with the processes that run seeds. */
struct result {
	struct stats stats;
	uint64_t seed; /* being run: for a process that died of it */
	bool failed, finished;
	uint64_t failed_seed;
};

static double elapsed(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The same once more, with lines; tells what the rule was and how to see it again. */
static void report(struct world *world, const struct options *options,
		   const struct settings *settings)
{
	static struct trace trace;

	trace.out = NULL;
	trace.count = 0;
	world->trace = &trace;
	world->tracing = true;
	world_run(world, settings);
	world->tracing = false;
	trace_kept(&trace, stdout);
	printf("seed %" PRIu64 " at %.4f s: %s: %s\n", settings->seed,
	       (double)(world->verdict.at - START) / 1e9, world->verdict.rule, world->verdict.text);
	options_replay(options, settings, stdout);
	fflush(stdout);
}

static bool run_seed(struct world *world, const struct options *options, uint64_t seed,
		     struct stats *stats)
{
	struct settings settings;
	uint64_t hash;

	options_settings(options, seed, &settings);
	world_run(world, &settings);
	stats_add(stats, &world->stats);
	if (world->verdict.failed && !options_wants(options, world->verdict.rule)) {
		stats->failed--;
		return true;
	}
	if (world->verdict.failed) {
		report(world, options, &settings);
		return false;
	}
	if (seed % TWICE_EVERY != 0)
		return true;
	hash = world->hash;
	world_run(world, &settings);
	if (world->hash == hash)
		return true;
	printf("seed %" PRIu64 ": S13: a second run of the same seed went another way\n", seed);
	stats->failed++;
	return false;
}

static void run_share(const struct options *options, int job, struct result *result)
{
	struct world *world = world_create();

	for (uint64_t i = (uint64_t)job; i < options->runs; i += (uint64_t)options->jobs) {
		result->seed = options->seed + i;
		if (run_seed(world, options, result->seed, &result->stats))
			continue;
		result->failed = true;
		result->failed_seed = result->seed;
		if (!options->go_on)
			break;
	}
	result->finished = true;
	world_destroy(world);
}

static int run_seeds(const struct options *options)
{
	struct result *results = mmap(NULL, sizeof(*results) * JOBS_MAX, PROT_READ | PROT_WRITE,
				      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	static struct stats sum;
	double start = elapsed();
	uint64_t failed;
	int missing = 0;

	rel_assert(results != MAP_FAILED);
	if (options->jobs == 1)
		run_share(options, 0, &results[0]);
	for (int job = 0; job < options->jobs && options->jobs > 1; job++) {
		fflush(stdout);
		if (fork() != 0)
			continue;
		run_share(options, job, &results[job]);
		fflush(stdout);
		_exit(0);
	}
	while (wait(NULL) > 0)
		continue;
	for (int job = 0; job < options->jobs; job++) {
		stats_add(&sum, &results[job].stats);
		if (results[job].finished)
			continue;
		printf("seed %" PRIu64 ": the process died\n", results[job].seed);
		sum.failed++;
	}
	failed = sum.failed;
	if (!options->quiet)
		stats_print(&sum, elapsed() - start);
	if (sum.seeds >= FULL_RUN && !options->faults_given)
		missing = stats_missing(&sum);
	printf("%" PRIu64 " passed, %" PRIu64 " failed\n", sum.seeds - failed,
	       failed + (uint64_t)missing);
	return failed > 0 || missing > 0;
}

static bool run_case(struct world *world, const struct options *options, const char *path)
{
	struct settings settings = {0};
	struct schedule *schedule = case_read(path);
	bool passed = true;
	uint64_t seed, end;

	if (schedule == NULL)
		return false;
	world->schedule = schedule;
	end = options->seed + (options->runs ? options->runs : case_seeds(schedule));
	for (seed = options->seed; passed && seed < end; seed++) {
		settings.seed = seed;
		case_settings(schedule, &settings);
		world_run(world, &settings);
		passed = !world->verdict.failed && case_met(world, path);
		if (passed)
			continue;
		if (world->verdict.failed)
			report(world, options, &settings);
		printf("replay: sim --case %s --seed %" PRIu64 " --runs 1 --trace\n", path, seed);
	}
	printf("%s %s\n", passed ? "ok  " : "FAIL", path);
	world->schedule = NULL;
	case_free(schedule);
	return passed;
}

static int run_cases(const struct options *options)
{
	struct world *world = world_create();
	int failed = 0;

	for (int i = 0; i < options->case_count; i++)
		failed += !run_case(world, options, options->cases[i]);
	world_destroy(world);
	printf("%d passed, %d failed\n", options->case_count - failed, failed);
	return failed > 0;
}

/* All lines of one seed. */
static int run_traced(const struct options *options)
{
	static struct trace trace;
	struct world *world = world_create();
	struct settings settings = {.seed = options->seed};
	bool failed;

	if (options->case_count > 0) {
		world->schedule = case_read(options->cases[0]);
		if (world->schedule == NULL)
			return 2;
		case_settings(world->schedule, &settings);
	} else {
		options_settings(options, options->seed, &settings);
	}
	trace.out = stdout;
	world->trace = &trace;
	world->tracing = true;
	world_run(world, &settings);
	failed = world->verdict.failed;
	if (failed)
		printf("%s: %s\n", world->verdict.rule, world->verdict.text);
	case_free(world->schedule);
	world_destroy(world);
	printf("%d passed, %d failed\n", !failed, failed);
	return failed;
}

static int run(const struct options *options)
{
	if (options->trace)
		return run_traced(options);
	if (options->shrink)
		return shrink(options);
	if (options->case_count > 0)
		return run_cases(options);
	return run_seeds(options);
}

int main(int argc, char **argv)
{
	struct options options;
	int code = options_read(&options, argc, argv) ? run(&options) : 2;

	options_finish(&options);
	return code;
}
