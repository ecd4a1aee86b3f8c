/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines through a bounded ring that a writer empties without ever blocking
 * the loop: a stopped reader of the log pipe must not stop the agent. What does
 * not fit is dropped and counted. Only the agent, drivers and verbs log. */
#ifndef REL_BASE_LOG_H
#define REL_BASE_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/time.h"

enum rel_log_level { REL_LOG_ERROR, REL_LOG_WARN, REL_LOG_INFO, REL_LOG_DEBUG };
enum rel_log_format { REL_LOG_LOGFMT, REL_LOG_JSON };

/* Empties the ring and starts anew on fd, which stays the caller's. It is never
 * written in a way that blocks, and its O_NONBLOCK, which others may share, is left
 * alone: a pipe is opened once more, a socket is asked not to wait, anything else
 * is written when poll says there is room. Before the first call lines go to
 * stderr. Only one thread may log. */
void rel_log_init(int fd, enum rel_log_level level, enum rel_log_format format);
void rel_log_set_level(enum rel_log_level level);
bool rel_log_enabled(enum rel_log_level level);

/* message is a constant phrase; pairs are key, printf-free text value, …, NULL.
 * Values are quoted as the format needs. Never pass a secret. */
void rel_log(enum rel_log_level level, const char *message, ...) __attribute__((sentinel));

/* Writes what fits now. True when the ring is empty. Call when the loop idles
 * and when the descriptor is writable. */
bool rel_log_flush(void);

/* Lines dropped since rel_log_init; the log tells of them once there is room. */
uint64_t rel_log_dropped(void);

/* Wall time for log lines and records: text only. */
struct rel_wall rel_wall_now(void);

#endif
