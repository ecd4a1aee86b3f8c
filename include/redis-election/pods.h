/* SPDX-License-Identifier: Apache-2.0 */
/* The set's pods as the API server shows them. */
#ifndef REL_PODS_H
#define REL_PODS_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/line.h"
#include "redis-election/member.h"

/* Terminating pods beside their successors count too. */
#define REL_PODS_MAX 32
#define REL_ROLE_SIZE 16
#define REL_REVISION_SIZE 64

struct rel_pod {
	struct rel_member member;
	uint64_t index;                 /* resourceVersion of this object */
	char address[REL_ADDRESS_SIZE]; /* of its Redis: what its agent announced, else pod IP and
					 * our own Redis port; "" = none yet */
	char role[REL_ROLE_SIZE];       /* label redis-election/role; "" = absent */
	char revision[REL_REVISION_SIZE]; /* label controller-revision-hash */
	bool terminating;               /* has a deletionTimestamp */
	bool announced;                 /* its agent has started at least once (has annotations) */
	bool no_promote;                /* announced by its agent */
	int32_t priority;               /* announced by its agent; 100 when not */
	struct rel_mark mark;           /* announced by its agent; epoch 0 = none */
};

struct rel_pods {
	struct rel_pod at[REL_PODS_MAX];
	uint8_t count;
};

/* Index of the pod of this incarnation, or -1. */
int rel_pods_find(const struct rel_pods *pods, const struct rel_member *member);

#endif
