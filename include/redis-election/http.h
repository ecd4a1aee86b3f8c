/* SPDX-License-Identifier: Apache-2.0 */
/* A small HTTP/1.1 server (RFC 9110, 9112) for probes, metrics, status and
 * commands. Limits hold always: 16 KiB of request, 5 s from its first byte (or
 * from accept) to the end of the answer, 256 connections, the oldest idle one
 * evicted at the cap, then the oldest slow one. Keep-alive; one exchange at a time
 * on a connection. HEAD and OPTIONS wherever GET is. A first line that is not HTTP
 * is refused, and so is a body without Content-Length. */
#ifndef REL_HTTP_H
#define REL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "redis-election/base/buf.h"

struct rel_loop;
struct rel_http;
struct rel_http_exchange;

#define REL_HTTP_REQUEST_MAX 16384
#define REL_HTTP_CONNECTIONS_MAX 256
#define REL_HTTP_DEADLINE_MS 5000
/* An exchange answered later than this finds its client gone. Above the 30 s that
 * a command may take. */
#define REL_HTTP_DEFERRED_MS 35000
/* How long a connection may wait between two requests: longer than a scrape interval. */
#define REL_HTTP_IDLE_MS 75000

/* Pointers live inside handle only. */
struct rel_http_request {
	const char *method;      /* GET for HEAD and OPTIONS too: their answers lose the body */
	const char *sent_method; /* as it came; handlers whose GET changes something look here */
	const char *path;        /* begins with '/', without the query, not decoded */
	const char *query;       /* "" when there is none */
	const char *body;        /* body_size bytes, no NUL after them */
	size_t body_size;
	bool on_admin;           /* arrived on the loopback admin listener */
};

struct rel_http_options {
	const char *bind; /* "8080" and ":8080": all addresses; "[::]:8080", "127.0.0.1:0" */
	bool admin;       /* marks requests of this listener */
	/* Called on the loop. Answers with rel_http_answer now or later. */
	void (*handle)(void *ctx, struct rel_http_exchange *exchange,
		       const struct rel_http_request *request);
	void *ctx;
};

/* NULL, and one line in error, when the address cannot be used. "All addresses"
 * and [::] are IPv4 alone where the kernel has no IPv6. */
struct rel_http *rel_http_listen(struct rel_loop *loop, const struct rel_http_options *options,
				 char *error, size_t error_size);

/* The port in use: the one asked for, or the one the kernel chose for 0. */
uint16_t rel_http_port(const struct rel_http *http);

/* Value of a request header (case-insensitive, the first of several), or NULL.
 * Valid inside handle. */
const char *rel_http_header(const struct rel_http_exchange *exchange, const char *name);

/* Sends the answer and ends the exchange. type is a Content-Type; extra is NULL
 * or complete header lines ending in CRLF; lines that are not well-formed become
 * a 500. Copies everything. When the client has gone or its time is over it does
 * nothing. Exactly once per handle; also after rel_http_close. */
void rel_http_answer(struct rel_http_exchange *exchange, int code, const char *type,
		     const char *extra, const char *body, size_t body_size);

/* The same with text and type text/plain. */
void rel_http_answer_text(struct rel_http_exchange *exchange, int code, const char *text);

/* 405 with an Allow header: "GET, HEAD, OPTIONS" or "POST". */
void rel_http_refuse_method(struct rel_http_exchange *exchange, const char *allow);

/* Stops listening and ends every connection; closed(ctx) when nothing will be
 * called any more and the memory is gone. */
void rel_http_close(struct rel_http *http, void (*closed)(void *ctx), void *ctx);

/* Signatures.
 * Version 1, as redis-orchestrator: X-Orchestrator-Signature is the hex
 * HMAC-SHA256 of METHOD:path:timestamp.
 * Version 2: X-Redis-Election-Signature is that of
 * METHOD:path[?query]:timestamp:nonce:hex(sha256(body)), with X-Redis-Election-Nonce
 * of 16 to 64 letters, digits, '-' or '_', never accepted twice.
 * Both: X-Orchestrator-Timestamp in Unix seconds, at most 30 s from ours. */
enum rel_http_auth {
	REL_AUTH_NONE, /* no signature header at all */
	REL_AUTH_V1,
	REL_AUTH_V2,
	REL_AUTH_BAD,
};

#define REL_HTTP_SIGNATURE_SIZE 65 /* hex SHA-256 and NUL */

/* What version 2 signs. */
struct rel_http_signing {
	const char *method;
	const char *path;  /* without the query */
	const char *query; /* "" when there is none */
	const char *timestamp;
	const char *nonce;
	const char *body;
	size_t body_size;
};

void rel_http_sign(const char *secret, const struct rel_http_signing *what,
		   char signature[REL_HTTP_SIGNATURE_SIZE]);

/* The nonces of the last minute, bounded: when all places are taken a signature of
 * version 2 is refused. Only who knows the secret can fill them. */
struct rel_http_nonces;
struct rel_http_nonces *rel_http_nonces_create(void);
void rel_http_nonces_destroy(struct rel_http_nonces *nonces);

/* Inside handle. secret must not be empty: then every signature is bad. */
enum rel_http_auth rel_http_authenticate(const struct rel_http_exchange *exchange,
					 const struct rel_http_request *request,
					 const char *secret, int64_t wall_seconds,
					 struct rel_http_nonces *nonces);

#endif
