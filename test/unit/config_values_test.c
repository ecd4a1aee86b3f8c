/* SPDX-License-Identifier: Apache-2.0 */
/* Every kind of value: what is taken, what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/config/option.h"
#include "redis-election/base/text.h"

struct row {
	const char *option, *text;
	bool taken;
};

static const struct row rows[] = {
	{"redis-tls", "true", true},
	{"redis-tls", "T", true},
	{"redis-tls", "0", true},
	{"redis-tls", "False", true},
	{"redis-tls", "yes", false},
	{"redis-tls", "tRUE", false},
	{"redis-tls", "", false},
	{"redis-tls", "1,t", false},
	{"redis-port", "1", true},
	{"redis-port", "65535", true},
	{"redis-port", "0", false},
	{"redis-port", "65536", false},
	{"redis-port", "-1", false},
	{"redis-port", "6379 ", false},
	{"priority", "0", true},
	{"priority", "1000", true},
	{"priority", "1001", false},
	{"priority", "-1", false},
	{"priority", "1e2", false},
	{"expected-members", "16", true},
	{"expected-members", "17", false},
	{"max-lag", "0", true},
	{"max-lag", "1048576", true},
	{"max-lag", "1GiB", true},
	{"max-lag", "1mb", false},
	{"max-lag", "MiB", false},
	{"max-lag", "1 MiB", false},
	{"max-lag", "-1", false},
	{"max-lag", "9223372036854775807GiB", false},
	{"max-lag", "9223372036854775807", false},
	{"lease-duration", "1s", true},
	{"lease-duration", "10m", true},
	{"lease-duration", "999ms", false},
	{"lease-duration", "10m1ms", false},
	{"lease-duration", "6", false},
	{"lease-duration", "", false},
	{"log-level", "debug", true},
	{"log-level", "Debug", false},
	{"log-level", "error,warn", false},
	{"log-level", "", false},
	{"log-format", "json", true},
	{"log-format", "xml", false},
	{"election-mode", "lease", true},
	{"fence", "agent", true},
	{"fence", "module", false},
	{"compat-labels", "", true},
	{"compat-labels", "redis-role", true},
	{"compat-labels", "isMaster,redis-role,redisfailovers-role", true},
	{"compat-labels", "redis-role,", false},
	{"compat-labels", ",redis-role", false},
	{"compat-labels", "redis-role, isMaster", false},
	{"compat-labels", "master", false},
	{"pod-name", "redis-0", true},
	{"pod-name", "a", true},
	{"pod-name", "-a", false},
	{"pod-name", "a-", false},
	{"pod-name", "a.b", false},
	{"pod-name", "a_b", false},
	{"pod-name", "Redis", false},
	{"pod-name", "a23456789012345678901234567890123456789012345678901234567890123", true},
	{"pod-name", "a234567890123456789012345678901234567890123456789012345678901234", false},
	{"pod-uid", "0f9c1c7e-6a2b-4a53-8a0f-0d2f8f6f7c11", true},
	{"pod-uid", "with_underscore", false},
	{"pod-uid", "a-uid-that-is-longer-than-thirty-nine-bytes", false},
	{"pod-ip", "10.0.0.1", true},
	{"pod-ip", "fd00::1", true},
	{"pod-ip", "10.0.0", false},
	{"pod-ip", "redis", false},
	{"cluster-domain", "cluster.local", true},
	{"cluster-domain", "cluster..local", false},
	{"cluster-domain", "cluster.local.", false},
	{"cluster-domain", ".local", false},
	{"lease-name", "my.lease-1", true},
	{"lease-name", "my/lease", false},
	{"label-selector", "app=redis,tier in (a, b)", true},
	{"label-selector", "app=\n", false},
	{"redis-host", "localhost", true},
	{"redis-host", "Redis.Example", true},
	{"redis-host", "::1", true},
	{"redis-host", "127.0.0.1", true},
	{"redis-host", "127.0.0", false},
	{"redis-host", "redis:6379", false},
	{"redis-host", "red is", false},
	{"announce", "redis-0.redis", true},
	{"announce", "redis-0.redis:6380", true},
	{"announce", "[fd00::1]:6380", true},
	{"announce", "fd00::1", true},
	{"announce", "10.0.0.1:6380", true},
	{"announce", "redis:0", false},
	{"announce", "redis:", false},
	{"announce", "[redis]:1", false},
	{"announce", "[fd00::1]", false},
	{"announce", ":6379", false},
	{"http-bind", "8080", true},
	{"http-bind", ":8080", true},
	{"http-bind", "0", true},
	{"http-bind", "0.0.0.0:8080", true},
	{"http-bind", "[::]:8080", true},
	{"http-bind", "localhost:8080", false},
	{"http-bind", "::1:8080", false},
	{"http-bind", "[::]", false},
	{"http-bind", "65536", false},
	{"http-bind", ":", false},
	{"admin-bind", "127.0.0.1:8081", true},
	{"admin-bind", "[::1]:0", true},
	{"admin-bind", "127.1.2.3:1", true},
	{"admin-bind", "8081", false},
	{"admin-bind", ":8081", false},
	{"admin-bind", "0.0.0.0:8081", false},
	{"admin-bind", "10.0.0.1:8081", false},
	{"admin-bind", "127.evil.example:1", false},
	{"kube-api", "https://10.0.0.1:6443", true},
	{"kube-api", "https://kubernetes.default.svc/", true},
	{"kube-api", "https://[fd00::1]:443", true},
	{"kube-api", "http://10.0.0.1:8080", false},
	{"kube-api", "https://user@host", false},
	{"kube-api", "https://host/path", false},
	{"kube-api", "https://", false},
	{"kube-api", "https://fd00::1", false},
	{"redis-username", "any user", true},
	{"redis-username", "a\nb", false},
	{"redis-password", "any\nbyte \xff", true},
	{"redis-tls-ca", "/etc/ca.crt", true},
	{"redis-tls-ca", "/etc/\x1b", false},
};

static void values_are_taken_or_refused(void **state)
{
	static struct rel_config config;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct rel_option *option = rel_option_find(rows[i].option);

		assert_non_null(option);
		if (rel_option_store(option, rows[i].text, &config) != rows[i].taken)
			fail_msg("--%s=%s must be %s", rows[i].option, rows[i].text,
				 rows[i].taken ? "taken" : "refused");
	}
}

static int64_t stored_lag(const char *text)
{
	static struct rel_config config;

	assert_true(rel_option_store(rel_option_find("max-lag"), text, &config));
	return config.max_lag;
}

static void sizes_are_bytes(void **state)
{
	(void)state;
	assert_int_equal(stored_lag("7"), 7);
	assert_int_equal(stored_lag("1Ki"), 1024);
	assert_int_equal(stored_lag("1KiB"), 1024);
	assert_int_equal(stored_lag("1KB"), 1000);
	assert_int_equal(stored_lag("2Mi"), 2 * 1024 * 1024);
	assert_int_equal(stored_lag("2MB"), 2000000);
	assert_int_equal(stored_lag("3Gi"), INT64_C(3) << 30);
}

static void enums_follow_their_choices(void **state)
{
	static struct rel_config config;

	(void)state;
	assert_true(rel_option_store(rel_option_find("log-level"), "error", &config));
	assert_int_equal(config.log_level, REL_LOG_ERROR);
	assert_true(rel_option_store(rel_option_find("log-level"), "warn", &config));
	assert_int_equal(config.log_level, REL_LOG_WARN);
	assert_true(rel_option_store(rel_option_find("log-level"), "info", &config));
	assert_int_equal(config.log_level, REL_LOG_INFO);
	assert_true(rel_option_store(rel_option_find("log-level"), "debug", &config));
	assert_int_equal(config.log_level, REL_LOG_DEBUG);
	assert_true(rel_option_store(rel_option_find("log-format"), "json", &config));
	assert_int_equal(config.log_format, REL_LOG_JSON);
}

static void a_text_too_long_changes_nothing(void **state)
{
	static struct rel_config config;
	char text[sizeof(config.redis_password) + 1];

	(void)state;
	memset(text, 'p', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(rel_option_store(rel_option_find("redis-password"), text, &config));
	assert_string_equal(config.redis_password, "");
	text[sizeof(text) - 2] = '\0';
	assert_true(rel_option_store(rel_option_find("redis-password"), text, &config));
	assert_string_equal(config.redis_password, text);
}

static void the_table_is_sound(void **state)
{
	static struct rel_config config;

	(void)state;
	for (size_t i = 0; i < rel_options_count; i++) {
		const struct rel_option *option = &rel_options[i];
		bool later = option->group == REL_GROUP_LATER;

		assert_ptr_equal(rel_option_find(option->name), option);
		assert_true(later == (option->help == NULL));
		assert_true(option->offset == REL_NO_FIELD ||
			    option->offset + option->size <= sizeof(config));
		assert_true(option->low <= option->high);
		if (option->initial)
			assert_true(rel_option_store(option, option->initial, &config));
		if (option->group < REL_GROUP_COMPAT)
			assert_true((option->metavar == NULL) == (option->kind == REL_KIND_BOOL));
	}
}

static void the_nearest_name_is_found(void **state)
{
	static const struct {
		const char *word, *nearest;
	} names[] = {
		{"lease-duratoin", "lease-duration"},
		{"leaseduration", "lease-duration"},
		{"redis_host", "redis-host"},
		{"redis-pasword", "redis-password"},
		{"prioritiy", "priority"},
		{"debgu", "debug"},
		{"frobnicate", NULL},
		{"x", NULL},
		{"", NULL},
		{"a-word-so-long-that-nobody-can-have-mistyped-it", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const char *nearest = rel_option_nearest(names[i].word);

		if (!names[i].nearest)
			assert_null(nearest);
		else
			assert_string_equal(nearest ? nearest : "nothing", names[i].nearest);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_taken_or_refused),
		cmocka_unit_test(sizes_are_bytes),
		cmocka_unit_test(enums_follow_their_choices),
		cmocka_unit_test(a_text_too_long_changes_nothing),
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(the_nearest_name_is_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
