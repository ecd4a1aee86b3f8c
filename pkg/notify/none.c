/* SPDX-License-Identifier: Apache-2.0 */
/* Twin of systemd.c for builds without libsystemd. */
#include "redis-election/notify.h"

void rel_notify_ready(void)
{
}

void rel_notify_stopping(void)
{
}

void rel_notify_reloading(void)
{
}

void rel_notify_status(const char *text)
{
	(void)text;
}

void rel_notify_watchdog(void)
{
}

struct rel_duration rel_notify_watchdog_period(void)
{
	return rel_ms(0);
}
