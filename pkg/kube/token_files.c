/* SPDX-License-Identifier: Apache-2.0 */
#include "token_files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"
#include "redis-election/base/buf.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define PATH_SIZE 1024
#define TOKEN_LIMIT (64 * 1024)
#define CA_LIMIT (1024 * 1024)
#define NAMESPACE_LIMIT 256

static const char *const files[] = {"token", "ca.crt", "namespace"};

/* FNV-1a. */
static void mix(uint64_t *hash, uint64_t value)
{
	for (int i = 0; i < 8; i++) {
		*hash ^= value & 0xff;
		*hash *= UINT64_C(1099511628211);
		value >>= 8;
	}
}

struct rel_token_stamp rel_token_files_stamp(const char *dir)
{
	uint64_t hash = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		char path[PATH_SIZE];
		struct stat at;

		if (!rel_text_format(path, sizeof(path), "%s/%s", dir, files[i]) ||
		    stat(path, &at) != 0) {
			mix(&hash, 0);
			continue;
		}
		mix(&hash, (uint64_t)at.st_dev);
		mix(&hash, (uint64_t)at.st_ino);
		mix(&hash, (uint64_t)at.st_size);
		mix(&hash, (uint64_t)at.st_mtim.tv_sec);
		mix(&hash, (uint64_t)at.st_mtim.tv_nsec);
	}
	return (struct rel_token_stamp){hash};
}

static bool read_all(int fd, struct rel_buf *out)
{
	for (;;) {
		char bytes[4096];
		ssize_t size = read(fd, bytes, sizeof(bytes));

		if (size == 0)
			return true;
		if (size < 0 && errno == EINTR)
			continue;
		if (size < 0)
			return false;
		if (!rel_buf_add(out, bytes, (size_t)size)) {
			errno = EFBIG;
			return false;
		}
	}
}

static bool read_file(const char *dir, const char *name, struct rel_buf *out)
{
	char path[PATH_SIZE];
	bool ok;
	int fd;

	if (!rel_text_format(path, sizeof(path), "%s/%s", dir, name)) {
		errno = ENAMETOOLONG;
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return false;
	ok = read_all(fd, out);
	close(fd);
	return ok;
}

/* Without the blanks and line ends at its end. */
static void trim(struct rel_buf *text)
{
	while (text->size > 0 && strchr(" \t\r\n", text->data[text->size - 1]))
		text->data[--text->size] = '\0';
}

static void finish_secret(struct rel_buf *buf)
{
	if (buf->data)
		rel_wipe(buf->data, buf->capacity);
	rel_buf_finish(buf);
}

static void fail(char *error, size_t size, const char *dir, const char *name, const char *why)
{
	rel_text_format(error, size, "service account file %s/%s: %s", dir, name, why);
}

/* A token is a header value: anything but one word would be another header. */
static bool read_token(const char *dir, char **token, char *error, size_t error_size)
{
	struct rel_buf text;
	bool ok = false;

	rel_buf_init(&text, TOKEN_LIMIT);
	if (!read_file(dir, "token", &text)) {
		fail(error, error_size, dir, "token", strerror(errno));
	} else {
		trim(&text);
		ok = text.size > 0 && strlen(text.data) == text.size &&
		     rel_json_is_word(text.data, TOKEN_LIMIT);
		if (ok)
			*token = rel_strdup(text.data);
		else
			fail(error, error_size, dir, "token", "empty, or not one word");
	}
	finish_secret(&text);
	return ok;
}

static bool read_ca(const char *dir, struct rel_credentials *credentials, char *error,
		    size_t error_size)
{
	struct rel_buf pem;

	rel_buf_init(&pem, CA_LIMIT);
	if (!read_file(dir, "ca.crt", &pem)) {
		fail(error, error_size, dir, "ca.crt", strerror(errno));
	} else if (pem.size == 0 || !strstr(pem.data, "-----BEGIN CERTIFICATE-----")) {
		fail(error, error_size, dir, "ca.crt", "no certificate in it");
	} else {
		credentials->ca = rel_strdup(pem.data);
		credentials->ca_size = strlen(pem.data);
	}
	rel_buf_finish(&pem);
	return credentials->ca != NULL;
}

static void read_namespace(const char *dir, char name[REL_NAME_SIZE])
{
	struct rel_buf text;

	rel_buf_init(&text, NAMESPACE_LIMIT);
	name[0] = '\0';
	if (read_file(dir, "namespace", &text) && text.size > 0) {
		trim(&text);
		if (rel_json_is_word(text.data, REL_NAME_SIZE))
			rel_text_copy(name, REL_NAME_SIZE, text.data);
	}
	rel_buf_finish(&text);
}

bool rel_token_files_read(const char *dir, struct rel_credentials *credentials, char *error,
			  size_t error_size)
{
	*credentials = (struct rel_credentials){0};
	if (!read_token(dir, &credentials->token, error, error_size) ||
	    !read_ca(dir, credentials, error, error_size)) {
		rel_token_files_free(credentials);
		return false;
	}
	read_namespace(dir, credentials->namespace_);
	return true;
}

void rel_token_files_free(struct rel_credentials *credentials)
{
	if (credentials->token)
		rel_wipe(credentials->token, strlen(credentials->token));
	rel_free(credentials->token);
	rel_free(credentials->ca);
	*credentials = (struct rel_credentials){0};
}
