/* SPDX-License-Identifier: Apache-2.0 */
/* Twin of none.c for builds with libsystemd. */
#include <inttypes.h>
#include <systemd/sd-daemon.h>

#include "redis-election/base/text.h"
#include "redis-election/notify.h"

void rel_notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void rel_notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

/* Type=notify-reload wants the monotonic time of the reload's start, to tell the
 * READY=1 that ends it from an earlier one. */
void rel_notify_reloading(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
			 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

/* The protocol is lines of NAME=value: a line break in the text would be a line of
 * its own. */
void rel_notify_status(const char *text)
{
	char line[208];

	rel_text_copy(line, sizeof(line), "STATUS=");
	rel_text_append(line, sizeof(line), text);
	for (char *c = line; *c; c++) {
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = ' ';
	}
	(void)sd_notify(0, line);
}

void rel_notify_watchdog(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

struct rel_duration rel_notify_watchdog_period(void)
{
	uint64_t us = 0;

	if (sd_watchdog_enabled(0, &us) <= 0 || us > INT64_MAX / 1000)
		return rel_ms(0);
	return (struct rel_duration){(int64_t)(us / 2) * 1000};
}
