/* SPDX-License-Identifier: Apache-2.0 */
/* A real redis-server on a free loopback port, for tests of drivers. Blocking;
 * ended by its pid, and by the kernel when the test dies. */
#ifndef TEST_REDIS_SERVER_H
#define TEST_REDIS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct redis_server {
	pid_t pid; /* 0 = not running */
	uint16_t port;
	char dir[64];
};

/* True, with a line that says so, when there is none on this machine: the program
 * with that many tests is then to end. */
bool redis_server_missing(size_t tests);

/* A loopback port that nothing listens on. */
uint16_t redis_server_free_port(void);

/* Starts one in a new empty folder, without persistence unless asked for. extra:
 * further command-line words, ended by NULL; may be NULL. False when it did not
 * come up. */
bool redis_server_start(struct redis_server *server, const char *const *extra);

/* Starts it again on its port and folder. */
bool redis_server_restart(struct redis_server *server, const char *const *extra);

/* The same without waiting until it serves: it may be loading. */
bool redis_server_spawn(struct redis_server *server, const char *const *extra);

/* SIGKILL, and waits until it is gone. */
void redis_server_kill(struct redis_server *server);
void redis_server_signal(const struct redis_server *server, int signum);

/* Kills it if it runs and removes its folder. */
void redis_server_remove(struct redis_server *server);

/* Sends one inline command on a connection of its own; reply gets the reply as it
 * came. */
bool redis_server_call(const struct redis_server *server, const char *command, char *reply,
		       size_t size);

#endif
