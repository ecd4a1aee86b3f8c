/* SPDX-License-Identifier: Apache-2.0 */
/* Loading in progress: which value came from where, and one line of complaint. */
#ifndef REL_CONFIG_LOAD_H
#define REL_CONFIG_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "option.h"

#define REL_CONFIG_FILE_MAX ((size_t)64 * 1024)

enum rel_source {
	REL_SOURCE_DEFAULT,
	REL_SOURCE_FILE,
	REL_SOURCE_ENVIRONMENT,
	REL_SOURCE_FLAG,
};

/* Where the value of an option came from. Text is borrowed for the load. */
struct rel_origin {
	enum rel_source source;
	const char *text;
	int line; /* of FILE */
};

struct rel_load {
	struct rel_config *config;
	FILE *err;
	const char *file; /* name of the configuration file; NULL = none */
	struct rel_origin origins[REL_OPTIONS_MAX]; /* as rel_options */
};

/* By name; the option must exist. */
struct rel_origin *rel_load_origin(struct rel_load *load, const char *name);
/* Whether somebody set it to something that is not empty. */
bool rel_load_given(struct rel_load *load, const char *name);

/* Stores a value and remembers its origin; on failure one line, and false. */
bool rel_load_set(struct rel_load *load, const struct rel_option *option,
		  struct rel_origin origin);

/* Writes `--name=value (origin): reason` and returns false. */
bool rel_load_refuse(struct rel_load *load, const struct rel_option *option,
		     const struct rel_origin *origin, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The same for an option by name with the origin it has now. */
bool rel_load_refuse_name(struct rel_load *load, const char *name, const char *reason);
/* The same as a warning: goes on. */
void rel_load_warn(struct rel_load *load, const struct rel_option *option,
		   const struct rel_origin *origin, const char *reason);
/* `unknown option --nmae (origin); did you mean --name?`, and false. */
bool rel_load_unknown(struct rel_load *load, const char *name, size_t length,
		      const struct rel_origin *origin);

/* Reads `name = value` lines from text, which is changed and must outlive the
 * load; text[size] is NUL. */
bool rel_load_file_text(struct rel_load *load, char *text, size_t size);

/* What no single value shows: required ones, and ones that contradict each other. */
bool rel_load_check(struct rel_load *load);

/* Reads a file of at most size - 1 bytes into to, ending it with NUL; its size in
 * *length. On failure a constant phrase, else NULL. */
const char *rel_file_read(const char *path, char *to, size_t size, size_t *length);

/* Reads a secret: one newline at the end is no part of it. As rel_file_read. */
const char *rel_secret_read(const char *path, char to[REL_CONFIG_TEXT]);

#endif
