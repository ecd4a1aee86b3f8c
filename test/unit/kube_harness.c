/* SPDX-License-Identifier: Apache-2.0 */
#include "kube_harness.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "redis-election/base/buf.h"
#include "redis-election/base/log.h"
#include "redis-election/base/text.h"

#define PATIENCE_MS 20000

struct server server;
struct driver driver;

extern char **environ;

/* The stand-in and its control port. */

static int spawn_server(void)
{
	char *argv[] = {"/usr/bin/python3", "-m",          "standin", "--until-eof", "--state",
			server.state,       "--namespace", "test",    NULL};
	posix_spawn_file_actions_t actions;
	int in[2], out[2], failed;

	if (pipe2(in, O_CLOEXEC) || pipe2(out, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addchdir_np(&actions, "test");
	posix_spawn_file_actions_adddup2(&actions, in[0], 0);
	posix_spawn_file_actions_adddup2(&actions, out[1], 1);
	failed = posix_spawn(&server.pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(in[0]);
	close(out[1]);
	server.to = in[1];
	server.from = out[0];
	return failed;
}

static int connect_control(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(server.control)};
	struct timeval patience = {.tv_sec = PATIENCE_MS / 1000};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	return fd;
}

/* Whether the whole answer is there: the server keeps the connection open. */
static bool is_whole(const struct rel_buf *text, const char *body)
{
	static const char last[] = "\r\n0\r\n\r\n";
	const char *length = strcasestr(text->data, "\r\nContent-Length:");
	size_t size = text->size - (size_t)(body - text->data);

	if (length && length < body)
		return size >= strtoul(length + 17, NULL, 10);
	return size >= sizeof(last) &&
	       rel_text_equal(text->data + text->size - (sizeof(last) - 1), last);
}

/* Joins the chunks in place when there are any. */
static void join_chunks(const struct rel_buf *text, char *body)
{
	char *to = body, *from = body;
	size_t size;

	if (!strcasestr(text->data, "\r\nTransfer-Encoding: chunked"))
		return;
	while ((size = strtoul(from, &from, 16)) > 0) {
		memmove(to, from + 2, size);
		to += size;
		from += size + 4;
	}
	*to = '\0';
}

static char *read_answer(int fd, struct rel_buf *text)
{
	for (;;) {
		char *end = text->data ? strstr(text->data, "\r\n\r\n") : NULL;
		char bytes[4096];
		ssize_t size;

		if (end && is_whole(text, end + 4)) {
			join_chunks(text, end + 4);
			return end + 4;
		}
		size = recv(fd, bytes, sizeof(bytes), 0);
		if (size <= 0)
			fail_msg("the answer ends after %zu bytes: %s", text->size,
				 text->data ? text->data : "");
		rel_buf_add(text, bytes, (size_t)size);
	}
}

json_t *control(const char *method, const char *path, const char *body)
{
	const char *type = rel_text_equal(method, "PATCH") ? "merge-patch+json" : "json";
	int fd = connect_control();
	struct rel_buf text;
	char *answer;
	json_t *json;

	rel_buf_init(&text, 1 << 22);
	rel_buf_printf(&text,
		       "%s %s HTTP/1.1\r\nHost: x\r\nContent-Type: application/%s\r\n"
		       "Content-Length: %zu\r\n\r\n%s",
		       method, path, type, strlen(body), body);
	assert_int_equal(send(fd, text.data, text.size, MSG_NOSIGNAL), (ssize_t)text.size);
	rel_buf_clear(&text);
	answer = read_answer(fd, &text);
	close(fd);
	if (!rel_text_starts(text.data, "HTTP/1.1 2"))
		fail_msg("%s %s: %s", method, path, text.data);
	json = json_loads(answer, JSON_DISABLE_EOF_CHECK, NULL);
	rel_buf_finish(&text);
	return json;
}

void order(const char *method, const char *path, const char *body)
{
	json_decref(control(method, path, body));
}

int64_t fault(const char *document)
{
	json_t *made = control("POST", "/faults", document);
	int64_t id = json_integer_value(json_object_get(made, "id"));

	json_decref(made);
	return id;
}

int64_t hits(int64_t id)
{
	json_t *all = control("GET", "/faults", "");
	int64_t found = -1;
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(all, "faults"), i,
			   one) if (json_integer_value(json_object_get(one, "id")) == id) found =
		json_integer_value(json_object_get(one, "hits"));
	json_decref(all);
	return found;
}

void make_pod(const char *name)
{
	char body[512], path[128];

	rel_text_format(body, sizeof(body),
			"{\"metadata\":{\"name\":\"%s\",\"labels\":{\"app\":\"redis\"}},\"spec\":{"
			"\"nodeName\":\"n\",\"containers\":[{\"name\":\"r\",\"image\":\"r\"}]}}",
			name);
	order("POST", PODS, body);
	rel_text_format(path, sizeof(path), PODS "/%s/status", name);
	order("PATCH", path, "{\"status\":{\"podIP\":\"10.0.0.9\"}}");
}

bool server_start(void)
{
	static const char rules[] =
		"{\"namespace\":\"test\",\"name\":\"agent\",\"rules\":[{\"apiGroups\":[\"\","
		"\"coordination.k8s.io\"],\"resources\":[\"leases\",\"pods\",\"events\"],"
		"\"verbs\":[\"get\",\"list\",\"watch\",\"create\",\"update\",\"patch\"]}]}";
	char line[2048];
	ssize_t size;
	json_t *info;

	rel_text_copy(server.state, sizeof(server.state), "/tmp/rel-kube-XXXXXX");
	if (access("test/standin/__main__.py", R_OK) || access("/usr/bin/openssl", X_OK) ||
	    !mkdtemp(server.state) || spawn_server())
		return false;
	size = read(server.from, line, sizeof(line) - 1);
	if (size <= 0)
		return false;
	line[size] = '\0';
	info = json_loads(line, 0, NULL);
	server.control = (uint16_t)json_integer_value(json_object_get(info, "control"));
	rel_text_format(server.url, sizeof(server.url), "https://127.0.0.1:%d/",
			(int)json_integer_value(json_object_get(info, "port")));
	json_decref(info);
	info = control("POST", "/accounts", rules);
	rel_text_copy(server.account, sizeof(server.account),
		      json_string_value(json_object_get(info, "directory")));
	json_decref(info);
	return true;
}

void server_stop(void)
{
	char *argv[] = {"/bin/rm", "-r", server.state, NULL};
	pid_t rm;

	if (server.pid == 0)
		return;
	close(server.to);
	close(server.from);
	waitpid(server.pid, NULL, 0);
	if (posix_spawn(&rm, argv[0], NULL, NULL, argv, environ) == 0)
		waitpid(rm, NULL, 0);
}

/* The driver and what it reports. */

static void on_closed(void *ctx)
{
	(void)ctx;
	driver.closed = true;
	rel_loop_stop(driver.loop);
}

static void on_event(void *ctx, const struct rel_event *event)
{
	struct seen *seen;

	assert_ptr_equal(ctx, &driver);
	assert_true(driver.count < SEEN_MAX);
	seen = &driver.seen[driver.count++];
	seen->event = *event;
	if (event->type == REL_EVENT_PODS_SEEN)
		seen->pods = *event->pods;
	else if (event->type != REL_EVENT_POD_PATCHED && event->record)
		seen->record = *event->record;
	if (driver.close_inside)
		rel_kube_close(driver.kube, on_closed, NULL);
	rel_loop_stop(driver.loop);
}

static void on_request(void *ctx, const struct rel_kube_request *request)
{
	assert_ptr_equal(ctx, &driver);
	driver.requests++;
	driver.last_code = request->code;
	rel_loop_stop(driver.loop);
}

static void on_guard(void *ctx)
{
	(void)ctx;
	fail_msg("nothing came in %d ms", PATIENCE_MS);
}

struct rel_kube *driver_make(const char *url, const char *dir, const char *lease)
{
	struct rel_kube_options options = {
		.url = url,
		.service_account_dir = dir,
		.namespace_ = "",
		.lease_name = lease,
		.label_selector = "app=redis",
		.self = {"redis-0", "uid-0"},
		.address = "redis-0:6379",
		.redis_port = 6379,
		.priority = 100,
		.compat_labels = "redis-role",
	};
	struct rel_kube_sink sink = {on_event, on_request, &driver};
	char error[256];

	return rel_kube_create(driver.loop, &options, &sink, error, sizeof(error));
}

void driver_start(const char *url, const char *dir, const char *lease)
{
	uint64_t ops = driver.ops;

	driver = (struct driver){.loop = rel_loop_create(), .ops = ops};
	rel_timer_init(driver.loop, &driver.guard, on_guard, NULL);
	rel_timer_set(&driver.guard, rel_after(rel_loop_now(), rel_ms(PATIENCE_MS)));
	driver.kube = driver_make(url, dir, lease);
	assert_non_null(driver.kube);
}

void driver_stop(void)
{
	if (!driver.closed && !driver.close_inside)
		rel_kube_close(driver.kube, on_closed, NULL);
	while (!driver.closed)
		rel_loop_run(driver.loop);
	rel_loop_destroy(driver.loop);
}

struct seen *wait_event(enum rel_event_type type, uint64_t op)
{
	for (;;) {
		while (driver.waited < driver.count) {
			struct seen *seen = &driver.seen[driver.waited++];

			if (seen->event.type == type && (op == 0 || seen->event.op == op))
				return seen;
		}
		rel_loop_run(driver.loop);
	}
}

struct rel_action make_action(enum rel_action_type type, const struct rel_version *expected,
			      const struct rel_record *record, int64_t ms)
{
	struct rel_action made = {.type = type, .op = ++driver.ops, .timeout = rel_ms(ms)};

	if (expected)
		made.expected = *expected;
	made.record = record;
	return made;
}

static enum rel_event_type answer_of(enum rel_action_type type)
{
	if (type == REL_ACTION_REGISTER_READ)
		return REL_EVENT_REGISTER_READ;
	if (type == REL_ACTION_REGISTER_WATCH)
		return REL_EVENT_REGISTER_WATCH;
	return REL_EVENT_REGISTER_WRITTEN;
}

struct seen *do_register(enum rel_action_type type, const struct rel_version *expected,
			 const struct rel_record *record, int64_t ms)
{
	struct rel_action made = make_action(type, expected, record, ms);
	int before = driver.count;

	rel_kube_register(driver.kube, &made);
	assert_int_equal(driver.count, before);
	return wait_event(answer_of(type), made.op);
}

struct seen *read_lease(void)
{
	return do_register(REL_ACTION_REGISTER_READ, NULL, NULL, 5000);
}

struct rel_record create_lease(void)
{
	struct seen *seen = do_register(REL_ACTION_REGISTER_CREATE, NULL, NULL, 5000);

	assert_int_equal(seen->event.err, REL_OK);
	assert_int_equal(rel_record_kind(&seen->record), REL_RECORD_VACANT);
	return seen->record;
}

static struct rel_record next_content(const struct rel_record *before)
{
	struct rel_record record = *before;

	rel_text_copy(record.holder, sizeof(record.holder), "redis-0_uid-0");
	record.epoch = before->epoch + 1;
	record.duration_s = 6;
	record.duration_ms = 6000;
	record.mark = before->mark + 1;
	record.renewed = rel_wall_now();
	rel_record_stamp(&record);
	return record;
}

struct seen *write_lease(const struct rel_record *before, int64_t ms)
{
	struct rel_record record = next_content(before);

	return do_register(REL_ACTION_REGISTER_WRITE, &before->version, &record, ms);
}

void run(char *const argv[])
{
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawn(&pid, argv[0], NULL, NULL, argv, environ), 0);
	waitpid(pid, &status, 0);
	assert_int_equal(status, 0);
}

struct seen *watch_from(const struct rel_version *version)
{
	return do_register(REL_ACTION_REGISTER_WATCH, version, NULL, 5000);
}

struct seen *wait_pods(int count)
{
	for (;;) {
		struct seen *seen = wait_event(REL_EVENT_PODS_SEEN, 0);

		if (seen->pods.count == count)
			return seen;
	}
}
