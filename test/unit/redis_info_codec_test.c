/* SPDX-License-Identifier: Apache-2.0 */
/* INFO as recorded from Redis 7.0.15, in all the states a data set can be in, and
 * whatever else may come. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "pkg/redis/info_codec.h"
#include "redis-election/base/text.h"

#define RUN_ID "b5d439e9ae980b191a0bc183680efc325e45554c"
#define ID_A "af7ea9e70d617372249c858c4ff17f71b666e46f"
#define ID_B "7b635c8570bb08cee4d398155443e8356b6e10a5"
#define NONE "0000000000000000000000000000000000000000"

#define SERVER \
	"# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nprocess_id:19407\r\n" \
	"run_id:" RUN_ID "\r\ntcp_port:17395\r\nuptime_in_seconds:0\r\n" \
	"executable:/data/redis-server\r\nconfig_file:\r\n"
#define PERSISTENCE \
	"# Persistence\r\nloading:0\r\nasync_loading:0\r\ncurrent_fork_perc:0.00\r\n" \
	"rdb_last_bgsave_status:ok\r\naof_enabled:0\r\naof_last_write_status:ok\r\n"
#define KEYS "# Keyspace\r\ndb0:keys=2,expires=0,avg_ttl=0\r\n"
#define NO_KEYS "# Keyspace\r\n"

#define LEADER(replid, replid2, offset, second) \
	"# Replication\r\nrole:master\r\nconnected_slaves:0\r\n" \
	"master_failover_state:no-failover\r\nmaster_replid:" replid "\r\n" \
	"master_replid2:" replid2 "\r\nmaster_repl_offset:" offset "\r\n" \
	"second_repl_offset:" second "\r\nrepl_backlog_active:0\r\n"
#define REPLICA(port, link, syncing, applied, replid, replid2, offset, second) \
	"# Replication\r\nrole:slave\r\nmaster_host:127.0.0.1\r\nmaster_port:" port "\r\n" \
	"master_link_status:" link "\r\nmaster_last_io_seconds_ago:-1\r\n" \
	"master_sync_in_progress:" syncing "\r\nslave_read_repl_offset:999999\r\n" \
	"slave_repl_offset:" applied "\r\nslave_priority:100\r\nslave_read_only:1\r\n" \
	"connected_slaves:0\r\nmaster_replid:" replid "\r\nmaster_replid2:" replid2 "\r\n" \
	"master_repl_offset:" offset "\r\nsecond_repl_offset:" second "\r\n"

static bool decode(struct rel_info *info, const char *text)
{
	rel_info_init(info);
	rel_info_text(info, text, strlen(text));
	return rel_info_finish(info);
}

static const struct state_row {
	const char *name, *text;
	bool is_leader, line_known, link_up, syncing, has_data;
	int64_t offset, fork_offset;
	const char *replid2;
} states[] = {
	{"leader, never written to", SERVER LEADER(ID_A, NONE, "0", "-1") PERSISTENCE NO_KEYS, true,
	 true, false, false, false, 0, -1, ""},
	{"leader with replicas", SERVER LEADER(ID_A, NONE, "78", "-1") PERSISTENCE KEYS, true, true,
	 false, false, true, 78, -1, ""},
	{"promoted", SERVER LEADER(ID_B, ID_A, "92", "79") PERSISTENCE KEYS, true, true, false,
	 false, true, 92, 78, ID_A},
	{"fresh replica of nowhere",
	 SERVER REPLICA("1", "down", "0", "1", ID_A, NONE, "0", "-1") PERSISTENCE NO_KEYS, false,
	 false, false, false, false, 1, -1, ""},
	{"restarted with RDB",
	 SERVER REPLICA("1", "down", "0", "78", ID_A, NONE, "78", "-1") PERSISTENCE KEYS, false,
	 true, false, false, true, 78, -1, ""},
	{"restarted with AOF",
	 SERVER REPLICA("1", "down", "0", "1", ID_B, NONE, "0", "-1") PERSISTENCE KEYS, false,
	 false, false, false, true, 1, -1, ""},
	{"leader made a replica",
	 SERVER REPLICA("1", "down", "0", "0", ID_A, NONE, "0", "-1") PERSISTENCE KEYS, false, true,
	 false, false, true, 0, -1, ""},
	{"in sync", SERVER REPLICA("6379", "up", "0", "0", ID_A, NONE, "0", "-1") PERSISTENCE KEYS,
	 false, true, true, false, true, 0, -1, ""},
	{"in sync at 1",
	 SERVER REPLICA("6379", "up", "0", "1", ID_A, NONE, "1", "-1") PERSISTENCE NO_KEYS, false,
	 true, true, false, false, 1, -1, ""},
	{"full sync running",
	 SERVER REPLICA("6379", "down", "1", "1", ID_A, ID_B, "78", "50") PERSISTENCE KEYS, false,
	 false, false, true, true, 1, 49, ID_B},
	{"full sync failed",
	 SERVER REPLICA("6379", "down", "0", "1", ID_A, ID_B, "78", "50") PERSISTENCE KEYS, false,
	 true, false, false, true, 78, 49, ID_B},
	{"full sync failed, and nothing is left",
	 SERVER REPLICA("6379", "down", "0", "1", ID_A, ID_B, "78", "50") PERSISTENCE NO_KEYS,
	 false, false, false, false, false, 1, 49, ID_B},
	{"leader that is too old to count",
	 SERVER REPLICA("6379", "up", "0", "-1", ID_A, NONE, "0", "-1") PERSISTENCE KEYS, false,
	 false, true, false, true, -1, -1, ""},
};

static void every_state_of_a_data_set(void **state)
{
	struct rel_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		const struct state_row *row = &states[i];
		const struct rel_redis_view *view = &info.view;

		print_message("%s\n", row->name);
		assert_true(decode(&info, row->text));
		assert_string_equal(view->run_id, RUN_ID);
		assert_string_equal(view->version, "7.0.15");
		assert_int_equal(view->is_leader, row->is_leader);
		assert_int_equal(view->line_known, row->line_known);
		assert_int_equal(view->link_up, row->link_up);
		assert_int_equal(view->syncing, row->syncing);
		assert_int_equal(view->has_data, row->has_data);
		assert_int_equal(view->line.offset, row->offset);
		assert_int_equal(view->line.fork_offset, row->fork_offset);
		assert_string_equal(view->line.replid2, row->replid2);
		assert_string_equal(view->followed_host, row->is_leader ? "" : "127.0.0.1");
		assert_int_equal(view->min_replicas, -1);
		assert_int_equal(view->shutdown_ms, 0);
		assert_false(view->loading || view->persistence_failed || view->aof_enabled);
	}
}

#define GOOD SERVER LEADER(ID_A, NONE, "78", "-1") PERSISTENCE KEYS

static void replicas_count_once_they_are_online(void **state)
{
	struct rel_info info;

	(void)state;
	assert_true(decode(&info,
			   GOOD "connected_slaves:4\r\n"
				"slave0:ip=10.0.0.1,port=6379,state=online,offset=0,lag=1\r\n"
				"slave1:ip=10.0.0.2,port=6379,state=wait_bgsave,offset=0,lag=0\r\n"
				"slave2:ip=10.0.0.3,port=6379,state=send_bulk,offset=0,lag=0\r\n"
				"slave10:ip=fd00::3,port=6379,state=online,offset=0,lag=0\r\n"
				"slave_x:ip=10.0.0.3,port=6379,state=online,offset=0,lag=0\r\n"));
	assert_int_equal(info.view.replicas, 2);
}

static void loading_and_shutdown(void **state)
{
	struct rel_info info;

	(void)state;
	assert_true(decode(&info, GOOD "loading:1\r\n"));
	assert_true(info.view.loading);
	assert_true(decode(&info, GOOD "async_loading:1\r\n"));
	assert_true(info.view.loading);
	assert_true(decode(&info, GOOD "shutdown_in_milliseconds:9780\r\n"));
	assert_int_equal(info.view.shutdown_ms, 9780);
	assert_true(decode(&info, GOOD "shutdown_in_milliseconds:0\r\n"));
	assert_int_equal(info.view.shutdown_ms, 1);
	assert_true(decode(&info, GOOD "shutdown_in_milliseconds:-20\r\n"));
	assert_int_equal(info.view.shutdown_ms, 1);
}

static void only_keys_are_data(void **state)
{
	static const char empty[] = SERVER LEADER(ID_A, NONE, "78", "-1") PERSISTENCE
		"# Keyspace\r\ndb0:keys=0,expires=0,avg_ttl=0\r\ndbx:keys=7\r\ndb1:keys=\r\n";
	struct rel_info info;

	(void)state;
	assert_true(decode(&info, empty));
	assert_false(info.view.has_data);
	rel_info_init(&info);
	rel_info_text(&info, empty, strlen(empty));
	rel_info_text(&info, "db15:keys=1,expires=0", 21);
	assert_true(rel_info_finish(&info));
	assert_true(info.view.has_data);
}

static void set(struct rel_info *info, const char *name, const char *value)
{
	rel_info_setting(info, name, strlen(name), value, strlen(value));
}

static void writes_are_refused_for_the_disk(void **state)
{
	static const struct {
		const char *text, *stop_writes, *save;
		bool failed;
	} rows[] = {
		{"", "yes", "3600 1", false},
		{"rdb_last_bgsave_status:err\r\n", "yes", "3600 1", true},
		{"rdb_last_bgsave_status:err\r\n", "no", "3600 1", false},
		{"rdb_last_bgsave_status:err\r\n", "yes", "", false},
		{"rdb_last_bgsave_status:err\r\n", NULL, NULL, true}, /* not readable */
		{"aof_last_write_status:err\r\n", "yes", "", false},
		{"aof_enabled:1\r\naof_last_write_status:err\r\n", "no", "", true},
		{"aof_enabled:1\r\n", "yes", "", false},
	};
	struct rel_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rel_info_init(&info);
		rel_info_text(&info, GOOD, strlen(GOOD));
		rel_info_text(&info, rows[i].text, strlen(rows[i].text));
		if (rows[i].stop_writes) {
			set(&info, "stop-writes-on-bgsave-error", rows[i].stop_writes);
			set(&info, "save", rows[i].save);
		}
		assert_true(rel_info_finish(&info));
		assert_int_equal(info.view.persistence_failed, rows[i].failed);
	}
}

static void min_replicas_is_a_number_or_unknown(void **state)
{
	static const struct {
		const char *value;
		int64_t number;
	} rows[] = {
		{"0", 0}, {"1000000", REL_LATCH_VALUE}, {"", -1}, {"-3", -1}, {"x", -1}, {"1 ", -1},
	};
	struct rel_info info;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		rel_info_init(&info);
		rel_info_text(&info, GOOD, strlen(GOOD));
		set(&info, "min-replicas-to-write", rows[i].value);
		set(&info, "min-replicas-max-lag", "7");
		assert_true(rel_info_finish(&info));
		assert_int_equal(info.view.min_replicas, rows[i].number);
	}
}

#define LONG_HOST \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define IN_SYNC SERVER REPLICA("6379", "up", "0", "7", ID_A, NONE, "7", "-1") PERSISTENCE

static void nonsense_makes_no_view(void **state)
{
	static const char *const texts[] = {
		"",
		"\r\n\r\n",
		SERVER,
		SERVER PERSISTENCE KEYS,
		LEADER(ID_A, NONE, "78", "-1") PERSISTENCE,
		GOOD "role:sentinel\r\n",
		GOOD "run_id:short\r\n",
		GOOD "run_id:" NONE "\r\n",
		GOOD "run_id:B5D439E9AE980B191A0BC183680EFC325E45554C\r\n",
		GOOD "run_id:b5d439e9ae980b191a0bc183680efc325e45554c1\r\n",
		GOOD "master_replid:" NONE "\r\n",
		GOOD "master_repl_offset:\r\n",
		GOOD "master_repl_offset:-\r\n",
		GOOD "master_repl_offset:-7\r\n",
		GOOD "master_repl_offset:1e9\r\n",
		GOOD "master_repl_offset:99999999999999999999\r\n",
		GOOD "redis_version:7.0.15-with-a-very-long-name\r\n",
		GOOD "redis_version:7\x1b[31m\r\n",
		IN_SYNC "master_port:0\r\n",
		IN_SYNC "master_port:65536\r\n",
		IN_SYNC "master_host:\r\n",
		IN_SYNC "master_host:a b\r\n",
		IN_SYNC "master_host:" LONG_HOST "\r\n",
	};
	struct rel_info info;

	(void)state;
	assert_true(decode(&info, GOOD));
	assert_true(decode(&info, IN_SYNC));
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (decode(&info, texts[i]))
			fail_msg("taken for a view: %s", texts[i]);
	}
}

static void line_ends_and_unknown_lines_do_not_matter(void **state)
{
	static const char text[] = "run_id:" RUN_ID "\nrole:master\nmaster_replid:" ID_A
				   "\n:\n::\nx\nnew_in_9_0:1:2:3\nmaster_repl_offset:5";
	struct rel_info info;

	(void)state;
	assert_true(decode(&info, text));
	assert_int_equal(info.view.line.offset, 5);
	assert_string_equal(info.view.version, "");
}

/* Any cut, and any byte changed: no overrun (the sanitizers look), and texts stay
 * texts. The copy ends exactly where the text does. */
static void damage_is_survived(void **state)
{
	size_t length = strlen(IN_SYNC KEYS);
	uint32_t dice = 12345;
	struct rel_info info;

	(void)state;
	for (size_t cut = 0; cut <= length; cut++) {
		char *copy = malloc(cut ? cut : 1);

		memcpy(copy, IN_SYNC KEYS, cut);
		for (int i = 0; i < 3; i++) {
			rel_info_init(&info);
			rel_info_text(&info, copy, cut);
			rel_info_finish(&info);
			assert_true(strlen(info.view.run_id) == 40 || !info.view.run_id[0]);
			dice = dice * 1664525 + 1013904223;
			if (cut)
				copy[(dice >> 8) % cut] = (char)(dice >> 24);
		}
		free(copy);
	}
}

static void a_link_that_was_up_is_told_from_one_that_never_was(void **state)
{
	static const struct {
		const char *text;
		bool was_up;
	} rows[] = {
		{REPLICA("6379", "up", "0", "92", ID_A, NONE, "92", "-1"), true},
		{REPLICA("6379", "down", "0", "92", ID_A, NONE, "92", "-1"), false},
		{REPLICA("6379", "down", "0", "92", ID_A, NONE, "92",
			 "-1") "master_link_down_since_seconds:-1\r\n",
		 false},
		{REPLICA("6379", "down", "0", "92", ID_A, NONE, "92",
			 "-1") "master_link_down_since_seconds:0\r\n",
		 true},
		{REPLICA("6379", "down", "0", "92", ID_A, NONE, "92",
			 "-1") "master_link_down_since_seconds:1795272800\r\n",
		 false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_info info;
		char text[4096];

		rel_text_format(text, sizeof(text), "%s%s%s%s", SERVER, rows[i].text, PERSISTENCE,
				KEYS);
		assert_true(decode(&info, text));
		assert_int_equal(info.view.link_was_up, rows[i].was_up);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_state_of_a_data_set),
		cmocka_unit_test(a_link_that_was_up_is_told_from_one_that_never_was),
		cmocka_unit_test(replicas_count_once_they_are_online),
		cmocka_unit_test(loading_and_shutdown),
		cmocka_unit_test(only_keys_are_data),
		cmocka_unit_test(writes_are_refused_for_the_disk),
		cmocka_unit_test(min_replicas_is_a_number_or_unknown),
		cmocka_unit_test(nonsense_makes_no_view),
		cmocka_unit_test(line_ends_and_unknown_lines_do_not_matter),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
