/* SPDX-License-Identifier: Apache-2.0 */
/* Flags, file, environment and secrets together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "redis-election/base/text.h"
#include "redis-election/config.h"

#define WORDS_MAX 16
#define LINE_SIZE 512

static struct rel_config config;
static char complaint[4096];
static char folder[64];

static const char *const variables[] = {"POD_NAME",	  "POD_NAMESPACE",  "POD_UID",
					"POD_IP",	  "REDIS_PASSWORD", "SHARED_SECRET"};

static const char *path_of(const char *name)
{
	static char path[128];

	rel_text_format(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_file(const char *name, const char *bytes, size_t size)
{
	FILE *file = fopen(path_of(name), "w");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

/* A line of words as `run` gets them, "%" standing for the test's folder, after
 * what every member needs. */
static bool load_bare(const char *line)
{
	char text[LINE_SIZE] = "", *words[WORDS_MAX] = {(char[]){"run"}};
	FILE *err = fmemopen(complaint, sizeof(complaint), "w");
	int count = 1;
	bool loaded;

	assert_non_null(err);
	complaint[0] = '\0';
	for (const char *c = line; *c; c++)
		assert_true(rel_text_append(text, sizeof(text),
					    *c == '%' ? folder : (char[]){*c, '\0'}));
	for (char *word = text; *word; count++) {
		char *end = word + strcspn(word, " ");

		words[count] = word;
		word = *end ? end + 1 : end;
		*end = '\0';
	}
	loaded = rel_config_load(&config, count, words, err);
	assert_int_equal(fclose(err), 0);
	return loaded;
}

static bool load(const char *line)
{
	char all[LINE_SIZE];

	assert_true(rel_text_format(all, sizeof(all),
				    "--pod-name=redis-0 --pod-uid=u0 --pod-ip=10.0.0.1 "
				    "--namespace=here%s%s",
				    *line ? " " : "", line));
	return load_bare(all);
}

static void assert_refused(const char *line, const char *because)
{
	if (load(line))
		fail_msg("taken: %s", line);
	assert_string_equal(complaint, because);
}

static int set_up(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++)
		unsetenv(variables[i]);
	rel_text_copy(folder, sizeof(folder), "/tmp/config-test-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const names[] = {"conf", "secret", "namespace", "cert"};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	return rmdir(folder);
}

static void defaults_are_those_of_the_protocol(void **state)
{
	(void)state;
	assert_true(load(""));
	assert_string_equal(complaint, "");
	assert_int_equal(rel_to_ms(config.lease_duration), 6000);
	assert_int_equal(rel_to_ms(config.renew_interval), 2000);
	assert_int_equal(rel_to_ms(config.redis_down_after), 5000);
	assert_int_equal(rel_to_ms(config.bootstrap_grace), 10000);
	assert_int_equal(config.max_lag, 1024 * 1024);
	assert_int_equal(config.priority, 100);
	assert_int_equal(config.redis_port, 6379);
	assert_int_equal(config.expected_members, 0);
	assert_true(config.lease_create);
	assert_false(config.no_promote);
	assert_string_equal(config.redis_host, "localhost");
	assert_string_equal(config.label_selector, "app=redis");
	assert_string_equal(config.lease_name, "redis-election");
	assert_string_equal(config.http_bind, "8080");
	assert_string_equal(config.admin_bind, "127.0.0.1:8081");
	assert_string_equal(config.cluster_domain, "cluster.local");
	assert_string_equal(config.election_mode, "lease");
	assert_string_equal(config.fence, "auto");
	assert_string_equal(config.service_account_dir,
			    "/var/run/secrets/kubernetes.io/serviceaccount");
	assert_int_equal(config.log_level, REL_LOG_INFO);
	assert_int_equal(config.log_format, REL_LOG_LOGFMT);
}

static void flags_come_in_every_form(void **state)
{
	(void)state;
	assert_true(load("-redis-port=1 --priority 7 -no-promote --redis-tls=T "
			 "--lease-create=false -lock mine"));
	assert_int_equal(config.redis_port, 1);
	assert_int_equal(config.priority, 7);
	assert_true(config.no_promote);
	assert_true(config.redis_tls);
	assert_false(config.lease_create);
	assert_string_equal(config.lease_name, "mine");
	assert_true(load("--priority=1 --priority=2"));
	assert_int_equal(config.priority, 2);
	assert_true(load("--debug"));
	assert_int_equal(config.log_level, REL_LOG_DEBUG);
}

static void the_later_source_wins(void **state)
{
	static const char file[] = "# all of it\n\n  redis-port = 1\r\npod-name=from-file\n"
				   "priority=5\nredis-password = with # inside\n"
				   "namespace = from-file";

	(void)state;
	write_file("conf", file, sizeof(file) - 1);
	assert_int_equal(setenv("POD_NAME", "from-environment", 1), 0);
	assert_true(load_bare("--config=% --config=%/conf --pod-uid=u --pod-ip=::1 --priority=6"));
	assert_int_equal(config.redis_port, 1);
	assert_string_equal(config.pod_name, "from-environment");
	assert_int_equal(config.priority, 6);
	assert_string_equal(config.redis_password, "with # inside");
	assert_string_equal(config.namespace_, "from-file");
	assert_true(load("--config %/conf --pod-name=from-flag"));
	assert_string_equal(config.pod_name, "from-flag");
}

static void identity_is_found(void **state)
{
	(void)state;
	write_file("namespace", "mounted\n", 8);
	assert_true(load_bare("--pod-name=p --pod-uid=u --pod-ip=::1 --service-account-dir=%"));
	assert_string_equal(config.namespace_, "mounted");
	assert_int_equal(setenv("POD_NAMESPACE", "", 1), 0);
	assert_true(load_bare("--pod-name=p --pod-uid=u --pod-ip=::1 --service-account-dir=%"));
	assert_string_equal(config.namespace_, "mounted");
	assert_int_equal(setenv("POD_NAMESPACE", "given", 1), 0);
	assert_true(load_bare("--pod-name=p --pod-uid=u --pod-ip=::1 --service-account-dir=%"));
	assert_string_equal(config.namespace_, "given");
}

static void complaints_name_option_value_and_origin(void **state)
{
	static const struct {
		const char *line, *because;
	} rows[] = {
		{"--priority=2000",
		 "--priority=2000 (command line): allowed: a whole number from 0 to 1000\n"},
		{"--lease-duration=20m",
		 "--lease-duration=20m (command line): allowed: a duration from 1s to 10m\n"},
		{"--lease-duration=4s",
		 "--renew-interval=2s (default): allowed: less than half of --lease-duration=4s\n"},
		{"--renew-interval=3s",
		 "--renew-interval=3s (command line): allowed: less than half of "
		 "--lease-duration=6s\n"},
		{"--election-mode=raft", "--election-mode=raft (command line): is not available in "
					 "this version, allowed: lease\n"},
		{"--raft-bind=0.0.0.0:7000", "--raft-bind=0.0.0.0:7000 (command line): is not "
					     "available in this version\n"},
		{"--standalone", "--standalone=true (command line): is not available in this "
				 "version\n"},
		{"--renew-intreval=1s",
		 "unknown option --renew-intreval (command line); did you mean "
		 "--renew-interval?\n"},
		{"--frobnicate", "unknown option --frobnicate (command line); see --help\n"},
		{"--priority", "--priority (command line): needs a value\n"},
		{"--redis-tls true",
		 "argument 6 is no option: they are -name=value or -name value, and for on and off "
		 "-name, -name=true or -name=false\n"},
		{"--redis-tls-server-name=redis",
		 "--redis-tls-server-name=redis (command line): needs --redis-tls\n"},
		{"--redis-service=redis --no-promote",
		 "--redis-service=redis (command line): with --no-promote it means --upstream, "
		 "which is not available in this version\n"},
		{"--lease-name=", "--lease-name= (command line): allowed: DNS labels of a-z, 0-9 "
				  "and -, with dots between them\n"},
		{"--site=north", "--site=north (command line): is not available in this version\n"},
		{"--headless-service=\x1b[31m",
		 "--headless-service=?[31m (command line): allowed: a DNS label: at most 63 of "
		 "a-z, 0-9 and -, no - at either end\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_refused(rows[i].line, rows[i].because);
}

static void what_is_required_is_named(void **state)
{
	(void)state;
	assert_false(load_bare("--pod-name=p --pod-ip=::1 --namespace=n"));
	assert_string_equal(complaint, "--pod-uid (not set): required: set POD_UID from "
				       "metadata.uid (downward API)\n");
	assert_false(load_bare("--pod-name=p --pod-uid=u --pod-ip=::1 --service-account-dir=%"));
	assert_string_equal(complaint, "--namespace (not set): required: set POD_NAMESPACE (the "
				       "service account has no namespace file)\n");
	assert_false(load_bare("--pod-name=p --pod-uid=u --namespace=n"));
	assert_non_null(strstr(complaint, "--announce (not set): required"));
	assert_true(load_bare("--pod-name=p --pod-uid=u --namespace=n --headless-service=s"));
	assert_int_equal(setenv("POD_NAME", "Not_a_label", 1), 0);
	assert_false(load_bare("--pod-uid=u --pod-ip=::1 --namespace=n"));
	assert_non_null(strstr(complaint, "=Not_a_label (environment variable POD_NAME)"));
}

static void faults_in_a_file_name_its_line(void **state)
{
	static const struct {
		const char *text, *because;
	} rows[] = {
		{"\n\npriority = 2000\n", ":3): allowed: a whole number from 0 to 1000\n"},
		{"priority\n", ":1: not of the form `name = value`\n"},
		{"priority=1\n# more\npriority=1\n", ":3): given before on line 1\n"},
		{"lock=a\nlease-name=b\n", ":2): given before on line 1\n"},
		{"config=other\n", ":1): only on the command line\n"},
		{"prioritx=1\n", ":1); did you mean --priority?\n"},
		{"leader-port=6378\n", ":1): is not available in this version\n"},
		{"=1\n", ":1); see --help\n"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("conf", rows[i].text, strlen(rows[i].text));
		assert_false(load("--config=%/conf"));
		if (!strstr(complaint, rows[i].because))
			fail_msg("%s: %s", rows[i].because, complaint);
		assert_non_null(strstr(complaint, path_of("conf")));
	}
	write_file("conf", "lock=a\0b\n", 9);
	assert_false(load("--config=%/conf"));
	assert_non_null(strstr(complaint, "/conf:1: contains a NUL byte\n"));
	assert_false(load("--config=%/absent"));
	assert_non_null(strstr(complaint, "/absent (command line): there is no such file\n"));
	assert_false(load("--config=%"));
	assert_non_null(strstr(complaint, "is a folder\n"));
}

static void a_file_has_a_limit(void **state)
{
	static char text[64 * 1024];

	(void)state;
	memset(text, '#', sizeof(text));
	write_file("conf", text, sizeof(text) - 1);
	assert_true(load("--config=%/conf"));
	write_file("conf", text, sizeof(text));
	assert_false(load("--config=%/conf"));
	assert_non_null(strstr(complaint, "is too large\n"));
}

static void secret_files_lose_one_newline(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
		const char *secret; /* NULL: refused */
	} rows[] = {
		{"plain", 5, "plain"},
		{"plain\n", 6, "plain"},
		{"plain\r\n", 7, "plain"},
		{"plain\n\n", 7, "plain\n"},
		{"plain\r", 6, "plain\r"},
		{" # \"\xff\t\n", 7, " # \"\xff\t"},
		{"a\0b", 3, NULL},
		{"a\0\n", 3, NULL},
		{"", 0, NULL},
		{"\n", 1, NULL},
		{"\r\n", 2, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		write_file("secret", rows[i].bytes, rows[i].size);
		assert_int_equal(load("--redis-password-file=%/secret"), rows[i].secret != NULL);
		if (rows[i].secret)
			assert_string_equal(config.redis_password, rows[i].secret);
	}
}

static void a_secret_has_a_limit(void **state)
{
	char bytes[REL_CONFIG_TEXT + 1];

	(void)state;
	memset(bytes, 's', sizeof(bytes));
	bytes[REL_CONFIG_TEXT - 1] = '\r';
	bytes[REL_CONFIG_TEXT] = '\n';
	write_file("secret", bytes, sizeof(bytes));
	assert_true(load("--shared-secret-file=%/secret"));
	assert_int_equal(strlen(config.shared_secret), REL_CONFIG_TEXT - 1);
	bytes[REL_CONFIG_TEXT - 1] = 's';
	write_file("secret", bytes, sizeof(bytes));
	assert_false(load("--shared-secret-file=%/secret"));
	assert_non_null(strstr(complaint, "is too large"));
}

static void reloading_keeps_what_works(void **state)
{
	FILE *err = fmemopen(complaint, sizeof(complaint), "w");

	(void)state;
	write_file("secret", "first", 5);
	assert_true(load("--redis-password-file=%/secret --shared-secret=fixed"));
	write_file("secret", "2nd", 3);
	assert_true(rel_config_reload_secrets(&config, err));
	assert_string_equal(config.redis_password, "2nd");
	assert_string_equal(config.redis_password + 4, "");
	unlink(path_of("secret"));
	assert_false(rel_config_reload_secrets(&config, err));
	fclose(err);
	assert_string_equal(config.redis_password, "2nd");
	assert_string_equal(config.shared_secret, "fixed");
	assert_non_null(strstr(complaint, "there is no such file\n"));
}

static void secrets_are_given_once_and_never_shown(void **state)
{
	(void)state;
	write_file("secret", "s", 1);
	assert_refused("--redis-password=hunter2 --redis-password-file=/x",
		       "--redis-password-file=/x (command line): contradicts --redis-password or "
		       "REDIS_PASSWORD: give one of them\n");
	assert_int_equal(setenv("REDIS_PASSWORD", "hunter2", 1), 0);
	assert_false(load("--redis-password-file=%/secret"));
	assert_int_equal(setenv("REDIS_PASSWORD", "", 1), 0);
	assert_true(load("--redis-password-file=%/secret"));
	assert_true(load("--shared-secret=hunter2"));
	assert_string_equal(complaint,
			    "warning: --shared-secret=*** (command line): visible in process "
			    "lists: better in a file or in the environment\n");
	assert_false(load("--redis-tls hunter2"));
	assert_null(strstr(complaint, "hunter2"));
}

static void other_systems_flags_are_noted(void **state)
{
	(void)state;
	assert_true(load("-v=4 -logtostderr --sync-interval=5s --renew-deadline 4s"));
	assert_non_null(strstr(complaint, "warning: --v=4 (command line): accepted, without "
					  "effect: klog's; see --log-level\n"));
	assert_non_null(strstr(complaint, "warning: --logtostderr=true"));
	assert_non_null(strstr(complaint, "warning: --sync-interval=5s"));
	assert_non_null(strstr(complaint, "warning: --renew-deadline=4s"));
	assert_int_equal(rel_to_ms(config.sync_interval), 5000);
	assert_true(load("--redis-service=redis --master-service=redis"));
}

static void tls_files_come_in_pairs_and_exist(void **state)
{
	(void)state;
	write_file("cert", "x", 1);
	assert_false(load("--redis-tls --redis-tls-cert=%/cert"));
	assert_non_null(strstr(complaint, "needs --redis-tls-key\n"));
	assert_false(load("--redis-tls --redis-tls-key=%/cert"));
	assert_non_null(strstr(complaint, "needs --redis-tls-cert\n"));
	assert_false(load("--redis-tls --redis-tls-ca=%/absent"));
	assert_non_null(strstr(complaint, "/absent (command line): cannot be read\n"));
	assert_false(load("--redis-tls-ca=%/cert"));
	assert_non_null(strstr(complaint, "needs --redis-tls\n"));
	assert_true(load("--redis-tls --redis-tls-ca=%/cert --redis-tls-cert=%/cert "
			 "--redis-tls-key=%/cert"));
}

static void help_is_narrow_and_complete(void **state)
{
	char line[256];
	FILE *out = tmpfile();
	int lines = 0;

	(void)state;
	assert_non_null(out);
	rel_config_help(out);
	rewind(out);
	while (fgets(line, sizeof(line), out)) {
		lines++;
		assert_true(strcspn(line, "\n") <= 100);
		assert_null(strstr(line, "raft"));
	}
	assert_true(lines > 50);
	fclose(out);
}

static void markdown_rows_have_four_cells(void **state)
{
	char line[512];
	FILE *out = tmpfile();
	int rows = 0;

	(void)state;
	assert_non_null(out);
	rel_config_markdown(out);
	rewind(out);
	while (fgets(line, sizeof(line), out)) {
		int cells = -1;

		if (line[0] != '|')
			continue;
		for (const char *c = line; *c; c++)
			cells += *c == '|' && (c == line || c[-1] != '\\');
		assert_int_equal(cells, 4);
		rows++;
	}
	assert_true(rows > 80);
	fclose(out);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_the_protocol),
		TEST(flags_come_in_every_form),
		TEST(the_later_source_wins),
		TEST(identity_is_found),
		TEST(complaints_name_option_value_and_origin),
		TEST(what_is_required_is_named),
		TEST(faults_in_a_file_name_its_line),
		TEST(a_file_has_a_limit),
		TEST(secret_files_lose_one_newline),
		TEST(a_secret_has_a_limit),
		TEST(reloading_keeps_what_works),
		TEST(secrets_are_given_once_and_never_shown),
		TEST(other_systems_flags_are_noted),
		TEST(tls_files_come_in_pairs_and_exist),
		TEST(help_is_narrow_and_complete),
		TEST(markdown_rows_have_four_cells),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
