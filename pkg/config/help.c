/* SPDX-License-Identifier: Apache-2.0 */
/* The table of options as help for people and as documentation. */
#include <string.h>

#include "option.h"
#include "redis-election/base/text.h"

#define WIDTH 80
#define INDENT 34

static const char *const titles[REL_GROUPS] = {
	[REL_GROUP_GENERAL] = "General",
	[REL_GROUP_IDENTITY] = "Identity",
	[REL_GROUP_REDIS] = "Redis",
	[REL_GROUP_ELECTION] = "Election",
	[REL_GROUP_FENCE] = "Fence",
	[REL_GROUP_KUBERNETES] = "Kubernetes",
	[REL_GROUP_SERVING] = "Serving",
	[REL_GROUP_COMPAT] = "Accepted from other systems, without effect",
	[REL_GROUP_LATER] = "Not available in this version",
};

/* Help, default, variable and other name, as one text. */
static void describe(const struct rel_option *option, char *to, size_t size)
{
	char part[REL_CONFIG_TEXT];

	rel_text_copy(to, size, option->help);
	if (option->initial) {
		rel_text_format(part, sizeof(part), " (default %s)", option->initial);
		rel_text_append(to, size, part);
	}
	if (option->environment) {
		rel_text_format(part, sizeof(part), " [%s]", option->environment);
		rel_text_append(to, size, part);
	}
	if (option->alias) {
		rel_text_format(part, sizeof(part), " (also --%s)", option->alias);
		rel_text_append(to, size, part);
	}
}

/* Words from column on, new lines starting at INDENT. */
static void wrap(FILE *out, const char *text, size_t column)
{
	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > INDENT && column + 1 + length > WIDTH) {
			fprintf(out, "\n%*s", INDENT, "");
			column = INDENT;
		} else if (column > INDENT) {
			fputc(' ', out);
			column++;
		}
		fprintf(out, "%.*s", (int)length, text);
		column += length;
		text += length + strspn(text + length, " ");
	}
	fputc('\n', out);
}

static void help_option(FILE *out, const struct rel_option *option)
{
	char head[INDENT * 2], text[REL_CONFIG_TEXT * 2];

	rel_text_format(head, sizeof(head), "  --%s%s%s", option->name,
			option->metavar ? " " : "", option->metavar ? option->metavar : "");
	describe(option, text, sizeof(text));
	fputs(head, out);
	if (strlen(head) + 2 > INDENT)
		fprintf(out, "\n%*s", INDENT, "");
	else
		fprintf(out, "%*s", (int)(INDENT - strlen(head)), "");
	wrap(out, text, INDENT);
}

/* Names only: nobody should learn to use these. */
static void help_names(FILE *out, enum rel_option_group group)
{
	size_t column = 0;

	for (size_t i = 0; i < rel_options_count; i++) {
		size_t length = strlen(rel_options[i].name) + 3;

		if (rel_options[i].group != group)
			continue;
		if (column == 0 || column + length > WIDTH) {
			fputs(column ? "\n " : " ", out);
			column = 1;
		}
		fprintf(out, " --%s", rel_options[i].name);
		column += length;
	}
	fputc('\n', out);
}

void rel_config_help(FILE *out)
{
	for (enum rel_option_group group = REL_GROUP_GENERAL; group < REL_GROUP_LATER; group++) {
		fprintf(out, "%s%s:\n", group == REL_GROUP_GENERAL ? "" : "\n", titles[group]);
		if (group == REL_GROUP_COMPAT) {
			help_names(out, group);
			continue;
		}
		for (size_t i = 0; i < rel_options_count; i++)
			if (rel_options[i].group == group)
				help_option(out, &rel_options[i]);
	}
}

/* A cell: pipes would end it. */
static void cell(FILE *out, const char *text, const char *quote)
{
	fprintf(out, " %s", quote);
	for (; *text; text++)
		fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
	fprintf(out, "%s |", quote);
}

static void markdown_option(FILE *out, const struct rel_option *option)
{
	char allowed[256], name[96];

	rel_text_format(name, sizeof(name), "--%s", option->name);
	rel_option_allowed(option, allowed, sizeof(allowed));
	fputc('|', out);
	cell(out, name, "`");
	cell(out, option->initial ? option->initial : "", option->initial ? "`" : "");
	cell(out, option->group == REL_GROUP_LATER ? "" : allowed, "");
	fprintf(out, " %s", option->help ? option->help : "");
	if (option->environment)
		fprintf(out, "; environment `%s`", option->environment);
	if (option->alias)
		fprintf(out, "; also `--%s`", option->alias);
	fputs(" |\n", out);
}

void rel_config_markdown(FILE *out)
{
	for (enum rel_option_group group = REL_GROUP_GENERAL; group < REL_GROUPS; group++) {
		fprintf(out, "%s### %s\n\n", group == REL_GROUP_GENERAL ? "" : "\n",
			titles[group]);
		if (group == REL_GROUP_LATER)
			fputs("Each of these is refused with exit code 2.\n\n", out);
		fputs("| option | default | allowed | meaning |\n|---|---|---|---|\n", out);
		for (size_t i = 0; i < rel_options_count; i++)
			if (rel_options[i].group == group)
				markdown_option(out, &rel_options[i]);
	}
}
