/* SPDX-License-Identifier: Apache-2.0 */
#include "pod_codec.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "json.h"
#include "redis-election/base/text.h"
#include "values.h"

#define ROLE_LABEL REL_KUBE_PREFIX "role"
#define LEADER "leader"
#define REDIS_KEY REL_KUBE_PREFIX "redis"
#define MARK_KEY REL_KUBE_PREFIX "mark"
#define PRIORITY_KEY REL_KUBE_PREFIX "priority"
#define NO_PROMOTE_KEY REL_KUBE_PREFIX "no-promote"

#define DEFAULT_PRIORITY 100
/* Seven numbers and ids of a mark. */
#define MARK_LIMIT 512

static const struct compat {
	enum rel_compat_label label;
	const char *key, *leader, *replica;
} compats[] = {
	{REL_COMPAT_REDIS_ROLE, "redis-role", "master", "replica"},
	{REL_COMPAT_IS_MASTER, "isMaster", "true", "false"},
	{REL_COMPAT_REDISFAILOVERS_ROLE, "redisfailovers-role", "master", "slave"},
};

#define COMPAT_COUNT (sizeof(compats) / sizeof(compats[0]))

static unsigned int compat_named(const char *name, size_t length)
{
	for (size_t i = 0; i < COMPAT_COUNT; i++)
		if (strlen(compats[i].key) == length && !memcmp(compats[i].key, name, length))
			return compats[i].label;
	return 0;
}

bool rel_pod_compat_labels(const char *names, unsigned int *labels)
{
	const char *at = names;

	*labels = 0;
	while (*at) {
		size_t length = strcspn(at, ",");
		unsigned int label = compat_named(at, length);

		if (label == 0)
			return false;
		*labels |= label;
		at += length;
		at += *at == ',';
	}
	return true;
}

/* Truncated at the edge: a pod that cannot be a member. */
static enum rel_err decode_member(const json_t *metadata, struct rel_member *member)
{
	const char *name = rel_json_text(metadata, "name");
	const char *uid = rel_json_text(metadata, "uid");

	if (!name || !name[0] || !uid || !uid[0])
		return REL_ERR_GARBLED;
	if (!rel_value_is_name(name, sizeof(member->name)) ||
	    !rel_json_is_word(uid, sizeof(member->uid)))
		return REL_ERR_INVALID;
	rel_text_copy(member->name, sizeof(member->name), name);
	rel_text_copy(member->uid, sizeof(member->uid), uid);
	return REL_OK;
}

static void decode_labels(const json_t *labels, struct rel_pod *pod)
{
	const char *role = rel_json_text(labels, ROLE_LABEL);
	const char *revision = rel_json_text(labels, "controller-revision-hash");

	/* A role of somebody else's making may be cut: it is none of ours either way. */
	if (role)
		rel_text_copy(pod->role, sizeof(pod->role), role);
	if (revision && rel_json_is_word(revision, sizeof(pod->revision)))
		rel_text_copy(pod->revision, sizeof(pod->revision), revision);
}

static void decode_announcement(const json_t *annotations, struct rel_pod *pod)
{
	const char *redis = rel_json_text(annotations, REDIS_KEY);
	const char *mark = rel_json_text(annotations, MARK_KEY);
	const char *priority = rel_json_text(annotations, PRIORITY_KEY);
	const char *no_promote = rel_json_text(annotations, NO_PROMOTE_KEY);
	int64_t number;

	pod->announced = redis || mark || priority || no_promote;
	pod->priority = DEFAULT_PRIORITY;
	if (redis)
		rel_value_address(redis, pod->address);
	if (mark)
		rel_value_mark(mark, &pod->mark);
	if (priority && rel_text_to_i64(priority, &number) && number <= INT32_MAX)
		pod->priority = (int32_t)number;
	pod->no_promote = no_promote && rel_text_equal(no_promote, "true");
}

static void address_from_ip(const char *ip, uint16_t port, struct rel_pod *pod)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (inet_pton(AF_INET, ip, bytes) == 1)
		rel_text_format(pod->address, sizeof(pod->address), "%s:%u", ip, (unsigned)port);
	else if (inet_pton(AF_INET6, ip, bytes) == 1)
		rel_text_format(pod->address, sizeof(pod->address), "[%s]:%u", ip, (unsigned)port);
}

enum rel_err rel_pod_decode(const json_t *pod, uint16_t redis_port, struct rel_pod *out)
{
	const json_t *metadata = rel_json_object(pod, "metadata");
	const char *ip = rel_json_text(rel_json_object(pod, "status"), "podIP");
	struct rel_pod read = {.mark.line.fork_offset = -1};
	enum rel_err err = decode_member(metadata, &read.member);

	*out = (struct rel_pod){0};
	if (err != REL_OK)
		return err;
	if (!rel_json_u64_text(metadata, "resourceVersion", &read.index) || read.index == 0)
		return REL_ERR_GARBLED;
	decode_labels(rel_json_object(metadata, "labels"), &read);
	decode_announcement(rel_json_object(metadata, "annotations"), &read);
	read.terminating = rel_json_text(metadata, "deletionTimestamp") != NULL;
	if (!read.address[0] && ip)
		address_from_ip(ip, redis_port, &read);
	*out = read;
	return REL_OK;
}

static void set_or_remove(json_t *object, const char *key, const char *text)
{
	if (text)
		rel_json_set_text(object, key, text);
	else
		rel_json_set_null(object, key);
}

static void patch_labels(json_t *labels, const char *role, unsigned int compat_labels)
{
	bool leads = rel_text_equal(role, LEADER);

	set_or_remove(labels, ROLE_LABEL, role[0] ? role : NULL);
	for (size_t i = 0; i < COMPAT_COUNT; i++) {
		const char *value = leads ? compats[i].leader : compats[i].replica;

		if (compat_labels & compats[i].label)
			set_or_remove(labels, compats[i].key, role[0] ? value : NULL);
	}
}

static void patch_announcement(json_t *annotations, const struct rel_announcement *announcement,
			       const struct rel_mark *mark)
{
	struct rel_buf text;
	char priority[16];

	rel_text_format(priority, sizeof(priority), "%" PRId32, announcement->priority);
	rel_json_set_text(annotations, REDIS_KEY, announcement->address);
	rel_json_set_text(annotations, PRIORITY_KEY, priority);
	set_or_remove(annotations, NO_PROMOTE_KEY, announcement->no_promote ? "true" : NULL);
	if (mark->epoch == 0)
		return;
	rel_buf_init(&text, MARK_LIMIT);
	rel_value_write_mark(mark, &text);
	rel_json_set_text(annotations, MARK_KEY, text.data);
	rel_buf_finish(&text);
}

json_t *rel_pod_patch(const struct rel_patch_action *action, unsigned int compat_labels,
		      const struct rel_announcement *announcement)
{
	json_t *patch = rel_json_new();
	json_t *metadata = rel_json_new_inside(patch, "metadata");
	char version[24];

	rel_json_set_text(metadata, "uid", action->member.uid);
	if (action->index != 0) {
		rel_text_format(version, sizeof(version), "%" PRIu64, action->index);
		rel_json_set_text(metadata, "resourceVersion", version);
	}
	if (action->set_role)
		patch_labels(rel_json_new_inside(metadata, "labels"), action->role, compat_labels);
	if (action->announce)
		patch_announcement(rel_json_new_inside(metadata, "annotations"), announcement,
				   &action->mark);
	return patch;
}
