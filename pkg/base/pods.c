/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/pods.h"

int rel_pods_find(const struct rel_pods *pods, const struct rel_member *member)
{
	for (int i = 0; i < pods->count; i++)
		if (rel_member_equal(&pods->at[i].member, member))
			return i;
	return -1;
}
