/* SPDX-License-Identifier: Apache-2.0 */
/* What each command does to a real redis-server, and to whom it never goes. */
#include "redis_events.h"

#include <arpa/inet.h>
#include <sys/socket.h>

static struct redis_server server;

static int set_up(void **state)
{
	(void)state;
	begin();
	return redis_server_start(&server, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	finish();
	redis_server_remove(&server);
	return 0;
}

static bool config_is(const char *name, const char *value)
{
	char line[80], reply[256], expected[256];

	rel_text_format(line, sizeof(line), "CONFIG GET %s", name);
	assert_true(redis_server_call(&server, line, reply, sizeof(reply)));
	rel_text_format(expected, sizeof(expected), "*2\r\n$%zu\r\n%s\r\n$%zu\r\n%s\r\n",
			strlen(name), name, strlen(value), value);
	return rel_text_equal(reply, expected);
}

static const struct rel_redis_view *start_and_see(void)
{
	start_driver(server.port);
	return &await(is_up)->view;
}

static void latch_and_unlatch(void **state)
{
	char reply[256];

	(void)state;
	start_and_see();
	assert_int_equal(do_command(REL_REDIS_LATCH, 0), REL_OK);
	assert_int_equal(observe(1000)->view.min_replicas, REL_LATCH_VALUE);
	assert_true(redis_server_call(&server, "SET a b", reply, sizeof(reply)));
	assert_true(rel_text_starts(reply, "-NOREPLICAS"));
	assert_int_equal(do_command(REL_REDIS_UNLATCH, 2), REL_OK);
	assert_int_equal(observe(1000)->view.min_replicas, 2);
	assert_int_equal(do_command(REL_REDIS_UNLATCH, -1), REL_ERR_INVALID);
	assert_int_equal(observe(1000)->view.min_replicas, 2);
}

static struct rel_redis_action follow(const char *host, uint16_t port)
{
	struct rel_redis_action action = action_of(REL_REDIS_FOLLOW, 0);

	rel_text_copy(action.host, sizeof(action.host), host);
	action.port = port;
	return action;
}

static bool is_linked(const struct seen *seen)
{
	if (seen->type == REL_EVENT_REDIS_SEEN && seen->has_view && seen->view.link_up)
		return true;
	rel_redis_observe(run.redis, ++run.last_op, rel_ms(1000));
	return false;
}

static void follow_and_promote(void **state)
{
	struct redis_server leader;
	struct rel_redis_action action;
	const struct rel_redis_view *view;
	char replid[REL_REPLID_SIZE], reply[256];

	(void)state;
	assert_true(redis_server_start(&leader, NULL));
	assert_true(redis_server_call(&leader, "SET a b", reply, sizeof(reply)));
	start_and_see();
	action = follow("127.0.0.1", leader.port);
	assert_int_equal(command(&action), REL_OK);
	run.count = 0;
	rel_redis_observe(run.redis, ++run.last_op, rel_ms(1000));
	view = &await(is_linked)->view;
	assert_false(view->is_leader);
	assert_string_equal(view->followed_host, "127.0.0.1");
	assert_int_equal(view->followed_port, leader.port);
	assert_true(view->line_known && view->has_data);
	rel_text_copy(replid, sizeof(replid), view->line.replid);

	assert_int_equal(do_command(REL_REDIS_PROMOTE, 0), REL_OK);
	view = &observe(1000)->view;
	assert_true(view->is_leader);
	assert_string_equal(view->line.replid2, replid);
	assert_int_equal(view->line.fork_offset, view->line.offset);
	redis_server_remove(&leader);
}

static int client_socket(void)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(server.port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static void talk(int fd, const char *line, const char *answer)
{
	char reply[128] = "";
	size_t used = 0;

	assert_true(write(fd, line, strlen(line)) > 0);
	while (!strstr(reply, answer)) {
		ssize_t got = read(fd, reply + used, sizeof(reply) - 1 - used);

		assert_true(got > 0);
		used += (size_t)got;
		reply[used] = '\0';
	}
}

static void assert_cut_off(int fd)
{
	char byte;

	assert_true(read(fd, &byte, 1) <= 0);
	close(fd);
}

static void follow_cuts_the_clients_but_not_us(void **state)
{
	struct rel_redis_action action;
	size_t before;
	int client = client_socket(), subscriber = client_socket();

	(void)state;
	talk(client, "PING\r\n", "+PONG");
	talk(subscriber, "SUBSCRIBE x\r\n", ":1\r\n");
	start_and_see();
	before = run.count;
	action = follow(REL_NOWHERE_HOST, REL_NOWHERE_PORT);
	assert_int_equal(command(&action), REL_OK);
	assert_cut_off(client);
	assert_cut_off(subscriber);
	assert_int_equal(observe(1000)->reach, REL_REDIS_UP);
	assert_int_equal(run.count, before + 2);
}

static void kill_cuts_the_clients_but_not_us(void **state)
{
	int client = client_socket(), subscriber = client_socket();

	(void)state;
	talk(client, "PING\r\n", "+PONG");
	talk(subscriber, "SUBSCRIBE x\r\n", ":1\r\n");
	start_and_see();
	assert_int_equal(do_command(REL_REDIS_KILL, 0), REL_OK);
	assert_cut_off(client);
	assert_cut_off(subscriber);
	assert_int_equal(observe(1000)->reach, REL_REDIS_UP);
}

static void follow_that_is_refused_changes_nothing(void **state)
{
	struct rel_redis_action action;
	char reply[128];

	(void)state;
	start_and_see();
	assert_true(redis_server_call(&server, "ACL SETUSER default -replicaof", reply,
				      sizeof(reply)));
	action = follow(REL_NOWHERE_HOST, REL_NOWHERE_PORT);
	assert_int_equal(command(&action), REL_ERR_FORBIDDEN);
	assert_true(observe(1000)->view.is_leader);
}

static void pause_holds_writes_and_unpause_lets_them_go(void **state)
{
	int client = client_socket();
	char reply[64];

	(void)state;
	start_and_see();
	assert_int_equal(do_command(REL_REDIS_PAUSE, 100000), REL_OK);
	assert_int_equal(write(client, "SET a b\r\n", 9), 9);
	assert_false(observe(1000)->view.has_data);
	assert_int_equal(do_command(REL_REDIS_UNPAUSE, 0), REL_OK);
	assert_true(read(client, reply, 5) == 5);
	assert_memory_equal(reply, "+OK\r\n", 5);
	assert_true(observe(1000)->view.has_data);
	close(client);
}

static void ping_period_comes_back(void **state)
{
	char reply[64];

	(void)state;
	assert_true(redis_server_call(&server, "CONFIG SET repl-ping-replica-period 17", reply,
				      sizeof(reply)));
	start_and_see();
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 0), REL_OK);
	assert_true(config_is("repl-ping-replica-period", "17"));
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 3600), REL_OK);
	assert_true(config_is("repl-ping-replica-period", "3600"));
	/* Raised twice, it is still the first value that comes back. */
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 1800), REL_OK);
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 0), REL_OK);
	assert_true(config_is("repl-ping-replica-period", "17"));
}

/* Whoever finds the raised value found what a life that was killed has left. */
static void a_ping_period_left_raised_becomes_the_default(void **state)
{
	char reply[64];

	(void)state;
	assert_true(redis_server_call(&server, "CONFIG SET repl-ping-replica-period 3600", reply,
				      sizeof(reply)));
	start_and_see();
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 3600), REL_OK);
	assert_int_equal(do_command(REL_REDIS_PING_PERIOD, 0), REL_OK);
	assert_true(config_is("repl-ping-replica-period", "10"));
}

static void another_run_id_is_stale(void **state)
{
	struct rel_redis_action action = {.command = REL_REDIS_LATCH};

	(void)state;
	start_and_see();
	assert_int_equal(command(&action), REL_ERR_STALE);
	memset(action.run_id, 'a', sizeof(action.run_id) - 1);
	assert_int_equal(command(&action), REL_ERR_STALE);
	assert_int_equal(observe(1000)->view.min_replicas, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(latch_and_unlatch),
		T(follow_and_promote),
		T(follow_cuts_the_clients_but_not_us),
		T(kill_cuts_the_clients_but_not_us),
		T(follow_that_is_refused_changes_nothing),
		T(pause_holds_writes_and_unpause_lets_them_go),
		T(ping_period_comes_back),
		T(a_ping_period_left_raised_becomes_the_default),
		T(another_run_id_is_stale),
	};

	if (redis_server_missing(sizeof(tests) / sizeof(tests[0])))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
