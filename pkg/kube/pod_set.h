/* SPDX-License-Identifier: Apache-2.0 */
/* The set's pods in their order: by name, then by uid. Pure but for jansson. */
#ifndef REL_KUBE_POD_SET_H
#define REL_KUBE_POD_SET_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "redis-election/base/err.h"
#include "redis-election/pods.h"

struct rel_pod_set {
	struct rel_pods pods;
	bool overflowed; /* there were more: only a new list tells what to fill a gap with */
};

void rel_pod_set_put(struct rel_pod_set *set, const struct rel_pod *pod);
void rel_pod_set_remove(struct rel_pod_set *set, const struct rel_member *member);

/* Reads a PodList. version: where a watch may begin. Pods that cannot be members
 * are left out. REL_ERR_GARBLED, and the set as it was, for anything else. */
enum rel_err rel_pod_set_decode(const json_t *list, uint16_t redis_port, struct rel_pod_set *set,
				uint64_t *version) REL_MUST_USE;

#endif
