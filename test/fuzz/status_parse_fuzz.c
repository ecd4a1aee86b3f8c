/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a status; what is accepted is written, read and written again alike,
 * and makes a page. */
#include <stdint.h>

#include "redis-election/base/assert.h"
#include "redis-election/status.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static struct rel_status status, again;
	struct rel_buf out, twice;

	if (!rel_status_parse((const char *)bytes, size, &status))
		return 0;
	rel_buf_init(&out, REL_STATUS_JSON_MAX);
	rel_buf_init(&twice, REL_STATUS_JSON_MAX);
	rel_status_json(&status, &out);
	rel_assert(!out.overflowed);
	rel_assert(rel_status_parse(out.data, out.size, &again));
	rel_status_json(&again, &twice);
	rel_assert(out.size == twice.size && memcmp(out.data, twice.data, out.size) == 0);
	rel_buf_finish(&twice);
	rel_buf_finish(&out);
	rel_buf_init(&out, 1 << 20);
	rel_status_page(&status, &out);
	rel_assert(!out.overflowed);
	rel_buf_finish(&out);
	return 0;
}
