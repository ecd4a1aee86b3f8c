/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets that change while the agent runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/stat.h>

#include "pkg/agent/secrets.h"
#include "redis-election/base/text.h"

static char folder[64];

struct fixture {
	struct rel_loop *loop;
	struct rel_config config;
	struct rel_secrets *secrets;
	int changed, looked;
};

static const char *path_of(const char *name)
{
	static char path[128];

	rel_text_format(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
}

static void on_changed(void *ctx)
{
	struct fixture *f = ctx;

	f->changed++;
	rel_loop_stop(f->loop);
}

static void on_looked(void *ctx)
{
	struct fixture *f = ctx;

	f->looked++;
	rel_loop_stop(f->loop);
}

static void on_closed(void *ctx)
{
	struct fixture *f = ctx;

	rel_loop_stop(f->loop);
}

static int set_up(void **state)
{
	static struct fixture fixture;
	const struct rel_secrets_owner owner = {on_changed, on_looked, &fixture};

	fixture = (struct fixture){.loop = rel_loop_create()};
	rel_text_copy(folder, sizeof(folder), "/tmp/agent-secrets-test.XXXXXX");
	assert_non_null(mkdtemp(folder));
	write_file("password", "old\n");
	write_file("secret", "shared\n");
	rel_text_copy(fixture.config.redis_password_file, REL_CONFIG_TEXT, path_of("password"));
	rel_text_copy(fixture.config.shared_secret_file, REL_CONFIG_TEXT, path_of("secret"));
	rel_text_copy(fixture.config.redis_password, REL_CONFIG_TEXT, "old");
	rel_text_copy(fixture.config.shared_secret, REL_CONFIG_TEXT, "shared");
	fixture.secrets = rel_secrets_create(fixture.loop, &fixture.config, &owner);
	*state = &fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	rel_secrets_close(f->secrets, on_closed, f);
	rel_loop_run(f->loop);
	rel_loop_destroy(f->loop);
	unlink(path_of("password"));
	unlink(path_of("secret"));
	unlink(path_of("link"));
	rmdir(folder);
	return 0;
}

/* Runs until somebody is told. */
static void look(struct fixture *f)
{
	int looked = f->looked;

	rel_secrets_look(f->secrets);
	while (f->looked == looked)
		rel_loop_run(f->loop);
}

static void what_changed_is_adopted_and_told(void **state)
{
	struct fixture *f = *state;

	write_file("password", "a longer new one");
	look(f);
	assert_int_equal(f->changed, 1);
	assert_string_equal(f->config.redis_password, "a longer new one");
	assert_string_equal(f->config.shared_secret, "shared");
	look(f);
	assert_int_equal(f->changed, 1);
	write_file("password", "x");
	look(f);
	assert_int_equal(f->changed, 2);
	assert_string_equal(f->config.redis_password, "x");
	assert_string_equal(f->config.redis_password + 2, ""); /* wiped */
}

static void one_unreadable_file_does_not_hold_up_the_other(void **state)
{
	struct fixture *f = *state;

	unlink(path_of("password"));
	write_file("secret", "rotated");
	look(f);
	assert_string_equal(f->config.redis_password, "old");
	assert_string_equal(f->config.shared_secret, "rotated");
	write_file("password", "new");
	unlink(path_of("secret"));
	look(f);
	assert_string_equal(f->config.redis_password, "new");
	assert_string_equal(f->config.shared_secret, "rotated");
}

static void changes_are_found_without_being_asked(void **state)
{
	struct fixture *f = *state;
	struct rel_instant began = rel_loop_now();

	write_file("secret", "rotated");
	rel_loop_run(f->loop);
	assert_int_equal(f->changed, 1);
	assert_int_equal(f->looked, 0);
	assert_string_equal(f->config.shared_secret, "rotated");
	assert_in_range(rel_to_ms(rel_between(began, rel_loop_now())), 1000, 20000);
}

static void a_refusal_looks_once_a_second_at_most(void **state)
{
	struct fixture *f = *state;
	struct rel_instant began = rel_loop_now();

	write_file("password", "new");
	rel_secrets_refused(f->secrets); /* the file was read a moment ago */
	look(f);
	assert_int_equal(f->changed, 1);
	write_file("password", "newer");
	while (f->changed < 2) {
		rel_secrets_refused(f->secrets);
		uv_run(rel_loop_uv(f->loop), UV_RUN_NOWAIT);
	}
	assert_in_range(rel_to_ms(rel_between(began, rel_loop_now())), 1000, 4500);
	assert_string_equal(f->config.redis_password, "newer");
}

static void a_look_asked_for_meanwhile_sees_what_is_there_then(void **state)
{
	struct fixture *f = *state;

	write_file("password", "new");
	rel_secrets_look(f->secrets);
	rel_secrets_look(f->secrets);
	write_file("password", "newer");
	while (f->looked == 0)
		rel_loop_run(f->loop);
	assert_int_equal(f->looked, 1);
	assert_string_equal(f->config.redis_password, "newer");
}

/* tear_down closes it while the look is on its way. */
static void closing_waits_for_the_thread(void **state)
{
	struct fixture *f = *state;

	write_file("password", "new");
	rel_secrets_look(f->secrets);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_changed_is_adopted_and_told),
		TEST(one_unreadable_file_does_not_hold_up_the_other),
		TEST(changes_are_found_without_being_asked),
		TEST(a_refusal_looks_once_a_second_at_most),
		TEST(a_look_asked_for_meanwhile_sees_what_is_there_then),
		TEST(closing_waits_for_the_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
