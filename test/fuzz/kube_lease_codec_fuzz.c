/* SPDX-License-Identifier: Apache-2.0 */
/* Any Lease is read or refused, and what was read comes back the same when it is
 * written into that Lease and read again. */
#include <stdint.h>

#include "../../pkg/kube/json.h"
#include "../../pkg/kube/lease_codec.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void write_and_read(const json_t *seen, const struct rel_record *record)
{
	json_t *lease = rel_lease_encode(seen, record);
	json_t *again;
	struct rel_record read;

	rel_assert(rel_lease_decode(lease, "redis", &read) == REL_OK);
	rel_assert(rel_text_equal(read.holder, record->holder));
	rel_assert(rel_record_kind(&read) == rel_record_kind(record));
	rel_assert(read.epoch == record->epoch && read.mark == record->mark);
	rel_assert(read.members.count == record->members.count);
	rel_assert(read.history_count == record->history_count);
	again = rel_lease_encode(lease, &read);
	rel_assert(json_equal(lease, again));
	json_decref(again);
	json_decref(lease);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	json_t *json = rel_json_parse((const char *)bytes, size);
	struct rel_record record;

	if (rel_lease_decode(json, "redis", &record) == REL_OK)
		write_and_read(json, &record);
	json_decref(json);
	return 0;
}
