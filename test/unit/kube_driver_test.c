/* SPDX-License-Identifier: Apache-2.0 */
/* The driver against the stand-in of the API server (test/standin): what each
 * answer, lost answer and broken watch becomes. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "kube_harness.h"
#include "redis-election/base/text.h"

#define START(lease) \
	do { \
		(void)state; \
		if (server.control == 0) \
			skip(); \
		order("DELETE", "/faults", ""); \
		driver_start(server.url, server.account, lease); \
	} while (0)

static void compare_and_swap(void **state)
{
	struct rel_record vacant, written;
	struct seen *seen;

	START("cas");
	seen = read_lease();
	assert_int_equal(seen->event.err, REL_OK);
	assert_int_equal(seen->record.version.index, 0);
	vacant = create_lease();
	assert_int_equal(do_register(REL_ACTION_REGISTER_CREATE, NULL, NULL, 5000)->event.err,
			 REL_ERR_EXISTS);
	order("PATCH", LEASES "/cas", "{\"metadata\":{\"labels\":{\"their\":\"own\"}}}");
	assert_int_equal(write_lease(&vacant, 5000)->event.err, REL_ERR_CONFLICT);
	seen = read_lease();
	seen = write_lease(&seen->record, 5000);
	assert_int_equal(seen->event.err, REL_OK);
	written = seen->record;
	assert_int_equal(rel_record_kind(&written), REL_RECORD_HELD);
	assert_int_equal(written.duration_s, 6);
	seen = write_lease(&written, 5000);
	assert_int_equal(seen->event.err, REL_OK);
	assert_true(seen->record.version.index > written.version.index);
	assert_int_equal(write_lease(&written, 5000)->event.err, REL_ERR_CONFLICT);
	written.version.index = 1;
	assert_int_equal(write_lease(&written, 5000)->event.err, REL_ERR_CONFLICT);
	json_t *lease = control("GET", LEASES "/cas", "");
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(lease, "metadata"), "labels"), "their")),
		"own");
	json_decref(lease);
	order("DELETE", LEASES "/cas", "");
	assert_int_equal(write_lease(&seen->record, 5000)->event.err, REL_ERR_CONFLICT);
	assert_int_equal(read_lease()->record.version.index, 0);
	driver_stop();
}

#define ON_PUT ",\"match\":{\"verb\":\"update\",\"resource\":\"leases\"}}"

/* A lost answer is never a second request: hits tells how often it was sent. */
static void lost_answers(void **state)
{
	static const struct {
		const char *fault;
		enum rel_err err;
		bool carried_out;
	} rows[] = {
		{"{\"do\":\"lose-answer\",\"how\":\"close\"" ON_PUT, REL_ERR_CLOSED, true},
		{"{\"do\":\"lose-answer\",\"how\":\"reset\"" ON_PUT, REL_ERR_RESET, true},
		{"{\"do\":\"lose-answer\",\"how\":\"open\"" ON_PUT, REL_ERR_TIMEOUT, true},
		{"{\"do\":\"hang\"" ON_PUT, REL_ERR_TIMEOUT, false},
		{"{\"do\":\"truncate\",\"bytes\":20" ON_PUT, REL_ERR_CLOSED, true},
		{"{\"do\":\"garbage\"" ON_PUT, REL_ERR_GARBLED, true},
		{"{\"do\":\"large\",\"bytes\":10000000" ON_PUT, REL_ERR_TOO_LARGE, true},
		{"{\"do\":\"status-after\",\"code\":504" ON_PUT, REL_ERR_SERVER, true},
		{"{\"do\":\"status\",\"code\":503" ON_PUT, REL_ERR_SERVER, false},
		{"{\"do\":\"status\",\"code\":307" ON_PUT, REL_ERR_GARBLED, false},
	};
	struct rel_record record;

	START("lost");
	record = create_lease();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t id = fault(rows[i].fault);
		struct seen *seen = write_lease(&record, 1000);
		enum rel_err_class class = rel_err_class(seen->event.err);

		if (rows[i].err == REL_ERR_CLOSED && seen->event.err == REL_ERR_RESET)
			seen->event.err = REL_ERR_CLOSED; /* as TLS happens to see it */
		assert_int_equal(seen->event.err, rows[i].err);
		assert_true(class == REL_CLASS_TRANSIENT || class == REL_CLASS_TIMEOUT);
		assert_int_equal(hits(id), 1);
		order("DELETE", "/faults", "");
		seen = read_lease();
		assert_int_equal(seen->event.err, REL_OK);
		assert_int_equal(seen->record.mark, record.mark + (rows[i].carried_out ? 1 : 0));
		record = seen->record;
	}
	driver_stop();
}

static void refusals(void **state)
{
	struct rel_record record;
	struct seen *seen;

	START("refusals");
	record = create_lease();
	fault("{\"do\":\"status\",\"code\":429,\"retry_after\":3,\"count\":1" ON_PUT);
	seen = write_lease(&record, 5000);
	assert_int_equal(seen->event.err, REL_ERR_THROTTLED);
	assert_int_equal(rel_to_ms(seen->event.retry_after), 3000);
	assert_int_equal(write_lease(&record, 5000)->event.err, REL_OK);
	order("POST", "/doors/main", "{\"do\":\"stop\"}");
	seen = write_lease(&record, 5000);
	seen = write_lease(&record, 5000);
	assert_int_equal(seen->event.err, REL_ERR_REFUSED);
	order("POST", "/doors/main", "{\"do\":\"start\"}");
	assert_int_equal(read_lease()->event.err, REL_OK);
	driver_stop();
}

/* Nothing was sent, so nothing was done: also when time ran out. */
static void no_handshake(void **state)
{
	struct sockaddr_in at = {.sin_family = AF_INET};
	socklen_t size = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char url[64];

	(void)state;
	if (server.control == 0)
		skip();
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(fd, 8), 0);
	getsockname(fd, (struct sockaddr *)&at, &size);
	rel_text_format(url, sizeof(url), "https://127.0.0.1:%d", ntohs(at.sin_port));
	driver_start(url, server.account, "x");
	assert_int_equal(do_register(REL_ACTION_REGISTER_CREATE, NULL, NULL, 200)->event.err,
			 REL_ERR_UNREACHABLE);
	driver_stop();
	close(fd);
}

/* The token must not go to a server that another authority vouches for. */
static void another_authority(void **state)
{
	char dir[96], from[400], to[128], key[128];
	char *make[] = {"/usr/bin/openssl",
			"req",
			"-x509",
			"-newkey",
			"ec",
			"-pkeyopt",
			"ec_paramgen_curve:P-256",
			"-nodes",
			"-batch",
			"-subj",
			"/CN=other",
			"-keyout",
			key,
			"-out",
			to,
			NULL};
	char *copy[] = {"/bin/cp", from, dir, NULL};

	(void)state;
	if (server.control == 0)
		skip();
	rel_text_format(dir, sizeof(dir), "%s/other", server.state);
	rel_text_format(to, sizeof(to), "%s/ca.crt", dir);
	rel_text_format(key, sizeof(key), "%s/key", dir);
	assert_int_equal(mkdir(dir, 0700), 0);
	rel_text_format(from, sizeof(from), "%s/token", server.account);
	run(copy);
	rel_text_format(from, sizeof(from), "%s/namespace", server.account);
	run(copy);
	run(make);
	driver_start(server.url, dir, "x");
	assert_int_equal(read_lease()->event.err, REL_ERR_TLS);
	driver_stop();
}

static void watching(void **state)
{
	struct rel_version now = {0}, version;
	struct rel_record record;
	struct seen *seen;
	uint64_t first;

	START("watched");
	record = create_lease();
	assert_int_equal(watch_from(&now)->event.err, REL_OK);
	first = driver.ops;
	seen = wait_event(REL_EVENT_REGISTER_SEEN, 0);
	assert_int_equal(seen->record.version.index, record.version.index);
	seen = write_lease(&seen->record, 5000);
	version = seen->record.version;
	/* From here on: a new watch in place of the first one. */
	assert_int_equal(watch_from(&version)->event.err, REL_OK);
	order("PATCH", LEASES "/watched", "{\"metadata\":{\"annotations\":{\"a\":\"b\"}}}");
	do
		seen = wait_event(REL_EVENT_REGISTER_SEEN, 0);
	while (seen->record.version.index <= version.index);
	order("DELETE", LEASES "/watched", "");
	seen = wait_event(REL_EVENT_REGISTER_SEEN, 0);
	assert_int_equal(rel_record_kind(&seen->record), REL_RECORD_MISSING);
	assert_true(seen->record.version.index > version.index);
	assert_string_equal(seen->record.version.uid, version.uid);
	fault("{\"do\":\"end-watch\",\"count\":1,\"match\":{\"resource\":\"leases\"}}");
	seen = wait_event(REL_EVENT_REGISTER_WATCH, driver.ops);
	assert_int_equal(seen->event.err, REL_ERR_CLOSED);
	for (int i = 0; i < driver.count; i++)
		assert_false(driver.seen[i].event.op == first && driver.seen[i].event.err);
	driver_stop();
}

static void broken_watches(void **state)
{
	static const struct {
		const char *fault;
		enum rel_err err;
	} rows[] = {
		{"{\"do\":\"garbage-event\",\"count\":1,\"match\":{\"resource\":\"leases\"}}",
		 REL_ERR_GARBLED},
		{"{\"do\":\"truncate-event\",\"count\":1,\"match\":{\"resource\":\"leases\"}}",
		 REL_ERR_CLOSED},
	};
	struct rel_version old;
	struct rel_record record;
	struct seen *seen;

	START("broken");
	record = create_lease();
	old = record.version;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(watch_from(&record.version)->event.err, REL_OK);
		fault(rows[i].fault);
		record = write_lease(&record, 5000)->record;
		seen = wait_event(REL_EVENT_REGISTER_WATCH, driver.ops - 1);
		if (seen->event.err == REL_ERR_RESET)
			seen->event.err = REL_ERR_CLOSED;
		assert_int_equal(seen->event.err, rows[i].err);
	}
	order("POST", "/history/compact", "");
	seen = watch_from(&old);
	if (seen->event.err == REL_OK)
		seen = wait_event(REL_EVENT_REGISTER_WATCH, driver.ops);
	assert_int_equal(seen->event.err, REL_ERR_EXPIRED);
	fault("{\"do\":\"status\",\"code\":403,\"count\":1,\"match\":{\"verb\":\"watch\","
	      "\"resource\":\"leases\"}}");
	assert_int_equal(watch_from(&record.version)->event.err, REL_ERR_FORBIDDEN);
	driver_stop();
}

static void the_sets_pods(void **state)
{
	struct rel_action patch = {.type = REL_ACTION_PATCH_POD, .timeout = rel_ms(5000)};
	struct seen *seen;

	START("pods");
	wait_pods(0);
	make_pod("redis-1");
	make_pod("redis-0");
	for (seen = wait_pods(2); !seen->pods.at[0].address[0];)
		seen = wait_pods(2);
	assert_string_equal(seen->pods.at[0].member.name, "redis-0");
	assert_string_equal(seen->pods.at[0].address, "10.0.0.9:6379");
	patch.op = ++driver.ops;
	patch.patch = (struct rel_patch_action){.member = seen->pods.at[0].member,
						.index = seen->pods.at[0].index,
						.set_role = true,
						.role = "leader",
						.announce = true,
						.mark = {.epoch = 3, .line = {"", "", 5, -1}}};
	rel_kube_patch_pod(driver.kube, &patch);
	assert_int_equal(wait_event(REL_EVENT_POD_PATCHED, patch.op)->event.err, REL_OK);
	driver.waited = 0;
	do
		seen = wait_pods(2);
	while (!seen->pods.at[0].announced);
	assert_string_equal(seen->pods.at[0].role, "leader");
	assert_string_equal(seen->pods.at[0].address, "redis-0:6379");
	assert_int_equal(seen->pods.at[0].mark.line.offset, 5);
	patch.op = ++driver.ops;
	rel_kube_patch_pod(driver.kube, &patch);
	assert_int_equal(wait_event(REL_EVENT_POD_PATCHED, patch.op)->event.err, REL_ERR_CONFLICT);
	rel_text_copy(patch.patch.member.name, REL_NAME_SIZE, "../redis-0");
	patch.op = ++driver.ops;
	rel_kube_patch_pod(driver.kube, &patch);
	assert_int_equal(wait_event(REL_EVENT_POD_PATCHED, patch.op)->event.err, REL_ERR_INVALID);
	/* What happens while the API is away, and its versions are forgotten, is found. */
	order("POST", "/doors/main", "{\"do\":\"stop\"}");
	order("DELETE", PODS "/redis-1", "{\"gracePeriodSeconds\":0}");
	order("POST", "/history/forget", "");
	order("POST", "/doors/main", "{\"do\":\"start\"}");
	seen = wait_pods(1);
	assert_string_equal(seen->pods.at[0].member.name, "redis-0");
	order("DELETE", PODS "/redis-0", "{\"gracePeriodSeconds\":0}");
	wait_pods(0);
	driver_stop();
}

static void rotated_token(void **state)
{
	struct rel_instant before;
	struct seen *seen;

	START("token");
	before = rel_kube_token_read(driver.kube);
	assert_int_equal(read_lease()->event.err, REL_OK);
	order("POST", "/accounts/test/agent/token", "{\"revoke\":true}");
	seen = read_lease();
	assert_int_equal(seen->event.err, REL_ERR_UNAUTHORIZED);
	while (!rel_before(before, rel_kube_token_read(driver.kube)))
		seen = read_lease();
	assert_int_equal(read_lease()->event.err, REL_OK);
	driver_stop();
}

/* About the Lease and about the pod: two requests for each of the ten. */
static void events_are_limited(void **state)
{
	struct rel_action emit = {.type = REL_ACTION_EMIT,
				  .emit = {"LeaderElection", false, "redis-0 became leader"}};
	int requests;

	START("events");
	wait_pods(0);
	requests = driver.requests;
	for (int i = 0; i < 30; i++)
		rel_kube_emit(driver.kube, &emit);
	while (driver.requests < requests + 20) {
		rel_loop_run(driver.loop);
		assert_int_equal(driver.last_code, 201);
	}
	read_lease();
	assert_int_equal(driver.requests, requests + 21);
	driver_stop();
}

static void closing(void **state)
{
	struct rel_action made;

	START("closing");
	fault("{\"do\":\"hang\",\"match\":{\"resource\":\"leases\"}}");
	made = make_action(REL_ACTION_REGISTER_READ, NULL, NULL, 60000);
	rel_kube_register(driver.kube, &made);
	made = make_action(REL_ACTION_REGISTER_WRITE, NULL, NULL, 60000);
	rel_kube_register(driver.kube, &made); /* known to be refused: waits for its turn */
	driver_stop();
	assert_int_equal(driver.count, 0);
	START("closing");
	driver.close_inside = true;
	wait_event(REL_EVENT_PODS_SEEN, 0);
	driver_stop();
	assert_int_equal(driver.count, 1);
	START("closing");
	driver.close_inside = true;
	made = make_action(REL_ACTION_REGISTER_WATCH, NULL, NULL, 5000);
	rel_kube_register(driver.kube, &made);
	while (driver.count == 0)
		rel_loop_run(driver.loop);
	driver_stop();
	assert_int_equal(driver.count, 1);
}

static void unusable_options(void **state)
{
	static const char *const urls[] = {"",
					   "http://127.0.0.1:1",
					   "https://",
					   "127.0.0.1:1",
					   "https://a:b@127.0.0.1:1",
					   "https://127.0.0.1:1/path",
					   "https://127.0.0.1:1?q"};

	START("fine");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++)
		assert_null(driver_make(urls[i], server.account, "x"));
	assert_null(driver_make(server.url, "/nonexistent", "x"));
	assert_null(driver_make(server.url, server.account, "../x"));
	assert_null(driver_make(server.url, server.account, ""));
	driver_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compare_and_swap),  cmocka_unit_test(lost_answers),
		cmocka_unit_test(refusals),          cmocka_unit_test(no_handshake),
		cmocka_unit_test(another_authority), cmocka_unit_test(watching),
		cmocka_unit_test(broken_watches),    cmocka_unit_test(the_sets_pods),
		cmocka_unit_test(rotated_token),     cmocka_unit_test(events_are_limited),
		cmocka_unit_test(closing),           cmocka_unit_test(unusable_options),
	};
	int failed;

	if (!server_start())
		print_message("skipped: needs test/standin, python3 and openssl\n");
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	server_stop();
	return failed;
}
