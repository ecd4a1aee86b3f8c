/* SPDX-License-Identifier: Apache-2.0 */
#include "redis_server.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define WORDS_MAX 48
#define READY "Ready to accept connections"
/* Logged once the sockets are open, before any data is loaded. */
#define LISTENING "Server initialized"

static bool is_installed(void)
{
	char path[4096];
	const char *at = getenv("PATH");

	while (at && *at) {
		size_t length = strcspn(at, ":");

		snprintf(path, sizeof(path), "%.*s/redis-server", (int)length, at);
		if (access(path, X_OK) == 0)
			return true;
		at += length + (at[length] == ':');
	}
	return false;
}

bool redis_server_missing(size_t tests)
{
	if (is_installed())
		return false;
	printf("[  SKIPPED ] needs redis-server: %zu test(s)\n", tests);
	return true;
}

static struct sockaddr_in loopback(uint16_t port)
{
	return (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
}

uint16_t redis_server_free_port(void)
{
	struct sockaddr_in address = loopback(0);
	socklen_t size = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (bind(fd, (struct sockaddr *)&address, size) ||
	    getsockname(fd, (struct sockaddr *)&address, &size))
		address.sin_port = 0;
	close(fd);
	return ntohs(address.sin_port);
}

static _Noreturn void become_server(const struct redis_server *server, int out,
				    const char *const *extra)
{
	char port[8];
	const char *words[WORDS_MAX] = {
		"redis-server", "--port", port, "--bind", "127.0.0.1", "--save", "",
		"--daemonize", "no", "--repl-diskless-sync-delay", "0",
	};
	size_t count = 11;

	snprintf(port, sizeof(port), "%u", server->port);
	while (extra && *extra && count < WORDS_MAX - 1)
		words[count++] = *extra++;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (chdir(server->dir) || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(words[0], (char *const *)words);
	_exit(127);
}

/* Waits for the line, or for the end of the server. */
static bool wait_for(int fd, const char *line)
{
	char text[16384];
	size_t used = 0;
	ssize_t got;

	while (used < sizeof(text) - 1 &&
	       (got = read(fd, text + used, sizeof(text) - 1 - used)) > 0) {
		used += (size_t)got;
		text[used] = '\0';
		if (strstr(text, line))
			return true;
	}
	return false;
}

static bool launch(struct redis_server *server, const char *const *extra, const char *line)
{
	int ends[2];
	bool ready;

	if (pipe2(ends, O_CLOEXEC))
		return false;
	server->pid = fork();
	if (server->pid == 0)
		become_server(server, ends[1], extra);
	close(ends[1]);
	ready = server->pid > 0 && wait_for(ends[0], line);
	close(ends[0]);
	if (!ready)
		redis_server_kill(server);
	return ready;
}

bool redis_server_restart(struct redis_server *server, const char *const *extra)
{
	return launch(server, extra, READY);
}

bool redis_server_spawn(struct redis_server *server, const char *const *extra)
{
	return launch(server, extra, LISTENING);
}

bool redis_server_start(struct redis_server *server, const char *const *extra)
{
	memset(server, 0, sizeof(*server));
	snprintf(server->dir, sizeof(server->dir), "/tmp/redis-election-test-XXXXXX");
	if (!mkdtemp(server->dir))
		return false;
	/* Somebody else may take the port in between. */
	for (int attempt = 0; attempt < 3; attempt++) {
		server->port = redis_server_free_port();
		if (redis_server_restart(server, extra))
			return true;
	}
	redis_server_remove(server);
	return false;
}

void redis_server_signal(const struct redis_server *server, int signum)
{
	if (server->pid > 0)
		kill(server->pid, signum);
}

void redis_server_kill(struct redis_server *server)
{
	if (server->pid <= 0)
		return;
	kill(server->pid, SIGKILL);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		continue;
	server->pid = 0;
}

static void remove_folder(const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char name[512];

	while (dir && (entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		if (unlink(name) && errno == EISDIR)
			remove_folder(name);
	}
	if (dir)
		closedir(dir);
	rmdir(path);
}

void redis_server_remove(struct redis_server *server)
{
	redis_server_kill(server);
	if (server->dir[0])
		remove_folder(server->dir);
	server->dir[0] = '\0';
}

static size_t lines_in(const char *text)
{
	size_t count = 0;

	for (; *text; text++)
		count += *text == '\n';
	return count;
}

/* Texts in an array are taken to have one line each. */
static bool is_whole(const char *reply, size_t size)
{
	const char *line = memchr(reply, '\n', size);
	long bulk;

	if (!line)
		return false;
	if (reply[0] == '*')
		return lines_in(reply) == 1 + 2 * (size_t)strtol(reply + 1, NULL, 10);
	if (reply[0] != '$')
		return true;
	bulk = strtol(reply + 1, NULL, 10);
	return bulk < 0 || size >= (size_t)(line - reply) + 1 + (size_t)bulk + 2;
}

bool redis_server_call(const struct redis_server *server, const char *command, char *reply,
		       size_t size)
{
	struct sockaddr_in address = loopback(server->port);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t used = 0;
	ssize_t got;
	char line[512];
	int length = snprintf(line, sizeof(line), "%s\r\n", command);
	bool ok = connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
		  write(fd, line, (size_t)length) == length;

	reply[0] = '\0';
	while (ok && used < size - 1 && !is_whole(reply, used)) {
		got = read(fd, reply + used, size - 1 - used);
		ok = got > 0;
		used += ok ? (size_t)got : 0;
		reply[used] = '\0';
	}
	close(fd);
	return ok;
}
