/* SPDX-License-Identifier: Apache-2.0 */
/* INFO of the other Redis of the set, asked in parallel. */
#ifndef REL_REDIS_SURVEY_H
#define REL_REDIS_SURVEY_H

#include "dial.h"
#include "redis-election/redis.h"

struct rel_surveyor;

/* dialer is borrowed until it is closed. */
struct rel_surveyor *rel_surveyor_create(struct rel_loop *loop, struct rel_dialer *dialer,
					 rel_redis_sink sink, void *ctx);
void rel_surveyor_ask(struct rel_surveyor *surveyor, uint64_t op,
		      const struct rel_survey_action *targets, struct rel_duration timeout);
void rel_surveyor_close(struct rel_surveyor *surveyor, void (*closed)(void *ctx), void *ctx);

#endif
