/* SPDX-License-Identifier: Apache-2.0 */
/* Verbs that change something: one POST, then the wait until it is done. */
#ifndef REL_COMMAND_H
#define REL_COMMAND_H

#include "client.h"

struct rel_order {
	const char *path;
	/* Tells from the status before and now whether the order is carried out. */
	bool (*done)(const struct rel_options *options, const struct rel_status *before,
		     const struct rel_status *now);
	/* Prints one line about it. */
	void (*tell)(const struct rel_status *now, double seconds);
};

/* Sends the order and returns the exit code. */
int rel_command(const struct rel_order *order, const struct rel_options *options);

#endif
