/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sys/random.h>

#include "redis-election/base/assert.h"
#include "redis-election/loop.h"

struct rel_instant rel_loop_now(void)
{
	struct timespec now;
	int failed = clock_gettime(CLOCK_BOOTTIME, &now);

	rel_assert(!failed);
	return (struct rel_instant){(int64_t)now.tv_sec * 1000000000 + now.tv_nsec};
}

uint64_t rel_loop_entropy(void)
{
	uint64_t bits;
	ssize_t got;

	do {
		got = getrandom(&bits, sizeof(bits), 0);
	} while (got < 0 && errno == EINTR);
	rel_assert(got == sizeof(bits));
	return bits;
}
