/* SPDX-License-Identifier: Apache-2.0 */
#include "flags.h"

#include <string.h>

#include "redis-election/base/text.h"

#define OPTION_NAME_MAX 48

/* Splits "-name", "--name" or "--name=value"; NULL when it is no option. */
static const char *split(const char *word, size_t *length, const char **value)
{
	const char *name = word + 1, *equals;

	if (word[0] != '-' || !word[1])
		return NULL;
	if (*name == '-')
		name++;
	equals = strchr(name, '=');
	*length = equals ? (size_t)(equals - name) : strlen(name);
	*value = equals ? equals + 1 : NULL;
	return name;
}

static const struct rel_option *find(const char *name, size_t length)
{
	char word[OPTION_NAME_MAX];

	return rel_text_copy_n(word, sizeof(word), name, length) ? rel_option_find(word) : NULL;
}

/* Not shown: it may be a password that stands in the wrong place. */
static bool not_an_option(struct rel_load *load, int position)
{
	fprintf(load->err,
		"argument %d is no option: they are -name=value or -name value, and for on and "
		"off -name, -name=true or -name=false\n",
		position);
	return false;
}

bool rel_flags_read(struct rel_load *load, struct rel_flags *flags, int argc,
		    char *const argv[])
{
	*flags = (struct rel_flags){0};
	for (int i = 1; i < argc; i++) {
		struct rel_origin origin = {.source = REL_SOURCE_FLAG};
		size_t length = 0;
		const char *value = NULL, *name = split(argv[i], &length, &value);
		const struct rel_option *option;

		if (!name)
			return not_an_option(load, i);
		option = find(name, length);
		if (!option)
			return rel_load_unknown(load, name, length, &origin);
		if (!value && option->kind == REL_KIND_BOOL)
			value = "true";
		else if (!value && i + 1 < argc)
			value = argv[++i];
		if (!value)
			return rel_load_refuse(load, option, &origin, "needs a value");
		flags->values[option - rel_options] = value;
	}
	return true;
}
