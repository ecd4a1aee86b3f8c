/* SPDX-License-Identifier: Apache-2.0 */
#include "log_line.h"

#include <string.h>

#include "redis-election/base/text.h"

/* Kept free for what ends a line: a cut mark, a brace, a newline. */
#define LINE_RESERVE 32
#define STAMP_TEXT 32

static const char *const level_names[] = {
	[REL_LOG_ERROR] = "error",
	[REL_LOG_WARN] = "warn",
	[REL_LOG_INFO] = "info",
	[REL_LOG_DEBUG] = "debug",
};

static bool put(struct rel_log_line *line, const char *text, size_t length)
{
	if (length > sizeof(line->data) - LINE_RESERVE - line->size)
		return false;
	memcpy(line->data + line->size, text, length);
	line->size += length;
	return true;
}

static bool put_text(struct rel_log_line *line, const char *text)
{
	return put(line, text, strlen(text));
}

static bool in_range(char c, unsigned char low, unsigned char high)
{
	return (unsigned char)c >= low && (unsigned char)c <= high;
}

/* Length of the well-formed UTF-8 sequence at text (Unicode table 3-7), 0 when
 * there is none. Reads no further than the first byte that does not fit. */
static size_t sequence(const char *text)
{
	static const struct {
		unsigned char first_low, first_high, second_low, second_high, length;
	} forms[] = {
		{0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2},
		{0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
		{0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
		{0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
		{0xf4, 0xf4, 0x80, 0x8f, 4},
	};

	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
		size_t length = forms[i].length;

		if (!in_range(text[0], forms[i].first_low, forms[i].first_high))
			continue;
		if (length > 1 && !in_range(text[1], forms[i].second_low, forms[i].second_high))
			return 0;
		for (size_t j = 2; j < length; j++)
			if (!in_range(text[j], 0x80, 0xbf))
				return 0;
		return length;
	}
	return 0;
}

/* One character as a JSON string shows it; logfmt readers take the same. */
static bool put_escaped(struct rel_log_line *line, const char *at, size_t length)
{
	static const char from[] = "\"\\\n\r\t", to[] = "\"\\nrt";
	const char *special = length == 1 ? memchr(from, *at, sizeof(from) - 1) : NULL;
	char text[8];

	if (length == 0)
		return put_text(line, "\\ufffd");
	if (special) {
		rel_text_format(text, sizeof(text), "\\%c", to[special - from]);
		return put_text(line, text);
	}
	if (in_range(*at, 0x01, 0x1f) || *at == 0x7f) {
		rel_text_format(text, sizeof(text), "\\u%04x", (unsigned int)(unsigned char)*at);
		return put_text(line, text);
	}
	return put(line, at, length);
}

static bool put_quoted(struct rel_log_line *line, const char *value)
{
	bool fits = put_text(line, "\"");
	const char *at = value;

	while (fits && *at) {
		size_t length = sequence(at);

		if ((size_t)(at - value) + length > REL_LOG_VALUE_MAX) {
			fits = put_text(line, "...");
			break;
		}
		fits = put_escaped(line, at, length);
		at += length ? length : 1;
	}
	return fits && put_text(line, "\"");
}

static bool needs_quotes(const char *value)
{
	const char *at = value;

	for (; *at; at++)
		if (!in_range(*at, 0x21, 0x7e) || *at == '"' || *at == '=' || *at == '\\')
			return true;
	return at == value || at - value > REL_LOG_VALUE_MAX;
}

static bool put_pair(struct rel_log_line *line, const char *key, const char *value)
{
	if (line->format == REL_LOG_JSON)
		return put_text(line, line->size ? ",\"" : "{\"") && put_text(line, key) &&
		       put_text(line, "\":") && put_quoted(line, value);
	if (line->size && !put_text(line, " "))
		return false;
	if (!put_text(line, key) || !put_text(line, "="))
		return false;
	return needs_quotes(value) ? put_quoted(line, value) : put_text(line, value);
}

void rel_log_line_pair(struct rel_log_line *line, const char *key, const char *value)
{
	size_t before = line->size;

	if (put_pair(line, key, value))
		return;
	line->size = before;
	line->cut = true;
}

void rel_log_line_begin(struct rel_log_line *line, enum rel_log_format format,
			struct rel_wall wall, enum rel_log_level level, const char *message)
{
	char micro[REL_WALL_TEXT], stamp[STAMP_TEXT];

	line->format = format;
	line->size = 0;
	line->cut = false;
	rel_wall_format(wall, micro);
	rel_text_format(stamp, sizeof(stamp), "%.23sZ", micro);
	rel_log_line_pair(line, "ts", stamp);
	rel_log_line_pair(line, "level", level_names[level]);
	rel_log_line_pair(line, "msg", message);
}

void rel_log_line_pairs(struct rel_log_line *line, va_list pairs)
{
	for (;;) {
		const char *key = va_arg(pairs, const char *);
		const char *value = key ? va_arg(pairs, const char *) : NULL;

		if (!value)
			return;
		rel_log_line_pair(line, key, value);
	}
}

void rel_log_line_end(struct rel_log_line *line)
{
	bool json = line->format == REL_LOG_JSON;
	const char *end = json ? "}\n" : "\n";

	if (line->cut)
		end = json ? ",\"cut\":\"true\"}\n" : " cut=true\n";
	memcpy(line->data + line->size, end, strlen(end));
	line->size += strlen(end);
}
