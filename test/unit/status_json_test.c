/* SPDX-License-Identifier: Apache-2.0 */
/* What is written is what is read; what is not ours is refused; the page escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>

#include "redis-election/base/text.h"
#include "redis-election/status.h"

static struct rel_status status, back;
static struct rel_buf out;

static void fill_members(void)
{
	for (int i = 0; i < REL_MEMBERS_MAX; i++) {
		struct rel_status_member *member = &status.members[status.member_count++];

		rel_text_format(member->member.name, REL_NAME_SIZE, "redis-%d", i);
		rel_text_copy(member->role, REL_ROLE_SIZE, i == 1 ? "leader" : "replica");
		rel_text_copy(member->address, REL_ADDRESS_SIZE, "[fd00::1]:6379");
		member->is_leader = i == 1;
		member->link_up = member->redis_up = i != 2;
		member->offset = i == 3 ? -1 : INT64_MAX;
		member->lag = i - 1;
		member->seen_ms_ago = 250;
	}
}

static int set_up(void **state)
{
	(void)state;
	memset(&status, 0, sizeof(status));
	rel_text_copy(status.set_name, REL_NAME_SIZE, "redis");
	rel_text_copy(status.self.name, REL_NAME_SIZE, "redis-0");
	rel_text_copy(status.self.uid, REL_UID_SIZE, "uid-0");
	rel_text_copy(status.leader, REL_NAME_SIZE, "redis-1");
	rel_text_copy(status.reason, sizeof(status.reason), "<b>&\"'\n\x01 \xc3\xa4");
	status.healthy = true;
	status.epoch = UINT64_MAX;
	status.claim_left_ms = -1;
	status.started_us = 1700000000000000;
	status.now_us = status.started_us + 3600000000;
	status.leader_since_us = status.started_us + 1;
	status.outcome = (struct rel_outcome){17, "refused: no replica is close enough"};
	fill_members();
	status.history[0] = (struct rel_transition){{1700000000123456}, "redis-0", "redis-1", 18,
						    "leader lost", 1000, 900};
	status.history_count = 1;
	rel_buf_init(&out, REL_STATUS_JSON_MAX);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	rel_buf_finish(&out);
	return 0;
}

static bool parse(const char *json)
{
	return rel_status_parse(json, strlen(json), &back);
}

static void round_trip(void **state)
{
	(void)state;
	memset(status.reason, 0, sizeof(status.reason));
	rel_status_json(&status, &out);
	assert_false(out.overflowed);
	assert_true(rel_status_parse(out.data, out.size, &back));
	assert_memory_equal(&status, &back, sizeof(status));
}

static void unknown_is_null(void **state)
{
	(void)state;
	status.leader_since_us = 0;
	rel_status_json(&status, &out);
	assert_non_null(strstr(out.data, "\"claim_left_ms\":null"));
	assert_non_null(strstr(out.data, "\"leader_since\":null"));
	assert_non_null(strstr(out.data, "\"started\":\"2023-11-14T22:13:20.000000Z\""));
	assert_non_null(strstr(out.data, "\"epoch\":\"18446744073709551615\""));
	assert_null(strstr(out.data, "\"request\""));
}

static void no_control_byte_comes_through(void **state)
{
	(void)state;
	rel_status_json(&status, &out);
	assert_true(rel_status_parse(out.data, out.size, &back));
	assert_string_equal("<b>&\"'?\? ?\?", back.reason);
}

static void bytes_that_are_not_text(void **state)
{
	(void)state;
	rel_text_copy(status.reason, sizeof(status.reason), "\xff\xfe!");
	rel_status_json(&status, &out);
	assert_non_null(strstr(out.data, "\"reason\":\"?\?!\""));
}

static void tolerates_more_and_less(void **state)
{
	(void)state;
	assert_true(parse("{\"members\":[],\"new\":{\"x\":[1]}}"));
	assert_int_equal(-1, back.claim_left_ms);
	assert_int_equal(0, back.member_count);
	assert_true(parse("{\"members\":[{\"name\":\"a\",\"later\":1}]}"));
	assert_int_equal(-1, back.members[0].offset);
	assert_int_equal(-1, back.members[0].seen_ms_ago);
}

static void longer_lists_are_cut(void **state)
{
	(void)state;
	rel_buf_add_text(&out, "{\"members\":[{}");
	for (int i = 0; i < 100; i++)
		rel_buf_add_text(&out, ",{}");
	rel_buf_add_text(&out, "]}");
	assert_true(parse(out.data));
	assert_int_equal(REL_MEMBERS_MAX, back.member_count);
}

static void refuses_what_is_not_ours(void **state)
{
	static const char *const bad[] = {
		"",
		"[]",
		"null",
		"{",
		"{}",
		"{\"members\":{}}",
		"{\"members\":[1]}",
		"{\"members\":[],\"history\":1}",
		"{\"members\":[],\"history\":[[]]}",
		"{\"members\":[],\"leader\":1}",
		"{\"members\":[],\"paused\":\"no\"}",
		"{\"members\":[],\"epoch\":-1}",
		"{\"members\":[],\"epoch\":\"18446744073709551616\"}",
		"{\"members\":[],\"epoch\":1.5}",
		"{\"members\":[],\"started\":\"yesterday\"}",
		"{\"members\":[],\"outcome\":1}",
		"{\"members\":[],\"members\":[]}",
		"{\"members\":[],\"mode\":\"a mode with far too long a name\"}",
		"{\"members\":[],\"leader\":\"a\\u0000b\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (parse(bad[i]))
			fail_msg("accepted: %s", bad[i]);
	}
}

static void refuses_too_much(void **state)
{
	static char large[REL_STATUS_JSON_MAX + 2];

	(void)state;
	memset(large, ' ', sizeof(large));
	memcpy(large, "{\"members\":[]}", 14);
	assert_true(rel_status_parse(large, REL_STATUS_JSON_MAX, &back));
	assert_false(rel_status_parse(large, REL_STATUS_JSON_MAX + 1, &back));
}

/* The worst case: every text full, every byte escaped. */
static void the_limit_is_enough(void **state)
{
	(void)state;
	status.history_count = REL_HISTORY_MAX;
	for (int i = 0; i < REL_MEMBERS_MAX; i++) {
		struct rel_status_member *member = &status.members[i];

		memset(member->address, '\\', REL_ADDRESS_SIZE - 1);
		memset(member->note, '\x01', sizeof(member->note) - 1);
		memset(member->redis_version, '\x01', sizeof(member->redis_version) - 1);
	}
	rel_status_json(&status, &out);
	assert_false(out.overflowed);
}

static void state_in_both_spellings(void **state)
{
	static const char *const pairs[][2] = {
		{"pod_name", "podName"},	 {"pod_ip", "podIP"},
		{"pod_uid", "podUID"},		 {"is_master", "isMaster"},
		{"is_healthy", "isHealthy"},	 {"is_witness", "isWitness"},
		{"startup_time", "startupTime"}, {"last_seen", "lastSeen"},
		{"namespace", "namespace"},
	};
	json_t *root;

	(void)state;
	rel_status_state_json(&status, &out);
	root = json_loadb(out.data, out.size, 0, NULL);
	assert_non_null(root);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		assert_non_null(json_object_get(root, pairs[i][0]));
		assert_true(json_equal(json_object_get(root, pairs[i][0]),
				       json_object_get(root, pairs[i][1])));
	}
	assert_string_equal("redis-0", json_string_value(json_object_get(root, "pod_name")));
	assert_string_equal("2023-11-14T23:13:20.000000Z",
			    json_string_value(json_object_get(root, "last_seen")));
	assert_true(json_is_false(json_object_get(root, "is_master")));
	json_decref(root);
}

static void page_escapes(void **state)
{
	(void)state;
	rel_text_copy(status.members[0].note, sizeof(status.members[0].note), "</td><script>x");
	rel_status_page(&status, &out);
	assert_null(strstr(out.data, "<script"));
	assert_non_null(strstr(out.data, "&lt;/td&gt;&lt;script&gt;x"));
	assert_non_null(strstr(out.data, "&lt;b&gt;&amp;&quot;&#39;"));
	assert_non_null(
		strstr(out.data, "Leader redis-1 for 59m 59s, epoch 18446744073709551615<"));
	assert_null(strstr(out.data, "src="));
}

static void page_without_leader(void **state)
{
	(void)state;
	*status.leader = '\0';
	rel_text_copy(status.reason, sizeof(status.reason), "no member is fit");
	rel_status_page(&status, &out);
	assert_non_null(strstr(out.data, "<h1>NO LEADER: no member is fit</h1>"));
}

static void spans(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{-1, "never"},	    {0, "0 ms"},	     {999, "999 ms"},
		{1000, "1 s"},	    {59999, "59 s"},	     {60000, "1m 0s"},
		{3600000, "1h 0m"}, {277200000, "3d 5h"}, {INT64_MAX, "106751991167d 7h"},
	};
	char text[REL_STATUS_SPAN];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rel_status_span(rows[i].ms, text);
		assert_string_equal(rows[i].text, text);
	}
}

static void what_was_lost(void **state)
{
	struct rel_transition transition = {.from = "redis-0", .from_offset = 10, .to_offset = 4};
	char text[REL_STATUS_LOST];

	(void)state;
	rel_status_lost(&transition, text);
	assert_string_equal("6 bytes", text);
	transition.to_offset = 10;
	rel_status_lost(&transition, text);
	assert_string_equal("0", text);
	transition.to_offset = -1;
	rel_status_lost(&transition, text);
	assert_string_equal("unknown", text);
	transition.from[0] = '\0';
	rel_status_lost(&transition, text);
	assert_string_equal("", text);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		TEST(round_trip),
		TEST(unknown_is_null),
		TEST(no_control_byte_comes_through),
		TEST(bytes_that_are_not_text),
		TEST(tolerates_more_and_less),
		TEST(longer_lists_are_cut),
		TEST(refuses_what_is_not_ours),
		TEST(refuses_too_much),
		TEST(the_limit_is_enough),
		TEST(state_in_both_spellings),
		TEST(page_escapes),
		TEST(page_without_leader),
		TEST(spans),
		TEST(what_was_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
