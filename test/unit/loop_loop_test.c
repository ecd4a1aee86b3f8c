/* SPDX-License-Identifier: Apache-2.0 */
/* The loop: deadlines that are never early, signals, work off the loop, delay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>

#include "redis-election/loop.h"

struct fixture {
	struct rel_loop *loop;
	struct rel_instant at;    /* asked for */
	struct rel_instant first; /* when the first call came */
	int calls, others;
	bool inside; /* a call of ours is running */
	pthread_t thread;
	bool worked;
	struct rel_timer timer;
};

static int set_up(void **state)
{
	static struct fixture fixture;

	fixture = (struct fixture){.loop = rel_loop_create()};
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	rel_loop_destroy(f->loop);
	return 0;
}

static struct rel_duration us(int64_t n)
{
	return (struct rel_duration){n * 1000};
}

static void on_wake(void *ctx)
{
	struct fixture *f = ctx;

	assert_false(f->inside);
	if (f->calls++ == 0)
		f->first = rel_loop_now();
	rel_loop_stop(f->loop);
}

static void on_other(void *ctx)
{
	struct fixture *f = ctx;

	f->others++;
}

static void arm(struct fixture *f, struct rel_instant at)
{
	f->at = at;
	f->inside = true;
	rel_loop_arm(f->loop, at, on_wake, f);
	f->inside = false;
}

static void a_deadline_is_never_early(void **state)
{
	static const int64_t delays_us[] = {0, 1, 50, 333, 999, 1001, 2500, 7777};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(delays_us) / sizeof(delays_us[0]); i++) {
		f->calls = 0;
		arm(f, rel_after(rel_loop_now(), us(delays_us[i])));
		rel_loop_run(f->loop);
		assert_int_equal(f->calls, 1);
		assert_false(rel_before(f->first, f->at));
	}
}

static void the_past_wakes_at_once(void **state)
{
	struct fixture *f = *state;

	arm(f, (struct rel_instant){1});
	rel_loop_run(f->loop);
	arm(f, REL_NEVER);
	rel_loop_run(f->loop);
	assert_int_equal(f->calls, 2);
}

static void a_new_deadline_replaces_the_old(void **state)
{
	struct fixture *f = *state;
	struct rel_instant now = rel_loop_now();

	rel_loop_arm(f->loop, rel_after(now, us(200)), on_other, f);
	arm(f, rel_after(now, rel_ms(10)));
	rel_loop_run(f->loop);
	assert_int_equal(f->others, 0);
	assert_false(rel_before(f->first, f->at));
	/* Earlier than before, too. */
	rel_loop_arm(f->loop, rel_after(now, rel_ms(100000)), on_other, f);
	arm(f, rel_after(rel_loop_now(), us(100)));
	rel_loop_run(f->loop);
	assert_int_equal(f->calls, 2);
	assert_int_equal(f->others, 0);
}

static void forever_disarms(void **state)
{
	struct fixture *f = *state;

	rel_timer_init(f->loop, &f->timer, on_wake, f);
	rel_loop_arm(f->loop, rel_after(rel_loop_now(), us(500)), on_other, f);
	rel_loop_arm(f->loop, REL_FOREVER, on_other, f);
	rel_timer_set(&f->timer, rel_after(rel_loop_now(), rel_ms(5)));
	rel_loop_run(f->loop);
	assert_int_equal(f->others, 0);
	assert_int_equal(f->calls, 1);
}

/* The kernel may report a deadline that an earlier callback of the same turn moved. */
static void a_moved_deadline_is_not_reported(void **state)
{
	struct fixture *f = *state;
	struct rel_instant past = {1};

	rel_loop_arm(f->loop, past, on_other, f);
	arm(f, rel_after(rel_loop_now(), rel_ms(3)));
	rel_loop_run(f->loop);
	assert_int_equal(f->others, 0);
	assert_false(rel_before(f->first, f->at));
}

static void on_timer(void *ctx)
{
	struct fixture *f = ctx;

	assert_false(f->inside);
	assert_false(rel_before(rel_loop_now(), f->at));
	f->calls++;
	rel_loop_stop(f->loop);
}

static void on_gone(void *ctx)
{
	struct fixture *f = ctx;

	f->others++;
	rel_loop_stop(f->loop);
}

static void a_timer_is_never_early(void **state)
{
	struct fixture *f = *state;
	struct rel_timer timer;

	rel_timer_init(f->loop, &timer, on_timer, f);
	for (int i = 0; i < 8; i++) {
		f->at = rel_after(rel_loop_now(), us(i * 700));
		f->inside = true;
		rel_timer_set(&timer, f->at);
		f->inside = false;
		rel_loop_run(f->loop);
		assert_int_equal(f->calls, i + 1);
	}
	rel_timer_set(&timer, rel_loop_now());
	rel_timer_close(&timer, on_gone);
	rel_loop_run(f->loop);
	assert_int_equal(f->others, 1);
	assert_int_equal(f->calls, 8);
}

static void on_signal(void *ctx, int signum)
{
	struct fixture *f = ctx;

	f->calls = f->calls * 100 + signum;
	rel_loop_stop(f->loop);
}

static void signals_arrive_on_the_loop(void **state)
{
	static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
	struct fixture *f = *state;

	rel_loop_signals(f->loop, on_signal, f);
	for (size_t i = 0; i < 3; i++) {
		f->calls = 0;
		raise(signals[i]);
		assert_int_equal(f->calls, 0);
		rel_loop_run(f->loop);
		assert_int_equal(f->calls, signals[i]);
	}
}

static void a_dead_pipe_kills_nobody(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	close(ends[1]);
}

static void work(void *ctx)
{
	struct fixture *f = ctx;

	f->thread = pthread_self();
	f->worked = true;
}

static void on_done(void *ctx)
{
	struct fixture *f = ctx;

	f->calls++;
	rel_loop_stop(f->loop);
}

static void work_runs_elsewhere_and_ends_here(void **state)
{
	struct fixture *f = *state;

	rel_loop_work(f->loop, work, on_done, f);
	rel_loop_run(f->loop);
	assert_true(f->worked);
	assert_int_equal(f->calls, 1);
	assert_false(pthread_equal(f->thread, pthread_self()));
	/* What is still running when the loop is destroyed ends inside that. */
	rel_loop_work(f->loop, work, on_done, f);
}

static void on_busy(void *ctx)
{
	struct fixture *f = ctx;
	struct rel_instant end = rel_after(rel_loop_now(), rel_ms(20));

	while (rel_before(rel_loop_now(), end))
		continue;
	arm(f, rel_loop_now());
}

static void delay_is_the_longest_turn(void **state)
{
	struct fixture *f = *state;

	rel_loop_arm(f->loop, rel_loop_now(), on_busy, f);
	rel_loop_run(f->loop);
	arm(f, rel_loop_now());
	rel_loop_run(f->loop);
	assert_true(rel_to_ms(rel_loop_delay(f->loop)) >= 20);
	assert_int_equal(rel_loop_delay(f->loop).ns, 0);
}

static void waiting_is_no_delay(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 20; i++) {
		rel_loop_delay(f->loop);
		arm(f, rel_after(rel_loop_now(), rel_ms(50)));
		rel_loop_run(f->loop);
		if (rel_to_ms(rel_loop_delay(f->loop)) < 50)
			return;
	}
	fail_msg("every wait of 50 ms counted as a delay of the loop");
}

static void entropy_differs(void **state)
{
	(void)state;
	assert_true(rel_loop_entropy() != rel_loop_entropy());
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		T(a_deadline_is_never_early),
		T(the_past_wakes_at_once),
		T(a_new_deadline_replaces_the_old),
		T(forever_disarms),
		T(a_moved_deadline_is_not_reported),
		T(a_timer_is_never_early),
		T(signals_arrive_on_the_loop),
		T(a_dead_pipe_kills_nobody),
		T(work_runs_elsewhere_and_ends_here),
		T(delay_is_the_longest_turn),
		T(waiting_is_no_delay),
		T(entropy_differs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
