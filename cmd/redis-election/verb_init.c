/* SPDX-License-Identifier: Apache-2.0 */
/* init: writes the redis.conf that a Redis of the set starts with. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <sys/stat.h>

#include "redis-election/base/buf.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/bootstrap.h"
#include "verb.h"

#define CONF_LIMIT (64 * 1024)
#define PASSWORD_SIZE 512

static const char usage[] =
	"Usage: redis-election init --output FILE [options]\n"
	"\n"
	"Writes a redis.conf with which Redis starts as a replica of nowhere that refuses\n"
	"every write, until the agent beside it decides what it becomes.\n"
	"\n"
	"  --output FILE          where to write it (mode 0640; replaced in one step)\n"
	"  --port PORT            Redis' port (6379)\n"
	"  --bind ADDRESSES       Redis' bind directive (all addresses)\n"
	"  --dir DIRECTORY        where Redis keeps its data (its working directory)\n"
	"  --password-file FILE   password of the default user and of replication\n"
	"  --username NAME        user of the replication link (the default user)\n"
	"  --set \"NAME VALUE\"     any other directive; may be repeated\n"
	"  --help                 this text\n";

struct init {
	struct rel_bootstrap bootstrap;
	const char *output;
	char password[PASSWORD_SIZE];
};

static int complain(const char *option, const char *value, const char *allowed)
{
	fprintf(stderr, "redis-election init: --%s \"%s\": %s\n", option, value, allowed);
	return REL_EXIT_USAGE;
}

static int read_password(struct init *init, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd >= 0 ? read(fd, init->password, sizeof(init->password)) : -1;
	int error = errno;

	if (fd >= 0)
		close(fd);
	if (size < 0)
		return complain("password-file", path, strerror(error));
	if (size == PASSWORD_SIZE)
		return complain("password-file", path, "at most 510 bytes are allowed");
	if (size > 0 && init->password[size - 1] == '\n')
		size--;
	if (size > 0 && init->password[size - 1] == '\r')
		size--;
	init->password[size] = '\0';
	if (strlen(init->password) != (size_t)size)
		return complain("password-file", path, "a NUL byte is not allowed");
	init->bootstrap.password = init->password;
	return REL_EXIT_OK;
}

static int take(struct init *init, int option)
{
	struct rel_bootstrap *bootstrap = &init->bootstrap;
	uint64_t port;

	switch (option) {
	case 'o':
		init->output = optarg;
		return REL_EXIT_OK;
	case 'p':
		if (!rel_text_to_u64(optarg, &port) || port == 0 || port > UINT16_MAX)
			return complain("port", optarg, "must be 1 to 65535");
		bootstrap->port = (uint16_t)port;
		return REL_EXIT_OK;
	case 'b':
		bootstrap->bind = optarg;
		return REL_EXIT_OK;
	case 'd':
		bootstrap->directory = optarg;
		return REL_EXIT_OK;
	case 'u':
		bootstrap->username = optarg;
		return REL_EXIT_OK;
	case 'w':
		return read_password(init, optarg);
	case 's':
		if (bootstrap->setting_count == REL_BOOTSTRAP_SETTINGS_MAX)
			return complain("set", optarg, "at most 64 settings are allowed");
		bootstrap->settings[bootstrap->setting_count++] = optarg;
		return REL_EXIT_OK;
	}
	fputs("Try 'redis-election init --help'.\n", stderr);
	return REL_EXIT_USAGE;
}

static bool write_all(const char *path, const struct rel_buf *conf)
{
	char fresh[4096];
	int fd;
	bool good;

	if (!rel_text_format(fresh, sizeof(fresh), "%s.new", path)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
	if (fd < 0)
		return false;
	good = write(fd, conf->data, conf->size) == (ssize_t)conf->size && fsync(fd) == 0;
	close(fd);
	return good && rename(fresh, path) == 0;
}

static int write_conf(struct init *init)
{
	struct rel_buf conf;
	char error[256];
	int code = REL_EXIT_OK;

	if (init->output == NULL) {
		fputs("redis-election init: --output FILE is needed\n", stderr);
		return REL_EXIT_USAGE;
	}
	rel_buf_init(&conf, CONF_LIMIT);
	if (!rel_bootstrap_redis_conf(&init->bootstrap, &conf, error, sizeof(error))) {
		fprintf(stderr, "redis-election init: %s\n", error);
		code = REL_EXIT_USAGE;
	} else if (!write_all(init->output, &conf)) {
		fprintf(stderr, "redis-election init: %s: %s\n", init->output, strerror(errno));
		code = REL_EXIT_ERROR;
	}
	rel_wipe(conf.data, conf.size);
	rel_buf_finish(&conf);
	return code;
}

int rel_verb_init(int argc, char **argv)
{
	static const struct option options[] = {
		{"output", required_argument, NULL, 'o'}, {"port", required_argument, NULL, 'p'},
		{"bind", required_argument, NULL, 'b'},	  {"dir", required_argument, NULL, 'd'},
		{"username", required_argument, NULL, 'u'}, {"set", required_argument, NULL, 's'},
		{"password-file", required_argument, NULL, 'w'}, {"help", no_argument, NULL, 'h'},
		{0},
	};
	struct init init = {.bootstrap = {.port = 6379,
					  .bind = "",
					  .directory = "",
					  .username = "",
					  .password = ""}};
	int option, code = REL_EXIT_OK;

	while (code == REL_EXIT_OK &&
	       (option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return REL_EXIT_OK;
		}
		code = take(&init, option);
	}
	if (code == REL_EXIT_OK && optind < argc)
		code = complain("output", argv[optind], "takes no further words");
	if (code == REL_EXIT_OK)
		code = write_conf(&init);
	rel_wipe(init.password, sizeof(init.password));
	return code;
}
