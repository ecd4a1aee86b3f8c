/* SPDX-License-Identifier: Apache-2.0 */
/* Requests, as RFC 9112 §2 to §6. */
#include "codec.h"

#include <stdint.h>
#include <strings.h>

#include "redis-election/base/text.h"
#include "redis-election/http.h"

#define METHOD_MAX 16

/* RFC 9110 §5.6.2 */
static bool is_token_char(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_token(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (!is_token_char((unsigned char)text[i]))
			return false;
	}
	return size > 0;
}

/* A field value: visible bytes, blanks and tabs; other bytes over 0x7f are opaque. */
static bool is_value(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* Visible ASCII: anything else in a target is refused rather than decoded. */
static bool is_target(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] <= ' ' || text[i] >= 0x7f || strchr("\"<>\\^`{|}#", text[i]))
			return false;
	}
	return size > 0;
}

/* Whether the bytes so far can become a method of ours: TLS, Redis and other
 * protocols are refused at their first bytes instead of at the deadline. */
static bool may_be_method(const char *data, size_t size)
{
	size_t i = 0;

	while (i < size && data[i] >= 'A' && data[i] <= 'Z')
		i++;
	return i <= METHOD_MAX && (i == size || (data[i] == ' ' && i > 0));
}

/* The absolute form, http://host/path, is what proxies send (RFC 9112 §3.2.2). */
static char *skip_authority(char *target)
{
	char *slash;

	if (strncasecmp(target, "http://", 7) != 0)
		return target;
	slash = strchr(target + 7, '/');
	return slash ? slash : target;
}

static int read_target(char *target, struct http_head *head)
{
	char *question;

	target = skip_authority(target);
	if (*target != '/')
		return 400;
	head->path = target;
	question = strchr(target, '?');
	head->query = question ? question + 1 : "";
	if (question)
		*question = '\0';
	return 200;
}

/* METHOD SP target SP HTTP/1.x, without its CRLF. */
static int read_request_line(char *line, size_t size, struct http_head *head)
{
	char *end = line + size;
	char *target = memchr(line, ' ', size), *version;

	if (!target)
		return 400;
	*target++ = '\0';
	version = memchr(target, ' ', (size_t)(end - target));
	if (!version || !is_target(target, (size_t)(version - target)))
		return 400;
	*version++ = '\0';
	if (end - version != 8 || memcmp(version, "HTTP/", 5) != 0)
		return 400;
	if (memcmp(version, "HTTP/1.1", 8) != 0 && memcmp(version, "HTTP/1.0", 8) != 0)
		return 505;
	head->method = line;
	head->keep_alive = version[7] == '1';
	return read_target(target, head);
}

static int read_header(char *line, size_t size, struct http_head *head)
{
	char *colon = memchr(line, ':', size);
	char *value, *end = line + size;

	if (!colon || !is_token(line, (size_t)(colon - line)))
		return 400;
	value = colon + 1;
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	if (!is_value(value, (size_t)(end - value)))
		return 400;
	if (head->header_count == HTTP_HEADERS_MAX)
		return 431;
	*colon = *end = '\0';
	head->headers[head->header_count++] = (struct http_header){line, value};
	return 200;
}

/* Every line ends with CRLF; stop is where the empty line begins. */
static int read_headers(char *line, char *stop, struct http_head *head)
{
	while (line < stop) {
		char *lf = memchr(line, '\n', (size_t)(stop - line));
		int code;

		if (!lf || lf == line || lf[-1] != '\r')
			return 400;
		code = read_header(line, (size_t)(lf - 1 - line), head);
		if (code != 200)
			return code;
		line = lf + 1;
	}
	return 200;
}

/* RFC 9112 §6.3: how long the body is must never be open to doubt. */
static int read_length(struct http_head *head)
{
	size_t lengths, codings;
	const char *length = http_find(head, "Content-Length", &lengths);
	const char *coding = http_find(head, "Transfer-Encoding", &codings);
	uint64_t size = 0;

	if (coding && (lengths || codings > 1))
		return 400;
	if (coding)
		return strcasecmp(coding, "chunked") == 0 ? 411 : 501;
	if (lengths > 1 || (length && !rel_text_to_u64(length, &size)))
		return 400;
	if (size > REL_HTTP_REQUEST_MAX - head->head_size)
		return 413;
	head->body_size = (size_t)size;
	return 200;
}

static int check_headers(struct http_head *head)
{
	size_t hosts, connections;
	const char *connection = http_find(head, "Connection", &connections);

	http_find(head, "Host", &hosts);
	if (hosts > 1 || (hosts == 0 && head->keep_alive))
		return 400;
	if (http_find(head, "Expect", NULL))
		return 417;
	if (connections > 1 || (connection && strcasecmp(connection, "keep-alive") != 0))
		head->keep_alive = false;
	return read_length(head);
}

static int incomplete(const char *data, size_t size)
{
	size_t line = size < METHOD_MAX + 1 ? size : METHOD_MAX + 1;

	if (!may_be_method(data, line))
		return 400;
	return size >= REL_HTTP_REQUEST_MAX ? 431 : 0;
}

int http_parse(char *data, size_t size, struct http_head *head)
{
	size_t window = size < REL_HTTP_REQUEST_MAX ? size : REL_HTTP_REQUEST_MAX;
	char *end = memmem(data, window, "\r\n\r\n", 4);
	char *line_end;
	int code = incomplete(data, size);

	if (!end)
		return code;
	if (code == 400 || memchr(data, '\0', (size_t)(end - data)))
		return 400;
	*head = (struct http_head){.head_size = (size_t)(end - data) + 4};
	line_end = memmem(data, head->head_size, "\r\n", 2);
	code = read_request_line(data, (size_t)(line_end - data), head);
	if (code == 200)
		code = read_headers(line_end + 2, end + 2, head);
	return code == 200 ? check_headers(head) : code;
}

const char *http_find(const struct http_head *head, const char *name, size_t *count)
{
	const char *value = NULL;
	size_t found = 0;

	for (size_t i = 0; i < head->header_count; i++) {
		if (strcasecmp(head->headers[i].name, name) != 0)
			continue;
		if (found++ == 0)
			value = head->headers[i].value;
	}
	if (count)
		*count = found;
	return value;
}
