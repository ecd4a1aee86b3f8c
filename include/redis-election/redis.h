/* SPDX-License-Identifier: Apache-2.0 */
/* The driver for Redis and Valkey: watches and commands the local one, asks the
 * others for their INFO. hiredis reads and formats; the bytes travel over
 * pkg/stream. Source of the facts: INFO, CONFIG GET, CLIENT, REPLICAOF of Redis
 * 6.2 to 8 and Valkey 7.2 to 8. */
#ifndef REL_REDIS_H
#define REL_REDIS_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/action.h"
#include "redis-election/event.h"

struct rel_loop;
struct rel_redis;

/* All are copied. NULL is as good as "" but for host. */
struct rel_redis_options {
	const char *host; /* name or address; a path that starts with / is a unix socket */
	uint16_t port;
	const char *username; /* "" = the default user */
	const char *password; /* "" = no AUTH */
	bool tls, tls_skip_verify;
	const char *tls_ca, *tls_cert, *tls_key, *tls_server_name; /* paths and name; "" = none */
};

/* Gets REDIS_SEEN, REDIS_DONE and SURVEYED events, never from inside a call of
 * this driver. The receiver stamps them. Pointers in the event live for the call. */
typedef void (*rel_redis_sink)(void *ctx, const struct rel_event *event);

/* Starts connecting at once and keeps one connection to the local Redis for ever:
 * on its end a new connect follows immediately, then every 50 ms growing to 250.
 * Reports without being asked (op 0): GONE when the connection ended, or none
 * existed, and a connect was refused (again at every refused connect, at most
 * once in 250 ms); UP with a full view after each new connection, or what it is
 * instead: LOADING (with a view if INFO was answered: its run_id is right) or
 * REFUSED. TLS files are re-read for new connections, once a minute at most. */
struct rel_redis *rel_redis_create(struct rel_loop *loop, const struct rel_redis_options *options,
				   rel_redis_sink sink, void *ctx);

/* Asks for a view; answered with this op: UP, LOADING, REFUSED, or SILENT at the
 * timeout, or GONE. Several may be outstanding; each is answered by an INFO sent
 * after this call. Timeout 0 = none. */
void rel_redis_observe(struct rel_redis *redis, uint64_t op, struct rel_duration timeout);

/* Sends a command as action.h says. Answered OK, INVALID/FORBIDDEN/LOADING/THROTTLED
 * (error reply; THROTTLED: busy with a script, or 64 requests wait), STALE (no
 * connection, or one to another run_id), CLOSED, TIMEOUT. FOLLOW is ok only when
 * EXEC and every reply in it are. */
void rel_redis_command(struct rel_redis *redis, uint64_t op, const struct rel_redis_action *action,
		       struct rel_duration timeout);

/* Asks each target in parallel on short connections of their own (kept a few
 * seconds for the next survey); SURVEYED when all have answered or at the timeout. */
void rel_redis_survey(struct rel_redis *redis, uint64_t op, const struct rel_survey_action *targets,
		      struct rel_duration timeout);

/* Uses these from the next connection on; the old ones are wiped. */
void rel_redis_set_password(struct rel_redis *redis, const char *password);

/* Ends everything; closed(ctx) when nothing will be called any more and the
 * memory is gone. Outstanding ops are not answered. */
void rel_redis_close(struct rel_redis *redis, void (*closed)(void *ctx), void *ctx);

#endif
