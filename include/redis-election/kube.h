/* SPDX-License-Identifier: Apache-2.0 */
/* The driver for the Kubernetes API: the Lease as a register, the set's pods,
 * Events. libcurl carries, jansson parses; every answer is bounded and checked. */
#ifndef REL_KUBE_H
#define REL_KUBE_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/action.h"
#include "redis-election/event.h"

struct rel_loop;
struct rel_kube;

struct rel_kube_options {
	const char *url;                 /* https://host:port; host an IP where possible */
	const char *service_account_dir; /* token, ca.crt, namespace; re-read every minute, on
					  * change and after a 401; never logged */
	const char *namespace_;
	const char *lease_name;
	const char *label_selector;      /* of the set's pods */
	struct rel_member self;
	const char *address;             /* announced for our Redis */
	uint16_t redis_port;             /* for pods that announce none */
	int32_t priority;
	bool no_promote;
	const char *compat_labels;       /* "" or some of redis-role,isMaster,redisfailovers-role */
};

/* One request or watch that ended, for metrics: verb GET, PUT, PATCH, POST, LIST,
 * WATCH; code 0 when there was no answer. */
struct rel_kube_request {
	const char *verb;
	int code;
	struct rel_duration took;
};

struct rel_kube_sink {
	/* REGISTER_*, PODS_SEEN and POD_PATCHED events, never from inside a call of this
	 * driver; pointers in the event live for the call; the receiver stamps. */
	void (*event)(void *ctx, const struct rel_event *event);
	void (*request)(void *ctx, const struct rel_kube_request *request);
	void *ctx;
};

/* Starts to list and watch the pods at once: resumed by resourceVersion, listed
 * anew on 410, tried again 250 ms after an end, growing with jitter to 1 s. The
 * whole set is reported after each change. NULL, and one line in error, when the
 * service-account folder or the URL cannot be used at all. */
struct rel_kube *rel_kube_create(struct rel_loop *loop, const struct rel_kube_options *options,
				 const struct rel_kube_sink *sink, char *error, size_t error_size);

/* The four register actions of action.h. A write replaces the fields of
 * rel_record in the object that was seen at `expected` and leaves everything else
 * in it as it is. */
void rel_kube_register(struct rel_kube *kube, const struct rel_action *action);

/* PATCH_POD and EMIT (limited to one a second in the long run, bursts of 10). */
void rel_kube_patch_pod(struct rel_kube *kube, const struct rel_action *action);
void rel_kube_emit(struct rel_kube *kube, const struct rel_action *action);

/* When the token was last read; REL_NEVER before. */
struct rel_instant rel_kube_token_read(const struct rel_kube *kube);

/* As rel_redis_close. */
void rel_kube_close(struct rel_kube *kube, void (*closed)(void *ctx), void *ctx);

#endif
