/* SPDX-License-Identifier: Apache-2.0 */
/* TLS streams: who is trusted, under which name, and what is said when not. */
#include "stream_pair.h"

#include "tls_files.h"

#define NAMES "DNS:redis.test,DNS:*.redis.test,IP:127.0.0.1"

static struct tls_files files;

static int make_files(void **state)
{
	(void)state;
	return tls_files_create(&files, NAMES) ? 0 : -1;
}

static int remove_files(void **state)
{
	(void)state;
	tls_files_remove(&files);
	return 0;
}

static struct rel_tls *tls_of(struct rel_tls_options options)
{
	char error[200] = "";
	struct rel_tls *tls = rel_tls_create(&options, error, sizeof(error));

	if (!tls)
		fail_msg("%s", error);
	return tls;
}

static struct rel_tls *server_tls(const char *ca)
{
	return tls_of((struct rel_tls_options){
		.server = true,
		.ca = ca,
		.cert = files.cert,
		.key = files.key,
	});
}

/* Starts a server and a client and waits for what the row is about. */
static void meet(struct rel_tls_options client, const char *server_ca, const char *name,
		 bool (*enough)(struct pair *pair))
{
	struct rel_tls *server = server_tls(server_ca);
	struct rel_tls *tls = tls_of(client);
	struct rel_stream_target target = {
		.host = "127.0.0.1",
		.tls = tls,
		.server_name = name,
		.open_timeout = rel_ms(10000),
		.queue_limit = KEEP,
	};

	target.port = listen_here(server, "127.0.0.1", 10000);
	connect_with(&target);
	rel_tls_destroy(server);
	rel_tls_destroy(tls);
	run_until(enough);
}

static bool both_open(struct pair *p)
{
	return p->client.opened == 1 && p->server.opened == 1;
}

static bool server_ended(struct pair *p)
{
	return p->server.ended == 1;
}

static void the_right_names_are_accepted(void **state)
{
	static const char *const names[] = {"redis.test", "a.redis.test", "127.0.0.1", "", NULL};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		set_up_pair(state);
		meet((struct rel_tls_options){.ca = files.ca}, NULL, names[i], both_open);
		tear_down_pair(state);
	}
}

static void refused(struct rel_tls_options client, const char *name, const char *expected)
{
	meet(client, NULL, name, client_ended);
	assert_int_equal(pair.client.err, REL_ERR_TLS);
	assert_int_equal(pair.client.opened, 0);
	assert_string_equal(pair.client.error, expected);
}

static void another_name_is_refused(void **state)
{
	(void)state;
	refused((struct rel_tls_options){.ca = files.ca}, "other.test",
		"TLS: certificate verify failed (hostname mismatch)");
}

static void a_wildcard_covers_one_label(void **state)
{
	(void)state;
	refused((struct rel_tls_options){.ca = files.ca}, "a.b.redis.test",
		"TLS: certificate verify failed (hostname mismatch)");
}

static void another_address_is_refused(void **state)
{
	(void)state;
	refused((struct rel_tls_options){.ca = files.ca}, "127.0.0.2",
		"TLS: certificate verify failed (IP address mismatch)");
}

static void another_authority_is_refused(void **state)
{
	(void)state;
	refused((struct rel_tls_options){.ca = files.other}, "redis.test",
		"TLS: certificate verify failed (unable to get local issuer certificate)");
}

static void a_refusal_is_told_to_the_server(void **state)
{
	(void)state;
	meet((struct rel_tls_options){.ca = files.other}, NULL, "redis.test", server_ended);
	assert_int_equal(pair.server.err, REL_ERR_TLS);
	assert_int_equal(pair.server.opened, 0);
}

static void skip_verify_takes_anything(void **state)
{
	(void)state;
	meet((struct rel_tls_options){.ca = files.other, .skip_verify = true}, NULL, "other.test",
	     both_open);
}

/* In TLS 1.3 the client believes it is done before the server has looked at its
 * certificate. */
static void a_missing_client_certificate_is_told(void **state)
{
	(void)state;
	meet((struct rel_tls_options){.ca = files.ca}, files.ca, "redis.test", client_ended);
	assert_int_equal(pair.client.err, REL_ERR_TLS);
	assert_string_equal(pair.client.error, "TLS: tlsv13 alert certificate required");
	assert_int_equal(pair.server.opened, 0);
}

static void a_client_certificate_is_shown(void **state)
{
	(void)state;
	meet((struct rel_tls_options){
		     .ca = files.ca, .cert = files.client_cert, .key = files.client_key},
	     files.ca, "redis.test", both_open);
}

#define TOTAL (1024 * 1024)

static bool server_has_all(struct pair *p)
{
	return p->server.got.size == TOTAL;
}

static bool server_paused(struct pair *p)
{
	return !p->server.pause_at_first;
}

static void nothing_is_lost_by_pausing(void **state)
{
	char block[4096];

	(void)state;
	meet((struct rel_tls_options){.ca = files.ca}, NULL, "redis.test", both_open);
	for (size_t sent = 0; sent < TOTAL; sent += sizeof(block)) {
		memset(block, (int)(sent / sizeof(block)), sizeof(block));
		assert_true(rel_stream_write(pair.client.stream, block, sizeof(block)));
	}
	do {
		pair.server.pause_at_first = true;
		rel_stream_resume(pair.server.stream);
		run_until(server_paused);
	} while (!server_has_all(&pair));
	for (size_t at = 0; at < TOTAL; at += sizeof(block))
		assert_int_equal((unsigned char)pair.server.got.data[at],
				 (unsigned char)(at / sizeof(block)));
}

static void finish_says_goodbye(void **state)
{
	(void)state;
	meet((struct rel_tls_options){.ca = files.ca}, NULL, "redis.test", both_open);
	assert_true(rel_stream_write(pair.client.stream, "last", 4));
	rel_stream_finish(pair.client.stream);
	run_until(server_ended);
	assert_int_equal(pair.server.err, REL_ERR_CLOSED);
	assert_string_equal(pair.server.got.data, "last");
}

static bool both_closed(struct pair *p)
{
	return p->client.closed == 1 && p->server.closed == 1;
}

static void closed_in_the_middle(void **state)
{
	(void)state;
	pair.client.close_when_opened = true;
	pair.server.close_at_end = true;
	meet((struct rel_tls_options){.ca = files.ca}, NULL, "redis.test", both_closed);
}

static bool client_opened(struct pair *p)
{
	return p->client.opened == 1;
}

static void a_plain_client_is_refused(void **state)
{
	struct rel_tls *tls = server_tls(NULL);
	struct rel_stream_target target = {
		.host = "127.0.0.1",
		.open_timeout = rel_ms(10000),
		.queue_limit = KEEP,
	};

	(void)state;
	target.port = listen_here(tls, "127.0.0.1", 10000);
	rel_tls_destroy(tls);
	connect_with(&target);
	run_until(client_opened);
	assert_true(rel_stream_write(pair.client.stream, "PING\r\n", 6));
	run_until(server_ended);
	assert_int_equal(pair.server.err, REL_ERR_TLS);
}

static void a_silent_client_is_cut_off(void **state)
{
	struct rel_tls *tls = server_tls(NULL);
	struct rel_stream_target target = {
		.host = "127.0.0.1",
		.open_timeout = rel_ms(10000),
		.queue_limit = KEEP,
	};

	(void)state;
	target.port = listen_here(tls, "127.0.0.1", 30);
	rel_tls_destroy(tls);
	connect_with(&target);
	run_until(server_ended);
	assert_int_equal(pair.server.err, REL_ERR_TIMEOUT);
	assert_string_equal(pair.server.error, "no answer in time: TLS handshake");
}

static void a_silent_server_is_given_up(void **state)
{
	struct rel_tls *tls = tls_of((struct rel_tls_options){.ca = files.ca});
	struct rel_stream_target target = {
		.host = "127.0.0.1",
		.tls = tls,
		.open_timeout = rel_ms(30),
		.queue_limit = KEEP,
	};

	(void)state;
	target.port = listen_here(NULL, "127.0.0.1", 10000);
	connect_with(&target);
	rel_tls_destroy(tls);
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_TIMEOUT);
	assert_string_equal(pair.client.error, "no answer in time: TLS handshake");
}

static void unusable_files_are_named(void **state)
{
	const struct {
		struct rel_tls_options options;
		const char *start;
	} rows[] = {
		{{.ca = "/nowhere/ca.crt"}, "CA file /nowhere/ca.crt: "},
		{{.ca = files.key}, "CA file "},
		{{.server = true}, "certificate and key are both needed"},
		{{.cert = files.cert}, "certificate and key are both needed"},
		{{.cert = "/nowhere/a", .key = files.key}, "certificate /nowhere/a: "},
		{{.cert = files.cert, .key = "/nowhere/b"}, "key /nowhere/b: "},
		{{.cert = files.cert, .key = files.client_key}, "key "},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char error[200] = "";

		assert_null(rel_tls_create(&rows[i].options, error, sizeof(error)));
		if (!rel_text_starts(error, rows[i].start))
			fail_msg("'%s' does not start with '%s'", error, rows[i].start);
	}
	rel_tls_destroy(NULL);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_pair, tear_down_pair)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_right_names_are_accepted),
		T(another_name_is_refused),
		T(a_wildcard_covers_one_label),
		T(another_address_is_refused),
		T(another_authority_is_refused),
		T(a_refusal_is_told_to_the_server),
		T(skip_verify_takes_anything),
		T(a_missing_client_certificate_is_told),
		T(a_client_certificate_is_shown),
		T(nothing_is_lost_by_pausing),
		T(finish_says_goodbye),
		T(closed_in_the_middle),
		T(a_plain_client_is_refused),
		T(a_silent_client_is_cut_off),
		T(a_silent_server_is_given_up),
		cmocka_unit_test(unusable_files_are_named),
	};

	return cmocka_run_group_tests(tests, make_files, remove_files);
}
