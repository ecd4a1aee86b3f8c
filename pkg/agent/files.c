/* SPDX-License-Identifier: Apache-2.0 */
/* The data mark on disk: written beside the old one, synced and renamed, on the
 * thread pool. A full or hung disk costs the mark, never the loop. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "agent.h"
#include "mark_codec.h"
#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define PATH_SIZE (REL_CONFIG_TEXT + 32)

struct rel_mark_job {
	struct rel_agent *agent;
	uint64_t op; /* 0 = load */
	char directory[REL_CONFIG_TEXT];
	char set[REL_NAME_SIZE];
	struct rel_mark mark;
	enum rel_err err;
	int error; /* errno, for the log */
};

static enum rel_err of_errno(int error)
{
	return error == ENOSPC || error == EDQUOT ? REL_ERR_NO_SPACE
	       : error == ENOENT                  ? REL_ERR_MISSING
						  : REL_ERR_IO;
}

static bool sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool synced = fd >= 0 && fsync(fd) == 0;

	if (fd >= 0)
		close(fd);
	return synced;
}

static bool write_file(const char *path, const char *text, size_t size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	bool written = fd >= 0 && write(fd, text, size) == (ssize_t)size && fsync(fd) == 0;
	int error = errno;

	if (fd >= 0)
		close(fd);
	errno = error;
	return written;
}

static void save(void *ctx)
{
	struct rel_mark_job *job = ctx;
	char path[PATH_SIZE], fresh[PATH_SIZE], text[REL_MARK_TEXT];
	size_t size = rel_mark_encode(&job->mark, job->set, text);

	rel_text_format(path, sizeof(path), "%s/data-mark", job->directory);
	rel_text_format(fresh, sizeof(fresh), "%s/data-mark.new", job->directory);
	if (mkdir(job->directory, 0750) != 0 && errno != EEXIST) {
		job->error = errno;
	} else if (!write_file(fresh, text, size) || rename(fresh, path) != 0 ||
		   !sync_directory(job->directory)) {
		job->error = errno;
	}
	job->err = job->error == 0 ? REL_OK : of_errno(job->error);
}

static void load(void *ctx)
{
	struct rel_mark_job *job = ctx;
	char path[PATH_SIZE], text[REL_MARK_TEXT];
	ssize_t size;
	int fd;

	rel_text_format(path, sizeof(path), "%s/data-mark", job->directory);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		job->error = errno;
		job->err = of_errno(errno);
		return;
	}
	size = read(fd, text, sizeof(text));
	close(fd);
	if (size < 0 || !rel_mark_decode(text, (size_t)size, job->set, &job->mark))
		job->err = REL_ERR_GARBLED;
}

static void complain(const struct rel_mark_job *job)
{
	if (job->err == REL_OK || job->err == REL_ERR_MISSING)
		return;
	rel_log(REL_LOG_WARN, job->op == 0 ? "data mark not readable" : "data mark not written",
		"directory", job->directory, "error",
		job->error != 0 ? strerror(job->error) : rel_err_text(job->err), NULL);
}

static void done(void *ctx)
{
	struct rel_mark_job *job = ctx;
	struct rel_agent *agent = job->agent;
	struct rel_event event = {
		.type = job->op == 0 ? REL_EVENT_MARK_LOADED : REL_EVENT_MARK_SAVED,
		.op = job->op,
		.err = job->err,
		.mark = &job->mark,
	};

	complain(job);
	rel_agent_dispatch(agent, &event);
	rel_free(job);
}

/* Without a folder the mark lives in memory only. */
static void nowhere(void *ctx)
{
	struct rel_mark_job *job = ctx;

	job->err = job->op == 0 ? REL_ERR_MISSING : REL_OK;
}

static void start(struct rel_agent *agent, uint64_t op, const struct rel_mark *mark)
{
	struct rel_mark_job *job = rel_calloc(1, sizeof(*job));
	bool kept = agent->config->data_dir[0] != '\0';

	job->agent = agent;
	job->op = op;
	rel_text_copy(job->directory, sizeof(job->directory), agent->config->data_dir);
	rel_text_copy(job->set, sizeof(job->set), agent->config->lease_name);
	if (mark != NULL)
		job->mark = *mark;
	rel_loop_work(agent->loop, !kept ? nowhere : op == 0 ? load : save, done, job);
}

void rel_agent_load_mark(struct rel_agent *agent)
{
	start(agent, 0, NULL);
}

void rel_agent_save_mark(struct rel_agent *agent, uint64_t op, const struct rel_mark *mark)
{
	start(agent, op, mark);
}
