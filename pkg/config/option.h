/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each option: the table is what flags, file, environment, checks,
 * help and docs are made from. Adding an option is adding a row and its field. */
#ifndef REL_CONFIG_OPTION_H
#define REL_CONFIG_OPTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/config.h"

enum rel_option_group {
	REL_GROUP_GENERAL,
	REL_GROUP_IDENTITY,
	REL_GROUP_REDIS,
	REL_GROUP_ELECTION,
	REL_GROUP_FENCE,
	REL_GROUP_KUBERNETES,
	REL_GROUP_SERVING,
	REL_GROUP_COMPAT, /* accepted, without effect */
	REL_GROUP_LATER,  /* refused: what it stands for is not in this version */
	REL_GROUPS,
};

/* How a value is read, checked and stored; one row each in values.c. */
enum rel_option_kind {
	REL_KIND_BOOL,     /* bool */
	REL_KIND_NUMBER,   /* int64_t, low..high */
	REL_KIND_PORT,     /* uint16_t, 1..65535 */
	REL_KIND_SIZE,     /* int64_t, bytes, low..high */
	REL_KIND_DURATION, /* struct rel_duration, low..high in ms */
	REL_KIND_LEVEL,    /* enum rel_log_level */
	REL_KIND_FORMAT,   /* enum rel_log_format */
	REL_KIND_CHOICE,   /* char[], one of `choices` */
	REL_KIND_CHOICES,  /* char[], some of `choices`, comma between them */
	REL_KIND_TEXT,     /* char[], from here on */
	REL_KIND_PATH,
	REL_KIND_SECRET,
	REL_KIND_LABEL,  /* DNS label */
	REL_KIND_DOMAIN, /* DNS name */
	REL_KIND_UID,
	REL_KIND_SELECTOR,
	REL_KIND_IP,
	REL_KIND_HOST,    /* DNS name or IP */
	REL_KIND_ADDRESS, /* host, host:port, [v6]:port */
	REL_KIND_BIND,    /* port, :port, ip:port */
	REL_KIND_LOCAL,   /* as BIND, on loopback */
	REL_KIND_URL,     /* https://host:port */
	REL_KINDS,
};

#define REL_NO_FIELD SIZE_MAX

struct rel_option {
	enum rel_option_group group;
	const char *name;
	enum rel_option_kind kind;
	size_t offset, size;     /* of the field in struct rel_config */
	const char *initial;     /* default; NULL = empty, zero or false */
	int64_t low, high;
	const char *choices;     /* comma-separated */
	const char *later;       /* choices that this version does not have */
	const char *environment; /* variable that may set it */
	const char *alias;       /* another system's name for it */
	const char *metavar;     /* of help; NULL for a bool */
	const char *help;
};

#define REL_OPTIONS_MAX 128

extern const struct rel_option rel_options[];
extern const size_t rel_options_count;

/* By name or alias; NULL when there is none. */
const struct rel_option *rel_option_find(const char *name);

/* The name nearest to a mistyped one, NULL when none is near. */
const char *rel_option_nearest(const char *name);

/* Whether text may stand for this option, and if so, stores it. */
bool rel_option_store(const struct rel_option *option, const char *text,
		      struct rel_config *config);

/* Writes what rel_option_store takes: "a duration from 1s to 10m". */
void rel_option_allowed(const struct rel_option *option, char *to, size_t size);

/* Whether text is one of the comma-separated items of list (which may be NULL). */
bool rel_option_listed(const char *list, const char *text, size_t length);

#endif
