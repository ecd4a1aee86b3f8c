/* SPDX-License-Identifier: Apache-2.0 */
/* The stand-in of the API server as another process, and a driver whose events are
 * kept. Failures are those of cmocka. One server and one driver at a time. */
#ifndef TEST_UNIT_KUBE_HARNESS_H
#define TEST_UNIT_KUBE_HARNESS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "redis-election/kube.h"
#include "redis-election/loop.h"

#define LEASES "/apis/coordination.k8s.io/v1/namespaces/test/leases"
#define PODS "/api/v1/namespaces/test/pods"
#define SEEN_MAX 256

/* One event as it came, with copies of what it pointed to. */
struct seen {
	struct rel_event event;
	struct rel_record record;
	struct rel_pods pods;
};

struct server {
	pid_t pid; /* 0 = not there: the tests are to be skipped */
	int to, from;
	char state[64];
	char url[64];
	char account[256]; /* service-account folder with all rights that tests need */
	uint16_t control;
};

struct driver {
	struct rel_loop *loop;
	struct rel_kube *kube;
	struct rel_timer guard;
	struct seen seen[SEEN_MAX];
	int count;
	int waited; /* events before that one are done with */
	int requests;
	int last_code;
	bool closed;
	bool close_inside; /* close the driver from inside its first event */
	uint64_t ops; /* the last one given */
};

extern struct server server;
extern struct driver driver;

/* False when something it needs is not there. */
bool server_start(void);
void server_stop(void);
/* Runs a program to its good end. */
void run(char *const argv[]);

/* An order to the control port, past all faults. The caller owns the answer. */
json_t *control(const char *method, const char *path, const char *body);
void order(const char *method, const char *path, const char *body);
/* Makes a fault; its number, and how often it acted. */
int64_t fault(const char *document);
int64_t hits(int64_t number);
void make_pod(const char *name);

/* NULL when the options are refused. */
struct rel_kube *driver_make(const char *url, const char *dir, const char *lease);
void driver_start(const char *url, const char *dir, const char *lease);
void driver_stop(void);

/* Runs the loop until an event of that type, and op unless 0, has come after those
 * that were waited for before. */
struct seen *wait_event(enum rel_event_type type, uint64_t op);
struct seen *wait_pods(int count);

/* An action with an op of its own. */
struct rel_action make_action(enum rel_action_type type, const struct rel_version *expected,
			      const struct rel_record *record, int64_t timeout_ms);
/* Hands it over and waits for its answer. */
struct seen *do_register(enum rel_action_type type, const struct rel_version *expected,
			 const struct rel_record *record, int64_t timeout_ms);
struct seen *read_lease(void);
/* A vacant one. */
struct rel_record create_lease(void);
/* A renewal, with the mark after that of before. */
struct seen *write_lease(const struct rel_record *before, int64_t timeout_ms);
/* Waits until it is established or has ended. */
struct seen *watch_from(const struct rel_version *version);

#endif
