/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a request, whole and in two pieces: the parts lie inside the input,
 * and what was refused or complete early stays so. */
#include <stdint.h>

#include "pkg/http/codec.h"
#include "redis-election/base/assert.h"
#include "redis-election/http.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static bool inside(const char *text, const char *data, size_t size)
{
	return text >= data && text + strlen(text) < data + size;
}

static void check(const struct http_head *head, const char *data, size_t size)
{
	rel_assert(head->head_size <= size);
	rel_assert(head->head_size + head->body_size <= REL_HTTP_REQUEST_MAX);
	rel_assert(head->header_count <= HTTP_HEADERS_MAX);
	rel_assert(inside(head->method, data, head->head_size) && *head->method);
	rel_assert(inside(head->path, data, head->head_size) && *head->path == '/');
	rel_assert(!strpbrk(head->path, " \t\r\n\"<>"));
	for (size_t i = 0; i < head->header_count; i++) {
		rel_assert(inside(head->headers[i].name, data, head->head_size));
		rel_assert(inside(head->headers[i].value, data, head->head_size));
		rel_assert(!strpbrk(head->headers[i].value, "\r\n"));
	}
}

/* A copy of exactly this size, so that a read beyond it is seen. */
static int parse(const uint8_t *bytes, size_t size)
{
	struct http_head head;
	char *data = malloc(size + !size);
	int code;

	if (size)
		memcpy(data, bytes, size);
	code = http_parse(data, size, &head);
	if (code == 200)
		check(&head, data, size);
	if (code == 0)
		rel_assert(!size || memcmp(data, bytes, size) == 0);
	free(data);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	int whole, half;

	if (size > REL_HTTP_REQUEST_MAX)
		size = REL_HTTP_REQUEST_MAX;
	whole = parse(bytes, size);
	half = parse(bytes, size / 2);
	rel_assert(half == 0 || half == whole);
	return 0;
}
