/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"
#include "redis-election/config.h"
#include "verb.h"

static const char run_details[] =
	"Watches the Redis in the same pod, takes part in the election of the set's\n"
	"leader and makes Redis a leader or a replica accordingly. SIGTERM hands over and\n"
	"ends, a second one fences and ends at once. Files with secrets are read again\n"
	"every few seconds, and at once on SIGHUP or when Redis refuses the password.\n"
	"\n"
	"Settings come from these options, from --config FILE with lines of\n"
	"\"name = value\", and, for identity and secrets, from the environment.\n"
	"\n";

static const char status_details[] =
	"Shows what the asked agent knows of the set. Any member shows the same set; SEEN\n"
	"is the age of what is known about a member, LAG is in bytes.\n";

static const char history_details[] =
	"Shows up to 20 changes of leader, the newest first. LOST? is how far the former\n"
	"leader's last known offset was ahead of its successor's: 0 after every planned\n"
	"hand-over, unknown where nobody could ask the former leader.\n";

static const char leader_details[] =
	"Prints the name of the leader and nothing else; fails with 3 when there is none.\n";

static const char switchover_details[] =
	"Asks the leader to hand over to NAME, or to the best replica, and waits until it\n"
	"is done. Refused when the successor could not take over without loss.\n";

static const char failover_details[] =
	"Not available in this version: the agents refuse it. It will make NAME the\n"
	"leader when the set cannot choose by itself, even if another member had more\n"
	"data. Where there is a leader use switchover.\n";

static const char pause_details[] =
	"While paused nobody is promoted or demoted automatically. The leader keeps its\n"
	"lease; if it loses it, it still stops taking writes.\n";

static const char resume_details[] =
	"Ends what pause began.\n";

static const char version_details[] =
	"Prints name and version.\n";

static const char docs_details[] =
	"Prints the reference tables of the documentation as Markdown.\n";

const struct rel_verb rel_verbs[] = {
	{.name = "run",
	 .summary = "run the agent beside a Redis",
	 .synopsis = "[OPTION]...",
	 .details = run_details,
	 .options = rel_config_help,
	 .run = rel_verb_run},
	{.name = "init",
	 .summary = "write the redis.conf with which Redis starts fenced",
	 .run = rel_verb_init},
	{.name = "status",
	 .alias = "members",
	 .summary = "show the set: leader, members, replication",
	 .synopsis = "[OPTION]...",
	 .details = status_details,
	 .options = rel_options_help_status,
	 .run = rel_verb_status},
	{.name = "history",
	 .summary = "show the last changes of leader",
	 .synopsis = "[OPTION]...",
	 .details = history_details,
	 .options = rel_options_help_status,
	 .run = rel_verb_history},
	{.name = "leader",
	 .summary = "print the name of the leader",
	 .synopsis = "[OPTION]...",
	 .details = leader_details,
	 .options = rel_options_help_client,
	 .run = rel_verb_leader},
	{.name = "switchover",
	 .summary = "hand the leadership over, without losing a write",
	 .synopsis = "[--to NAME] [OPTION]...",
	 .details = switchover_details,
	 .options = rel_options_help_switchover,
	 .run = rel_verb_switchover},
	{.name = "failover",
	 .synopsis = "--to NAME [--accept-data-loss] [OPTION]...",
	 .details = failover_details,
	 .options = rel_options_help_failover,
	 .run = rel_verb_failover},
	{.name = "pause",
	 .summary = "stop automatic failover, for maintenance",
	 .synopsis = "[OPTION]...",
	 .details = pause_details,
	 .options = rel_options_help_client,
	 .run = rel_verb_pause},
	{.name = "resume",
	 .summary = "start automatic failover again",
	 .synopsis = "[OPTION]...",
	 .details = resume_details,
	 .options = rel_options_help_client,
	 .run = rel_verb_resume},
	{.name = "version",
	 .summary = "print the version",
	 .synopsis = "",
	 .details = version_details,
	 .options = rel_options_help_none,
	 .run = rel_verb_version},
	{.name = "docs",
	 .synopsis = "metrics|options",
	 .details = docs_details,
	 .options = rel_options_help_none,
	 .run = rel_verb_docs},
	{.name = NULL},
};
