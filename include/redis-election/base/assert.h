/* SPDX-License-Identifier: Apache-2.0 */
/* Broken logic ends the process, in release builds too: a dead agent is a safe
 * state, a confused one is not. */
#ifndef REL_BASE_ASSERT_H
#define REL_BASE_ASSERT_H

/* Writes one line to stderr and aborts. */
_Noreturn void rel_assert_failed(const char *what, const char *file, int line);

#define rel_assert(condition)                                                        \
	((condition) ? (void)0 : rel_assert_failed(#condition, __FILE__, __LINE__))

/* Ends the process where logic says nobody can come. */
#define rel_unreachable(why) rel_assert_failed(why, __FILE__, __LINE__)

#endif
