/* SPDX-License-Identifier: Apache-2.0 */
/* Pods of core/v1 as JSON -> struct rel_pod, and the patches that agents send. */
#ifndef REL_KUBE_POD_CODEC_H
#define REL_KUBE_POD_CODEC_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "redis-election/action.h"
#include "redis-election/base/err.h"
#include "redis-election/pods.h"

/* Labels for clients of other projects, written and removed with ours. */
enum rel_compat_label {
	REL_COMPAT_REDIS_ROLE = 1 << 0,          /* redis-role: master|replica */
	REL_COMPAT_IS_MASTER = 1 << 1,           /* isMaster: "true"|"false" */
	REL_COMPAT_REDISFAILOVERS_ROLE = 1 << 2, /* redisfailovers-role: master|slave */
};

/* Reads a comma separated list of label names, "" for none. False when one is unknown. */
bool rel_pod_compat_labels(const char *names, unsigned int *labels);

/* What an agent tells the others about itself. */
struct rel_announcement {
	const char *address;
	int32_t priority;
	bool no_promote;
};

/* REL_ERR_GARBLED when pod has no name, uid or decimal resourceVersion;
 * REL_ERR_INVALID when its name or uid is longer than a member's can be. */
enum rel_err rel_pod_decode(const json_t *pod, uint16_t redis_port, struct rel_pod *out)
	REL_MUST_USE;

/* The merge patch that action asks for; announcement is looked at if it says so.
 * The caller owns it. */
json_t *rel_pod_patch(const struct rel_patch_action *action, unsigned int compat_labels,
		      const struct rel_announcement *announcement);

#endif
