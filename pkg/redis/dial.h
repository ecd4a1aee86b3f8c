/* SPDX-License-Identifier: Apache-2.0 */
/* How connections to the Redis of this set are opened: credentials, TLS files,
 * time-outs. Shared by everything in this room that connects. */
#ifndef REL_REDIS_DIAL_H
#define REL_REDIS_DIAL_H

#include "connection.h"
#include "redis-election/redis.h"

struct rel_dialer;

/* Copies what it needs. Reads the TLS files at once; later, and when that failed,
 * they are read again off the loop, at most once a minute. */
struct rel_dialer *rel_dialer_create(struct rel_loop *loop,
				     const struct rel_redis_options *options);
void rel_dialer_set_password(struct rel_dialer *dialer, const char *password);

/* NULL when there is TLS to do and its files cannot be used (logged). */
struct rel_conn *rel_dial(struct rel_dialer *dialer, const char *host, uint16_t port,
			  const struct rel_conn_handler *handler, void *ctx);

/* Wipes the secrets; closed(ctx) once the memory is gone. */
void rel_dialer_close(struct rel_dialer *dialer, void (*closed)(void *ctx), void *ctx);

#endif
