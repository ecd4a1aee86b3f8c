/* SPDX-License-Identifier: Apache-2.0 */
/* The process of one agent: its life, its inbox, its timer and its drivers. */
#ifndef SIM_AGENT_H
#define SIM_AGENT_H

#include "world.h"

void agent_start(struct world *world, int slot);
/* The process is gone; it comes back after `after` ns, or not when NEVER. */
void agent_kill(struct world *world, int slot, int64_t after);
/* It stands still for so long. */
void agent_stop(struct world *world, int slot, int64_t for_ns);
void agent_resume(struct world *world, int slot);

/* A parcel to fill in; it is sent with agent_post or given back. */
struct parcel *parcel_take(struct world *world, enum rel_event_type type);
void parcel_give(struct world *world, struct parcel *parcel);
/* The event that it becomes; borrows from the parcel. */
void parcel_event(const struct parcel *parcel, struct rel_event *event);
/* On its way to this life of the agent, to arrive after so long. */
void agent_post(struct world *world, int slot, uint32_t life, struct parcel *parcel, int64_t after);

/* HAPPEN_DELIVER, HAPPEN_TICK, HAPPEN_TIMEOUT */
void agent_deliver(struct world *world, int slot, uint32_t life, uint32_t parcel);
void agent_tick(struct world *world, int slot, uint32_t life, uint32_t generation);
void agent_timeouts(struct world *world, int slot, uint32_t life);
/* At this instant a driver gives up something. */
void agent_await(struct world *world, int slot, int64_t due);

/* Is this op still without an answer? */
struct pending *agent_pending(struct world *world, int slot, uint64_t op);

/* An operator's command reaches this agent. */
void agent_command(struct world *world, int slot, enum rel_command_kind kind, const char *to,
		   bool accept);
void agent_sigterm(struct world *world, int slot);
/* The second one. */
void agent_stop_now(struct world *world, int slot);

/* execute.c: it ends by itself, and comes back where its pod stays. */
void agent_exit(struct world *world, int slot);
/* An action is carried out. */
void agent_execute(struct world *world, int slot, const struct rel_action *action);

#endif
