/* SPDX-License-Identifier: Apache-2.0 */
/* Commands as bytes, made by hiredis. */
#ifndef REL_REDIS_WIRE_H
#define REL_REDIS_WIRE_H

#include "redis-election/base/buf.h"

#define REL_WIRE_WORDS 8

/* Adds one command: words, ended by NULL. */
void rel_wire_add(struct rel_buf *wire, const char *const *words);

#endif
