/* SPDX-License-Identifier: Apache-2.0 */
/* Labels and annotations of pods. */
#include "driver.h"
#include "redis-election/base/text.h"
#include "values.h"

/* The name may come from a record that others can edit: it becomes part of a path. */
static bool is_usable(const struct rel_member *member)
{
	return rel_value_is_name(member->name, sizeof(member->name)) && member->uid[0];
}

void rel_kube_patch_pod(struct rel_kube *kube, const struct rel_action *action)
{
	char path[REL_PATH_SIZE];
	json_t *patch = rel_pod_patch(&action->patch, kube->compat_labels, &kube->announcement);
	struct rel_kube_op op = {
		.verb = REL_WEB_PATCH,
		.path = path,
		.body = patch,
		.timeout = action->timeout,
		.type = REL_EVENT_POD_PATCHED,
		.op = action->op,
	};

	rel_text_format(path, sizeof(path), "/api/v1/namespaces/%s/pods/%s", kube->namespace_,
			action->patch.member.name);
	if (is_usable(&action->patch.member))
		rel_kube_op_start(kube, &op);
	else
		rel_kube_report_later(kube, REL_EVENT_POD_PATCHED, action->op, REL_ERR_INVALID);
	json_decref(patch);
}
