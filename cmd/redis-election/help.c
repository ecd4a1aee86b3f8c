/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/text.h"
#include "verb.h"

#define NAME_MAX_LENGTH 32

const struct rel_verb *rel_verb_find(const char *name)
{
	for (const struct rel_verb *verb = rel_verbs; verb->name; verb++) {
		if (rel_text_equal(verb->name, name) ||
		    (verb->alias && rel_text_equal(verb->alias, name)))
			return verb;
	}
	return NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance, one row at a time. */
static size_t distance(const char *a, const char *b)
{
	size_t row[NAME_MAX_LENGTH + 1], length = strlen(b);

	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t above = row[j + 1];

			row[j + 1] = least(least(row[j], above) + 1, diagonal + (a[i] != b[j]));
			diagonal = above;
		}
	}
	return row[length];
}

const struct rel_verb *rel_verb_nearest(const char *name)
{
	const struct rel_verb *nearest = NULL;
	size_t best = 3; /* farther away is no typing mistake */

	if (strlen(name) > NAME_MAX_LENGTH)
		return NULL;
	for (const struct rel_verb *verb = rel_verbs; verb->name; verb++) {
		size_t away = distance(name, verb->name);

		if (verb->alias)
			away = least(away, distance(name, verb->alias));
		if (away < best && away < strlen(name)) {
			best = away;
			nearest = verb;
		}
	}
	return nearest;
}

void rel_help(FILE *out)
{
	fputs("Usage: redis-election VERB [OPTION]...\n"
	      "Elects the leader of a set of Redis servers and shows or changes who leads.\n"
	      "\n"
	      "Verbs:\n",
	      out);
	for (const struct rel_verb *verb = rel_verbs; verb->name; verb++) {
		if (verb->summary)
			fprintf(out, "  %-11s %s%s%s%s\n", verb->name, verb->summary,
				verb->alias ? " (also: " : "", verb->alias ? verb->alias : "",
				verb->alias ? ")" : "");
	}
	fputs("\n"
	      "Options:\n"
	      "  -h, --help  this text; with a verb: its own\n"
	      "  --version   the same as the verb version\n"
	      "\n"
	      "Exit codes: 0 ok, 1 error, 2 usage, 3 no leader or unhealthy,\n"
	      "4 agent unreachable, 5 refused.\n",
	      out);
}

void rel_verb_help(const struct rel_verb *verb, FILE *out)
{
	fprintf(out, "Usage: redis-election %s%s%s\n\n%s", verb->name, *verb->synopsis ? " " : "",
		verb->synopsis, verb->details);
	verb->options(out);
}
