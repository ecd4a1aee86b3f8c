/* SPDX-License-Identifier: Apache-2.0 */
/* What a case does besides faults, one row each; private to cases.c and the case_*.c
 * files, which hold the rows. */
#ifndef SIM_CASE_ACTS_H
#define SIM_CASE_ACTS_H

#include "world.h"

struct act {
	const char *name;
	void (*run)(struct world *world, int slot, int64_t duration);
};

/* NULL when there is none of this name. */
const struct act *member_act(const char *name);
const struct act *person_act(const char *name);

#endif
