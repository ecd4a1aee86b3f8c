/* SPDX-License-Identifier: Apache-2.0 */
/* What no single value shows: rows of what is required, of pairs that exclude or
 * need each other, of files that must be there. */
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "redis-election/base/text.h"

static const char *text_of(const struct rel_load *load, const char *name)
{
	return (const char *)load->config + rel_option_find(name)->offset;
}

static const struct {
	const char *name, *reason;
} required[] = {
	{"pod-name", "required: set POD_NAME (the host name is no DNS label)"},
	{"pod-uid", "required: set POD_UID from metadata.uid (downward API)"},
	{"namespace", "required: set POD_NAMESPACE (the service account has no namespace file)"},
};

static bool check_required(struct rel_load *load)
{
	const struct rel_config *config = load->config;

	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++)
		if (!text_of(load, required[i].name)[0])
			return rel_load_refuse_name(load, required[i].name, required[i].reason);
	if (!config->announce[0] && !config->headless_service[0] && !config->pod_ip[0])
		return rel_load_refuse_name(load, "announce",
					    "required: the others must reach this Redis: set "
					    "--announce, --headless-service or POD_IP");
	return true;
}

/* The first is refused when the second is given too, or (needs) when it is not. */
static const struct {
	const char *name;
	bool needs;
	const char *other, *reason;
} pairs[] = {
	{"redis-password-file", false, "redis-password",
	 "contradicts --redis-password or REDIS_PASSWORD: give one of them"},
	{"shared-secret-file", false, "shared-secret",
	 "contradicts --shared-secret or SHARED_SECRET: give one of them"},
	{"redis-tls-ca", true, "redis-tls", "needs --redis-tls"},
	{"redis-tls-cert", true, "redis-tls", "needs --redis-tls"},
	{"redis-tls-key", true, "redis-tls", "needs --redis-tls"},
	{"redis-tls-server-name", true, "redis-tls", "needs --redis-tls"},
	{"redis-tls-cert", true, "redis-tls-key", "needs --redis-tls-key"},
	{"redis-tls-key", true, "redis-tls-cert", "needs --redis-tls-cert"},
	{"redis-service", false, "no-promote",
	 "with --no-promote it means --upstream, which is not available in this version"},
	{"master-service", false, "no-promote",
	 "with --no-promote it means --upstream, which is not available in this version"},
};

static bool is_on(struct rel_load *load, const char *name)
{
	const struct rel_option *option = rel_option_find(name);

	if (option->kind != REL_KIND_BOOL)
		return rel_load_given(load, name);
	return *(const bool *)((const char *)load->config + option->offset);
}

static bool check_pairs(struct rel_load *load)
{
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (is_on(load, pairs[i].name) && is_on(load, pairs[i].other) != pairs[i].needs)
			return rel_load_refuse_name(load, pairs[i].name, pairs[i].reason);
	return true;
}

/* Two renewals must fit in a lease, so that one lost request costs nothing. */
static bool check_times(struct rel_load *load)
{
	const struct rel_config *config = load->config;
	char lease[REL_DURATION_TEXT];

	if (config->renew_interval.ns < config->lease_duration.ns / 2)
		return true;
	rel_duration_format(config->lease_duration, lease);
	return rel_load_refuse(load, rel_option_find("renew-interval"),
			       rel_load_origin(load, "renew-interval"),
			       "allowed: less than half of --lease-duration=%s", lease);
}

static bool check_files(struct rel_load *load)
{
	static const char *const names[] = {"redis-tls-ca", "redis-tls-cert", "redis-tls-key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *path = text_of(load, names[i]);

		if (path[0] && access(path, R_OK) != 0)
			return rel_load_refuse_name(load, names[i], "cannot be read");
	}
	return true;
}

bool rel_load_check(struct rel_load *load)
{
	return check_required(load) && check_pairs(load) && check_times(load) &&
	       check_files(load);
}
