/* SPDX-License-Identifier: Apache-2.0 */
/* INFO and CONFIG GET from a server that means no good. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "pkg/redis/info_codec.h"
#include "redis-election/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	size_t half = size / 2;
	struct rel_info info;

	rel_info_init(&info);
	rel_info_text(&info, text, size);
	rel_info_setting(&info, "min-replicas-to-write", 21, text, half);
	rel_info_setting(&info, text, half, text + half, size - half);
	if (rel_info_finish(&info)) {
		rel_assert(strlen(info.view.run_id) == REL_REPLID_SIZE - 1);
		rel_assert(strlen(info.view.line.replid) == REL_REPLID_SIZE - 1);
		rel_assert(info.view.is_leader || info.view.followed_port != 0);
		rel_assert(info.view.min_replicas >= -1);
		rel_assert(info.view.line.fork_offset >= -1);
	}
	return 0;
}
