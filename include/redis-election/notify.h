/* SPDX-License-Identifier: Apache-2.0 */
/* What a service manager wants to hear (sd_notify(3)). Twin files: systemd.c, or
 * none.c where libsystemd is not wanted; the Makefile chooses. Without
 * NOTIFY_SOCKET in the environment every call does nothing. Never blocks for long:
 * one datagram each; errors are ignored, because nothing can be done about them. */
#ifndef REL_NOTIFY_H
#define REL_NOTIFY_H

#include "redis-election/base/time.h"

void rel_notify_ready(void);
void rel_notify_stopping(void);
/* Before a reload; rel_notify_ready again after it. */
void rel_notify_reloading(void);
/* One line for `systemctl status`; cut at 200 bytes, control bytes become blanks. */
void rel_notify_status(const char *text);

void rel_notify_watchdog(void);
/* How often rel_notify_watchdog is to be called: half of WatchdogSec. 0 = never. */
struct rel_duration rel_notify_watchdog_period(void);

#endif
