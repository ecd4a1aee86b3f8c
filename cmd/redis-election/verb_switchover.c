/* SPDX-License-Identifier: Apache-2.0 */
/* switchover and failover: the same wait, another request. */
#include <inttypes.h>

#include "command.h"
#include "redis-election/base/text.h"

/* A new leader, the wanted one where one was named; or the same one again, under
 * a new epoch. */
static bool leads(const struct rel_options *options, const struct rel_status *before,
		  const struct rel_status *now)
{
	if (!*now->leader || now->epoch <= before->epoch)
		return false;
	if (options->to)
		return rel_text_equal(now->leader, options->to);
	return !rel_text_equal(now->leader, before->leader);
}

static void tell(const struct rel_status *now, double seconds)
{
	printf("%s leads since epoch %" PRIu64 ", after %.1f s.\n", now->leader, now->epoch,
	       seconds);
}

int rel_verb_switchover(int argc, char **argv)
{
	static const struct rel_order order = {"/switchover", leads, tell};
	struct rel_options options;

	if (!rel_options_read(&options, REL_TAKES_TO, argc, argv))
		return REL_EXIT_USAGE;
	return rel_command(&order, &options);
}

int rel_verb_failover(int argc, char **argv)
{
	static const struct rel_order order = {"/failover", leads, tell};
	struct rel_options options;

	if (!rel_options_read(&options, REL_TAKES_TO | REL_TAKES_LOSS, argc, argv))
		return REL_EXIT_USAGE;
	if (!options.to) {
		fputs("redis-election failover: --to NAME is required: who has the best data is "
		      "your choice\n",
		      stderr);
		return REL_EXIT_USAGE;
	}
	return rel_command(&order, &options);
}
