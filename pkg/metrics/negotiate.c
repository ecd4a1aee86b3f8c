/* SPDX-License-Identifier: Apache-2.0 */
/* Which format a scraper wants: RFC 9110 §12.5.1 as far as it matters for two
 * formats. A 1.0 is sent only to those who prefer it or name it and rank it equal
 * to a wildcard. Unknown parameters (escaping=) are ignored. */
#include <strings.h>

#include "redis-election/base/text.h"
#include "redis-election/metrics.h"

#define RANGE_MAX 256

struct wanted {
	int openmetrics; /* quality in thousandths, 0 = not */
	int text;
	int wildcard;
};

/* "0.5" -> 500; anything that is not a quality counts as 0. */
static int read_quality(const char *text)
{
	int value = 0, scale = 1000;

	if ((*text != '0' && *text != '1') || (text[1] && text[1] != '.'))
		return 0;
	value = (*text - '0') * 1000;
	for (text += text[1] ? 2 : 1; *text && scale > 1; text++) {
		if (*text < '0' || *text > '9')
			return 0;
		scale /= 10;
		value += (*text - '0') * scale;
	}
	return value > 1000 ? 1000 : value;
}

/* Cuts text at the next separator and trims blanks; *rest is what follows it. */
static char *cut(char *text, char separator, char **rest)
{
	char *end = strchr(text, separator);

	*rest = end ? end + 1 : text + strlen(text);
	if (!end)
		end = *rest;
	while (*text == ' ' || *text == '\t')
		text++;
	while (end > text && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return text;
}

static void take(struct wanted *wanted, const char *type, const char *version, int quality)
{
	int *place = NULL;

	if (strcasecmp(type, "application/openmetrics-text") == 0) {
		if (!*version || rel_text_equal(version, "1.0.0") ||
		    rel_text_equal(version, "0.0.1"))
			place = &wanted->openmetrics;
	} else if (strcasecmp(type, "text/plain") == 0) {
		place = &wanted->text;
	} else if (strcasecmp(type, "*/*") == 0 || strcasecmp(type, "text/*") == 0) {
		place = &wanted->wildcard;
	}
	if (place && quality > *place)
		*place = quality;
}

static void read_range(char *range, struct wanted *wanted)
{
	char *rest, *type = cut(range, ';', &rest);
	const char *version = "";
	int quality = 1000;

	while (*rest) {
		char *parameter = cut(rest, ';', &rest);

		if (strncasecmp(parameter, "q=", 2) == 0)
			quality = read_quality(parameter + 2);
		else if (strncasecmp(parameter, "version=", 8) == 0)
			version = parameter + 8;
	}
	take(wanted, type, version, quality);
}

enum rel_metrics_format rel_metrics_negotiate(const char *accept)
{
	struct wanted wanted = {0};
	char range[RANGE_MAX];

	while (accept && *accept) {
		size_t size = strcspn(accept, ",");

		if (rel_text_copy_n(range, sizeof(range), accept, size))
			read_range(range, &wanted);
		accept += size + (accept[size] == ',');
	}
	if (wanted.openmetrics > wanted.text && wanted.openmetrics >= wanted.wildcard)
		return REL_METRICS_OPENMETRICS;
	return REL_METRICS_PROMETHEUS;
}

const char *rel_metrics_content_type(enum rel_metrics_format format)
{
	return format == REL_METRICS_OPENMETRICS
		       ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
		       : "text/plain; version=0.0.4; charset=utf-8";
}
