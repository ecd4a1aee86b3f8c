/* SPDX-License-Identifier: Apache-2.0 */
/* One connection to one Redis, from connect to end: AUTH, then pipelined requests
 * answered in order. It is never revived; its owner makes another. */
#ifndef REL_REDIS_CONNECTION_H
#define REL_REDIS_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/buf.h"
#include "redis-election/stream.h"
#include "reply.h"

/* Requests that may wait for their replies. */
#define REL_CONN_REQUESTS 64

struct rel_conn;

struct rel_conn_handler {
	void (*ready)(void *ctx); /* connected, AUTH accepted */
	/* Once: could not be opened, or has ended. No request is answered any more. */
	void (*ended)(void *ctx, enum rel_err err);
	/* A forgotten request was answered: there is room for another. May be NULL. */
	void (*room)(void *ctx);
};

struct rel_request_handler {
	void (*reply)(void *ctx, unsigned index, const struct rel_reply *reply);
	void (*done)(void *ctx); /* after the last reply */
};

struct rel_login {
	const char *username; /* "" = the default user */
	const char *password; /* "" = no AUTH */
};

/* target and login are needed for the call only. Callbacks never come from inside
 * a call. */
struct rel_conn *rel_conn_open(struct rel_loop *loop, const struct rel_stream_target *target,
			       const struct rel_login *login,
			       const struct rel_conn_handler *handler, void *ctx);

/* Sends whole commands that will have `replies` replies. False, and nothing sent,
 * when it is not ready, too much waits, or the socket does not take it. */
bool rel_conn_send(struct rel_conn *conn, const struct rel_buf *wire, unsigned replies,
		   const struct rel_request_handler *handler, void *ctx);

/* Requests without all their replies. */
unsigned rel_conn_waiting(const struct rel_conn *conn);

/* Late replies to the requests of ctx are dropped. */
void rel_conn_forget(struct rel_conn *conn, const void *ctx);

/* Cause of the end, for logs. */
const char *rel_conn_error(const struct rel_conn *conn);

void rel_conn_close(struct rel_conn *conn, void (*closed)(void *ctx), void *ctx);

#endif
