/* SPDX-License-Identifier: Apache-2.0 */
/* The process: joins the pure machine with the drivers. */
#ifndef REL_AGENT_H
#define REL_AGENT_H

#include "redis-election/config.h"

/* Runs until the agent has handed over and may end. Returns the exit code: 0 after an
 * orderly end, 1 when the hand-over did not end in time. Does not return, but exits
 * with 1, when something it needs cannot be used (one line on stderr says what).
 * `config` is kept up to date with re-read secrets. */
int rel_agent_run(struct rel_config *config);

#endif
