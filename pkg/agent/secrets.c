/* SPDX-License-Identifier: Apache-2.0 */
#include "secrets.h"

#include <stdio.h>
#include <string.h>

#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define LOOK_INTERVAL_MS 5000
#define REFUSED_INTERVAL_MS 1000
#define ERROR_SIZE (REL_CONFIG_TEXT + 128)

struct rel_secrets {
	struct rel_loop *loop;
	struct rel_config *config;
	struct rel_secrets_owner owner;
	struct rel_timer timer;
	struct rel_instant looked_at; /* when the last look began */
	bool any;                     /* there are files */
	bool looking, asked, again;   /* asked: by rel_secrets_look */
	bool timer_gone;
	char told[ERROR_SIZE];        /* the complaint that is in the log */
	/* Of the thread pool while looking. */
	struct rel_config fresh;
	char error[ERROR_SIZE];
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* On the thread pool. */
static void look_work(void *ctx)
{
	struct rel_secrets *secrets = ctx;
	FILE *err = fmemopen(secrets->error, sizeof(secrets->error), "w");

	if (err == NULL)
		return; /* no memory now: there will be another look */
	rel_config_reload_secrets(&secrets->fresh, err);
	fclose(err);
	secrets->error[strcspn(secrets->error, "\n")] = '\0';
}

static bool adopt(const char *option, char *secret, const char *fresh)
{
	if (rel_text_equal(secret, fresh))
		return false;
	rel_wipe(secret, REL_CONFIG_TEXT);
	rel_text_copy(secret, REL_CONFIG_TEXT, fresh);
	rel_log(REL_LOG_INFO, "a secret was changed", "option", option, NULL);
	return true;
}

static void complain(struct rel_secrets *secrets)
{
	if (rel_text_equal(secrets->told, secrets->error))
		return;
	if (secrets->error[0] != '\0')
		rel_log(REL_LOG_WARN, "secret not readable, the old one stays in use", "error",
			secrets->error, NULL);
	else
		rel_log(REL_LOG_INFO, "secrets readable again", NULL);
	rel_text_copy(secrets->told, sizeof(secrets->told), secrets->error);
}

static void free_if_closed(struct rel_secrets *secrets)
{
	void (*closed)(void *ctx) = secrets->closed;
	void *ctx = secrets->closed_ctx;

	if (closed == NULL || secrets->looking || !secrets->timer_gone)
		return;
	rel_free(secrets);
	closed(ctx);
}

static void start_look(struct rel_secrets *secrets);

static void look_done(void *ctx)
{
	struct rel_secrets *secrets = ctx;
	struct rel_config *config = secrets->config, *fresh = &secrets->fresh;
	bool changed = false, asked = secrets->asked;

	secrets->looking = secrets->asked = false;
	if (secrets->closed == NULL) {
		changed = adopt("redis-password-file", config->redis_password,
				fresh->redis_password);
		changed |= adopt("shared-secret-file", config->shared_secret, fresh->shared_secret);
		complain(secrets);
	}
	rel_wipe(fresh, sizeof(*fresh));
	if (secrets->closed != NULL) {
		free_if_closed(secrets);
		return;
	}
	if (changed)
		secrets->owner.changed(secrets->owner.ctx);
	if (secrets->again) {
		secrets->again = false;
		secrets->asked = true;
		start_look(secrets);
	} else if (asked) {
		secrets->owner.looked(secrets->owner.ctx);
	}
}

static void start_look(struct rel_secrets *secrets)
{
	secrets->looking = true;
	secrets->looked_at = rel_loop_now();
	secrets->fresh = *secrets->config;
	secrets->error[0] = '\0';
	rel_loop_work(secrets->loop, look_work, look_done, secrets);
}

static void look_again(struct rel_secrets *secrets)
{
	rel_timer_set(&secrets->timer, rel_after(rel_loop_now(), rel_ms(LOOK_INTERVAL_MS)));
}

static void on_timer(void *ctx)
{
	struct rel_secrets *secrets = ctx;

	if (!secrets->looking)
		start_look(secrets);
	look_again(secrets);
}

struct rel_secrets *rel_secrets_create(struct rel_loop *loop, struct rel_config *config,
				       const struct rel_secrets_owner *owner)
{
	struct rel_secrets *secrets = rel_calloc(1, sizeof(*secrets));

	secrets->loop = loop;
	secrets->config = config;
	secrets->owner = *owner;
	secrets->any =
		config->redis_password_file[0] != '\0' || config->shared_secret_file[0] != '\0';
	secrets->looked_at = rel_loop_now(); /* the config has just been loaded */
	rel_timer_init(loop, &secrets->timer, on_timer, secrets);
	if (secrets->any)
		look_again(secrets);
	return secrets;
}

/* A look that began before may have seen what was there before. */
void rel_secrets_look(struct rel_secrets *secrets)
{
	if (secrets->looking) {
		secrets->again = true;
		return;
	}
	secrets->asked = true;
	start_look(secrets);
}

void rel_secrets_refused(struct rel_secrets *secrets)
{
	struct rel_duration since = rel_between(secrets->looked_at, rel_loop_now());

	if (secrets->any && !secrets->looking && rel_to_ms(since) >= REFUSED_INTERVAL_MS)
		start_look(secrets);
}

static void timer_closed(void *ctx)
{
	struct rel_secrets *secrets = ctx;

	secrets->timer_gone = true;
	free_if_closed(secrets);
}

void rel_secrets_close(struct rel_secrets *secrets, void (*closed)(void *ctx), void *ctx)
{
	secrets->closed = closed;
	secrets->closed_ctx = ctx;
	rel_timer_close(&secrets->timer, timer_closed);
}
