/* SPDX-License-Identifier: Apache-2.0 */
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "redis-election/base/text.h"
#include "redis-election/bootstrap.h"
#include "redis-election/redis_view.h"

/* What the election needs to be so: a user's setting of these is refused. */
static const char *const reserved[] = {"replicaof", "slaveof", "min-replicas-to-write",
				       "min-slaves-to-write", "port", "masterauth",
				       "masteruser", "requirepass", "replica-read-only",
				       "slave-read-only", "daemonize"};

static const struct {
	const char *name, *value, *why;
} defaults[] = {
	{"appendonly", "yes", NULL},
	{"aof-use-rdb-preamble", "yes", NULL},
	{"repl-diskless-sync", "yes", NULL},
	{"repl-diskless-sync-delay", "0", "a first full sync need not wait for others"},
	{"repl-backlog-size", "64mb", "a returning member continues where it was"},
	{"repl-timeout", "20", NULL},
	{"tcp-keepalive", "60", "dead clients are noticed within a minute"},
};

/* Redis reads \xHH inside double quotes: any byte can be in a password. */
static void add_quoted(struct rel_buf *out, const char *text)
{
	rel_buf_add_char(out, '"');
	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;
		if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\')
			rel_buf_printf(out, "\\x%02x", c);
		else
			rel_buf_add_char(out, *text);
	}
	rel_buf_add_char(out, '"');
}

static void add_secret(struct rel_buf *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return;
	rel_buf_printf(out, "%s ", name);
	add_quoted(out, value);
	rel_buf_add_char(out, '\n');
}

static bool is_setting(const char *setting, const char *name)
{
	size_t length = strlen(name);

	return strncasecmp(setting, name, length) == 0 && setting[length] == ' ';
}

static bool check(const char *setting, char *error, size_t size)
{
	const char *blank = strchr(setting, ' ');

	if (blank == NULL || blank == setting || blank[1] == '\0' ||
	    strpbrk(setting, "\r\n") != NULL) {
		rel_text_format(error, size, "setting \"%s\": must be \"NAME VALUE\" on one line",
				setting);
		return false;
	}
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (is_setting(setting, reserved[i])) {
			rel_text_format(error, size,
					"setting \"%s\": %s belongs to the election and has its "
					"own option or none",
					setting, reserved[i]);
			return false;
		}
	return true;
}

static bool overridden(const struct rel_bootstrap *options, const char *name)
{
	for (int i = 0; i < options->setting_count; i++)
		if (is_setting(options->settings[i], name))
			return true;
	return false;
}

static void add_defaults(const struct rel_bootstrap *options, struct rel_buf *out)
{
	for (size_t i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++) {
		if (overridden(options, defaults[i].name))
			continue;
		if (defaults[i].why != NULL)
			rel_buf_printf(out, "# %s\n", defaults[i].why);
		rel_buf_printf(out, "%s %s\n", defaults[i].name, defaults[i].value);
	}
}

bool rel_bootstrap_redis_conf(const struct rel_bootstrap *options, struct rel_buf *out,
			      char *error, size_t error_size)
{
	for (int i = 0; i < options->setting_count; i++)
		if (!check(options->settings[i], error, error_size))
			return false;
	rel_buf_add_text(out, "# Written by redis-election init.\n"
			      "# It starts as a replica of nowhere that refuses every write; the\n"
			      "# agent beside it decides what it becomes.\n");
	rel_buf_printf(out, "replicaof %s %d\nmin-replicas-to-write %d\n", REL_NOWHERE_HOST,
		       REL_NOWHERE_PORT, REL_LATCH_VALUE);
	rel_buf_printf(out, "port %u\n", (unsigned)options->port);
	rel_buf_printf(out, "bind %s\n", options->bind[0] != '\0' ? options->bind : "* -::*");
	if (options->directory[0] != '\0') {
		rel_buf_add_text(out, "dir ");
		add_quoted(out, options->directory);
		rel_buf_add_char(out, '\n');
	}
	add_secret(out, "masteruser", options->username);
	add_secret(out, "masterauth", options->password);
	add_secret(out, "requirepass", options->password);
	if (options->password[0] == '\0')
		rel_buf_add_text(out, "# no password is set: keep it inside a trusted network\n"
				      "protected-mode no\n");
	add_defaults(options, out);
	for (int i = 0; i < options->setting_count; i++)
		rel_buf_printf(out, "%s\n", options->settings[i]);
	if (out->overflowed)
		rel_text_format(error, error_size, "the configuration is too large");
	return !out->overflowed;
}
