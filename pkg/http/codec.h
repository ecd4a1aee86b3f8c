/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of a request to its parts, and the head of an answer to bytes. Pure.
 * Strict on purpose: CRLF only, no folded headers, one Host, one Content-Length,
 * no transfer coding: what two parsers could read differently is refused. */
#ifndef REL_HTTP_CODEC_H
#define REL_HTTP_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "redis-election/base/buf.h"

#define HTTP_HEADERS_MAX 64

struct http_header {
	const char *name;
	const char *value;
};

/* Texts end with NUL and lie in the buffer that was parsed. */
struct http_head {
	const char *method;
	const char *path;
	const char *query; /* "" when there is none */
	struct http_header headers[HTTP_HEADERS_MAX];
	size_t header_count;
	size_t head_size; /* bytes up to the body */
	size_t body_size; /* Content-Length */
	bool keep_alive;
};

/* Reads the head in data, which may be the beginning of one. Returns 0 when more
 * bytes are needed (data is unchanged), 200 when the head is complete and sound
 * (NULs were written into it), else the status code of the refusal. The body, if
 * any, follows the head; head and body together fit REL_HTTP_REQUEST_MAX. */
int http_parse(char *data, size_t size, struct http_head *head);

/* NULL when there is none; *count, if given, gets how many there are. */
const char *http_find(const struct http_head *head, const char *name, size_t *count);

struct http_answer_head {
	int code;
	const char *type;  /* NULL = no body and no Content-Type */
	const char *extra; /* NULL or lines ending in CRLF */
	const char *date;  /* NULL = none */
	size_t length;
	bool keep_alive;
};

/* Adds status line and headers with the empty line. False, and nothing added, when
 * type or extra could break out of their lines. */
bool http_format(const struct http_answer_head *head, struct rel_buf *out);

/* "Not Found" and so on; "Unknown" for codes that we do not use. */
const char *http_reason(int code);

#endif
