/* SPDX-License-Identifier: Apache-2.0 */
/* HTTPS requests over libcurl's multi interface, driven by libuv. Each request has
 * a deadline of its own; a request that changes something is sent at most once,
 * and the answer tells whether that may have happened. Nothing is called from
 * inside start or cancel. */
#ifndef REL_KUBE_WEB_H
#define REL_KUBE_WEB_H

#include <stdbool.h>
#include <stddef.h>

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"

struct rel_loop;
struct rel_web;
struct rel_web_request;

enum rel_web_verb {
	REL_WEB_GET,
	REL_WEB_LIST,
	REL_WEB_WATCH, /* a stream on a connection of its own; the deadline is for its start */
	REL_WEB_PUT,
	REL_WEB_PATCH, /* a merge patch */
	REL_WEB_POST,
};

const char *rel_web_verb_name(enum rel_web_verb verb);

struct rel_web_answer {
	enum rel_err err; /* OK: there is a code and a whole body */
	int code; /* 0 when err is not OK */
	struct rel_duration retry_after;
	const char *body; /* never NULL */
	size_t size;
	const char *detail; /* of err, for logs; never NULL */
};

struct rel_web_call {
	enum rel_web_verb verb;
	const char *path; /* from the first slash on, with the query */
	const char *body; /* of PUT, PATCH and POST; copied */
	size_t body_size;
	struct rel_duration timeout; /* 0 = 10 s */
	void (*opened)(void *ctx); /* WATCH: the header of a 200 has arrived */
	void (*data)(void *ctx, const char *bytes, size_t size); /* WATCH, after opened */
	void (*done)(void *ctx, const struct rel_web_answer *answer);
	void (*gone)(void *ctx); /* gives ctx back, also after cancel; NULL = nothing to do */
	void *ctx;
};

struct rel_web_observer {
	/* Before done, for each request that ended and was not cancelled. */
	void (*ended)(void *ctx, enum rel_web_verb verb, int code, struct rel_duration took);
	void *ctx;
};

/* url without a path, but for one slash; copied. */
struct rel_web *rel_web_create(struct rel_loop *loop, const char *url,
			       const struct rel_web_observer *observer);

/* For requests that start from now on; copied. ca is PEM, the only authority trusted. */
void rel_web_set_credentials(struct rel_web *web, const char *token, const char *ca,
			     size_t ca_size);

/* Owned by web until done has returned, or cancel. */
struct rel_web_request *rel_web_start(struct rel_web *web, const struct rel_web_call *call);

/* Ends it without a call. Allowed from inside its own callbacks. */
void rel_web_cancel(struct rel_web_request *request);

/* Cancels everything; closed(ctx) later, when the memory is gone. */
void rel_web_close(struct rel_web *web, void (*closed)(void *ctx), void *ctx);

#endif
