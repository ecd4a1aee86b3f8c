/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as an Accept header. */
#include <stdint.h>

#include "redis-election/base/assert.h"
#include "redis-election/metrics.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = calloc(1, size + 1);
	enum rel_metrics_format format;

	memcpy(text, bytes, size);
	format = rel_metrics_negotiate(text);
	rel_assert(format == REL_METRICS_PROMETHEUS || format == REL_METRICS_OPENMETRICS);
	free(text);
	return 0;
}
