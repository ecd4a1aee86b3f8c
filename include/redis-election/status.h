/* SPDX-License-Identifier: Apache-2.0 */
/* What a member knows of the set, as plain values: filled by the agent, rendered
 * as JSON (/status, /state), as the page for people, and read back by the client
 * verbs. One shape for all of them. */
#ifndef REL_STATUS_H
#define REL_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "redis-election/base/buf.h"
#include "redis-election/base/time.h"
#include "redis-election/member.h"
#include "redis-election/pods.h"
#include "redis-election/record.h"

struct rel_status_member {
	struct rel_member member;
	char role[REL_ROLE_SIZE];       /* leader, replica, fenced, unknown */
	char address[REL_ADDRESS_SIZE];
	bool is_self, is_leader;
	bool redis_up, link_up;
	int64_t offset;                 /* -1 = unknown */
	int64_t lag;                    /* bytes behind the leader, -1 = unknown */
	int64_t seen_ms_ago;            /* age of what is known; -1 = never seen */
	char redis_version[24];
	char note[64];                  /* loading, full sync, terminating, not announced, … */
};

struct rel_status {
	char version[24];
	char mode[16];
	char set_name[REL_NAME_SIZE];   /* the lease's name */
	char namespace_[REL_NAME_SIZE];
	struct rel_member self;
	char pod_ip[64];
	bool healthy;                   /* the local Redis answers and is not loading */
	bool paused;
	char leader[REL_NAME_SIZE];     /* "" = none known */
	char leader_address[REL_ADDRESS_SIZE];
	int64_t leader_since_us;        /* wall; 0 = unknown */
	uint64_t epoch;
	bool is_leader;                 /* we: claim valid and Redis leads */
	int64_t claim_left_ms;          /* -1 = we hold none */
	char goal[24];
	char rule[48];                  /* of the last decision */
	char reason[192];               /* why nobody leads, as far as this member knows; "" */
	char fence_layer[16];           /* agent, leash, module */
	bool fenced;                    /* our Redis is a leader that is made to refuse writes */
	int64_t redis_replicas;
	char run_id[REL_REPLID_SIZE];
	char replid[REL_REPLID_SIZE];
	int64_t started_us, now_us;     /* wall */
	int64_t register_contact_ms_ago; /* -1 = never */
	struct rel_outcome outcome;     /* of the last switchover request */
	struct rel_request request;     /* pending */
	struct rel_status_member members[REL_MEMBERS_MAX];
	uint8_t member_count;
	struct rel_transition history[REL_HISTORY_MAX];
	uint8_t history_count;
};

#define REL_STATUS_PAGE_HEADERS                                                      \
	"Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "   \
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'\r\n"            \
	"Referrer-Policy: no-referrer\r\n"

/* What a status may take as JSON; room for every field of every member. */
#define REL_STATUS_JSON_MAX 131072

#define REL_STATUS_SPAN 24
#define REL_STATUS_HEADLINE 256
#define REL_STATUS_LOST 32

/* "250 ms", "9 s", "4m 12s", "3h 20m", "3d 4h"; "never" for a negative one. */
void rel_status_span(int64_t ms, char text[REL_STATUS_SPAN]);
/* The state of the set in one line: who leads for how long, or why nobody does. */
void rel_status_headline(const struct rel_status *status, char text[REL_STATUS_HEADLINE]);

/* What a change of leader left behind: "0", "1234 bytes", "unknown"; "" when there
 * was nobody to take over from. */
void rel_status_lost(const struct rel_transition *transition, char text[REL_STATUS_LOST]);

/* /status: compact JSON, one object. */
void rel_status_json(const struct rel_status *status, struct rel_buf *out);
/* /state: redis-orchestrator's fields in snake_case and in camelCase, and ours. */
void rel_status_state_json(const struct rel_status *status, struct rel_buf *out);
/* /: one page without scripts or external assets; send it with REL_STATUS_PAGE_HEADERS. */
void rel_status_page(const struct rel_status *status, struct rel_buf *out);
/* Reads rel_status_json back; fields it does not know are ignored, fields that are
 * absent are unknown. Texts come without control bytes. False when it is anything
 * else or larger than REL_STATUS_JSON_MAX. */
bool rel_status_parse(const char *json, size_t size, struct rel_status *status);

#endif
