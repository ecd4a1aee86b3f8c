/* SPDX-License-Identifier: Apache-2.0 */
/* A Lease as JSON <-> the record: what comes back as it went, what of a stranger's
 * making stays, and what a bad field does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../pkg/kube/json.h"
#include "../../pkg/kube/lease_codec.h"
#include "../../pkg/kube/values.h"
#include "redis-election/base/text.h"

#define NAME "redis"
#define REPLID "0123456789abcdef0123456789abcdef01234567"
#define REPLID2 "fedcba9876543210fedcba9876543210fedcba98"
#define RUN_ID "aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"
#define NOW_US INT64_C(1767225599123456)

static const char bare[] =
	"{\"apiVersion\":\"coordination.k8s.io/v1\",\"kind\":\"Lease\",\"metadata\":{\"name\":"
	"\"redis\",\"namespace\":\"ns\",\"uid\":\"u-1\",\"resourceVersion\":\"41\"}}";

static json_t *parse(const char *text)
{
	json_t *json = rel_json_parse(text, strlen(text));

	assert_non_null(json);
	return json;
}

static struct rel_record full_record(void)
{
	struct rel_record record = {
		.version = {"u-1", 41},
		.holder = "redis-0_5a17",
		.duration_s = 7,
		.acquired = {NOW_US - 5000000},
		.renewed = {NOW_US},
		.transitions = 12,
		.epoch = REL_EPOCH_LIMIT - 1,
		.duration_ms = 6500,
		.mark = UINT64_MAX,
		.address = "redis-0.redis.ns.svc:6379",
		.run_id = RUN_ID,
		.line = {REPLID, REPLID2, INT64_MAX, 0},
		.line_epoch = REL_EPOCH_LIMIT - 2,
		.paused = true,
		.switchover = {UINT64_MAX, "redis-1", {NOW_US}, REL_EPOCH_LIMIT - 1},
		.outcome = {7, "done, \"nothing\" lost"},
	};
	struct rel_transition transition = {{NOW_US}, "redis-1", "redis-0", 3, "hand-over", -1, 0};
	struct rel_member member = {"redis-0", "5a17"};

	rel_members_add(&record.members, &member);
	member = (struct rel_member){"redis-1", "77"};
	rel_members_add(&record.members, &member);
	for (int i = 0; i < REL_HISTORY_MAX; i++) {
		transition.epoch++;
		rel_record_remember(&record, &transition);
	}
	rel_record_stamp(&record);
	return record;
}

static void assert_same_record(const struct rel_record *a, const struct rel_record *b)
{
	assert_memory_equal(a->history, b->history, sizeof(a->history));
	assert_memory_equal(a, b, sizeof(*a));
}

static void decode_ok(const json_t *lease, struct rel_record *record)
{
	assert_int_equal(rel_lease_decode(lease, NAME, record), REL_OK);
}

static void round_trip(void **state)
{
	struct rel_record record = full_record(), read;
	json_t *seen = parse(bare);
	json_t *lease = rel_lease_encode(seen, &record);
	struct rel_buf bytes;

	(void)state;
	rel_buf_init(&bytes, 1 << 20);
	assert_true(rel_json_write(lease, &bytes));
	json_decref(lease);
	lease = rel_json_parse(bytes.data, bytes.size);
	decode_ok(lease, &read);
	assert_same_record(&record, &read);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_HELD);
	rel_buf_finish(&bytes);
	json_decref(lease);
	json_decref(seen);
}

static void worst_case_fits(void **state)
{
	struct rel_record record = full_record();
	json_t *seen = parse(bare), *lease;

	(void)state;
	for (int i = 0; i < REL_HISTORY_MAX; i++) {
		struct rel_transition *at = &record.history[i];

		memset(at->from, '"', sizeof(at->from) - 1);
		memset(at->to, '"', sizeof(at->to) - 1);
		memset(at->reason, '\\', sizeof(at->reason) - 1);
		at->epoch = REL_EPOCH_LIMIT - 1;
		at->from_offset = at->to_offset = INT64_MAX;
	}
	lease = rel_lease_encode(seen, &record);
	decode_ok(lease, &record);
	assert_int_equal(record.history_count, REL_HISTORY_MAX);
	assert_int_equal(record.history[19].to[62], '"');
	json_decref(lease);
	json_decref(seen);
}

static void empty_fields_leave_nothing_behind(void **state)
{
	struct rel_record record = full_record(), read;
	json_t *seen = parse(bare);
	json_t *lease = rel_lease_encode(seen, &record);
	json_t *again;

	(void)state;
	rel_lease_missing(&record);
	again = rel_lease_encode(lease, &record);
	assert_int_equal(json_object_size(rel_json_object(rel_json_object(again, "metadata"),
							  "annotations")),
			 0);
	assert_int_equal(json_object_size(rel_json_object(again, "spec")), 2);
	decode_ok(again, &read);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_VACANT);
	assert_int_equal(read.line.fork_offset, -1);
	json_decref(again);
	json_decref(lease);
	json_decref(seen);
}

static void released_is_stamped(void **state)
{
	struct rel_record record = full_record(), read;
	json_t *seen = parse(bare), *lease;

	(void)state;
	record.holder[0] = '\0';
	rel_record_stamp(&record);
	lease = rel_lease_encode(seen, &record);
	assert_string_equal(rel_json_text(rel_json_object(lease, "spec"), "holderIdentity"), "");
	decode_ok(lease, &read);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_RELEASED);
	json_decref(lease);
	json_decref(seen);
}

static void strangers_fields_stay(void **state)
{
	json_t *seen = parse(
		"{\"kind\":\"Lease\",\"future\":[1,{\"a\":null}],\"metadata\":{\"name\":\"redis\","
		"\"uid\":\"u-1\",\"resourceVersion\":\"41\",\"labels\":{\"app\":\"r\"},"
		"\"managedFields\":[{\"manager\":\"helm\",\"fieldsV1\":{\"f:spec\":{}}}],"
		"\"annotations\":{\"their/own\":\"\u00e9\",\"redis-election/unknown\":\"1\"}},"
		"\"spec\":{\"strategy\":\"OldestEmulationVersion\",\"preferredHolder\":\"x\","
		"\"holderIdentity\":\"old\",\"renewTime\":\"2026-01-01T00:00:00.000000Z\"}}");
	struct rel_record record = full_record();
	json_t *before = json_deep_copy(seen);
	json_t *lease = rel_lease_encode(seen, &record);
	json_t *metadata = rel_json_object(lease, "metadata");
	json_t *annotations = rel_json_object(metadata, "annotations");

	(void)state;
	assert_true(json_equal(seen, before));
	assert_true(json_equal(json_object_get(lease, "future"), json_object_get(seen, "future")));
	assert_true(
		json_equal(json_object_get(metadata, "managedFields"),
			   json_object_get(rel_json_object(seen, "metadata"), "managedFields")));
	assert_string_equal(rel_json_text(metadata, "uid"), "u-1");
	assert_string_equal(rel_json_text(metadata, "resourceVersion"), "41");
	assert_string_equal(rel_json_text(rel_json_object(metadata, "labels"), "app"), "r");
	assert_string_equal(rel_json_text(annotations, "their/own"), "\u00e9");
	assert_string_equal(rel_json_text(annotations, "redis-election/unknown"), "1");
	assert_string_equal(rel_json_text(rel_json_object(lease, "spec"), "strategy"),
			    "OldestEmulationVersion");
	assert_string_equal(rel_json_text(rel_json_object(lease, "spec"), "preferredHolder"), "x");
	json_decref(lease);
	json_decref(before);
	json_decref(seen);
}

static void seconds_are_as_given(void **state)
{
	static const struct {
		int64_t ms;
		int32_t before, seconds;
	} rows[] = {{6000, 6, 6},
		    {0, 15, 15},
		    {1, 6, 6}, /* an edit is not made right */
		    {6000, 0, 0}, /* nor what was taken away */
		    {0, 0, 0}};
	json_t *seen = parse(bare);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record record = {.duration_ms = rows[i].ms,
					    .duration_s = rows[i].before};
		json_t *lease = rel_lease_encode(seen, &record);

		assert_int_equal(json_integer_value(json_object_get(rel_json_object(lease, "spec"),
								    "leaseDurationSeconds")),
				 rows[i].seconds);
		json_decref(lease);
	}
	json_decref(seen);
}

/* Replaces one annotation in a full and stamped Lease, and reads it. */
static void with_annotation(const char *key, json_t *value, struct rel_record *read)
{
	struct rel_record record = full_record();
	json_t *seen = parse(bare);
	json_t *lease = rel_lease_encode(seen, &record);
	json_t *annotations = rel_json_object(rel_json_object(lease, "metadata"), "annotations");
	char name[64];

	rel_text_format(name, sizeof(name), "redis-election/%s", key);
	assert_non_null(json_object_get(annotations, name));
	if (value)
		json_object_set_new(annotations, name, value);
	else
		json_object_del(annotations, name);
	decode_ok(lease, read);
	json_decref(lease);
	json_decref(seen);
}

/* A full and stamped Lease whose spec.key is value. */
static enum rel_err with_spec(const char *key, json_t *value, struct rel_record *read)
{
	struct rel_record record = full_record();
	json_t *seen = parse(bare);
	json_t *lease = rel_lease_encode(seen, &record);
	enum rel_err err;

	json_object_set_new(rel_json_object(lease, "spec"), key, value);
	err = rel_lease_decode(lease, NAME, read);
	json_decref(lease);
	json_decref(seen);
	return err;
}

#define LONG_DIGITS "18446744073709551616"

static void bad_vital_annotations_unstamp(void **state)
{
	static const char *const rows[][2] = {
		{"epoch", ""},
		{"epoch", "-1"},
		{"epoch", "+1"},
		{"epoch", " 1"},
		{"epoch", "1.0"},
		{"epoch", "0x10"},
		{"epoch", LONG_DIGITS},
		{"epoch", "4611686018427387904"},
		{"mark", ""},
		{"mark", LONG_DIGITS},
		{"mark", "a"},
		{"duration-ms", "-5"},
		{"duration-ms", "9223372036854775808"},
		{"duration-ms", "2147483647000"},
		{"duration-ms", "6s"},
		{"stamp", ""},
		{"stamp", "a\nb/1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record read;

		with_annotation(rows[i][0], json_string(rows[i][1]), &read);
		assert_string_equal(read.stamp, "");
		assert_string_equal(read.holder, "redis-0_5a17");
		assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
		with_annotation(rows[i][0], NULL, &read);
		assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
		with_annotation(rows[i][0], json_integer(1), &read);
		assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
	}
}

static void bad_epoch_is_no_epoch(void **state)
{
	struct rel_record read;

	(void)state;
	with_annotation("epoch", json_string("4611686018427387904"), &read);
	assert_int_equal(read.epoch, 0);
	with_annotation("epoch", json_string("4611686018427387903"), &read);
	assert_true(read.epoch == UINT64_C(4611686018427387903));
	assert_int_equal(rel_record_kind(&read), REL_RECORD_HELD);
}

static void bad_other_annotations_are_absent(void **state)
{
	static const char *const rows[][2] = {
		{"address", "no-port"},
		{"address", "host:0"},
		{"address", "host:65536"},
		{"address", "::1:6379"},
		{"address", "[::1:6379"},
		{"address", "a b:6379"},
		{"address", ":6379"},
		{"run-id", "abc"},
		{"run-id", REPLID "0"},
		{"replid", "g123456789abcdef0123456789abcdef01234567"},
		{"replid2", ""},
		{"fork-offset", "-1"},
		{"line-epoch", "-1"},
		{"offset", "9223372036854775808"},
		{"members", ""},
		{"members", "redis-0"},
		{"members", "redis-0_5a17,"},
		{"members", ",redis-0_5a17"},
		{"members", "redis-0_5a17,redis-0_5a17"},
		{"members", "../x_1"},
		{"members", "a_1,a_2,a_3,a_4,a_5,a_6,a_7,a_8,a_9,a_10,a_11,a_12,a_13,a_14,a_15,"
			    "a_16,a_17"},
		{"paused", "yes"},
		{"paused", "True"},
		{"switchover", "{}"},
		{"switchover", "{\"id\":5}"},
		{"switchover", "{\"id\":\"0\"}"},
		{"switchover", "[]"},
		{"switchover", "{\"id\":\"5\",\"to\":7}"},
		{"switchover", "{\"id\":\"5\",\"at\":\"yesterday\"}"},
		{"switchover", "{\"id\":\"5\",\"to\":\"a\\u0001\"}"},
		{"switchover", "{\"id\":\"5\"}}"},
		{"switchover", "{\"id\":\"5\",\"epoch\":\"7\"}"},
		{"switchover", "{\"id\":\"5\",\"epoch\":4611686018427387904}"},
		{"outcome", "{\"id\":\"x\"}"},
		{"outcome", "null"},
		{"history", "{}"},
		{"history", "[1]"},
		{"history", "[{\"epoch\":-1}]"},
		{"history", "[{\"epoch\":4611686018427387904}]"},
		{"history", "[{\"epoch\":1,\"fromOffset\":-2}]"},
		{"history", "[{\"epoch\":99999999999999999999}]"},
		{"history", "[{\"epoch\":1}"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record read, absent;

		with_annotation(rows[i][0], json_string(rows[i][1]), &read);
		with_annotation(rows[i][0], NULL, &absent);
		assert_same_record(&read, &absent);
		assert_int_equal(rel_record_kind(&read), REL_RECORD_HELD);
	}
}

static void a_record_may_say_that_it_is_not_paused(void **state)
{
	struct rel_record read;
	json_t *seen, *lease;

	(void)state;
	with_annotation("paused", json_string("false"), &read);
	assert_false(read.paused);
	assert_true(read.resumed);
	seen = parse(bare);
	lease = rel_lease_encode(seen, &read);
	assert_string_equal(rel_json_text(rel_json_object(rel_json_object(lease, "metadata"),
							  "annotations"),
					  "redis-election/paused"),
			    "false");
	json_decref(lease);
	json_decref(seen);
}

static void an_edited_duration_unstamps(void **state)
{
	struct rel_record read;

	(void)state;
	with_annotation("duration-ms", json_string("1"), &read);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
	assert_int_equal(with_spec("leaseDurationSeconds", json_integer(6), &read), REL_OK);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
	assert_int_equal(with_spec("leaseDurationSeconds", json_integer(7), &read), REL_OK);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_HELD);
}

static void longer_history_is_cut(void **state)
{
	json_t *history = json_array();
	struct rel_record read;
	char *text;

	(void)state;
	for (int i = 0; i < 30; i++)
		json_array_append_new(history, json_pack("{s:i}", "epoch", 100 - i));
	text = json_dumps(history, 0);
	with_annotation("history", json_string(text), &read);
	assert_int_equal(read.history_count, REL_HISTORY_MAX);
	assert_int_equal(read.history[0].epoch, 100);
	assert_int_equal(read.history[19].epoch, 81);
	assert_int_equal(read.history[0].from_offset, -1);
	free(text);
	json_decref(history);
}

static void outlandish_holders_are_foreign(void **state)
{
	struct rel_record read;
	char name[1025];

	(void)state;
	memset(name, 'h', sizeof(name) - 1);
	name[1024] = '\0';
	assert_int_equal(with_spec("holderIdentity", json_string(name), &read), REL_OK);
	assert_int_equal(strlen(read.holder), REL_HOLDER_SIZE - 1);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
	name[REL_HOLDER_SIZE - 1] = '\0';
	assert_int_equal(with_spec("holderIdentity", json_string(name), &read), REL_OK);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_FOREIGN);
	assert_int_equal(with_spec("holderIdentity", json_string("a\n\u00e9"), &read), REL_OK);
	assert_string_equal(read.holder, "a???");
	assert_string_equal(read.stamp, "");
	assert_int_equal(with_spec("holderIdentity", json_null(), &read), REL_OK);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_VACANT);
	assert_int_equal(with_spec("holderIdentity", json_integer(1), &read), REL_ERR_GARBLED);
	assert_int_equal(rel_record_kind(&read), REL_RECORD_MISSING);
}

static void micro_time_forms(void **state)
{
	static const struct {
		const char *text;
		int64_t us;
	} rows[] = {
		{"2025-12-31T23:59:59.123456Z", NOW_US},
		{"2026-01-01T01:59:59.123456+02:00", NOW_US},
		{"2025-12-31T18:29:59.123456-05:30", NOW_US},
		{"2025-12-31T23:59:59Z", 0},
		{"2025-12-31T23:59:59.123Z", 0},
		{"2025-12-31T23:59:59.1234567Z", 0},
		{"2025-13-31T23:59:59.123456Z", 0},
		{"2025-12-31 23:59:59.123456Z", 0},
		{"", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_record read;

		assert_int_equal(with_spec("renewTime", json_string(rows[i].text), &read), REL_OK);
		assert_true(read.renewed.us == rows[i].us);
	}
}

static void odd_numbers_are_absent(void **state)
{
	struct rel_record read;

	(void)state;
	assert_int_equal(with_spec("leaseDurationSeconds", json_real(1.5), &read), REL_OK);
	assert_int_equal(read.duration_s, 0);
	assert_int_equal(with_spec("leaseDurationSeconds", json_integer(INT64_C(1) << 31), &read),
			 REL_OK);
	assert_int_equal(read.duration_s, 0);
	assert_int_equal(with_spec("leaseTransitions", json_integer(-1), &read), REL_OK);
	assert_int_equal(read.transitions, 0);
	assert_int_equal(with_spec("leaseTransitions", json_integer(INT32_MAX), &read), REL_OK);
	assert_int_equal(read.transitions, INT32_MAX);
}

static void vacant_can_only_create(void **state)
{
	json_t *lease = rel_lease_vacant("ns", NAME);
	json_t *metadata = rel_json_object(lease, "metadata");

	(void)state;
	assert_int_equal(json_object_size(lease), 3);
	assert_int_equal(json_object_size(metadata), 2);
	assert_string_equal(rel_json_text(metadata, "name"), NAME);
	assert_string_equal(rel_json_text(metadata, "namespace"), "ns");
	json_decref(lease);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(worst_case_fits),
		cmocka_unit_test(empty_fields_leave_nothing_behind),
		cmocka_unit_test(released_is_stamped),
		cmocka_unit_test(strangers_fields_stay),
		cmocka_unit_test(seconds_are_as_given),
		cmocka_unit_test(bad_vital_annotations_unstamp),
		cmocka_unit_test(bad_epoch_is_no_epoch),
		cmocka_unit_test(bad_other_annotations_are_absent),
		cmocka_unit_test(a_record_may_say_that_it_is_not_paused),
		cmocka_unit_test(an_edited_duration_unstamps),
		cmocka_unit_test(longer_history_is_cut),
		cmocka_unit_test(outlandish_holders_are_foreign),
		cmocka_unit_test(micro_time_forms),
		cmocka_unit_test(odd_numbers_are_absent),
		cmocka_unit_test(vacant_can_only_create),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
