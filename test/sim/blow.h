/* SPDX-License-Identifier: Apache-2.0 */
/* One fault as it is done and undone; private to faults.c and the blow_*.c files,
 * which hold one row for each kind. */
#ifndef SIM_BLOW_H
#define SIM_BLOW_H

#include "world.h"

struct blow {
	enum fault fault;
	int slot, other; /* NOBODY: chance chooses */
	int64_t duration; /* until it heals; 0: chance chooses */
	struct random_stream *chance;
};

/* False when there was nothing to do it to. Sets duration to NEVER where nothing
 * is left to heal. */
typedef bool (*blow_strike)(struct world *world, struct blow *blow, struct wound *wound);
typedef void (*blow_heal)(struct world *world, const struct wound *wound);

struct blow_row {
	blow_strike strike;
	blow_heal heal; /* NULL: it passes by itself */
};

/* NULL strike: a condition of single requests or steps. */
const struct blow_row *blow_api_row(enum fault fault);
const struct blow_row *blow_record_row(enum fault fault);
const struct blow_row *blow_process_row(enum fault fault);
const struct blow_row *blow_set_row(enum fault fault);

/* A slot whose pod exists; NOBODY when there is none. */
int blow_victim(const struct world *world, struct random_stream *chance);
int blow_leader(const struct world *world);

#endif
