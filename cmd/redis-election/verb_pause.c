/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

static bool is_paused(const struct rel_options *options, const struct rel_status *before,
		      const struct rel_status *now)
{
	(void)options;
	(void)before;
	return now->paused;
}

static bool is_resumed(const struct rel_options *options, const struct rel_status *before,
		       const struct rel_status *now)
{
	return !is_paused(options, before, now);
}

static void tell(const struct rel_status *now, double seconds)
{
	(void)seconds;
	puts(now->paused ? "Automatic failover is paused." : "Automatic failover is on.");
}

static int command(const struct rel_order *order, int argc, char **argv)
{
	struct rel_options options;

	if (!rel_options_read(&options, 0, argc, argv))
		return REL_EXIT_USAGE;
	return rel_command(order, &options);
}

int rel_verb_pause(int argc, char **argv)
{
	static const struct rel_order order = {"/pause", is_paused, tell};

	return command(&order, argc, argv);
}

int rel_verb_resume(int argc, char **argv)
{
	static const struct rel_order order = {"/resume", is_resumed, tell};

	return command(&order, argc, argv);
}
