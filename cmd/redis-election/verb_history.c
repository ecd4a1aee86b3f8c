/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "output.h"
#include "table.h"

static const struct rel_column columns[] = {
	{"TIME", false},   {"FROM", false},  {"TO", false}, {"EPOCH", true},
	{"REASON", false}, {"LOST?", false}, {NULL, false},
};

static void put(struct rel_table *table, const struct rel_transition *transition)
{
	char at[REL_WALL_TEXT], lost[REL_STATUS_LOST];

	rel_wall_format(transition->at, at);
	at[19] = 'Z'; /* whole seconds are enough for a reader */
	at[20] = '\0';
	rel_status_lost(transition, lost);
	rel_table_put(table, 0, REL_PLAIN, "%s", at);
	rel_table_put(table, 1, REL_PLAIN, "%s", *transition->from ? transition->from : "-");
	rel_table_put(table, 2, REL_PLAIN, "%s", *transition->to ? transition->to : "-");
	rel_table_put(table, 3, REL_PLAIN, "%" PRIu64, transition->epoch);
	rel_table_put(table, 4, REL_PLAIN, "%s", transition->reason);
	rel_table_put(table, 5, *lost && *lost != '0' ? REL_YELLOW : REL_PLAIN, "%s",
		      *lost ? lost : "-");
}

static void print_table(const struct rel_options *options, const struct rel_status *status)
{
	static struct rel_table table;

	memset(&table, 0, sizeof(table));
	table.columns = columns;
	for (uint8_t i = 0; i < status->history_count; i++)
		put(&table, &status->history[i]);
	rel_table_print(&table, options->color, stdout);
}

static int show(const struct rel_options *options, const struct rel_status *status,
		const struct rel_buf *json)
{
	switch (options->output) {
	case REL_OUTPUT_TABLE:
	case REL_OUTPUT_WIDE:
		print_table(options, status);
		break;
	case REL_OUTPUT_JSON:
		rel_output_json(json, "history", stdout);
		break;
	case REL_OUTPUT_YAML:
		rel_output_yaml(json, "history", stdout);
		break;
	case REL_OUTPUT_NAME:
		for (uint8_t i = 0; i < status->history_count; i++)
			puts(status->history[i].to);
		break;
	}
	return REL_EXIT_OK;
}

int rel_verb_history(int argc, char **argv)
{
	struct rel_options options;

	if (!rel_options_read(&options, REL_TAKES_OUTPUT, argc, argv))
		return REL_EXIT_USAGE;
	return rel_output_status(&options, show);
}
