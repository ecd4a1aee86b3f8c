/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of docs/protocol.md, "Invariants", as the world sees them: after each
 * step, each commit, each command executed and each client write. */
#ifndef SIM_CHECK_H
#define SIM_CHECK_H

#include "redis.h"
#include "register.h"
#include "world.h"

/* The number in the uid of an object. */
uint32_t uid_number(const char *uid);

/* check_step.c: an agent has taken an event. */
void check_shown(struct world *world, int slot, const struct rel_record *record);
void check_step(struct world *world, int slot, const struct rel_event *event,
		const struct rel_actions *actions);

/* check_register.c */
void check_commit(struct world *world, const struct version *before, const struct version *after);

/* check_redis.c */
void check_write(struct world *world, int slot);
void check_promoted(struct world *world, int slot);
/* A command leaves the agent, which may have stood still since it decided. */
void check_sent(struct world *world, int slot, enum rel_redis_command command);
void check_stopped(struct world *world, int slot);
void check_unlatched(struct world *world, int slot);
void check_label(struct world *world, int slot, int target);

/* live.c */
void live_judge(struct world *world);
/* What keeps the set from being well; NULL when it is. */
const char *live_why(struct world *world);

#endif
