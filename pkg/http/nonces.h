/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REL_HTTP_NONCES_H
#define REL_HTTP_NONCES_H

#include "redis-election/http.h"

/* More than a set's operators, probes and dashboards sign in a minute. */
#define HTTP_NONCES_MAX 4096

/* Remembers a nonce until the wall clock passes `until`. False when it was used
 * before, or when no place is free at `now`. */
bool http_nonces_use(struct rel_http_nonces *nonces, const char *nonce, int64_t now,
		     int64_t until);

#endif
