/* SPDX-License-Identifier: Apache-2.0 */
/* Those who write: one follows the leader label, one the record, each with a lag;
 * and for each Redis one that writes to it whatever its role. */
#ifndef SIM_CLIENT_H
#define SIM_CLIENT_H

#include "world.h"

#define CLIENT_LABEL 0
#define CLIENT_RECORD 1
#define CLIENT_STICKY 2

void clients_start(struct world *world);
/* Those of `clients_at` whose time has come. */
void clients_turn(struct world *world, int turn);
/* Something a client follows has changed. */
void clients_notice(struct world *world, int client, int slot);

/* pod_life.c: steps in the life of a pod, for world.c and faults.c */
void pod_end_step(struct world *world, int slot, uint32_t step);
void pod_start(struct world *world, int ordinal, int from);
/* An orderly deletion begins; a successor of the same name follows if wanted. */
void pod_delete(struct world *world, int slot, bool prestop);
void pod_end_now(struct world *world, int slot);

#endif
