/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of an agent, from one table of options (pkg/config/options.c):
 * default < file < environment (identity and secrets only) < flag. */
#ifndef REL_CONFIG_H
#define REL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "redis-election/base/log.h"
#include "redis-election/base/time.h"
#include "redis-election/member.h"

#define REL_CONFIG_TEXT 512

struct rel_config {
	char config_file[REL_CONFIG_TEXT]; /* "" = none was given */
	/* identity */
	char pod_name[REL_NAME_SIZE];
	char pod_uid[REL_UID_SIZE];
	char pod_ip[64];
	char namespace_[REL_NAME_SIZE];
	char label_selector[REL_CONFIG_TEXT];
	char headless_service[REL_NAME_SIZE];
	char cluster_domain[REL_ADDRESS_SIZE];
	/* Redis */
	char redis_host[REL_ADDRESS_SIZE];
	uint16_t redis_port;
	char redis_username[128];
	char redis_password[REL_CONFIG_TEXT]; /* secret */
	char redis_password_file[REL_CONFIG_TEXT];
	bool redis_tls;
	bool redis_tls_skip_verify;
	char redis_tls_ca[REL_CONFIG_TEXT];
	char redis_tls_cert[REL_CONFIG_TEXT];
	char redis_tls_key[REL_CONFIG_TEXT];
	char redis_tls_server_name[REL_ADDRESS_SIZE];
	struct rel_duration redis_down_after;
	char announce[REL_ADDRESS_SIZE]; /* host[:port] by which others reach our Redis */
	char data_dir[REL_CONFIG_TEXT];  /* where the data mark is kept; "" = nowhere */
	/* election */
	char election_mode[16];
	char lease_name[REL_NAME_SIZE];
	struct rel_duration lease_duration;
	struct rel_duration renew_interval;
	struct rel_duration renew_deadline; /* accepted, warned about, ends no claim */
	bool lease_create;
	int64_t expected_members;
	int64_t priority;
	int64_t max_lag;
	struct rel_duration bootstrap_grace;
	bool no_promote;
	struct rel_duration sync_interval;
	/* Kubernetes */
	char kube_api[REL_CONFIG_TEXT];         /* https://host:port; "" = from the environment */
	char service_account_dir[REL_CONFIG_TEXT];
	/* serving */
	char http_bind[REL_ADDRESS_SIZE];
	char admin_bind[REL_ADDRESS_SIZE];
	bool public_status;
	char shared_secret[REL_CONFIG_TEXT]; /* secret */
	char shared_secret_file[REL_CONFIG_TEXT];
	bool legacy_signatures;
	char compat_labels[REL_CONFIG_TEXT]; /* redis-role,isMaster,redisfailovers-role */
	enum rel_log_level log_level;
	enum rel_log_format log_format;
	bool debug; /* the same as log_level DEBUG, which it sets */
	/* fence */
	char fence[16]; /* auto or agent; the other layers come with their own code */
};

/* Reads defaults, --config FILE, the environment and flags: one or two dashes,
 * "-flag=value" and "-flag value", booleans as Go's flag package takes them. argv[0],
 * the program's or the verb's name, is skipped. On failure writes one line to `err`
 * naming option, value, where it came from and what is allowed, and returns false
 * (the caller exits with 2). Options without effect and secrets on the command line
 * are warned about there, a line each. Secrets are never shown. */
bool rel_config_load(struct rel_config *config, int argc, char *const argv[], FILE *err);

/* Re-reads secrets from their files. False, and the old value kept, when one
 * cannot be read; `err` gets one line. */
bool rel_config_reload_secrets(struct rel_config *config, FILE *err);

/* The options of `run`, grouped, for --help; and as rows of a Markdown table. */
void rel_config_help(FILE *out);
void rel_config_markdown(FILE *out);

#endif
