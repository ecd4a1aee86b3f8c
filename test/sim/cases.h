/* SPDX-License-Identifier: Apache-2.0 */
/* Directed schedules: a small text that says what happens when, and what must hold.
 * One statement a line, `#` begins a comment:
 *   members N | lease SECONDS | grace SECONDS | persistence none|rdb|aof | volumes yes|no |
 *   seeds N (how many to run it with)
 *   end SECONDS                       when the faults are over; the set must get well
 *   at SECONDS FAULT [SLOT] [on SLOT] [for SECONDS]
 *   at SECONDS DO [SLOT] [for SECONDS]  see `acts` in case_member.c and case_person.c
 *   expect FIGURE < NUMBER | = NUMBER figures, from the first `at` on: gap (longest time
 *                                     in ms without a writable Redis), changes (of
 *                                     leader, until the end), lost (acknowledged writes)
 * SLOT is leader, replica (the first that does not lead), other (the second), or an
 * ordinal. */
#ifndef SIM_CASES_H
#define SIM_CASES_H

#include "world.h"

struct schedule;

/* NULL, and one line on stderr, when the file cannot be read or understood. */
struct schedule *case_read(const char *path);
uint32_t case_seeds(const struct schedule *schedule);
void case_free(struct schedule *schedule);
void case_settings(const struct schedule *schedule, struct settings *settings);
void case_start(struct world *world);
void case_line(struct world *world, uint32_t line);
/* Looks at the set now and then, for the figures. */
void case_look(struct world *world);
/* False, and a line on stdout, when an expectation is not met. */
bool case_met(const struct world *world, const char *path);

#endif
