/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "output.h"
#include "redis-election/base/text.h"
#include "table.h"

static const struct rel_column columns[] = {
	{"MEMBER", false}, {"ROLE", false}, {"REDIS", false},   {"LINK", false},
	{"OFFSET", true},  {"LAG", true},   {"SEEN", true},     {"NOTE", false},
	{NULL, false},
};

static const struct rel_column wide_columns[] = {
	{"MEMBER", false}, {"ROLE", false},    {"REDIS", false}, {"LINK", false},
	{"OFFSET", true},  {"LAG", true},      {"SEEN", true},   {"NOTE", false},
	{"ADDRESS", false}, {"VERSION", false}, {"UID", false},  {NULL, false},
};

static enum rel_paint role_paint(const struct rel_status_member *member)
{
	if (rel_text_equal(member->role, "leader"))
		return REL_GREEN;
	return rel_text_equal(member->role, "replica") ? REL_PLAIN : REL_YELLOW;
}

static void put_number(struct rel_table *table, size_t column, int64_t number)
{
	if (number < 0)
		rel_table_put(table, column, REL_DIM, "-");
	else
		rel_table_put(table, column, REL_PLAIN, "%" PRId64, number);
}

static void put_link(struct rel_table *table, const struct rel_status_member *member)
{
	if (member->is_leader)
		rel_table_put(table, 3, REL_DIM, "-");
	else
		rel_table_put(table, 3, member->link_up ? REL_PLAIN : REL_RED, "%s",
			      member->link_up ? "up" : "down");
}

static void put_member(struct rel_table *table, const struct rel_status_member *member, bool wide)
{
	char seen[REL_STATUS_SPAN];

	rel_status_span(member->seen_ms_ago, seen);
	rel_table_put(table, 0, member->is_leader ? REL_BOLD : REL_PLAIN, "%s%s",
		      member->member.name, member->is_self ? "*" : "");
	rel_table_put(table, 1, role_paint(member), "%s", *member->role ? member->role : "unknown");
	rel_table_put(table, 2, member->redis_up ? REL_PLAIN : REL_RED, "%s",
		      member->redis_up ? "up" : "down");
	put_link(table, member);
	put_number(table, 4, member->offset);
	put_number(table, 5, member->lag);
	rel_table_put(table, 6, REL_PLAIN, "%s", seen);
	rel_table_put(table, 7, REL_YELLOW, "%s", member->note);
	if (!wide)
		return;
	rel_table_put(table, 8, REL_PLAIN, "%s", *member->address ? member->address : "-");
	rel_table_put(table, 9, REL_PLAIN, "%s",
		      *member->redis_version ? member->redis_version : "-");
	rel_table_put(table, 10, REL_DIM, "%s", *member->member.uid ? member->member.uid : "-");
}

static void print_headline(const struct rel_options *options, const struct rel_status *status)
{
	char line[REL_STATUS_HEADLINE];

	rel_status_headline(status, line);
	printf("Set %s, namespace %s.\n", status->set_name,
	       *status->namespace_ ? status->namespace_ : "-");
	rel_paint(*status->leader ? REL_BOLD : REL_RED, line, options->color, stdout);
	fputc('\n', stdout);
}

static void print_details(const struct rel_status *status)
{
	char contact[REL_STATUS_SPAN];

	rel_status_span(status->register_contact_ms_ago, contact);
	printf("Seen by %s (%s, election %s): %s by rule %s; fence %s%s; register answered %s%s.\n",
	       status->self.name, status->version, status->mode,
	       *status->goal ? status->goal : "-", *status->rule ? status->rule : "-",
	       *status->fence_layer ? status->fence_layer : "-",
	       status->fenced ? ", refusing writes" : "", contact,
	       status->register_contact_ms_ago < 0 ? "" : " ago");
}

static void print_notes(const struct rel_options *options, const struct rel_status *status)
{
	if (status->paused)
		rel_paint(REL_YELLOW, "Paused: nobody is promoted or demoted automatically.\n",
			  options->color, stdout);
	if (status->request.id)
		printf("Switchover to %s is asked for.\n",
		       *status->request.to ? status->request.to : "the best replica");
	if (*status->leader && *status->reason)
		printf("Note: %s\n", status->reason);
}

static void print_table(const struct rel_options *options, const struct rel_status *status)
{
	bool wide = options->output == REL_OUTPUT_WIDE;
	static struct rel_table table;

	memset(&table, 0, sizeof(table));
	table.columns = wide ? wide_columns : columns;
	print_headline(options, status);
	if (wide)
		print_details(status);
	for (uint8_t i = 0; i < status->member_count; i++)
		put_member(&table, &status->members[i], wide);
	rel_table_print(&table, options->color, stdout);
	print_notes(options, status);
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
		rel_output_json(json, NULL, stdout);
		break;
	case REL_OUTPUT_YAML:
		rel_output_yaml(json, NULL, stdout);
		break;
	case REL_OUTPUT_NAME:
		for (uint8_t i = 0; i < status->member_count; i++)
			puts(status->members[i].member.name);
		break;
	}
	return *status->leader ? REL_EXIT_OK : REL_EXIT_NO_LEADER;
}

int rel_verb_status(int argc, char **argv)
{
	struct rel_options options;

	if (!rel_options_read(&options, REL_TAKES_OUTPUT, argc, argv))
		return REL_EXIT_USAGE;
	return rel_output_status(&options, show);
}
