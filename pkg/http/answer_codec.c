/* SPDX-License-Identifier: Apache-2.0 */
/* The head of an answer. Nothing that a handler passes can end its line early. */
#include "codec.h"

#include <stdint.h>

static const struct {
	int code;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{202, "Accepted"},
	{204, "No Content"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{411, "Length Required"},
	{413, "Content Too Large"},
	{417, "Expectation Failed"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

const char *http_reason(int code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].code == code)
			return reasons[i].reason;
	}
	return "Unknown";
}

static bool is_text(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		if (text[i] < ' ' || text[i] >= 0x7f)
			return false;
	}
	return true;
}

/* Zero or more of: Name: value CRLF. */
static bool are_lines(const char *extra)
{
	while (*extra) {
		const char *end = strstr(extra, "\r\n");
		const char *colon = strchr(extra, ':');

		if (!end || !colon || colon == extra || colon > end)
			return false;
		if (!is_text(extra, (size_t)(end - extra)) ||
		    memchr(extra, ' ', (size_t)(colon - extra)))
			return false;
		extra = end + 2;
	}
	return true;
}

bool http_format(const struct http_answer_head *head, struct rel_buf *out)
{
	if (head->type && !is_text(head->type, strlen(head->type)))
		return false;
	if (head->extra && !are_lines(head->extra))
		return false;
	rel_buf_printf(out, "HTTP/1.1 %d %s\r\n", head->code, http_reason(head->code));
	if (head->date)
		rel_buf_printf(out, "Date: %s\r\n", head->date);
	if (head->type)
		rel_buf_printf(out, "Content-Type: %s\r\n", head->type);
	rel_buf_printf(out, "Content-Length: %zu\r\nCache-Control: no-store\r\n", head->length);
	rel_buf_add_text(out, "X-Content-Type-Options: nosniff\r\n");
	if (head->extra)
		rel_buf_add_text(out, head->extra);
	rel_buf_printf(out, "Connection: %s\r\n\r\n", head->keep_alive ? "keep-alive" : "close");
	return true;
}
