/* SPDX-License-Identifier: Apache-2.0 */
#include "wire.h"

#include <hiredis/hiredis.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"

void rel_wire_add(struct rel_buf *wire, const char *const *words)
{
	const char *argv[REL_WIRE_WORDS];
	char *command = NULL;
	long long size;
	int argc = 0;

	while (words[argc]) {
		rel_assert(argc < REL_WIRE_WORDS);
		argv[argc] = words[argc];
		argc++;
	}
	size = redisFormatCommandArgv(&command, argc, argv, NULL);
	rel_assert(size > 0);
	rel_assert(rel_buf_add(wire, command, (size_t)size));
	rel_wipe(command, (size_t)size); /* AUTH comes this way too */
	redisFreeCommand(command);
}
