/* SPDX-License-Identifier: Apache-2.0 */
/* The command line. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <glob.h>
#include <stdio.h>

#include "world.h"

#define CASES_MAX 128

struct options {
	uint64_t seed, runs; /* runs 0: as many as each case says */
	int jobs;
	bool trace, shrink, quiet, go_on;
	const char *rules; /* NULL = all */
	const char *cases[CASES_MAX];
	int case_count;
	glob_t found; /* in a folder; what `cases` borrows from */
	bool faults_given;
	uint64_t faults;
	int members, intensity; /* 0 = as the seed has it */
	double until;
};

/* False, and a line on stderr, for what it does not understand. */
bool options_read(struct options *options, int argc, char **argv);
void options_finish(struct options *options);

/* The settings of a seed, with what the command line overrides. */
void options_settings(const struct options *options, uint64_t seed, struct settings *settings);

/* Is a breach of this rule what we look for? */
bool options_wants(const struct options *options, const char *rule);

/* The command that runs this again. */
void options_replay(const struct options *options, const struct settings *settings, FILE *out);

#endif
