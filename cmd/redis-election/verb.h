/* SPDX-License-Identifier: Apache-2.0 */
/* The verbs and what they share. Each verb is one function in its own file and one
 * row in verbs.c. */
#ifndef REL_VERB_H
#define REL_VERB_H

#include <stdbool.h>
#include <stdio.h>

enum rel_exit {
	REL_EXIT_OK,
	REL_EXIT_ERROR,
	REL_EXIT_USAGE,
	REL_EXIT_NO_LEADER, /* or unhealthy */
	REL_EXIT_UNREACHABLE,
	REL_EXIT_REFUSED,
};

struct rel_verb {
	const char *name;
	const char *alias;    /* NULL = none */
	const char *summary;  /* one line for the list of verbs; NULL = not listed */
	const char *synopsis; /* what follows the name */
	const char *details;  /* paragraphs of the verb's own help */
	/* Prints the options; NULL = the verb answers --help itself. */
	void (*options)(FILE *out);
	/* argv[0] is the verb's name. Returns an exit code. */
	int (*run)(int argc, char **argv);
};

/* Ends with a row without name. */
extern const struct rel_verb rel_verbs[];

const struct rel_verb *rel_verb_find(const char *name);
/* The verb that name was probably meant to be, or NULL. */
const struct rel_verb *rel_verb_nearest(const char *name);

void rel_help(FILE *out);
void rel_verb_help(const struct rel_verb *verb, FILE *out);

int rel_verb_run(int argc, char **argv);
int rel_verb_init(int argc, char **argv);
int rel_verb_status(int argc, char **argv);
int rel_verb_history(int argc, char **argv);
int rel_verb_leader(int argc, char **argv);
int rel_verb_switchover(int argc, char **argv);
int rel_verb_failover(int argc, char **argv);
int rel_verb_pause(int argc, char **argv);
int rel_verb_resume(int argc, char **argv);
int rel_verb_version(int argc, char **argv);
int rel_verb_docs(int argc, char **argv);

#endif
