/* SPDX-License-Identifier: Apache-2.0 */
#include "load.h"

#include <stdarg.h>
#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

/* Of a value in a complaint; longer ones are cut. */
#define SHOWN_MAX 80
#define REASON_MAX 256

/* The value as it may be shown: never a secret, nothing a terminal would obey. */
static void shown(const struct rel_option *option, const char *text, char to[SHOWN_MAX])
{
	if (option->kind == REL_KIND_SECRET) {
		rel_text_copy(to, SHOWN_MAX, "***");
		return;
	}
	if (!rel_text_copy(to, SHOWN_MAX, text))
		rel_text_copy(to + SHOWN_MAX - 4, 4, "...");
	for (char *c = to; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
}

static void place(const struct rel_load *load, const struct rel_option *option,
		  const struct rel_origin *origin, char *to, size_t size)
{
	switch (origin->source) {
	case REL_SOURCE_DEFAULT:
		rel_text_copy(to, size, "default");
		return;
	case REL_SOURCE_FILE:
		rel_text_format(to, size, "%s:%d", load->file ? load->file : "file", origin->line);
		return;
	case REL_SOURCE_ENVIRONMENT:
		rel_text_format(to, size, "environment variable %s",
				option && option->environment ? option->environment : "");
		return;
	case REL_SOURCE_FLAG:
		rel_text_copy(to, size, "command line");
		return;
	}
}

static void complain(struct rel_load *load, const char *kind, const struct rel_option *option,
		     const struct rel_origin *origin, const char *reason)
{
	char value[SHOWN_MAX], from[REL_CONFIG_TEXT + 32];
	bool assigned = origin->text != NULL;

	shown(option, assigned ? origin->text : "", value);
	place(load, option, origin, from, sizeof(from));
	if (!assigned && origin->source == REL_SOURCE_DEFAULT)
		rel_text_copy(from, sizeof(from), "not set");
	fprintf(load->err, "%s--%s%s%s (%s): %s\n", kind, option->name, assigned ? "=" : "",
		assigned ? value : "", from, reason);
}

bool rel_load_refuse(struct rel_load *load, const struct rel_option *option,
		     const struct rel_origin *origin, const char *format, ...)
{
	char reason[REASON_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(reason, sizeof(reason), format, arguments);
	va_end(arguments);
	complain(load, "", option, origin, reason);
	return false;
}

void rel_load_warn(struct rel_load *load, const struct rel_option *option,
		   const struct rel_origin *origin, const char *reason)
{
	complain(load, "warning: ", option, origin, reason);
}

bool rel_load_unknown(struct rel_load *load, const char *name, size_t length,
		      const struct rel_origin *origin)
{
	static const struct rel_option nothing = {.kind = REL_KIND_TEXT};
	char word[SHOWN_MAX], safe[SHOWN_MAX], from[REL_CONFIG_TEXT + 32];
	const char *nearest;

	rel_text_copy_n(word, sizeof(word), name, length);
	shown(&nothing, word, safe);
	place(load, NULL, origin, from, sizeof(from));
	nearest = rel_option_nearest(word);
	fprintf(load->err, "unknown option --%s (%s)%s%s%s\n", safe, from,
		nearest ? "; did you mean --" : "; see --help", nearest ? nearest : "",
		nearest ? "?" : "");
	return false;
}

struct rel_origin *rel_load_origin(struct rel_load *load, const char *name)
{
	const struct rel_option *option = rel_option_find(name);

	rel_assert(option);
	return &load->origins[option - rel_options];
}

bool rel_load_given(struct rel_load *load, const char *name)
{
	const struct rel_origin *origin = rel_load_origin(load, name);

	return origin->source != REL_SOURCE_DEFAULT && origin->text[0];
}

bool rel_load_refuse_name(struct rel_load *load, const char *name, const char *reason)
{
	return rel_load_refuse(load, rel_option_find(name), rel_load_origin(load, name), "%s",
			       reason);
}

static bool accepts(const struct rel_option *option, const char *text, struct rel_config *config)
{
	bool needed = option->initial && option->initial[0];

	return (text[0] || !needed) && rel_option_store(option, text, config);
}

bool rel_load_set(struct rel_load *load, const struct rel_option *option,
		  struct rel_origin origin)
{
	char allowed[REASON_MAX];

	if (option->group == REL_GROUP_LATER)
		return rel_load_refuse(load, option, &origin,
				       "is not available in this version");
	if (option->later && rel_option_listed(option->later, origin.text, strlen(origin.text)))
		return rel_load_refuse(load, option, &origin,
				       "is not available in this version, allowed: %s",
				       option->choices);
	if (!accepts(option, origin.text, load->config)) {
		rel_option_allowed(option, allowed, sizeof(allowed));
		return rel_load_refuse(load, option, &origin, "allowed: %s", allowed);
	}
	load->origins[option - rel_options] = origin;
	return true;
}
