/* SPDX-License-Identifier: Apache-2.0 */
/* The driver against a real redis-server: what it sees, and every way a Redis can
 * go away. */
#include "redis_events.h"

#include <signal.h>
#include <sys/resource.h>

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

static const struct rel_redis_view *start_and_see(void)
{
	start_driver(server.port);
	return &await(is_up)->view;
}

static void a_leader_is_seen(void **state)
{
	const struct rel_redis_view *view = start_and_see();
	char reply[128];

	(void)state;
	assert_int_equal(strlen(view->run_id), 40);
	assert_true(view->is_leader && view->line_known);
	assert_false(view->has_data || view->loading || view->persistence_failed);
	assert_int_equal(view->min_replicas, 0);
	assert_int_equal(view->line.fork_offset, -1);
	assert_string_equal(view->line.replid2, "");
	assert_int_equal(view->replicas, 0);
	assert_true(view->used_memory > 0);
	assert_true(redis_server_call(&server, "SET a b", reply, sizeof(reply)));
	assert_true(observe(1000)->view.has_data);
}

static void a_replica_of_nowhere_has_no_line(void **state)
{
	static const char *const nowhere[] = {"--replicaof", REL_NOWHERE_HOST, "1", NULL};
	const struct rel_redis_view *view;

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, nowhere));
	view = start_and_see();
	assert_false(view->is_leader || view->line_known || view->link_up);
	assert_string_equal(view->followed_host, REL_NOWHERE_HOST);
	assert_int_equal(view->followed_port, REL_NOWHERE_PORT);
}

/* The agent stood still between its decision and now. */
static void a_late_command_is_not_sent(void **state)
{
	struct rel_redis_action action;

	(void)state;
	start_and_see();
	action = action_of(REL_REDIS_UNLATCH, 7);
	action.not_after = (struct rel_instant){rel_loop_now().ns - 1};
	assert_int_equal(command(&action), REL_ERR_STALE);
	action.not_after = rel_after(rel_loop_now(), rel_ms(60000));
	assert_int_equal(command(&action), REL_OK);
}

static void no_connection_is_stale(void **state)
{
	struct rel_redis_action action;

	(void)state;
	start_and_see();
	action = action_of(REL_REDIS_LATCH, 0);
	redis_server_kill(&server);
	await(is_gone);
	assert_int_equal(command(&action), REL_ERR_STALE);
}

static void a_killed_redis_is_gone_at_once(void **state)
{
	struct rel_instant killed;

	(void)state;
	start_and_see();
	killed = rel_loop_now();
	redis_server_kill(&server);
	assert_true(rel_to_ms(rel_between(killed, await(is_gone)->at)) < 50);
	assert_int_equal(observe(1000)->reach, REL_REDIS_GONE);
}

static size_t gone_reports(void)
{
	size_t count = 0;

	for (size_t i = 0; i < run.count; i++)
		count += is_gone(&run.events[i]);
	return count;
}

static bool is_third_gone(const struct seen *seen)
{
	return is_gone(seen) && gone_reports() == 3;
}

static void gone_is_repeated_but_not_often(void **state)
{
	const struct seen *first, *third;

	(void)state;
	redis_server_kill(&server);
	start_driver(server.port);
	third = await(is_third_gone);
	first = &run.events[0];
	assert_true(is_gone(first));
	assert_true(rel_to_ms(rel_between(first->at, third->at)) >= 500);
}

static void a_restarted_redis_has_a_new_run_id(void **state)
{
	struct rel_redis_action old;
	char run_id[REL_REPLID_SIZE];

	(void)state;
	rel_text_copy(run_id, sizeof(run_id), start_and_see()->run_id);
	old = action_of(REL_REDIS_LATCH, 0);
	redis_server_kill(&server);
	await(is_gone);
	assert_true(redis_server_restart(&server, NULL));
	assert_string_not_equal(await(is_up)->view.run_id, run_id);
	assert_int_equal(command(&old), REL_ERR_STALE);
	assert_int_equal(do_command(REL_REDIS_LATCH, 0), REL_OK);
}

/* Between the end and the new connect a command is not carried over. */
static void a_command_in_flight_ends_with_its_connection(void **state)
{
	struct rel_redis_action action;
	uint64_t op;

	(void)state;
	start_and_see();
	action = action_of(REL_REDIS_LATCH, 0);
	redis_server_signal(&server, SIGSTOP);
	op = send_command(&action, 10000);
	redis_server_kill(&server);
	assert_int_equal(await_op(op)->err, REL_ERR_CLOSED);
	assert_true(redis_server_restart(&server, NULL));
	assert_int_equal(await(is_up)->view.min_replicas, 0);
}

static void a_cut_connection_is_replaced(void **state)
{
	char run_id[REL_REPLID_SIZE], reply[64];

	(void)state;
	rel_text_copy(run_id, sizeof(run_id), start_and_see()->run_id);
	run.count = 0;
	assert_true(redis_server_call(&server, "CLIENT KILL TYPE normal", reply, sizeof(reply)));
	assert_string_equal(await(is_up)->view.run_id, run_id);
	assert_int_equal(gone_reports(), 0);
}

static void a_stopped_redis_is_silent(void **state)
{
	struct rel_redis_action action;
	const struct seen *seen;
	uint64_t latch;

	(void)state;
	start_and_see();
	action = action_of(REL_REDIS_LATCH, 0);
	redis_server_signal(&server, SIGSTOP);
	seen = observe(30);
	assert_int_equal(seen->reach, REL_REDIS_SILENT);
	assert_int_equal(seen->err, REL_ERR_TIMEOUT);
	latch = send_command(&action, 30);
	assert_int_equal(await_op(latch)->err, REL_ERR_TIMEOUT);
	/* More of them than there is room for. */
	for (int i = 0; i < 100; i++)
		rel_redis_observe(run.redis, ++run.last_op, rel_ms(20));
	assert_int_equal(await_op(run.last_op)->reach, REL_REDIS_SILENT);
	latch = send_command(&action, 30);
	assert_int_equal(await_op(latch)->err, REL_ERR_TIMEOUT);

	/* What was sent is executed when it wakes; the late answers are dropped. */
	run.count = 0;
	redis_server_signal(&server, SIGCONT);
	assert_int_equal(observe(10000)->view.min_replicas, REL_LATCH_VALUE);
	assert_int_equal(run.count, 1);
}

static void a_stopped_redis_is_silent_from_the_start(void **state)
{
	(void)state;
	redis_server_signal(&server, SIGSTOP);
	start_driver(server.port);
	assert_int_equal(observe(30)->reach, REL_REDIS_SILENT);
	redis_server_signal(&server, SIGCONT);
	await(is_up);
}

static void an_answer_comes_before_there_is_a_connection(void **state)
{
	(void)state;
	start_driver(server.port);
	assert_int_equal(observe(10000)->reach, REL_REDIS_UP);
}

static void no_descriptors_for_a_while(void **state)
{
	struct rlimit old, none;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &old), 0);
	none = old;
	none.rlim_cur = 0;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	start_driver(server.port);
	assert_int_equal(observe(100)->reach, REL_REDIS_SILENT);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &old), 0);
	await(is_up);
}

static void with_password(const char *username, const char *password)
{
	create_driver(&(struct rel_redis_options){
		.host = "localhost",
		.port = server.port,
		.username = username,
		.password = password,
	});
}

static void the_right_password(void **state)
{
	static const char *const words[] = {"--requirepass", "se cret", NULL};

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, words));
	with_password("", "se cret");
	assert_int_equal(observe(10000)->reach, REL_REDIS_UP);
}

static void a_user_with_few_rights(void **state)
{
	static const char *const words[] = {"--user", "agent",      "on", ">secret",
					    "+info",  "+replicaof", NULL};
	const struct seen *seen;

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, words));
	with_password("agent", "secret");
	seen = observe(10000);
	assert_int_equal(seen->reach, REL_REDIS_UP);
	assert_int_equal(seen->view.min_replicas, -1);
	assert_int_equal(do_command(REL_REDIS_LATCH, 0), REL_ERR_FORBIDDEN);
	assert_int_equal(do_command(REL_REDIS_PROMOTE, 0), REL_OK);
}

static void a_user_who_may_not_look(void **state)
{
	static const char *const words[] = {"--user", "agent", "on", ">secret", "+ping", NULL};
	const struct seen *seen;

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, words));
	with_password("agent", "secret");
	seen = observe(10000);
	assert_int_equal(seen->reach, REL_REDIS_REFUSED);
	assert_int_equal(seen->err, REL_ERR_FORBIDDEN);
	assert_false(seen->has_view);
}

static void a_wrong_password_is_refused_until_it_is_right(void **state)
{
	static const char *const words[] = {"--requirepass", "secret", NULL};
	const struct seen *seen;

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, words));
	with_password("", "wrong");
	seen = observe(10000);
	assert_int_equal(seen->reach, REL_REDIS_REFUSED);
	assert_int_equal(seen->err, REL_ERR_UNAUTHORIZED);
	rel_redis_set_password(run.redis, "secret");
	await(is_up);
}

static void a_missing_password_is_refused_until_it_is_there(void **state)
{
	static const char *const words[] = {"--requirepass", "secret", NULL};
	const struct seen *seen;

	(void)state;
	redis_server_kill(&server);
	assert_true(redis_server_restart(&server, words));
	start_driver(server.port);
	seen = observe(10000);
	assert_int_equal(seen->reach, REL_REDIS_REFUSED);
	assert_int_equal(seen->err, REL_ERR_UNAUTHORIZED);
	rel_redis_set_password(run.redis, "secret");
	await(is_up);
}

static void a_password_nobody_asked_for(void **state)
{
	(void)state;
	with_password("", "secret");
	await(is_up);
}

static bool is_loading(const struct seen *seen)
{
	return seen->type == REL_EVENT_REDIS_SEEN && seen->reach == REL_REDIS_LOADING;
}

static bool is_up_or_ask(const struct seen *seen)
{
	if (seen->type == REL_EVENT_REDIS_SEEN && seen->reach == REL_REDIS_UP)
		return true;
	if (seen->op == run.last_op || seen->op == 0)
		rel_redis_observe(run.redis, ++run.last_op, rel_ms(1000));
	return false;
}

/* Ten seconds of loading, cut short as soon as it was seen: key-load-delay waits
 * after each key, and events are served after every few keys. */
static void loading_is_told_with_the_run_id(void **state)
{
	static const char *const words[] = {"--key-load-delay", "5000",
					    "--loading-process-events-interval-bytes", "1024",
					    NULL};
	static const char fill[] = "EVAL \"for i=1,2000 do "
				   "redis.call('set',i,string.rep('x',200)) end\" 0";
	struct rel_redis_action action;
	const struct seen *seen;
	char reply[64];

	(void)state;
	assert_true(
		redis_server_call(&server, "CONFIG SET rdbcompression no", reply, sizeof(reply)));
	assert_true(redis_server_call(&server, fill, reply, sizeof(reply)));
	assert_true(redis_server_call(&server, "SAVE", reply, sizeof(reply)));
	redis_server_kill(&server);
	assert_true(redis_server_spawn(&server, words));
	start_driver(server.port);
	seen = await(is_loading);
	assert_true(seen->has_view && seen->view.loading);
	assert_int_equal(strlen(seen->view.run_id), 40);
	action = action_of(REL_REDIS_FOLLOW, 0);
	rel_text_copy(action.host, sizeof(action.host), REL_NOWHERE_HOST);
	action.port = REL_NOWHERE_PORT;
	assert_int_equal(command(&action), REL_ERR_LOADING);
	assert_true(
		redis_server_call(&server, "CONFIG SET key-load-delay 0", reply, sizeof(reply)));
	rel_redis_observe(run.redis, ++run.last_op, rel_ms(1000));
	assert_true(await(is_up_or_ask)->view.has_data);
}

static void closed_inside_an_event(void **state)
{
	(void)state;
	start_driver(server.port);
	rel_redis_observe(run.redis, 7, rel_ms(1000));
	run.close_at_next = true;
	run_guarded();
	assert_true(run.closed);
	assert_int_equal(run.count, 1);
}

static void closed_before_anything(void **state)
{
	(void)state;
	start_driver(server.port);
	rel_redis_observe(run.redis, 7, rel_ms(1000));
	close_driver();
	run_guarded();
	assert_int_equal(run.count, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_leader_is_seen),
		T(a_replica_of_nowhere_has_no_line),
		T(a_late_command_is_not_sent),
		T(no_connection_is_stale),
		T(a_killed_redis_is_gone_at_once),
		T(gone_is_repeated_but_not_often),
		T(a_restarted_redis_has_a_new_run_id),
		T(a_command_in_flight_ends_with_its_connection),
		T(a_cut_connection_is_replaced),
		T(a_stopped_redis_is_silent),
		T(a_stopped_redis_is_silent_from_the_start),
		T(an_answer_comes_before_there_is_a_connection),
		T(no_descriptors_for_a_while),
		T(the_right_password),
		T(a_user_with_few_rights),
		T(a_user_who_may_not_look),
		T(a_wrong_password_is_refused_until_it_is_right),
		T(a_missing_password_is_refused_until_it_is_there),
		T(a_password_nobody_asked_for),
		T(loading_is_told_with_the_run_id),
		T(closed_inside_an_event),
		T(closed_before_anything),
	};

	if (redis_server_missing(sizeof(tests) / sizeof(tests[0])))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
