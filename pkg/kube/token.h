/* SPDX-License-Identifier: Apache-2.0 */
/* The mounted service account: token, ca.crt and namespace. Looked at every few
 * seconds off the loop; read when a file is another one or has another time, once
 * a minute, and after a 401. What cannot be read leaves the old one in use. */
#ifndef REL_KUBE_TOKEN_H
#define REL_KUBE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>

#include "redis-election/base/time.h"
#include "redis-election/member.h"

struct rel_loop;
struct rel_token;

struct rel_credentials {
	char *token; /* one word; wiped when replaced */
	char *ca; /* PEM */
	size_t ca_size;
	char namespace_[REL_NAME_SIZE]; /* "" when there is no such file */
};

struct rel_token_owner {
	/* A new token or CA; borrowed for the call. */
	void (*changed)(void *ctx, const struct rel_credentials *credentials);
	void *ctx;
};

/* Reads once, blocking: for the start only. NULL, and one line in error, when token
 * or ca.crt cannot be used. changed is not called for what is read here. */
struct rel_token *rel_token_create(struct rel_loop *loop, const char *dir,
				   const struct rel_token_owner *owner, char *error,
				   size_t error_size);

const struct rel_credentials *rel_token_credentials(const struct rel_token *token);

/* When the files were last read with success. */
struct rel_instant rel_token_read_at(const struct rel_token *token);

/* The server refused the token: read it now, but once a second at most. */
void rel_token_refused(struct rel_token *token);

void rel_token_close(struct rel_token *token, void (*closed)(void *ctx), void *ctx);

#endif
