/* SPDX-License-Identifier: Apache-2.0 */
/* Any text as Content-Type and as extra header lines: what is accepted has exactly
 * one empty line, at the end. */
#include <stdint.h>

#include "pkg/http/codec.h"
#include "redis-election/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	char *text = calloc(1, size + 2);
	struct http_answer_head head = {.code = 200, .type = text};
	struct rel_buf out;

	memcpy(text, bytes, size);
	head.extra = text + strlen(text) + (strlen(text) < size);
	rel_buf_init(&out, 1 << 20);
	if (http_format(&head, &out) && !out.overflowed) {
		rel_assert(strlen(out.data) == out.size);
		rel_assert(strstr(out.data, "\r\n\r\n") == out.data + out.size - 4);
	} else if (!out.overflowed) {
		rel_assert(out.size == 0);
	}
	rel_buf_finish(&out);
	free(text);
	return 0;
}
