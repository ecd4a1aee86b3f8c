/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "option.h"
#include "redis-election/base/text.h"

/* Longer words are not mistyped options. */
#define WORD_MAX 40

const struct rel_option *rel_option_find(const char *name)
{
	for (size_t i = 0; i < rel_options_count; i++) {
		const struct rel_option *option = &rel_options[i];

		if (rel_text_equal(option->name, name) ||
		    (option->alias && rel_text_equal(option->alias, name)))
			return option;
	}
	return NULL;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Levenshtein's distance of words of at most WORD_MAX bytes, row by row. */
static size_t distance(const char *a, const char *b)
{
	size_t row[WORD_MAX + 1], width = strlen(b);

	for (size_t j = 0; j <= width; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= width; j++) {
			size_t replaced = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			row[j] = least(replaced, least(row[j], row[j - 1]) + 1);
		}
	}
	return row[width];
}

const char *rel_option_nearest(const char *name)
{
	const char *best = NULL;
	size_t nearest = 2 + strlen(name) / 6;

	if (strlen(name) < 2 || strlen(name) > WORD_MAX)
		return NULL;
	for (size_t i = 0; i < rel_options_count; i++) {
		size_t found;

		if (rel_options[i].group >= REL_GROUP_COMPAT)
			continue;
		found = distance(name, rel_options[i].name);
		if (found <= nearest && found < strlen(name)) {
			best = rel_options[i].name;
			nearest = found - (found > 0);
		}
	}
	return best;
}
