/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include "redis-election/base/text.h"

#define DEFAULT_SERVER "http://127.0.0.1:8081"
#define DEFAULT_WATCH_S 2
#define WATCH_MAX_S 3600

struct row {
	const char *name; /* without the dashes */
	char letter;      /* 0 = none */
	enum { NONE, REQUIRED, OPTIONAL } value;
	unsigned takes; /* 0 = every client verb */
	const char *label;
	const char *help;
	bool (*set)(struct rel_options *options, const char *value);
};

static const char *const outputs[] = {
	[REL_OUTPUT_TABLE] = "table", [REL_OUTPUT_WIDE] = "wide", [REL_OUTPUT_JSON] = "json",
	[REL_OUTPUT_YAML] = "yaml",   [REL_OUTPUT_NAME] = "name",
};

static bool set_server(struct rel_options *options, const char *value)
{
	options->server = value;
	return rel_text_starts(value, "http://") || rel_text_starts(value, "https://");
}

static bool set_secret_file(struct rel_options *options, const char *value)
{
	options->secret_file = value;
	return *value;
}

static bool set_cacert(struct rel_options *options, const char *value)
{
	options->cacert = value;
	return *value;
}

static bool set_output(struct rel_options *options, const char *value)
{
	for (size_t i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
		if (!rel_text_equal(outputs[i], value))
			continue;
		options->output = (enum rel_output)i;
		return true;
	}
	return false;
}

static bool set_watch(struct rel_options *options, const char *value)
{
	uint64_t seconds = DEFAULT_WATCH_S;

	if (value && !rel_text_to_u64(value, &seconds))
		return false;
	options->watch_s = (int)(seconds <= WATCH_MAX_S ? seconds : 0);
	return options->watch_s > 0;
}

static bool set_no_color(struct rel_options *options, const char *value)
{
	(void)value;
	options->color = false;
	return true;
}

static bool set_to(struct rel_options *options, const char *value)
{
	options->to = value;
	return *value && strlen(value) < 64;
}

static bool set_accept(struct rel_options *options, const char *value)
{
	(void)value;
	options->accept_data_loss = true;
	return true;
}

static const struct row rows[] = {
	{"to", 0, REQUIRED, REL_TAKES_TO, "NAME", "member that shall lead", set_to},
	{"accept-data-loss", 0, NONE, REL_TAKES_LOSS, "", "do it even if writes are lost",
	 set_accept},
	{"output", 'o', REQUIRED, REL_TAKES_OUTPUT, "FORMAT", "table, wide, json, yaml or name",
	 set_output},
	{"watch", 'w', OPTIONAL, REL_TAKES_OUTPUT, "[=SECONDS]",
	 "show again every 2 seconds, or 1 to 3600", set_watch},
	{"server", 0, REQUIRED, 0, "URL",
	 "agent to ask (default " DEFAULT_SERVER ")", set_server},
	{"shared-secret-file", 0, REQUIRED, 0, "FILE", "sign requests with the secret in this file",
	 set_secret_file},
	{"cacert", 0, REQUIRED, 0, "FILE", "certificates to trust for https", set_cacert},
	{"no-color", 0, NONE, 0, "", "no colours; so does the variable NO_COLOR", set_no_color},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* --name, --name=value, -name, and for letters -o value, -ovalue, -w, -w=value. */
static const struct row *find(const char *word, const char **value)
{
	const char *name = word + (word[1] == '-' ? 2 : 1);
	size_t size = strcspn(name, "=");

	*value = name[size] ? name + size + 1 : NULL;
	for (size_t i = 0; i < ROWS; i++) {
		if (strlen(rows[i].name) == size && strncmp(rows[i].name, name, size) == 0)
			return &rows[i];
	}
	for (size_t i = 0; i < ROWS && word[1] != '-'; i++) {
		if (!rows[i].letter || rows[i].letter != word[1])
			continue;
		*value = word[2] == '=' ? word + 3 : word[2] ? word + 2 : NULL;
		return &rows[i];
	}
	return NULL;
}

static bool may_color(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && (!no_color || !*no_color) &&
	       (!term || !rel_text_equal(term, "dumb"));
}

static bool complain(const char *verb, const char *what, const char *word)
{
	fprintf(stderr, "redis-election %s: %s %s; see --help\n", verb, what, word);
	return false;
}

static bool bad_value(const char *verb, const struct row *row, const char *value)
{
	fprintf(stderr, "redis-election %s: --%s: \"%s\" is not allowed: %s\n", verb, row->name,
		value ? value : "", row->help);
	return false;
}

/* Takes argv[*i] and what belongs to it. */
static bool take(struct rel_options *options, unsigned takes, char **argv, int *i)
{
	const char *word = argv[*i], *value = NULL;
	const struct row *row;

	if (word[0] != '-' || !word[1])
		return complain(argv[0], "unexpected argument", word);
	row = find(word, &value);
	if (!row || (row->takes & takes) != row->takes)
		return complain(argv[0], "unknown option", word);
	if (row->value == REQUIRED && !value)
		value = argv[*i + 1] ? argv[++*i] : NULL;
	if (row->value == REQUIRED && !value)
		return complain(argv[0], "missing value of", word);
	if (row->value == NONE && value)
		return complain(argv[0], "no value is allowed in", word);
	return row->set(options, value) || bad_value(argv[0], row, value);
}

bool rel_options_read(struct rel_options *options, unsigned takes, int argc, char **argv)
{
	*options = (struct rel_options){.server = DEFAULT_SERVER, .color = may_color()};
	for (int i = 1; i < argc; i++) {
		if (!take(options, takes, argv, &i))
			return false;
	}
	return true;
}

static void help(FILE *out, unsigned takes)
{
	char left[48];

	fputs("\nOptions:\n", out);
	for (size_t i = 0; i < ROWS; i++) {
		const struct row *row = &rows[i];

		if ((row->takes & takes) != row->takes)
			continue;
		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", row->letter ? '-' : ' ',
			 row->letter ? row->letter : ' ', row->letter ? ", " : "  ", row->name,
			 row->value == REQUIRED ? " " : "", row->label);
		fprintf(out, "  %-31s %s\n", left, row->help);
	}
	fprintf(out, "  %-31s %s\n", "-h, --help", "this text");
	fputs("\nExit codes: 0 ok, 1 error, 2 usage, 3 no leader or unhealthy,\n"
	      "4 agent unreachable, 5 refused.\n",
	      out);
}

void rel_options_help_none(FILE *out)
{
	(void)out;
}

void rel_options_help_client(FILE *out)
{
	help(out, 0);
}

void rel_options_help_status(FILE *out)
{
	help(out, REL_TAKES_OUTPUT);
}

void rel_options_help_switchover(FILE *out)
{
	help(out, REL_TAKES_TO);
}

void rel_options_help_failover(FILE *out)
{
	help(out, REL_TAKES_TO | REL_TAKES_LOSS);
}
