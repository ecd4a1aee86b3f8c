/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/err.h"

struct entry {
	const char *text;
	enum rel_err_class class;
};

static const struct entry entries[] = {
#define ENTRY(code, text, class) [code] = {text, class},
	REL_ERR_LIST(ENTRY)
#undef ENTRY
};

static const struct entry unknown = {"unknown error", REL_CLASS_TRANSIENT};

static const struct entry *find(enum rel_err err)
{
	if ((unsigned int)err >= sizeof(entries) / sizeof(entries[0]))
		return &unknown;
	return &entries[err];
}

const char *rel_err_text(enum rel_err err)
{
	return find(err)->text;
}

enum rel_err_class rel_err_class(enum rel_err err)
{
	return find(err)->class;
}
