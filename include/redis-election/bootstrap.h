/* SPDX-License-Identifier: Apache-2.0 */
/* The redis.conf that a Redis of the set starts with: never writable by itself. */
#ifndef REL_BOOTSTRAP_H
#define REL_BOOTSTRAP_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/buf.h"

#define REL_BOOTSTRAP_SETTINGS_MAX 64

struct rel_bootstrap {
	uint16_t port;
	const char *bind;      /* "" = all addresses */
	const char *directory; /* of the data; "" = Redis' working directory */
	const char *username;  /* for the replication link; "" = the default user */
	const char *password;  /* requirepass and masterauth; "" = none, any byte but NUL */
	const char *settings[REL_BOOTSTRAP_SETTINGS_MAX]; /* "NAME VALUE", written last */
	int setting_count;
};

/* Directives of redis.conf, Redis 6.2 and later. False, and one line in error, when a
 * setting is malformed or would make Redis start writable. */
bool rel_bootstrap_redis_conf(const struct rel_bootstrap *options, struct rel_buf *out,
			      char *error, size_t error_size);

#endif
