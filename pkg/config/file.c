/* SPDX-License-Identifier: Apache-2.0 */
/* Files: the one of settings, and those of secrets. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "load.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

static const char *open_error(int error)
{
	switch (error) {
	case ENOENT:
		return "there is no such file";
	case EACCES:
		return "may not be read";
	default:
		return "cannot be opened";
	}
}

const char *rel_file_read(const char *path, char *to, size_t size, size_t *length)
{
	/* Not a pipe, which could keep us waiting for ever. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *error = NULL;
	size_t have = 0;

	if (fd < 0)
		return open_error(errno);
	while (have < size) {
		ssize_t got = read(fd, to + have, size - have);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			error = errno == EISDIR ? "is a folder" : "cannot be read";
		if (got <= 0)
			break;
		have += (size_t)got;
	}
	close(fd);
	if (!error && have == size)
		error = "is too large";
	if (error)
		return error;
	to[have] = '\0';
	*length = have;
	return NULL;
}

/* One newline, with or without its carriage return. */
static size_t without_newline(const char *text, size_t length)
{
	if (length == 0 || text[length - 1] != '\n')
		return length;
	length--;
	if (length && text[length - 1] == '\r')
		length--;
	return length;
}

const char *rel_secret_read(const char *path, char to[REL_CONFIG_TEXT])
{
	char text[REL_CONFIG_TEXT + 2];
	size_t length = 0;
	const char *error = rel_file_read(path, text, sizeof(text), &length);

	if (!error) {
		length = without_newline(text, length);
		if (length >= REL_CONFIG_TEXT)
			error = "is too large";
		else if (length == 0)
			error = "is empty";
		else if (memchr(text, '\0', length))
			error = "contains a NUL byte";
	}
	if (!error) {
		rel_wipe(to, REL_CONFIG_TEXT);
		rel_text_copy_n(to, REL_CONFIG_TEXT, text, length);
	}
	rel_wipe(text, sizeof(text));
	return error;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Takes blanks off both ends, in place. */
static char *trim(char *text)
{
	char *end = text + strlen(text);

	while (end > text && is_blank(end[-1]))
		end--;
	*end = '\0';
	while (is_blank(*text))
		text++;
	return text;
}

static bool fault(const struct rel_load *load, int line, const char *reason)
{
	fprintf(load->err, "%s:%d: %s\n", load->file ? load->file : "file", line, reason);
	return false;
}

static bool read_line(struct rel_load *load, char *text, int line)
{
	char *name = trim(text), *equals = strchr(name, '=');
	struct rel_origin origin = {.source = REL_SOURCE_FILE, .line = line};
	const struct rel_option *option;

	if (!*name || *name == '#')
		return true;
	if (!equals)
		return fault(load, line, "not of the form `name = value`");
	*equals = '\0';
	name = trim(name);
	origin.text = trim(equals + 1);
	option = rel_option_find(name);
	if (!option)
		return rel_load_unknown(load, name, strlen(name), &origin);
	if (rel_text_equal(option->name, "config"))
		return rel_load_refuse(load, option, &origin, "only on the command line");
	if (load->origins[option - rel_options].source == REL_SOURCE_FILE)
		return rel_load_refuse(load, option, &origin, "given before on line %d",
				       load->origins[option - rel_options].line);
	return rel_load_set(load, option, origin);
}

bool rel_load_file_text(struct rel_load *load, char *text, size_t size)
{
	char *end = text + size;

	for (int line = 1; text < end; line++) {
		char *newline = memchr(text, '\n', (size_t)(end - text));
		char *next = newline ? newline + 1 : end;

		if (newline)
			*newline = '\0';
		if (strlen(text) != (size_t)((newline ? newline : end) - text))
			return fault(load, line, "contains a NUL byte");
		if (!read_line(load, text, line))
			return false;
		text = next;
	}
	return true;
}
