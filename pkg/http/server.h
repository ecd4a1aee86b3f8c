/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the server share: server.c listens, accepts and evicts;
 * connection.c reads, waits and closes; exchange.c answers. */
#ifndef REL_HTTP_SERVER_H
#define REL_HTTP_SERVER_H

#include <uv.h>

#include "codec.h"
#include "redis-election/http.h"

enum http_state {
	HTTP_IDLE,     /* between two requests, no byte yet */
	HTTP_READING,  /* a request is on its way */
	HTTP_HANDLING, /* an exchange is open; nothing is read */
	HTTP_WRITING,
	HTTP_DRAINING, /* answered for the last time: waits for the client to close */
	HTTP_CLOSING,
};

struct http_connection {
	uv_tcp_t tcp;
	uv_timer_t timer;
	uint8_t handles; /* of the two, not closed yet */
	struct rel_http *server;
	struct http_connection *previous, *next; /* oldest first, by when it went quiet */
	enum http_state state;
	bool keep_alive; /* after the answer being written */
	struct rel_http_exchange *exchange;
	bool have_head;
	struct http_head head;
	size_t size;
	char in[REL_HTTP_REQUEST_MAX];
};

struct rel_http_exchange {
	struct http_connection *connection; /* NULL once the client is gone */
	bool bodiless;                      /* HEAD and OPTIONS */
	bool options;
	bool deferred;                      /* handle has returned without an answer */
};

struct rel_http {
	uv_tcp_t tcp;
	struct rel_http_options options; /* bind is not kept */
	uint16_t port;
	struct http_connection *oldest, *newest;
	size_t count; /* connections that are not closing */
	size_t alive; /* with those closing, and the listener */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* Takes a waiting client, or refuses it when the kernel does. */
void http_connection_accept(struct rel_http *server);
/* May be called again; the memory goes later. */
void http_connection_close(struct http_connection *connection);
/* Owns the answer's bytes from here on; NULL data closes. */
void http_connection_write(struct http_connection *connection, struct rel_buf *answer);
/* Refuses what was read so far with a code and closes. */
void http_connection_refuse(struct http_connection *connection, int code);
void http_connection_deadline(struct http_connection *connection, uint64_t ms);
/* Moves it to the end of the list. */
void http_connection_touch(struct http_connection *connection);

/* A handle of the server or of a connection is gone. */
void http_server_release(struct rel_http *server);

/* Opens the exchange of a complete request and calls the handler. */
void http_exchange_begin(struct http_connection *connection);

struct sockaddr_storage;
/* "8080", ":8080", "HOST:PORT", "[V6]:PORT"; HOST an address or localhost. False
 * when it is anything else. *any: all addresses were meant. */
bool http_bind_parse(const char *text, struct sockaddr_storage *address, bool *any);

#endif
