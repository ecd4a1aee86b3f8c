/* SPDX-License-Identifier: Apache-2.0 */
#include "pod_set.h"

#include <string.h>

#include "json.h"
#include "pod_codec.h"

static int compare(const struct rel_member *a, const struct rel_member *b)
{
	int by_name = strcmp(a->name, b->name);

	return by_name != 0 ? by_name : strcmp(a->uid, b->uid);
}

static void insert(struct rel_pods *pods, int at, const struct rel_pod *pod)
{
	for (int i = pods->count; i > at; i--)
		pods->at[i] = pods->at[i - 1];
	pods->at[at] = *pod;
	pods->count++;
}

void rel_pod_set_put(struct rel_pod_set *set, const struct rel_pod *pod)
{
	struct rel_pods *pods = &set->pods;
	int at = 0;

	while (at < pods->count && compare(&pods->at[at].member, &pod->member) < 0)
		at++;
	if (at < pods->count && compare(&pods->at[at].member, &pod->member) == 0) {
		pods->at[at] = *pod;
		return;
	}
	if (pods->count == REL_PODS_MAX) {
		set->overflowed = true;
		if (at == REL_PODS_MAX)
			return;
		pods->count--;
	}
	insert(pods, at, pod);
}

void rel_pod_set_remove(struct rel_pod_set *set, const struct rel_member *member)
{
	struct rel_pods *pods = &set->pods;
	int at = rel_pods_find(pods, member);

	if (at < 0)
		return;
	pods->count--;
	for (int i = at; i < pods->count; i++)
		pods->at[i] = pods->at[i + 1];
	pods->at[pods->count] = (struct rel_pod){0};
}

enum rel_err rel_pod_set_decode(const json_t *list, uint16_t redis_port, struct rel_pod_set *set,
				uint64_t *version)
{
	const json_t *items = json_object_get(list, "items");
	struct rel_pod_set read = {0};
	uint64_t index;

	if (!json_is_array(items) ||
	    !rel_json_u64_text(rel_json_object(list, "metadata"), "resourceVersion", &index) ||
	    index == 0)
		return REL_ERR_GARBLED;
	for (size_t i = 0; i < json_array_size(items); i++) {
		struct rel_pod pod;
		enum rel_err err = rel_pod_decode(json_array_get(items, i), redis_port, &pod);

		if (err == REL_ERR_GARBLED)
			return err;
		if (err == REL_OK)
			rel_pod_set_put(&read, &pod);
	}
	*set = read;
	*version = index;
	return REL_OK;
}
