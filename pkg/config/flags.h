/* SPDX-License-Identifier: Apache-2.0 */
/* The command line, as Go's flag package reads one. */
#ifndef REL_CONFIG_FLAGS_H
#define REL_CONFIG_FLAGS_H

#include <stdbool.h>

#include "load.h"

/* The last value given for each option, in rel_options' order; NULL = not given. */
struct rel_flags {
	const char *values[REL_OPTIONS_MAX];
};

/* argv[0] is skipped. On failure one line, and false. */
bool rel_flags_read(struct rel_load *load, struct rel_flags *flags, int argc,
		    char *const argv[]);

#endif
