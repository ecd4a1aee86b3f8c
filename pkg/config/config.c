/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/config.h"

#include <string.h>
#include <unistd.h>

#include "flags.h"
#include "load.h"
#include "names.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

static void set_defaults(struct rel_load *load)
{
	for (size_t i = 0; i < rel_options_count; i++) {
		struct rel_origin origin = {.text = rel_options[i].initial};

		if (origin.text)
			rel_assert(rel_load_set(load, &rel_options[i], origin));
	}
}

static bool set_from_file(struct rel_load *load, const char *path, char *text)
{
	const struct rel_option *option = rel_option_find("config");
	struct rel_origin origin = {.source = REL_SOURCE_FLAG, .text = path};
	const char *error;
	size_t size = 0;

	error = rel_file_read(path, text, REL_CONFIG_FILE_MAX, &size);
	if (error)
		return rel_load_refuse(load, option, &origin, "%s", error);
	load->file = path;
	return rel_load_file_text(load, text, size);
}

static bool set_from_environment(struct rel_load *load)
{
	for (size_t i = 0; i < rel_options_count; i++) {
		const char *variable = rel_options[i].environment;
		struct rel_origin origin = {.source = REL_SOURCE_ENVIRONMENT};

		origin.text = variable ? getenv(variable) : NULL;
		/* An optional secretKeyRef leaves an empty variable: that is unset. */
		if (origin.text && origin.text[0] &&
		    !rel_load_set(load, &rel_options[i], origin))
			return false;
	}
	return true;
}

static void warn_of_flag(struct rel_load *load, const struct rel_option *option,
			 const struct rel_origin *origin)
{
	if (option->kind == REL_KIND_SECRET && origin->source == REL_SOURCE_FLAG &&
	    origin->text[0])
		rel_load_warn(load, option, origin,
			      "visible in process lists: better in a file or in the environment");
}

static void warn_of_no_effect(struct rel_load *load, const struct rel_option *option,
			      const struct rel_origin *origin)
{
	char reason[160];

	if (option->group != REL_GROUP_COMPAT || origin->source == REL_SOURCE_DEFAULT)
		return;
	rel_text_format(reason, sizeof(reason), "accepted, without effect: %s", option->help);
	rel_load_warn(load, option, origin, reason);
}

static bool set_from_flags(struct rel_load *load, const struct rel_flags *flags)
{
	for (size_t i = 0; i < rel_options_count; i++) {
		struct rel_origin origin = {.source = REL_SOURCE_FLAG, .text = flags->values[i]};

		if (origin.text && !rel_load_set(load, &rel_options[i], origin))
			return false;
	}
	return true;
}

static void warn(struct rel_load *load)
{
	for (size_t i = 0; i < rel_options_count; i++) {
		warn_of_flag(load, &rel_options[i], &load->origins[i]);
		warn_of_no_effect(load, &rel_options[i], &load->origins[i]);
	}
}

static void find_pod_name(struct rel_config *config)
{
	char name[256];

	if (config->pod_name[0] || gethostname(name, sizeof(name)) != 0)
		return;
	name[sizeof(name) - 1] = '\0';
	if (rel_name_is_label(name))
		rel_text_copy(config->pod_name, sizeof(config->pod_name), name);
}

static void find_namespace(struct rel_config *config)
{
	char path[REL_CONFIG_TEXT + 16], text[REL_CONFIG_TEXT];
	size_t length = 0;

	if (config->namespace_[0])
		return;
	rel_text_format(path, sizeof(path), "%s/namespace", config->service_account_dir);
	if (rel_file_read(path, text, sizeof(text), &length))
		return;
	text[strcspn(text, "\r\n")] = '\0';
	if (rel_name_is_label(text))
		rel_text_copy(config->namespace_, sizeof(config->namespace_), text);
}

static const struct {
	const char *name;
	size_t path, secret;
} secrets[] = {
	{"redis-password-file", offsetof(struct rel_config, redis_password_file),
	 offsetof(struct rel_config, redis_password)},
	{"shared-secret-file", offsetof(struct rel_config, shared_secret_file),
	 offsetof(struct rel_config, shared_secret)},
};

bool rel_config_reload_secrets(struct rel_config *config, FILE *err)
{
	bool all = true;

	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		const char *path = (char *)config + secrets[i].path;
		const char *error = NULL;

		if (path[0])
			error = rel_secret_read(path, (char *)config + secrets[i].secret);
		if (error && all)
			fprintf(err, "--%s=%s: %s\n", secrets[i].name, path, error);
		all = all && !error;
	}
	return all;
}

static bool load_with_text(struct rel_load *load, int argc, char *const argv[], char *text)
{
	static const char key[] = "config";
	struct rel_config *config = load->config;
	struct rel_flags flags;
	const char *path;

	if (!rel_flags_read(load, &flags, argc, argv))
		return false;
	path = flags.values[rel_option_find(key) - rel_options];
	set_defaults(load);
	if ((path && path[0] && !set_from_file(load, path, text)) ||
	    !set_from_environment(load) || !set_from_flags(load, &flags))
		return false;
	find_pod_name(config);
	find_namespace(config);
	if (config->debug)
		config->log_level = REL_LOG_DEBUG;
	if (!rel_load_check(load) || !rel_config_reload_secrets(config, load->err))
		return false;
	warn(load);
	return true;
}

bool rel_config_load(struct rel_config *config, int argc, char *const argv[], FILE *err)
{
	struct rel_load load = {.config = config, .err = err};
	char *text = rel_calloc(1, REL_CONFIG_FILE_MAX);
	bool loaded;

	*config = (struct rel_config){0};
	loaded = load_with_text(&load, argc, argv, text);
	rel_wipe(text, REL_CONFIG_FILE_MAX);
	rel_free(text);
	return loaded;
}
