/* SPDX-License-Identifier: Apache-2.0 */
/* The data of all Redis as one tree of writes. A data set is a position in it:
 * the write executed last. Two data sets share what their positions share; a
 * write is in a data set if it is an ancestor of its position. */
#ifndef SIM_DATA_H
#define SIM_DATA_H

#include <stdbool.h>
#include <stdint.h>

#define DATA_MAX 65536
#define BRANCHES_MAX 1024
#define DATA_NOTHING 0 /* the position of an empty Redis */

enum loss {
	LOSS_NONE, /* nothing to explain so far */
	LOSS_TAIL, /* left behind by an unplanned change of leader */
	LOSS_COPIES, /* no Redis that ran had it */
	LOSS_PASSED, /* another Redis had it, but could not lead in time */
	LOSS_OVERTIME, /* executed past the claim, in an excused window */
	LOSS_FORCED, /* an operator accepted it */
};

struct datum {
	uint32_t branch;
	uint32_t index; /* within its branch */
	uint32_t next; /* the following one of the same branch; 0 = tip */
	uint32_t epoch; /* number of the reign in which it was executed */
	int64_t offset; /* replication offset after it, as its executor counted */
	int64_t at; /* real time of execution */
	int16_t slot; /* executor */
	uint8_t loss; /* enum loss */
	bool acknowledged; /* a write whose client was told so; else a ping or an unheard write */
};

struct branch {
	uint32_t parent; /* position it left */
	uint32_t first;
	uint32_t depth;
};

struct data {
	uint32_t count, branches;
	struct datum at[DATA_MAX];
	struct branch branch[BRANCHES_MAX];
};

void data_reset(struct data *data);

/* Appends after `position`; 0 when the tree is full. */
uint32_t data_append(struct data *data, uint32_t position, int64_t offset, int64_t at);

/* Is everything at `position` also in `later`? */
bool data_within(const struct data *data, uint32_t position, uint32_t later);

/* One step from `position` towards `later`, which contains it and is not it. */
uint32_t data_step(const struct data *data, uint32_t position, uint32_t later);

/* The newest position not after `at` on the way from nothing to `position`. */
uint32_t data_as_of(const struct data *data, uint32_t position, int64_t at);

#endif
