/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log_line.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

#define RING_SIZE (64 * 1024)

_Static_assert(REL_LOG_LINE_MAX <= PIPE_BUF, "a line must be one atomic write to a pipe");

enum outlet {
	OUTLET_POLLED, /* shared with others: written when poll says there is room */
	OUTLET_OWN,    /* an open file description of our own, with O_NONBLOCK */
	OUTLET_SOCKET, /* MSG_DONTWAIT */
};

static struct {
	enum rel_log_level level;
	enum rel_log_format format;
	enum outlet outlet;
	int fd;
	char ring[RING_SIZE];
	size_t head, size;
	uint64_t dropped;
	uint64_t unsaid; /* dropped lines that no line has told of yet */
	uint64_t notices, told; /* lines in the ring that tell of dropped ones; how many */
} state = {.level = REL_LOG_INFO, .format = REL_LOG_LOGFMT, .fd = STDERR_FILENO};

struct rel_wall rel_wall_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (struct rel_wall){(int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000};
}

/* O_NONBLOCK belongs to the open file description, which our parent and our
 * siblings may share; a second description of the same pipe is ours alone. */
static int reopen_pipe(int fd)
{
	char path[32];

	rel_text_format(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
}

static void choose_outlet(int fd)
{
	struct stat about;
	int own;

	state.outlet = OUTLET_POLLED;
	state.fd = fd;
	if (fstat(fd, &about) != 0)
		return;
	if (S_ISSOCK(about.st_mode))
		state.outlet = OUTLET_SOCKET;
	if (!S_ISFIFO(about.st_mode))
		return;
	own = reopen_pipe(fd);
	if (own >= 0) {
		state.outlet = OUTLET_OWN;
		state.fd = own;
	}
}

void rel_log_init(int fd, enum rel_log_level level, enum rel_log_format format)
{
	if (state.outlet == OUTLET_OWN)
		close(state.fd);
	state.level = level;
	state.format = format;
	state.head = state.size = 0;
	state.dropped = state.unsaid = state.notices = state.told = 0;
	choose_outlet(fd);
}

void rel_log_set_level(enum rel_log_level level)
{
	state.level = level;
}

bool rel_log_enabled(enum rel_log_level level)
{
	return level <= state.level;
}

uint64_t rel_log_dropped(void)
{
	return state.dropped;
}

static void drop(uint64_t lines)
{
	state.dropped += lines;
	state.unsaid += lines;
}

static bool enqueue(const struct rel_log_line *line)
{
	size_t tail = (state.head + state.size) % RING_SIZE;
	size_t first = RING_SIZE - tail < line->size ? RING_SIZE - tail : line->size;

	if (line->size > RING_SIZE - state.size)
		return false;
	memcpy(state.ring + tail, line->data, first);
	memcpy(state.ring, line->data + first, line->size - first);
	state.size += line->size;
	return true;
}

/* False while there is no room to tell what was dropped: it comes first. */
static bool confess(void)
{
	struct rel_log_line line;
	char number[24];

	if (state.unsaid == 0)
		return true;
	rel_text_format(number, sizeof(number), "%" PRIu64, state.unsaid);
	rel_log_line_begin(&line, state.format, rel_wall_now(), REL_LOG_WARN,
			   "log lines dropped");
	rel_log_line_pair(&line, "dropped", number);
	rel_log_line_end(&line);
	if (!enqueue(&line))
		return false;
	state.notices++;
	state.told += state.unsaid;
	state.unsaid = 0;
	return true;
}

void rel_log(enum rel_log_level level, const char *message, ...)
{
	struct rel_log_line line;
	va_list pairs;

	if (!rel_log_enabled(level))
		return;
	rel_log_line_begin(&line, state.format, rel_wall_now(), level, message);
	va_start(pairs, message);
	rel_log_line_pairs(&line, pairs);
	va_end(pairs);
	rel_log_line_end(&line);
	if (!confess() || !enqueue(&line))
		drop(1);
}

/* Copies the oldest whole lines that are together one atomic write. */
static size_t next_piece(char piece[REL_LOG_LINE_MAX])
{
	size_t length = state.size < REL_LOG_LINE_MAX ? state.size : REL_LOG_LINE_MAX;
	size_t first = RING_SIZE - state.head < length ? RING_SIZE - state.head : length;
	const char *newline;

	memcpy(piece, state.ring + state.head, first);
	memcpy(piece + first, state.ring, length - first);
	newline = memrchr(piece, '\n', length);
	rel_assert(newline);
	return (size_t)(newline - piece) + 1;
}

static ssize_t write_piece(const char *piece, size_t length)
{
	struct pollfd room = {.fd = state.fd, .events = POLLOUT};

	switch (state.outlet) {
	case OUTLET_SOCKET:
		return send(state.fd, piece, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	case OUTLET_POLLED:
		if (poll(&room, 1, 0) == 0) {
			errno = EAGAIN;
			return -1;
		}
		break;
	case OUTLET_OWN:
		break;
	}
	return write(state.fd, piece, length);
}

static void consume(size_t length)
{
	state.head = (state.head + length) % RING_SIZE;
	state.size -= length;
	if (state.size == 0)
		state.notices = state.told = 0;
}

/* Nobody reads there any more, or the disk is full: what was kept is lost. A
 * notice that was lost with it is given again, and is no line of its own. */
static void discard(void)
{
	uint64_t lines = 0;

	for (size_t i = 0; i < state.size; i++)
		lines += state.ring[(state.head + i) % RING_SIZE] == '\n';
	drop(lines > state.notices ? lines - state.notices : 0);
	state.unsaid += state.told;
	consume(state.size);
}

bool rel_log_flush(void)
{
	char piece[REL_LOG_LINE_MAX];

	while (state.size > 0) {
		ssize_t written = write_piece(piece, next_piece(piece));

		if (written < 0 && (errno == EAGAIN || errno == EINTR))
			return false;
		if (written < 0) {
			discard();
			return true;
		}
		consume((size_t)written);
		if (state.size == 0)
			confess();
	}
	return true;
}
