/* SPDX-License-Identifier: Apache-2.0 */
#include "dial.h"

#include <string.h>

#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"

/* Connect, TLS and nothing else: AUTH waits as long as Redis does. */
#define OPEN_MS 2000
/* Unacknowledged bytes mean a dead connection. */
#define USER_TIMEOUT_MS 10000
#define QUEUE_LIMIT (256 * 1024)
#define TLS_REREAD_MS 60000
/* While there are none to work with. */
#define TLS_RETRY_MS 1000

struct rel_dialer {
	struct rel_loop *loop;
	char *username, *password; /* secret */
	bool tls_wanted;
	char *ca, *cert, *key, *server_name;
	bool skip_verify;

	struct rel_tls *tls;
	struct rel_instant tls_read_at;
	char tls_error[192];
	struct rel_tls *tls_fresh; /* of the thread that reads */
	char tls_fresh_error[192];
	bool reading, closing;
	struct rel_timer closer;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

static char *copy(const char *text)
{
	return rel_strdup(text ? text : "");
}

static void read_files(void *ctx)
{
	struct rel_dialer *dialer = ctx;
	const struct rel_tls_options options = {
		.ca = dialer->ca,
		.cert = dialer->cert,
		.key = dialer->key,
		.skip_verify = dialer->skip_verify,
	};

	dialer->tls_fresh_error[0] = '\0';
	dialer->tls_fresh = rel_tls_create(&options, dialer->tls_fresh_error,
					   sizeof(dialer->tls_fresh_error));
}

/* Files that cannot be used leave the old ones in place. */
static void take_files(struct rel_dialer *dialer)
{
	dialer->tls_read_at = rel_loop_now();
	if (!rel_text_equal(dialer->tls_error, dialer->tls_fresh_error)) {
		rel_text_copy(dialer->tls_error, sizeof(dialer->tls_error),
			      dialer->tls_fresh_error);
		if (dialer->tls_error[0])
			rel_log(REL_LOG_ERROR, "redis TLS files", "cause", dialer->tls_error, NULL);
	}
	if (!dialer->tls_fresh)
		return;
	rel_tls_destroy(dialer->tls);
	dialer->tls = dialer->tls_fresh;
	dialer->tls_fresh = NULL;
}

static void on_dialer_gone(void *ctx)
{
	struct rel_dialer *dialer = ctx;
	void (*closed)(void *ctx) = dialer->closed;
	void *closed_ctx = dialer->closed_ctx;

	rel_free(dialer);
	closed(closed_ctx);
}

static void finish(struct rel_dialer *dialer)
{
	rel_tls_destroy(dialer->tls);
	rel_tls_destroy(dialer->tls_fresh);
	rel_wipe(dialer->password, strlen(dialer->password));
	rel_free(dialer->password);
	rel_free(dialer->username);
	rel_free(dialer->ca);
	rel_free(dialer->cert);
	rel_free(dialer->key);
	rel_free(dialer->server_name);
	rel_timer_close(&dialer->closer, on_dialer_gone);
}

static void on_files_read(void *ctx)
{
	struct rel_dialer *dialer = ctx;

	dialer->reading = false;
	if (dialer->closing)
		finish(dialer);
	else
		take_files(dialer);
}

static void refresh_files(struct rel_dialer *dialer)
{
	struct rel_duration age = rel_between(dialer->tls_read_at, rel_loop_now());

	if (dialer->reading || rel_to_ms(age) < (dialer->tls ? TLS_REREAD_MS : TLS_RETRY_MS))
		return;
	dialer->reading = true;
	rel_loop_work(dialer->loop, read_files, on_files_read, dialer);
}

static void never(void *ctx)
{
	(void)ctx;
}

struct rel_dialer *rel_dialer_create(struct rel_loop *loop,
				     const struct rel_redis_options *options)
{
	struct rel_dialer *dialer = rel_calloc(1, sizeof(*dialer));

	dialer->loop = loop;
	dialer->username = copy(options->username);
	dialer->password = copy(options->password);
	dialer->tls_wanted = options->tls;
	dialer->ca = copy(options->tls_ca);
	dialer->cert = copy(options->tls_cert);
	dialer->key = copy(options->tls_key);
	dialer->server_name = copy(options->tls_server_name);
	dialer->skip_verify = options->tls_skip_verify;
	rel_timer_init(loop, &dialer->closer, never, dialer);
	if (dialer->tls_wanted) {
		read_files(dialer);
		take_files(dialer);
	}
	return dialer;
}

void rel_dialer_set_password(struct rel_dialer *dialer, const char *password)
{
	rel_wipe(dialer->password, strlen(dialer->password));
	rel_free(dialer->password);
	dialer->password = copy(password);
}

struct rel_conn *rel_dial(struct rel_dialer *dialer, const char *host, uint16_t port,
			  const struct rel_conn_handler *handler, void *ctx)
{
	struct rel_stream_target target = {
		.host = host,
		.port = port,
		.server_name = dialer->server_name,
		.open_timeout = rel_ms(OPEN_MS),
		.user_timeout = rel_ms(USER_TIMEOUT_MS),
		.queue_limit = QUEUE_LIMIT,
	};
	struct rel_login login = {dialer->username, dialer->password};

	if (dialer->tls_wanted) {
		refresh_files(dialer);
		if (!dialer->tls)
			return NULL;
		target.tls = dialer->tls;
	}
	return rel_conn_open(dialer->loop, &target, &login, handler, ctx);
}

void rel_dialer_close(struct rel_dialer *dialer, void (*closed)(void *ctx), void *ctx)
{
	dialer->closing = true;
	dialer->closed = closed;
	dialer->closed_ctx = ctx;
	if (!dialer->reading)
		finish(dialer);
}
