/* SPDX-License-Identifier: Apache-2.0 */
/* Options of the client verbs, from one table. */
#ifndef REL_OPTIONS_H
#define REL_OPTIONS_H

#include <stdbool.h>
#include <stdio.h>

enum rel_output {
	REL_OUTPUT_TABLE,
	REL_OUTPUT_WIDE,
	REL_OUTPUT_JSON,
	REL_OUTPUT_YAML,
	REL_OUTPUT_NAME,
};

/* Texts point into argv. */
struct rel_options {
	const char *server;
	const char *secret_file; /* NULL = none */
	const char *cacert;      /* NULL = the system's */
	enum rel_output output;
	int watch_s;             /* 0 = once */
	bool color;              /* wanted and possible on stdout */
	const char *to;          /* NULL = not given */
	bool accept_data_loss;
	bool quiet;              /* while polling: an agent may be away for a moment */
};

/* Which options a verb takes beside those of every client verb. */
enum {
	REL_TAKES_OUTPUT = 1,
	REL_TAKES_TO = 2,
	REL_TAKES_LOSS = 4,
};

/* False after one line on stderr: exit with REL_EXIT_USAGE. */
bool rel_options_read(struct rel_options *options, unsigned takes, int argc, char **argv);

void rel_options_help_none(FILE *out);
void rel_options_help_client(FILE *out);
void rel_options_help_status(FILE *out);
void rel_options_help_switchover(FILE *out);
void rel_options_help_failover(FILE *out);

#endif
