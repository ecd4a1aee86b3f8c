/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/agent.h"
#include "redis-election/base/mem.h"
#include "redis-election/config.h"
#include "verb.h"

int rel_verb_run(int argc, char **argv)
{
	struct rel_config *config = rel_calloc(1, sizeof(*config));
	int code = REL_EXIT_USAGE;

	if (rel_config_load(config, argc, argv, stderr))
		code = rel_agent_run(config);
	rel_wipe(config, sizeof(*config));
	rel_free(config);
	return code;
}
