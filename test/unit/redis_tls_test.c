/* SPDX-License-Identifier: Apache-2.0 */
/* TLS to a real redis-server. */
#include "redis_events.h"
#include "tls_files.h"

static struct redis_server server;
static struct tls_files files;
static uint16_t tls_port;

static int set_up(void **state)
{
	char port[8];
	const char *words[] = {"--tls-port", port, "--tls-cert-file", files.cert,
			       "--tls-key-file", files.key, "--tls-ca-cert-file", files.ca, NULL};

	(void)state;
	begin();
	tls_port = redis_server_free_port();
	snprintf(port, sizeof(port), "%u", tls_port);
	return redis_server_start(&server, words) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	finish();
	redis_server_remove(&server);
	return 0;
}

static int make_files(void **state)
{
	(void)state;
	return tls_files_create(&files, "DNS:redis.test,IP:127.0.0.1") ? 0 : -1;
}

static int remove_files(void **state)
{
	(void)state;
	tls_files_remove(&files);
	return 0;
}

static struct rel_redis_options good(void)
{
	return (struct rel_redis_options){
		.host = "127.0.0.1",
		.port = tls_port,
		.tls = true,
		.tls_ca = files.ca,
		.tls_cert = files.client_cert,
		.tls_key = files.client_key,
	};
}

static void by_address_and_by_name(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	create_driver(&options);
	assert_int_equal(observe(10000)->reach, REL_REDIS_UP);
	close_driver();
	run_guarded();
	run.closed = false;
	options.tls_server_name = "redis.test";
	create_driver(&options);
	assert_int_equal(observe(10000)->reach, REL_REDIS_UP);
}

static void refused(const struct rel_redis_options *options)
{
	const struct seen *seen;

	create_driver(options);
	seen = observe(10000);
	assert_int_equal(seen->reach, REL_REDIS_REFUSED);
	assert_int_equal(seen->err, REL_ERR_TLS);
	/* Also once it waits for the next try. */
	assert_int_equal(observe(10000)->err, REL_ERR_TLS);
}

static void a_wrong_name_is_refused(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	options.tls_server_name = "wrong.example";
	refused(&options);
}

static void a_wrong_authority_is_refused(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	options.tls_ca = files.other;
	refused(&options);
}

static void skip_verify_takes_anything(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	options.tls_ca = files.other;
	options.tls_server_name = "wrong.example";
	options.tls_skip_verify = true;
	create_driver(&options);
	assert_int_equal(observe(10000)->reach, REL_REDIS_UP);
}

static void a_missing_client_certificate_is_refused(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	options.tls_cert = options.tls_key = NULL;
	refused(&options);
}

static void missing_files_are_refused_until_they_are_there(void **state)
{
	struct rel_redis_options options = good();
	char away[128];

	(void)state;
	rel_text_format(away, sizeof(away), "%s.away", files.ca);
	assert_int_equal(rename(files.ca, away), 0);
	refused(&options);
	assert_int_equal(rename(away, files.ca), 0);
	await(is_up);
}

static void gone_and_back(void **state)
{
	struct rel_redis_options options = good();

	(void)state;
	create_driver(&options);
	await(is_up);
	redis_server_kill(&server);
	await(is_gone);
}

static void others_are_asked_over_tls_too(void **state)
{
	struct rel_redis_options options = good();
	struct rel_survey_action targets = {.count = 1};
	const struct seen *seen;

	(void)state;
	rel_text_format(targets.at[0].address, sizeof(targets.at[0].address), "127.0.0.1:%u",
			tls_port);
	create_driver(&options);
	rel_redis_survey(run.redis, 99, &targets, rel_ms(10000));
	seen = await_op(99);
	assert_int_equal(seen->survey.at[0].reach, REL_REDIS_UP);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(by_address_and_by_name),
		T(a_wrong_name_is_refused),
		T(a_wrong_authority_is_refused),
		T(skip_verify_takes_anything),
		T(a_missing_client_certificate_is_refused),
		T(missing_files_are_refused_until_they_are_there),
		T(gone_and_back),
		T(others_are_asked_over_tls_too),
	};

	if (redis_server_missing(sizeof(tests) / sizeof(tests[0])))
		return 0;
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
