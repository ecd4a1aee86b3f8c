/* SPDX-License-Identifier: Apache-2.0 */
/* One watch on a connection of its own: established, then events, then its end. */
#ifndef REL_KUBE_WATCH_H
#define REL_KUBE_WATCH_H

#include "redis-election/base/err.h"
#include "redis-election/base/time.h"
#include "watch_event.h"

struct rel_kube;
struct rel_watch;

struct rel_watch_ops {
	void (*established)(void *ctx);
	/* Borrows event. Anything but REL_OK ends the watch with it. */
	enum rel_err (*seen)(void *ctx, const struct rel_watch_event *event);
	/* Everything that arrived together was seen. */
	void (*settled)(void *ctx);
	/* The last call; the watch is gone. Never REL_OK: a watch that ends in good
	 * order ends with REL_ERR_CLOSED. */
	void (*ended)(void *ctx, enum rel_err err, struct rel_duration retry_after);
};

/* path with the query; timeout until it is established. Calls nothing yet. */
struct rel_watch *rel_watch_start(struct rel_kube *kube, const char *path,
				  struct rel_duration timeout, const struct rel_watch_ops *ops,
				  void *ctx);

/* Ends it without a call; allowed from inside its own. NULL is fine. */
void rel_watch_cancel(struct rel_watch *watch);

#endif
