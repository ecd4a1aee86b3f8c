/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <inttypes.h>

#include "redis-election/base/text.h"

static bool read_faults(struct options *options, const char *text)
{
	char name[64];

	options->faults_given = true;
	if (rel_text_starts(text, "0x")) {
		options->faults = strtoull(text, NULL, 16);
		return true;
	}
	while (*text != '\0') {
		size_t length = strcspn(text, ",");

		if (!rel_text_copy_n(name, sizeof(name), text, length) ||
		    fault_of(name) == FAULT_COUNT)
			return false;
		options->faults |= UINT64_C(1) << fault_of(name);
		text += length + (text[length] == ',');
	}
	return true;
}

static bool read_flag(struct options *options, const char *name)
{
	if (rel_text_equal(name, "--trace"))
		options->trace = true;
	else if (rel_text_equal(name, "--shrink"))
		options->shrink = true;
	else if (rel_text_equal(name, "--quiet"))
		options->quiet = true;
	else if (rel_text_equal(name, "--go-on"))
		options->go_on = true;
	else
		return false;
	return true;
}

/* A schedule, or all of a folder. */
static bool add_cases(struct options *options, const char *path)
{
	char pattern[256];
	size_t before = options->found.gl_pathc;

	if (options->case_count == CASES_MAX)
		return false;
	if (strlen(path) > 4 && rel_text_equal(path + strlen(path) - 4, ".txt")) {
		options->cases[options->case_count++] = path;
		return true;
	}
	rel_text_format(pattern, sizeof(pattern), "%s/*.txt", path);
	if (before > 0 || glob(pattern, 0, NULL, &options->found) != 0)
		return false;
	for (size_t i = 0; i < options->found.gl_pathc; i++) {
		if (options->case_count == CASES_MAX)
			return false;
		options->cases[options->case_count++] = options->found.gl_pathv[i];
	}
	return true;
}

static bool read_value(struct options *options, const char *name, const char *value)
{
	uint64_t number = 0;
	bool is_number = rel_text_to_u64(value, &number);

	if (rel_text_equal(name, "--case"))
		return add_cases(options, value);
	if (rel_text_equal(name, "--rules")) {
		options->rules = value;
		return true;
	}
	if (rel_text_equal(name, "--faults"))
		return read_faults(options, value);
	if (rel_text_equal(name, "--until")) {
		options->until = strtod(value, NULL);
		return options->until > 0;
	}
	if (!is_number)
		return false;
	if (rel_text_equal(name, "--seed"))
		options->seed = number;
	else if (rel_text_equal(name, "--runs"))
		options->runs = number;
	else if (rel_text_equal(name, "--jobs") && number >= 1 && number <= 16)
		options->jobs = (int)number;
	else if (rel_text_equal(name, "--members") && number >= 1 && number <= ORDINALS_MAX)
		options->members = (int)number;
	else if (rel_text_equal(name, "--intensity") && number >= 1 && number <= 1000)
		options->intensity = (int)number;
	else
		return false;
	return true;
}

bool options_read(struct options *options, int argc, char **argv)
{
	*options = (struct options){.seed = 1, .runs = 0, .jobs = 1};
	for (int i = 1; i < argc; i++) {
		if (read_flag(options, argv[i]))
			continue;
		if (argv[i][0] != '-' && add_cases(options, argv[i]))
			continue;
		if (i + 1 < argc && read_value(options, argv[i], argv[i + 1])) {
			i++;
			continue;
		}
		fprintf(stderr, "sim: %s is not understood; see test/sim/main.c\n", argv[i]);
		return false;
	}
	if (options->runs == 0 && options->case_count == 0)
		options->runs = 1;
	return true;
}

void options_finish(struct options *options)
{
	globfree(&options->found);
}

bool options_wants(const struct options *options, const char *rule)
{
	const char *at = options->rules;
	size_t length = strlen(rule);

	if (at == NULL)
		return true;
	while ((at = strstr(at, rule)) != NULL) {
		if ((at == options->rules || at[-1] == ',') &&
		    (at[length] == '\0' || at[length] == ','))
			return true;
		at += length;
	}
	return false;
}

void options_settings(const struct options *options, uint64_t seed, struct settings *settings)
{
	world_settings(settings, seed);
	if (options->faults_given)
		settings->faults = options->faults;
	if (options->members)
		settings->members = options->members;
	if (options->intensity)
		settings->intensity = options->intensity;
	if (options->until > 0)
		settings->faults_end = START + (int64_t)(options->until * 1e9);
}

void options_replay(const struct options *options, const struct settings *settings, FILE *out)
{
	if (options->case_count > 0)
		return;
	fprintf(out, "replay: sim --seed %" PRIu64, settings->seed);
	if (options->faults_given)
		fprintf(out, " --faults 0x%" PRIx64, options->faults);
	if (options->members)
		fprintf(out, " --members %d", options->members);
	if (options->intensity)
		fprintf(out, " --intensity %d", options->intensity);
	if (options->until > 0)
		fprintf(out, " --until %g", options->until);
	fprintf(out, " --trace\n");
}
