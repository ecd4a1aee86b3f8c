/* SPDX-License-Identifier: Apache-2.0 */
/* Pods as JSON: what is read, what is announced, what a patch holds, and the order
 * of the set. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/kube/event_codec.h"
#include "../../pkg/kube/json.h"
#include "../../pkg/kube/pod_codec.h"
#include "../../pkg/kube/pod_set.h"
#include "../../pkg/kube/values.h"
#include "redis-election/base/text.h"

#define PORT 6379
#define REPLID "0123456789abcdef0123456789abcdef01234567"
#define RUN_ID "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"

static json_t *pod_json(const char *metadata, const char *ip)
{
	char text[4096];
	json_t *json;

	rel_text_format(text, sizeof(text),
			"{\"metadata\":{\"name\":\"redis-0\",\"uid\":\"u-0\","
			"\"resourceVersion\":\"9\"%s},\"status\":{\"podIP\":\"%s\"}}",
			metadata, ip);
	json = rel_json_parse(text, strlen(text));
	assert_non_null(json);
	return json;
}

static struct rel_pod decode(const char *metadata, const char *ip)
{
	json_t *json = pod_json(metadata, ip);
	struct rel_pod pod;

	assert_int_equal(rel_pod_decode(json, PORT, &pod), REL_OK);
	json_decref(json);
	return pod;
}

static void plain_pod(void **state)
{
	struct rel_pod pod = decode("", "10.0.0.7");

	(void)state;
	assert_string_equal(pod.member.name, "redis-0");
	assert_string_equal(pod.member.uid, "u-0");
	assert_int_equal(pod.index, 9);
	assert_string_equal(pod.address, "10.0.0.7:6379");
	assert_string_equal(pod.role, "");
	assert_int_equal(pod.priority, 100);
	assert_false(pod.announced || pod.terminating || pod.no_promote);
	assert_int_equal(pod.mark.epoch, 0);
}

static void address_of_a_pod(void **state)
{
	static const char *const rows[][3] = {
		{"", "10.0.0.7", "10.0.0.7:6379"},
		{"", "fd00::7", "[fd00::7]:6379"},
		{"", "", ""},
		{"", "not-an-ip", ""},
		{"", "10.0.0.7\\n", ""},
		{"r.ns:7000", "10.0.0.7", "r.ns:7000"},
		{"[fd00::1]:7000", "10.0.0.7", "[fd00::1]:7000"},
		{"nonsense", "10.0.0.7", "10.0.0.7:6379"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char metadata[256];
		struct rel_pod pod;

		rel_text_format(metadata, sizeof(metadata),
				",\"annotations\":{\"redis-election/redis\":\"%s\"}", rows[i][0]);
		pod = decode(rows[i][0][0] ? metadata : "", rows[i][1]);
		assert_string_equal(pod.address, rows[i][2]);
	}
}

static void announced_pod(void **state)
{
	struct rel_pod pod = decode(
		",\"deletionTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{"
		"\"redis-election/role\":\"replica\",\"controller-revision-hash\":\"redis-6f\"},"
		"\"annotations\":{\"redis-election/priority\":\"0\","
		"\"redis-election/no-promote\":\"true\","
		"\"redis-election/mark\":\"4 " REPLID " - 77 - " RUN_ID " 1\"}",
		"10.0.0.7");

	(void)state;
	assert_true(pod.announced && pod.terminating && pod.no_promote);
	assert_string_equal(pod.role, "replica");
	assert_string_equal(pod.revision, "redis-6f");
	assert_int_equal(pod.priority, 0);
	assert_int_equal(pod.mark.epoch, 4);
	assert_string_equal(pod.mark.line.replid, REPLID);
	assert_string_equal(pod.mark.line.replid2, "");
	assert_int_equal(pod.mark.line.offset, 77);
	assert_int_equal(pod.mark.line.fork_offset, -1);
	assert_string_equal(pod.mark.run_id, RUN_ID);
	assert_int_equal(pod.mark.min_replicas, 1);
}

static void bad_announcements_are_absent(void **state)
{
	static const char *const rows[] = {
		"\"redis-election/priority\":\"-1\"",
		"\"redis-election/priority\":\"2147483648\"",
		"\"redis-election/priority\":\"1e2\"",
		"\"redis-election/mark\":\"\"",
		"\"redis-election/mark\":\"4\"",
		"\"redis-election/mark\":\"0 - - - - - -\"",
		"\"redis-election/mark\":\"4611686018427387904 - - - - - -\"",
		"\"redis-election/mark\":\"4 - - - - - - -\"",
		"\"redis-election/mark\":\"4 - - - - -  1\"",
		"\"redis-election/mark\":\"4 abc - 1 - - 1\"",
		"\"redis-election/mark\":\"4 - - -1 - - 1\"",
		"\"redis-election/no-promote\":\"1\"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char metadata[256];
		struct rel_pod pod;

		rel_text_format(metadata, sizeof(metadata), ",\"annotations\":{%s}", rows[i]);
		pod = decode(metadata, "");
		assert_true(pod.announced);
		assert_int_equal(pod.priority, 100);
		assert_int_equal(pod.mark.epoch, 0);
		assert_false(pod.no_promote);
	}
}

static void long_role_is_not_nothing(void **state)
{
	struct rel_pod pod =
		decode(",\"labels\":{\"redis-election/role\":\"leader-and-much-more\"}", "");

	(void)state;
	assert_string_equal(pod.role, "leader-and-much");
}

static void mark_round_trip(void **state)
{
	static const struct rel_mark rows[] = {
		{1, {"", "", -1, -1}, "", -1},
		{REL_EPOCH_LIMIT - 1, {REPLID, REPLID, INT64_MAX, INT64_MAX}, RUN_ID, INT64_MAX},
		{2, {REPLID, "", 0, 0}, "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_mark read = {0};
		struct rel_buf text;

		rel_buf_init(&text, 512);
		rel_value_write_mark(&rows[i], &text);
		assert_true(rel_value_mark(text.data, &read));
		assert_memory_equal(&read, &rows[i], sizeof(read));
		rel_buf_finish(&text);
	}
}

static enum rel_err decode_error(const char *text)
{
	json_t *json = rel_json_parse(text, strlen(text));
	struct rel_pod pod;
	enum rel_err err = rel_pod_decode(json, PORT, &pod);

	json_decref(json);
	return err;
}

#define A63 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void not_a_pod(void **state)
{
	(void)state;
	assert_int_equal(decode_error("{}"), REL_ERR_GARBLED);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"a\",\"resourceVersion\":\"1\"}}"),
			 REL_ERR_GARBLED);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\"}}"),
			 REL_ERR_GARBLED);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"a\",\"uid\":\"u\","
				      "\"resourceVersion\":\"x\"}}"),
			 REL_ERR_GARBLED);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"" A63 "a\",\"uid\":\"u\","
				      "\"resourceVersion\":\"1\"}}"),
			 REL_ERR_INVALID);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"a_b\",\"uid\":\"u\","
				      "\"resourceVersion\":\"1\"}}"),
			 REL_ERR_INVALID);
	assert_int_equal(decode_error("{\"metadata\":{\"name\":\"" A63 "\",\"uid\":\"u\","
				      "\"resourceVersion\":\"1\"}}"),
			 REL_OK);
}

static void compat_names(void **state)
{
	unsigned int labels;

	(void)state;
	assert_true(rel_pod_compat_labels("", &labels));
	assert_int_equal(labels, 0);
	assert_true(rel_pod_compat_labels("redis-role,isMaster,redisfailovers-role", &labels));
	assert_int_equal(labels, REL_COMPAT_REDIS_ROLE | REL_COMPAT_IS_MASTER |
					 REL_COMPAT_REDISFAILOVERS_ROLE);
	assert_false(rel_pod_compat_labels("redis-rol", &labels));
	assert_false(rel_pod_compat_labels("redis-role,,isMaster", &labels));
}

static void assert_patch(const struct rel_patch_action *action, unsigned int compat,
			 const char *wanted)
{
	struct rel_announcement announcement = {"r:1", 5, false};
	json_t *patch = rel_pod_patch(action, compat, &announcement);
	struct rel_buf text;

	rel_buf_init(&text, 4096);
	assert_true(rel_json_write(patch, &text));
	assert_string_equal(text.data, wanted);
	rel_buf_finish(&text);
	json_decref(patch);
}

static void patches(void **state)
{
	struct rel_patch_action action = {.member = {"redis-0", "u-0"}};
	unsigned int all =
		REL_COMPAT_REDIS_ROLE | REL_COMPAT_IS_MASTER | REL_COMPAT_REDISFAILOVERS_ROLE;

	(void)state;
	assert_patch(&action, all, "{\"metadata\":{\"uid\":\"u-0\"}}");
	action.set_role = true;
	action.index = UINT64_MAX;
	assert_patch(&action, 0,
		     "{\"metadata\":{\"uid\":\"u-0\",\"resourceVersion\":"
		     "\"18446744073709551615\",\"labels\":{\"redis-election/role\":null}}}");
	action.index = 0;
	rel_text_copy(action.role, sizeof(action.role), "leader");
	assert_patch(&action, all,
		     "{\"metadata\":{\"uid\":\"u-0\",\"labels\":{"
		     "\"redis-election/role\":\"leader\",\"redis-role\":\"master\","
		     "\"isMaster\":\"true\",\"redisfailovers-role\":\"master\"}}}");
	rel_text_copy(action.role, sizeof(action.role), "replica");
	assert_patch(&action, all,
		     "{\"metadata\":{\"uid\":\"u-0\",\"labels\":{"
		     "\"redis-election/role\":\"replica\",\"redis-role\":\"replica\","
		     "\"isMaster\":\"false\",\"redisfailovers-role\":\"slave\"}}}");
	action.role[0] = '\0';
	assert_patch(&action, REL_COMPAT_IS_MASTER,
		     "{\"metadata\":{\"uid\":\"u-0\",\"labels\":{\"redis-election/role\":null,"
		     "\"isMaster\":null}}}");
	action.set_role = false;
	action.announce = true;
	assert_patch(&action, 0,
		     "{\"metadata\":{\"uid\":\"u-0\",\"annotations\":{"
		     "\"redis-election/redis\":\"r:1\",\"redis-election/priority\":"
		     "\"5\",\"redis-election/no-promote\":null}}}");
	action.mark = (struct rel_mark){3, {REPLID, "", 12, -1}, "", 0};
	assert_patch(&action, 0,
		     "{\"metadata\":{\"uid\":\"u-0\",\"annotations\":{"
		     "\"redis-election/redis\":\"r:1\",\"redis-election/priority\":"
		     "\"5\",\"redis-election/no-promote\":null,"
		     "\"redis-election/mark\":\"3 " REPLID " - 12 - - 0\"}}}");
}

static struct rel_pod named(const char *name, const char *uid)
{
	struct rel_pod pod = {.index = 1};

	rel_text_copy(pod.member.name, sizeof(pod.member.name), name);
	rel_text_copy(pod.member.uid, sizeof(pod.member.uid), uid);
	return pod;
}

static void set_is_in_order(void **state)
{
	static const char *const rows[][2] = {
		{"b", "2"}, {"a", "9"}, {"b", "1"}, {"c", "0"}, {"b", "2"}};
	static const char *const wanted[][2] = {{"a", "9"}, {"b", "1"}, {"b", "2"}, {"c", "0"}};
	struct rel_pod_set set = {0};
	struct rel_member gone = {"b", "1"};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct rel_pod pod = named(rows[i][0], rows[i][1]);

		rel_pod_set_put(&set, &pod);
	}
	assert_int_equal(set.pods.count, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(set.pods.at[i].member.name, wanted[i][0]);
		assert_string_equal(set.pods.at[i].member.uid, wanted[i][1]);
	}
	rel_pod_set_remove(&set, &gone);
	rel_pod_set_remove(&set, &gone);
	assert_int_equal(set.pods.count, 3);
	assert_string_equal(set.pods.at[1].member.uid, "2");
}

static void set_keeps_the_first_ones(void **state)
{
	struct rel_pod_set set = {0};

	(void)state;
	for (int i = REL_PODS_MAX + 3; i > 0; i--) {
		struct rel_pod pod;
		char name[16];

		rel_text_format(name, sizeof(name), "p-%02d", i);
		pod = named(name, "u");
		rel_pod_set_put(&set, &pod);
	}
	assert_int_equal(set.pods.count, REL_PODS_MAX);
	assert_true(set.overflowed);
	assert_string_equal(set.pods.at[0].member.name, "p-01");
	assert_string_equal(set.pods.at[REL_PODS_MAX - 1].member.name, "p-32");
}

static enum rel_err decode_list(const char *text, struct rel_pod_set *set, uint64_t *version)
{
	json_t *json = rel_json_parse(text, strlen(text));
	enum rel_err err = rel_pod_set_decode(json, PORT, set, version);

	json_decref(json);
	return err;
}

static void lists(void **state)
{
	struct rel_pod_set set = {0};
	uint64_t version = 5;

	(void)state;
	assert_int_equal(decode_list("{\"metadata\":{\"resourceVersion\":\"7\"},\"items\":["
				     "{\"metadata\":{\"name\":\"b\",\"uid\":\"u\","
				     "\"resourceVersion\":\"3\"}},{\"metadata\":{\"name\":\"A\","
				     "\"uid\":\"u\",\"resourceVersion\":\"3\"}}]}",
				     &set, &version),
			 REL_OK);
	assert_int_equal(set.pods.count, 1);
	assert_int_equal(version, 7);
	assert_int_equal(decode_list("{\"metadata\":{\"resourceVersion\":\"8\"},\"items\":[{}]}",
				     &set, &version),
			 REL_ERR_GARBLED);
	assert_int_equal(decode_list("{\"metadata\":{},\"items\":[]}", &set, &version),
			 REL_ERR_GARBLED);
	assert_int_equal(decode_list("[]", &set, &version), REL_ERR_GARBLED);
	assert_int_equal(set.pods.count, 1);
	assert_int_equal(version, 7);
}

static void event_body(void **state)
{
	struct rel_event_text text = {
		"ns",  "redis-0", "LeaderElection",           "redis-0 became leader",
		false, 0xabc,     {INT64_C(1767225599123456)}};
	struct rel_event_object about = {"v1", "Pod", "redis-0", "u-0"};
	json_t *event = rel_event_encode(&text, &about);
	struct rel_buf bytes;

	(void)state;
	rel_buf_init(&bytes, 4096);
	assert_true(rel_json_write(event, &bytes));
	assert_string_equal(
		bytes.data,
		"{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"metadata\":{\"name\":"
		"\"redis-0.0000000000000abc\",\"namespace\":\"ns\"},\"involvedObject\":{"
		"\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"namespace\":\"ns\",\"name\":\"redis-0\","
		"\"uid\":\"u-0\"},\"type\":\"Normal\",\"reason\":\"LeaderElection\",\"message\":"
		"\"redis-0 became leader\",\"firstTimestamp\":\"2025-12-31T23:59:59Z\","
		"\"lastTimestamp\":\"2025-12-31T23:59:59Z\",\"count\":1,\"reportingComponent\":"
		"\"redis-election\",\"reportingInstance\":\"redis-0\",\"source\":{\"component\":"
		"\"redis-election\"}}");
	rel_buf_finish(&bytes);
	json_decref(event);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_pod),
		cmocka_unit_test(address_of_a_pod),
		cmocka_unit_test(announced_pod),
		cmocka_unit_test(bad_announcements_are_absent),
		cmocka_unit_test(long_role_is_not_nothing),
		cmocka_unit_test(mark_round_trip),
		cmocka_unit_test(not_a_pod),
		cmocka_unit_test(compat_names),
		cmocka_unit_test(patches),
		cmocka_unit_test(set_is_in_order),
		cmocka_unit_test(set_keeps_the_first_ones),
		cmocka_unit_test(lists),
		cmocka_unit_test(event_body),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
