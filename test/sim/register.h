/* SPDX-License-Identifier: Apache-2.0 */
/* The API server: one linearizable store with the record and the pods, requests
 * that may be late, lost, refused or unanswered, and watches that may lie still. */
#ifndef SIM_REGISTER_H
#define SIM_REGISTER_H

#include "world.h"

void register_reset(struct world *world);

/* A request of an agent leaves: READ, CREATE, WRITE, WATCH, PATCH_POD. */
void register_send(struct world *world, int slot, const struct rel_action *action);
/* What of a record is sent: as the driver of the API server encodes it. */
void register_encode(const struct rel_record *record, struct rel_record *sent);
/* HAPPEN_REQUEST, HAPPEN_ANSWER */
void register_serve(struct world *world, uint32_t request);
void register_answer(struct world *world, uint32_t request);
/* The client's time-out for this op came: its request may still be served. */
void register_give_up(struct world *world, int slot, uint32_t life, uint64_t op);

/* The newest committed state; NULL when there never was one. */
const struct version *register_now(const struct world *world);
/* The version an agent expects, if it is remembered; NULL. */
const struct version *register_find(const struct world *world, const struct rel_version *version);

/* Commits what is in `record` as by this author; the checks look at it. */
void register_commit(struct world *world, const struct rel_record *record, enum author author,
		     int slot);
void register_delete(struct world *world);
/* Sets the store back by so many versions. */
void register_restore(struct world *world, uint32_t back);
/* Creates a vacant record where there is none. */
void register_create(struct world *world, const struct rel_record *spec, enum author author,
		     int slot);

/* The version so many before the newest; NULL where it is not remembered. */
const struct version *register_older(const struct world *world, uint32_t back);

/* The last epoch that can be written and read; pkg/kube/values.h. */
#define EPOCH_LIMIT (UINT64_C(1) << 62)

/* person.c: a copy of the record to change, which person_saves() writes; NULL where
 * there is no record. */
struct rel_record *person_edits(struct world *world);
void person_saves(struct world *world);
/* kubectl annotate redis-election/duration-ms; false where there is no record. */
bool person_annotates_ms(struct world *world, int64_t ms);
/* A saved record is written again, over the present one or in its place. */
void person_puts_back(struct world *world, const struct rel_record *saved, bool recreate);

/* watch.c: a connection of a slot. */
void watch_open(struct world *world, int slot, uint64_t op, const struct rel_version *from);
void watch_close(struct world *world, int slot);
void watch_end(struct world *world, int slot, enum rel_err err);
void watch_spread(struct world *world);
void watch_send(struct world *world, int slot);
void watch_deliver(struct world *world, int slot, uint32_t generation, uint64_t position);

/* pods.c */
void pods_changed(struct world *world);
void pods_show(struct world *world, int slot);
enum rel_err pods_patch(struct world *world, int slot, const struct rel_patch_action *patch);
/* The slot whose pod object has this name, or NOBODY. */
int pods_current(const struct world *world, int ordinal);
int pods_by_identity(const struct world *world, const char *identity);
int pods_by_address(const struct world *world, const char *host);
/* A new pod for an ordinal, with the data of `from` if not NOBODY. */
int pods_create(struct world *world, int ordinal, int from);
void pods_remove(struct world *world, int slot);

/* rival.c */
void rival_start(struct world *world);
void rival_turn(struct world *world);
void rival_end(struct world *world, bool release);

/* Is the API server in reach of this slot? */
static inline bool register_reaches(const struct world *world, int slot)
{
	return world->api != API_HANGING && world->api != API_REFUSING &&
	       !world->slot[slot].api_cut;
}

#endif
