/* SPDX-License-Identifier: Apache-2.0 */
/* Any PodList is read or refused; the set stays in order and within its bounds, and
 * a mark that was read is written as one that reads the same. */
#include <stdint.h>
#include <string.h>

#include "../../pkg/kube/json.h"
#include "../../pkg/kube/pod_codec.h"
#include "../../pkg/kube/pod_set.h"
#include "../../pkg/kube/values.h"
#include "redis-election/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void check_mark(const struct rel_mark *mark)
{
	struct rel_mark read;
	struct rel_buf text;

	if (mark->epoch == 0)
		return;
	rel_buf_init(&text, 512);
	rel_value_write_mark(mark, &text);
	rel_assert(rel_value_mark(text.data, &read));
	rel_assert(read.epoch == mark->epoch && read.line.offset == mark->line.offset);
	rel_buf_finish(&text);
}

static void check_set(const struct rel_pods *pods)
{
	rel_assert(pods->count <= REL_PODS_MAX);
	for (int i = 0; i < pods->count; i++) {
		const struct rel_pod *pod = &pods->at[i];

		rel_assert(rel_value_is_name(pod->member.name, sizeof(pod->member.name)));
		rel_assert(i == 0 || strcmp(pods->at[i - 1].member.name, pod->member.name) <= 0);
		check_mark(&pod->mark);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	json_t *json = rel_json_parse((const char *)bytes, size);
	struct rel_pod_set set = {0};
	struct rel_pod pod;
	uint64_t version;

	if (rel_pod_set_decode(json, 6379, &set, &version) == REL_OK)
		check_set(&set.pods);
	if (rel_pod_decode(json, 6379, &pod) == REL_OK)
		check_mark(&pod.mark);
	json_decref(json);
	return 0;
}
