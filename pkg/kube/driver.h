/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the driver share: facts that stay for its life, the way to the
 * server and back to the agent. */
#ifndef REL_KUBE_DRIVER_H
#define REL_KUBE_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "web.h"
#include "pod_codec.h"
#include "redis-election/base/buf.h"
#include "redis-election/base/err.h"
#include "redis-election/kube.h"
#include "token.h"

/* Longest name of a Kubernetes object, with the NUL. */
#define REL_OBJECT_NAME_SIZE 254
/* Longest path that is asked for, label selector and all. */
#define REL_PATH_SIZE 2048

struct rel_register;
struct rel_pod_watch;
struct rel_emitter;
struct rel_later;

struct rel_kube {
	struct rel_loop *loop;
	struct rel_kube_sink sink;
	char namespace_[REL_NAME_SIZE];
	char lease_name[REL_OBJECT_NAME_SIZE];
	struct rel_member self;
	char address[REL_ADDRESS_SIZE];
	struct rel_announcement announcement;
	unsigned int compat_labels;
	uint16_t redis_port;
	struct rel_web *web;
	struct rel_token *token;
	struct rel_register *lease;
	struct rel_pod_watch *pods;
	struct rel_emitter *emitter;
	struct rel_later *later;
	uint32_t told[REL_WEB_POST + 1];     /* errors logged since the last success: bit of each */
	int open_parts;                       /* not closed yet */
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* Hands an event to the agent; not for use inside a call of the driver. */
void rel_kube_report(struct rel_kube *kube, const struct rel_event *event);

/* The same on the next turn of the loop, for what is known at once. */
void rel_kube_report_later(struct rel_kube *kube, enum rel_event_type type, uint64_t op,
			   enum rel_err err);

/* What an answer means; logs an error that this verb did not have before. */
enum rel_err rel_kube_outcome(struct rel_kube *kube, enum rel_web_verb verb,
			      const struct rel_web_answer *answer);

/* json as the body of a request, in a buffer to be finished. False when it is
 * larger than a request may be. */
bool rel_kube_body(const json_t *json, struct rel_buf *out) REL_MUST_USE;

/* A request on behalf of an action, ended by one event with its op. */
struct rel_kube_op {
	enum rel_web_verb verb;
	const char *path;
	const json_t *body; /* NULL = none */
	struct rel_duration timeout;
	enum rel_event_type type;
	uint64_t op;
	bool create; /* 422 says that the object is there */
	/* Reads the answer into event, whose err is set to what it means, and into
	 * record, to which event may point. NULL: err is all there is. */
	void (*read)(struct rel_kube *kube, const struct rel_web_answer *answer,
		     struct rel_event *event, struct rel_record *record);
};

/* op.c */
void rel_kube_op_start(struct rel_kube *kube, const struct rel_kube_op *op);

/* Parts, each in the file of its name. Those with close call closed(kube) later. */
struct rel_register *rel_register_create(struct rel_kube *kube);
void rel_register_destroy(struct rel_register *lease);
/* uid of the Lease seen last, or "". */
const char *rel_register_uid(const struct rel_register *lease);

struct rel_pod_watch *rel_pod_watch_create(struct rel_kube *kube, const char *label_selector);
void rel_pod_watch_close(struct rel_pod_watch *pods, void (*closed)(void *kube));

struct rel_emitter *rel_emitter_create(void);
void rel_emitter_destroy(struct rel_emitter *emitter);

struct rel_later *rel_later_create(struct rel_kube *kube);
void rel_later_close(struct rel_later *later, void (*closed)(void *kube));

#endif
