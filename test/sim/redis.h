/* SPDX-License-Identifier: Apache-2.0 */
/* Redis as far as the election can tell: process, role, latch, data, replication
 * history, links, disk, and the commands and questions of agents. Facts: Redis 7,
 * replication.c, networking.c, rdb.c, aof.c. */
#ifndef SIM_REDIS_H
#define SIM_REDIS_H

#include "world.h"

/* redis.c: the process */
void redis_start(struct world *world, int slot);
/* Gone at once. `crash` loses what was not yet on disk as the mode has it;
 * back after so long, or not when NEVER. */
void redis_kill(struct world *world, int slot, bool crash, int64_t after);
#define REDIS_AGAIN (-1) /* when the kubelet would start it again */
void redis_stop(struct world *world, int slot, int64_t for_ns);
void redis_continue(struct world *world, int slot);
void redis_sigterm(struct world *world, int slot);
void redis_loaded(struct world *world, int slot);
void redis_snapshot(struct world *world, int slot);
void redis_unpause(struct world *world, int slot);
void redis_ping(struct world *world, int slot);
void redis_view(struct world *world, int slot, struct rel_redis_view *view);
void redis_text(uint32_t id, char text[REL_REPLID_SIZE]);
/* Would a client's write be executed now? */
bool redis_writable(const struct world *world, int slot);
/* A client writes. */
void redis_write(struct world *world, int slot, int client);
uint16_t redis_replicas(const struct world *world, int slot);

/* link.c: replication */
void link_settle(struct world *world); /* before anything changes: data up to date */
void link_begin(struct world *world, int slot, int64_t after);
void link_try(struct world *world, int slot);
void link_drop(struct world *world, int slot, bool in_flight_too);
void link_drop_replicas(struct world *world, int slot);
void link_flush(struct world *world, int slot);
void link_synced(struct world *world, int slot);
void redis_promote(struct world *world, int slot);
void redis_follow(struct world *world, int slot, const char *host, uint16_t port);

/* command.c: the agent's driver for Redis */
void command_send(struct world *world, int slot, const struct rel_action *action);
void command_arrive(struct world *world, uint32_t errand);
void command_run(struct world *world, uint32_t errand);
void command_close(struct world *world, int slot); /* its Redis is gone */
void command_connect(struct world *world, int slot);
void survey_send(struct world *world, int slot, const struct rel_action *action);
void survey_arrive(struct world *world, uint32_t errand);
void errand_give(struct world *world, uint32_t errand);
uint32_t errand_take(struct world *world, int slot, const struct rel_action *action);
void mark_save(struct world *world, int slot, const struct rel_action *action);
void mark_saved(struct world *world, uint32_t errand);

#endif
