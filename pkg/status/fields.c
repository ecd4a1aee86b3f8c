/* SPDX-License-Identifier: Apache-2.0 */
#include "fields.h"

#include <stddef.h>

#define TEXT(type, key, member)                                                      \
	{key, STATUS_TEXT, offsetof(struct type, member), sizeof(((struct type *)0)->member)}
#define FIELD(type, key, kind, member) {key, kind, offsetof(struct type, member), 0}
#define TABLE(rows) {rows, sizeof(rows) / sizeof(rows[0])}

static const struct status_field set_rows[] = {
	TEXT(rel_status, "version", version),
	TEXT(rel_status, "mode", mode),
	TEXT(rel_status, "set", set_name),
	TEXT(rel_status, "namespace", namespace_),
	TEXT(rel_status, "self", self.name),
	TEXT(rel_status, "self_uid", self.uid),
	TEXT(rel_status, "pod_ip", pod_ip),
	FIELD(rel_status, "healthy", STATUS_BOOL, healthy),
	FIELD(rel_status, "paused", STATUS_BOOL, paused),
	TEXT(rel_status, "leader", leader),
	TEXT(rel_status, "leader_address", leader_address),
	FIELD(rel_status, "leader_since", STATUS_TIME, leader_since_us),
	FIELD(rel_status, "epoch", STATUS_NUMBER, epoch),
	FIELD(rel_status, "is_leader", STATUS_BOOL, is_leader),
	FIELD(rel_status, "claim_left_ms", STATUS_KNOWN, claim_left_ms),
	TEXT(rel_status, "goal", goal),
	TEXT(rel_status, "rule", rule),
	TEXT(rel_status, "reason", reason),
	TEXT(rel_status, "fence_layer", fence_layer),
	FIELD(rel_status, "fenced", STATUS_BOOL, fenced),
	FIELD(rel_status, "redis_replicas", STATUS_COUNT, redis_replicas),
	TEXT(rel_status, "run_id", run_id),
	TEXT(rel_status, "replid", replid),
	FIELD(rel_status, "started", STATUS_TIME, started_us),
	FIELD(rel_status, "now", STATUS_TIME, now_us),
	FIELD(rel_status, "register_contact_ms_ago", STATUS_KNOWN, register_contact_ms_ago),
};

static const struct status_field member_rows[] = {
	TEXT(rel_status_member, "name", member.name),
	TEXT(rel_status_member, "uid", member.uid),
	TEXT(rel_status_member, "role", role),
	TEXT(rel_status_member, "address", address),
	FIELD(rel_status_member, "is_self", STATUS_BOOL, is_self),
	FIELD(rel_status_member, "is_leader", STATUS_BOOL, is_leader),
	FIELD(rel_status_member, "redis_up", STATUS_BOOL, redis_up),
	FIELD(rel_status_member, "link_up", STATUS_BOOL, link_up),
	FIELD(rel_status_member, "offset", STATUS_KNOWN, offset),
	FIELD(rel_status_member, "lag", STATUS_KNOWN, lag),
	FIELD(rel_status_member, "seen_ms_ago", STATUS_KNOWN, seen_ms_ago),
	TEXT(rel_status_member, "redis_version", redis_version),
	TEXT(rel_status_member, "note", note),
};

static const struct status_field transition_rows[] = {
	FIELD(rel_transition, "at", STATUS_TIME, at.us),
	TEXT(rel_transition, "from", from),
	TEXT(rel_transition, "to", to),
	FIELD(rel_transition, "epoch", STATUS_NUMBER, epoch),
	TEXT(rel_transition, "reason", reason),
	FIELD(rel_transition, "from_offset", STATUS_KNOWN, from_offset),
	FIELD(rel_transition, "to_offset", STATUS_KNOWN, to_offset),
};

static const struct status_field request_rows[] = {
	FIELD(rel_request, "id", STATUS_NUMBER, id),
	TEXT(rel_request, "to", to),
	FIELD(rel_request, "at", STATUS_TIME, at.us),
};

static const struct status_field outcome_rows[] = {
	FIELD(rel_outcome, "id", STATUS_NUMBER, id),
	TEXT(rel_outcome, "text", text),
};

const struct status_fields status_set_fields = TABLE(set_rows);
const struct status_fields status_member_fields = TABLE(member_rows);
const struct status_fields status_transition_fields = TABLE(transition_rows);
const struct status_fields status_request_fields = TABLE(request_rows);
const struct status_fields status_outcome_fields = TABLE(outcome_rows);
