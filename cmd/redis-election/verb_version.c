/* SPDX-License-Identifier: Apache-2.0 */
#include "verb.h"

#ifndef REL_VERSION
#define REL_VERSION "unversioned"
#endif

int rel_verb_version(int argc, char **argv)
{
	if (argc > 1) {
		fprintf(stderr, "redis-election version: unexpected argument %s\n", argv[1]);
		return REL_EXIT_USAGE;
	}
	puts("redis-election " REL_VERSION);
	return REL_EXIT_OK;
}
