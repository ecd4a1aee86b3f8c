/* SPDX-License-Identifier: Apache-2.0 */
/* The files that hold secrets, read again while the agent runs: every few seconds,
 * because Kubernetes rotates a mounted Secret by swapping a symbolic link and tells
 * nobody; on SIGHUP; and when Redis refused the password. Off the loop. What cannot
 * be read leaves the old secret in use. Private to pkg/agent. */
#ifndef REL_AGENT_SECRETS_H
#define REL_AGENT_SECRETS_H

#include "redis-election/config.h"
#include "redis-election/loop.h"

struct rel_secrets;

struct rel_secrets_owner {
	/* A secret in the config is another one now. */
	void (*changed)(void *ctx);
	/* A look that rel_secrets_look asked for is over, whatever it found. */
	void (*looked)(void *ctx);
	void *ctx;
};

/* `config` outlives it, and its secrets are written on the loop only. Does nothing
 * by itself when the config names no files. */
struct rel_secrets *rel_secrets_create(struct rel_loop *loop, struct rel_config *config,
				       const struct rel_secrets_owner *owner);

/* Reads now, even while another look is on its way. */
void rel_secrets_look(struct rel_secrets *secrets);

/* Redis refused the password: reads now, but once a second at most. */
void rel_secrets_refused(struct rel_secrets *secrets);

/* closed(ctx) when nothing will be called any more and the memory is gone. */
void rel_secrets_close(struct rel_secrets *secrets, void (*closed)(void *ctx), void *ctx);

#endif
