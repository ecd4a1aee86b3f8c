/* SPDX-License-Identifier: Apache-2.0 */
/* Plain streams: open, fail, write, wait, end, close. */
#include "stream_pair.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

static struct rel_stream_target target_of(const char *host, uint16_t port)
{
	return (struct rel_stream_target){
		.host = host,
		.port = port,
		.open_timeout = rel_ms(10000),
		.user_timeout = rel_ms(5000),
		.queue_limit = KEEP,
	};
}

static void connect_to(const char *host, uint16_t port)
{
	struct rel_stream_target target = target_of(host, port);

	connect_with(&target);
}

static bool both_open(struct pair *p)
{
	return p->client.opened == 1 && p->server.opened == 1;
}

static bool client_has_5(struct pair *p)
{
	return p->client.got.size == 5;
}

static void bytes_go_both_ways_over(const char *listen_host, const char *host)
{
	uint16_t port = listen_here(NULL, listen_host, 1000);

	if (!port) {
		print_message("no address %s here\n", listen_host);
		skip();
	}
	pair.server.echo = true;
	connect_to(host, port);
	assert_false(rel_stream_write(pair.client.stream, "early", 5));
	run_until(both_open);
	assert_true(rel_stream_write(pair.client.stream, "hello", 5));
	assert_true(rel_stream_write(pair.client.stream, "", 0));
	run_until(client_has_5);
	assert_string_equal(pair.client.got.data, "hello");
	assert_string_equal(rel_stream_error(pair.client.stream), "");
}

static void bytes_go_both_ways(void **state)
{
	(void)state;
	bytes_go_both_ways_over("127.0.0.1", "127.0.0.1");
	assert_true(rel_text_starts(rel_stream_peer(pair.client.stream), "127.0.0.1:"));
	assert_true(rel_text_starts(rel_stream_peer(pair.server.stream), "127.0.0.1:"));
}

static void over_ipv6(void **state)
{
	(void)state;
	bytes_go_both_ways_over("::1", "::1");
	assert_true(rel_text_starts(rel_stream_peer(pair.client.stream), "[::1]:"));
}

/* The listener has one of the two addresses only. */
static void localhost_is_either_loopback(void **state)
{
	(void)state;
	bytes_go_both_ways_over("127.0.0.1", "localhost");
}

static void localhost_is_the_other_loopback(void **state)
{
	(void)state;
	bytes_go_both_ways_over("::1", "localhost");
}

static uint16_t closed_port(void)
{
	uint16_t port = listen_here(NULL, "127.0.0.1", 1000);

	rel_listener_close(pair.listener, NULL, NULL);
	pair.listener = NULL;
	return port;
}

static void nobody_listens(void **state)
{
	uint16_t port = closed_port();
	char expected[80];

	(void)state;
	connect_to("127.0.0.1", port);
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_REFUSED);
	rel_text_format(expected, sizeof(expected), "connect 127.0.0.1:%u: connection refused",
			port);
	assert_string_equal(pair.client.error, expected);
	assert_int_equal(pair.client.opened, 0);
}

/* Also where there is no IPv6: what cannot be reached at all does not count. */
static void nobody_listens_on_any_loopback(void **state)
{
	(void)state;
	connect_to("localhost", closed_port());
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_REFUSED);
}

static void not_a_name(void **state)
{
	char name[400];

	(void)state;
	memset(name, 'a', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	connect_to(name, 6379);
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_RESOLVE);
	assert_true(rel_text_starts(pair.client.error, "resolve aaa"));
}

static void no_time_at_all(void **state)
{
	struct rel_stream_target target = target_of("127.0.0.1", 6379);

	(void)state;
	target.open_timeout = rel_ms(0);
	connect_with(&target);
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_TIMEOUT);
}

static bool server_ended(struct pair *p)
{
	return p->server.ended == 1;
}

static void an_end_is_told(void **state)
{
	(void)state;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	run_until(both_open);
	close_end(&pair.client);
	run_until(server_ended);
	assert_int_equal(pair.server.err, REL_ERR_CLOSED);
	assert_string_equal(pair.server.error, "connection closed");
	assert_false(rel_stream_write(pair.server.stream, "x", 1));
}

#define BLOCK 65536

/* Writes until the stream takes no more. */
static size_t fill(struct end *end)
{
	static char block[BLOCK];
	size_t sent = 0;

	while (rel_stream_write(end->stream, block, sizeof(block)))
		sent += sizeof(block);
	return sent;
}

static size_t filled;

static bool server_has_all(struct pair *p)
{
	return p->server.got.size == filled;
}

static bool server_has_some(struct pair *p)
{
	return p->server.got.size > 0;
}

static bool client_drained(struct pair *p)
{
	return p->client.drained > 0 && server_has_all(p);
}

static void the_queue_is_bounded(void **state)
{
	struct rel_stream_target target;

	(void)state;
	target = target_of("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	target.queue_limit = 4 * BLOCK;
	connect_with(&target);
	pair.server.pause_at_first = true;
	run_until(both_open);
	filled = fill(&pair.client);
	run_until(server_has_some);
	assert_true(pair.server.got.size < filled);
	filled += fill(&pair.client);
	assert_true(filled >= 4 * BLOCK);
	rel_stream_resume(pair.server.stream);
	run_until(client_drained);
	assert_int_equal(pair.client.ended, 0);
	/* A whole that never fits is never taken in part. */
	assert_false(rel_stream_write(pair.client.stream, "", 5 * BLOCK));
}

static void on_pause_over(void *ctx)
{
	(void)ctx;
	rel_loop_stop(pair.loop);
}

static void paused_means_nothing_arrives(void **state)
{
	(void)state;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	run_until(both_open);
	pair.server.pause_at_first = true;
	assert_true(rel_stream_write(pair.client.stream, "one", 3));
	run_until(server_has_some);
	assert_true(rel_stream_write(pair.client.stream, "two", 3));
	rel_loop_arm(pair.loop, rel_after(rel_loop_now(), rel_ms(20)), on_pause_over, NULL);
	rel_loop_run(pair.loop);
	assert_int_equal(pair.server.got.size, 3);
	filled = 6;
	rel_stream_resume(pair.server.stream);
	run_until(server_has_all);
	assert_string_equal(pair.server.got.data, "onetwo");
}

static bool both_ended(struct pair *p)
{
	return p->server.ended == 1 && p->client.ended == 1;
}

static void finish_sends_everything_first(void **state)
{
	struct rel_stream_target target;

	(void)state;
	target = target_of("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	target.queue_limit = 4 * BLOCK;
	connect_with(&target);
	run_until(both_open);
	filled = fill(&pair.client);
	rel_stream_finish(pair.client.stream);
	assert_false(rel_stream_write(pair.client.stream, "x", 1));
	pair.server.close_at_end = true;
	run_until(both_ended);
	assert_int_equal(pair.server.got.size, filled);
	assert_int_equal(pair.client.err, REL_ERR_CLOSED);
}

static bool client_closed(struct pair *p)
{
	return p->client.closed == 1;
}

static void closed_while_it_connects(void **state)
{
	(void)state;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	close_end(&pair.client);
	run_until(client_closed);
	assert_int_equal(pair.client.opened + pair.client.ended, 0);
}

static void closed_while_it_resolves(void **state)
{
	(void)state;
	connect_to("name.invalid", 1);
	close_end(&pair.client);
	run_until(client_closed);
	assert_int_equal(pair.client.opened + pair.client.ended, 0);
}

static void closed_before_a_failure_was_told(void **state)
{
	(void)state;
	connect_to("127.0.0.1", closed_port());
	close_end(&pair.client);
	run_until(client_closed);
	assert_int_equal(pair.client.ended, 0);
}

static bool both_closed(struct pair *p)
{
	return p->client.closed == 1 && p->server.closed == 1;
}

static void closed_in_every_callback(void **state)
{
	(void)state;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	run_until(both_open);
	pair.server.close_at_bytes = true;
	pair.client.close_at_end = true;
	assert_true(rel_stream_write(pair.client.stream, "x", 1));
	run_until(both_closed);
}

static void closed_when_opened(void **state)
{
	(void)state;
	pair.client.close_when_opened = pair.server.close_when_opened = true;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	run_until(both_closed);
}

static void a_listener_may_turn_away(void **state)
{
	(void)state;
	pair.refuse = true;
	connect_to("127.0.0.1", listen_here(NULL, "127.0.0.1", 1000));
	run_until(client_ended);
	assert_true(pair.client.err == REL_ERR_CLOSED || pair.client.err == REL_ERR_RESET);
}

static void a_taken_port_is_told(void **state)
{
	struct rel_listener_options options = {.host = "127.0.0.1"};
	char error[160] = "";

	(void)state;
	options.port = listen_here(NULL, "127.0.0.1", 1000);
	assert_null(rel_listener_create(pair.loop, &options, error, sizeof(error)));
	assert_non_null(strstr(error, "address already in use"));
	options.host = "not an address";
	assert_null(rel_listener_create(pair.loop, &options, error, sizeof(error)));
	assert_true(rel_text_starts(error, "listen on not an address"));
}

static bool client_opened(struct pair *p)
{
	return p->client.opened == 1;
}

static void over_a_unix_socket(void **state)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char dir[] = "/tmp/redis-election-stream-XXXXXX";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/socket", dir);
	connect_to(address.sun_path, 0);
	run_until(client_ended);
	assert_int_equal(pair.client.err, REL_ERR_REFUSED);
	close_end(&pair.client);
	run_until(client_closed);
	pair.client.closed = 0;
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(fd, 1), 0);
	connect_to(address.sun_path, 0);
	run_until(client_opened);
	assert_string_equal(rel_stream_peer(pair.client.stream), address.sun_path);
	close(fd);
	unlink(address.sun_path);
	rmdir(dir);
}

static bool client_decided(struct pair *p)
{
	return p->client.opened + p->client.ended > 0;
}

/* The first, second, … descriptor cannot be had, on either side. */
static void out_of_descriptors(void **state)
{
	uint16_t port = listen_here(NULL, "127.0.0.1", 1000);
	struct rlimit old, low;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	for (rlim_t more = 0; more < 3; more++) {
		int next = open("/dev/null", O_RDONLY | O_CLOEXEC);

		close(next);
		low = old;
		low.rlim_cur = (rlim_t)next + more;
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
		connect_to("127.0.0.1", port);
		run_until(client_decided);
		assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
		if (more == 0)
			assert_int_equal(pair.client.err, REL_ERR_IO);
		close_end(&pair.client);
		run_until(client_closed);
		pair.client.opened = pair.client.ended = pair.client.closed = 0;
		close_end(&pair.server);
	}
	connect_to("127.0.0.1", port);
	run_until(client_opened);
}

static void addresses_are_split(void **state)
{
	static const struct {
		const char *address, *host;
		uint16_t port;
	} good[] = {
		{"10.0.0.1:6379", "10.0.0.1", 6379},
		{"redis-0.redis.default.svc:1", "redis-0.redis.default.svc", 1},
		{"[fd00::1]:65535", "fd00::1", 65535},
	};
	static const char *const bad[] = {
		"", ":", ":1", "a", "a:", "a:0", "a:65536", "a:-1", "a:1x", "fd00::1:6379",
		"[]:1", "[fd00::1]", "[fd00::1]6379", "[fd00::1:6379", "a:1:2",
		"a-name-longer-than-there-is-room-for:1",
	};
	char host[32];
	uint16_t port;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(rel_stream_split(good[i].address, host, sizeof(host), &port));
		assert_string_equal(host, good[i].host);
		assert_int_equal(port, good[i].port);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(rel_stream_split(bad[i], host, sizeof(host), &port));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up_pair, tear_down_pair)
	const struct CMUnitTest tests[] = {
		T(bytes_go_both_ways),
		T(over_ipv6),
		T(localhost_is_either_loopback),
		T(localhost_is_the_other_loopback),
		T(nobody_listens),
		T(nobody_listens_on_any_loopback),
		T(not_a_name),
		T(no_time_at_all),
		T(an_end_is_told),
		T(the_queue_is_bounded),
		T(paused_means_nothing_arrives),
		T(finish_sends_everything_first),
		T(closed_while_it_connects),
		T(closed_while_it_resolves),
		T(closed_before_a_failure_was_told),
		T(closed_in_every_callback),
		T(closed_when_opened),
		T(a_listener_may_turn_away),
		T(a_taken_port_is_told),
		T(over_a_unix_socket),
		T(out_of_descriptors),
		T(addresses_are_split),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
