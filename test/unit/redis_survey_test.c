/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the other Redis of a set. */
#include "redis_events.h"

#include <signal.h>

#define SERVERS 3

static struct redis_server servers[SERVERS];
static struct rel_survey_action targets;

static int set_up(void **state)
{
	(void)state;
	begin();
	memset(&targets, 0, sizeof(targets));
	for (int i = 0; i < SERVERS; i++) {
		if (!redis_server_start(&servers[i], NULL))
			return -1;
	}
	/* The local one is of no interest here. */
	start_driver(servers[0].port);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	finish();
	for (int i = 0; i < SERVERS; i++)
		redis_server_remove(&servers[i]);
	return 0;
}

static void add_target(const char *name, const char *address)
{
	struct rel_survey_target *target = &targets.at[targets.count++];

	rel_text_copy(target->member.name, sizeof(target->member.name), name);
	rel_text_copy(target->address, sizeof(target->address), address);
}

static void add_server(const char *name, const struct redis_server *server)
{
	char address[REL_ADDRESS_SIZE];

	rel_text_format(address, sizeof(address), "127.0.0.1:%u", server->port);
	add_target(name, address);
}

static uint64_t ask(int64_t timeout_ms)
{
	uint64_t op = ++run.last_op;

	run.inside = true;
	rel_redis_survey(run.redis, op, &targets, rel_ms(timeout_ms));
	run.inside = false;
	return op;
}

static const struct rel_survey *survey(int64_t timeout_ms)
{
	const struct seen *seen = await_op(ask(timeout_ms));

	assert_int_equal(seen->type, REL_EVENT_SURVEYED);
	return &seen->survey;
}

static void all_answer(void **state)
{
	const struct rel_survey *found;

	(void)state;
	for (int i = 0; i < SERVERS; i++)
		add_server("redis", &servers[i]);
	found = survey(10000);
	assert_int_equal(found->count, SERVERS);
	for (int i = 0; i < SERVERS; i++) {
		assert_int_equal(found->at[i].reach, REL_REDIS_UP);
		assert_true(found->at[i].view.is_leader);
		assert_string_equal(found->at[i].member.name, "redis");
	}
	assert_string_not_equal(found->at[0].view.run_id, found->at[1].view.run_id);
}

static void one_is_stopped_and_one_refuses(void **state)
{
	const struct rel_survey *found;
	struct rel_instant began = rel_loop_now();

	(void)state;
	add_server("up", &servers[0]);
	add_server("stopped", &servers[1]);
	add_server("dead", &servers[2]);
	add_target("nonsense", "no address");
	redis_server_signal(&servers[1], SIGSTOP);
	redis_server_kill(&servers[2]);
	found = survey(100);
	assert_false(rel_before(rel_loop_now(), rel_after(began, rel_ms(100))));
	assert_int_equal(found->at[0].reach, REL_REDIS_UP);
	assert_int_equal(found->at[1].reach, REL_REDIS_SILENT);
	assert_int_equal(found->at[2].reach, REL_REDIS_GONE);
	assert_int_equal(found->at[3].reach, REL_REDIS_SILENT);
	/* The stopped one is asked on a new connection once it is back. */
	redis_server_signal(&servers[1], SIGCONT);
	targets.count = 2;
	assert_int_equal(survey(10000)->at[1].reach, REL_REDIS_UP);
}

/* Answered well before the time-out, or the test takes forever. */
static void it_ends_with_the_last_answer(void **state)
{
	(void)state;
	add_server("up", &servers[0]);
	add_server("dead", &servers[2]);
	redis_server_kill(&servers[2]);
	assert_int_equal(survey(10000000)->at[1].reach, REL_REDIS_GONE);
}

static void nobody_to_ask(void **state)
{
	(void)state;
	assert_int_equal(survey(10000000)->count, 0);
	add_target("nonsense", ":");
	assert_int_equal(survey(10000000)->at[0].reach, REL_REDIS_SILENT);
}

static int64_t connections_made(const struct redis_server *server)
{
	char reply[4096];
	const char *at;

	assert_true(redis_server_call(server, "INFO stats", reply, sizeof(reply)));
	at = strstr(reply, "total_connections_received:");
	assert_non_null(at);
	return strtoll(at + strlen("total_connections_received:"), NULL, 10);
}

static void connections_are_kept(void **state)
{
	int64_t before;

	(void)state;
	add_server("kept", &servers[1]);
	survey(10000);
	before = connections_made(&servers[1]);
	for (int i = 0; i < 5; i++)
		assert_int_equal(survey(10000)->at[0].reach, REL_REDIS_UP);
	assert_int_equal(connections_made(&servers[1]), before + 1);
}

/* The leader we ask may cut our connection, or be another one by now. */
static void a_kept_connection_that_was_cut_is_replaced(void **state)
{
	char reply[64], run_id[REL_REPLID_SIZE];
	const struct rel_survey *found;

	(void)state;
	add_server("kept", &servers[1]);
	found = survey(10000);
	rel_text_copy(run_id, sizeof(run_id), found->at[0].view.run_id);
	assert_true(redis_server_call(&servers[1], "CLIENT KILL TYPE normal", reply,
				      sizeof(reply)));
	assert_int_equal(survey(10000)->at[0].reach, REL_REDIS_UP);
	redis_server_kill(&servers[1]);
	assert_int_equal(survey(10000)->at[0].reach, REL_REDIS_GONE);
	assert_true(redis_server_restart(&servers[1], NULL));
	found = survey(10000);
	assert_int_equal(found->at[0].reach, REL_REDIS_UP);
	assert_string_not_equal(found->at[0].view.run_id, run_id);
}

/* Killed between the question and the answer. */
static void asked_and_then_killed(void **state)
{
	uint64_t op;

	(void)state;
	add_server("kept", &servers[1]);
	survey(10000);
	redis_server_signal(&servers[1], SIGSTOP);
	op = ask(10000);
	redis_server_kill(&servers[1]);
	assert_int_equal(await_op(op)->survey.at[0].reach, REL_REDIS_GONE);
}

static void several_rounds_at_once(void **state)
{
	uint64_t first, last = 0;

	(void)state;
	add_server("a", &servers[1]);
	add_server("b", &servers[2]);
	redis_server_signal(&servers[2], SIGSTOP);
	first = ask(50);
	for (int i = 0; i < 10; i++)
		last = ask(60 + i);
	assert_int_equal(await_op(first)->survey.at[1].reach, REL_REDIS_SILENT);
	assert_int_equal(await_op(last)->survey.at[0].reach, REL_REDIS_UP);
	redis_server_signal(&servers[2], SIGCONT);
	assert_int_equal(survey(10000)->at[1].reach, REL_REDIS_UP);
}

static void a_wrong_password_is_told(void **state)
{
	static const char *const words[] = {"--requirepass", "secret", NULL};
	const struct rel_survey *found;

	(void)state;
	redis_server_kill(&servers[1]);
	assert_true(redis_server_restart(&servers[1], words));
	add_server("locked", &servers[1]);
	found = survey(10000);
	assert_int_equal(found->at[0].reach, REL_REDIS_REFUSED);
	rel_redis_set_password(run.redis, "secret");
	assert_int_equal(survey(10000)->at[0].reach, REL_REDIS_UP);
}

static void closed_while_it_asks(void **state)
{
	(void)state;
	add_server("a", &servers[1]);
	add_server("stopped", &servers[2]);
	redis_server_signal(&servers[2], SIGSTOP);
	survey(50);
	ask(10000);
	close_driver();
	run_guarded();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(all_answer),
		T(one_is_stopped_and_one_refuses),
		T(it_ends_with_the_last_answer),
		T(nobody_to_ask),
		T(connections_are_kept),
		T(a_kept_connection_that_was_cut_is_replaced),
		T(asked_and_then_killed),
		T(several_rounds_at_once),
		T(a_wrong_password_is_told),
		T(closed_while_it_asks),
	};

	if (redis_server_missing(sizeof(tests) / sizeof(tests[0])))
		return 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
