/* SPDX-License-Identifier: Apache-2.0 */
/* What a seed makes of the set before anything happens. */
#ifndef SIM_SETTINGS_H
#define SIM_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#define ORDINALS_MAX 7

enum persistence { PERSIST_NONE, PERSIST_RDB, PERSIST_AOF, PERSIST_COUNT };

/* Drawn from the seed; a case or the shrinker may set single fields. */
struct settings {
	uint64_t seed;
	int members;
	int expected; /* of the agents' configuration; 0 = as the pod list shows */
	int64_t lease, renew, grace, fence, request_timeout, promote_margin, restart_latch;
	int64_t down_after, observe, stagger;
	int32_t rho_ppm;
	int64_t max_lag, backlog;
	enum persistence persistence;
	bool volumes; /* a recreated pod finds its data again */
	uint64_t faults; /* bit per enum fault */
	int intensity; /* percent */
	int64_t faults_end; /* real time at which they stop */
	int64_t router_every, sticky_every;
	int32_t priority[ORDINALS_MAX];
	uint32_t no_promote; /* bit per ordinal, where the seed has this kind of fault */
	int64_t other_lease, other_renew; /* of an upgrade, likewise */
	bool calm_network; /* no heavy tails even when nothing is wrong */
};

void world_settings(struct settings *settings, uint64_t seed);

/* Of all members, at any time. */
int64_t settings_longest_lease(const struct settings *settings);

#endif
