/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of values: what each takes, how it is stored, how that is said. */
#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "option.h"
#include "redis-election/base/text.h"

typedef bool (*storer)(const struct rel_option *option, const char *text, void *field);

struct kind {
	storer store;
	bool (*valid)(const char *text); /* of those that store text */
	const char *allowed;             /* NULL: it depends on the row */
};

/* The forms of Go's strconv.ParseBool. */
static bool store_bool(const struct rel_option *option, const char *text, void *field)
{
	static const char yes[] = "1,t,T,TRUE,true,True", no[] = "0,f,F,FALSE,false,False";
	bool value = rel_option_listed(yes, text, strlen(text));

	(void)option;
	if (!value && !rel_option_listed(no, text, strlen(text)))
		return false;
	if (field)
		*(bool *)field = value;
	return true;
}

static bool store_number(const struct rel_option *option, const char *text, void *field)
{
	int64_t value;

	if (!rel_text_to_i64(text, &value) || value < option->low || value > option->high)
		return false;
	*(int64_t *)field = value;
	return true;
}

static bool store_port(const struct rel_option *option, const char *text, void *field)
{
	int64_t value;

	(void)option;
	if (!rel_text_to_i64(text, &value) || value < 1 || value > UINT16_MAX)
		return false;
	*(uint16_t *)field = (uint16_t)value;
	return true;
}

static bool size_unit(const char *text, int64_t *bytes)
{
	static const struct {
		const char *name;
		int64_t bytes;
	} units[] = {
		{"", 1},		 {"Ki", 1 << 10}, {"KiB", 1 << 10}, {"KB", 1000},
		{"Mi", 1 << 20},	 {"MiB", 1 << 20}, {"MB", 1000000}, {"Gi", 1 << 30},
		{"GiB", 1 << 30}, {"GB", 1000000000},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (rel_text_equal(text, units[i].name)) {
			*bytes = units[i].bytes;
			return true;
		}
	}
	return false;
}

static bool store_size(const struct rel_option *option, const char *text, void *field)
{
	char digits[24];
	size_t length = strspn(text, "0123456789");
	int64_t number, unit, value;

	if (!rel_text_copy_n(digits, sizeof(digits), text, length) ||
	    !rel_text_to_i64(digits, &number) || !size_unit(text + length, &unit) ||
	    __builtin_mul_overflow(number, unit, &value) || value < option->low ||
	    value > option->high)
		return false;
	*(int64_t *)field = value;
	return true;
}

static bool store_duration(const struct rel_option *option, const char *text, void *field)
{
	struct rel_duration value;

	if (!rel_duration_parse(text, &value) || value.ns < rel_ms(option->low).ns ||
	    value.ns > rel_ms(option->high).ns)
		return false;
	*(struct rel_duration *)field = value;
	return true;
}

/* The position of text in the list, or -1. */
static int position(const char *list, const char *text, size_t wanted)
{
	for (int i = 0;; i++) {
		size_t length = strcspn(list, ",");

		if (length == wanted && memcmp(list, text, length) == 0)
			return i;
		if (!list[length])
			return -1;
		list += length + 1;
	}
}

bool rel_option_listed(const char *list, const char *text, size_t length)
{
	return list && position(list, text, length) >= 0;
}

/* `choices` of these rows stand in the order of their enum. */
static bool store_level(const struct rel_option *option, const char *text, void *field)
{
	int found = position(option->choices, text, strlen(text));

	if (found >= 0)
		*(enum rel_log_level *)field = (enum rel_log_level)found;
	return found >= 0;
}

static bool store_format(const struct rel_option *option, const char *text, void *field)
{
	int found = position(option->choices, text, strlen(text));

	if (found >= 0)
		*(enum rel_log_format *)field = (enum rel_log_format)found;
	return found >= 0;
}

static bool store_choice(const struct rel_option *option, const char *text, void *field)
{
	return rel_option_listed(option->choices, text, strlen(text)) &&
	       rel_text_copy(field, option->size, text);
}

static bool store_choices(const struct rel_option *option, const char *text, void *field)
{
	for (const char *at = text; *at;) {
		size_t length = strcspn(at, ",");

		if (!rel_option_listed(option->choices, at, length))
			return false;
		at += length;
		if (*at && !*++at)
			return false;
	}
	return rel_text_copy(field, option->size, text);
}

/* Not stored when it does not fit: half a secret must not be left behind. */
static bool store_text(const struct rel_option *option, const char *text, void *field)
{
	if (!field)
		return true;
	return strlen(text) < option->size && rel_text_copy(field, option->size, text);
}

static const struct kind kinds[REL_KINDS] = {
	[REL_KIND_BOOL] = {store_bool, NULL, "true or false"},
	[REL_KIND_NUMBER] = {store_number, NULL, NULL},
	[REL_KIND_PORT] = {store_port, NULL, "a port from 1 to 65535"},
	[REL_KIND_SIZE] = {store_size, NULL, "bytes, or a number with Ki, Mi, Gi, KB, MB or GB"},
	[REL_KIND_DURATION] = {store_duration, NULL, NULL},
	[REL_KIND_LEVEL] = {store_level, NULL, NULL},
	[REL_KIND_FORMAT] = {store_format, NULL, NULL},
	[REL_KIND_CHOICE] = {store_choice, NULL, NULL},
	[REL_KIND_CHOICES] = {store_choices, NULL, NULL},
	[REL_KIND_TEXT] = {store_text, rel_name_is_text, NULL},
	[REL_KIND_PATH] = {store_text, rel_name_is_text, NULL},
	[REL_KIND_SECRET] = {store_text, NULL, NULL},
	[REL_KIND_LABEL] = {store_text, rel_name_is_label,
			    "a DNS label: at most 63 of a-z, 0-9 and -, no - at either end"},
	[REL_KIND_DOMAIN] = {store_text, rel_name_is_domain,
			     "DNS labels of a-z, 0-9 and -, with dots between them"},
	[REL_KIND_UID] = {store_text, rel_name_is_uid,
			  "an object's UID: at most 39 letters, digits, dots and dashes"},
	[REL_KIND_SELECTOR] = {store_text, rel_name_is_selector,
			       "a label selector of at most 511 printable characters"},
	[REL_KIND_IP] = {store_text, rel_name_is_ip, "an IPv4 or IPv6 address"},
	[REL_KIND_HOST] = {store_text, rel_name_is_host, "a DNS name or an IP address"},
	[REL_KIND_ADDRESS] = {store_text, rel_name_is_address,
			      "HOST, HOST:PORT or [IPV6]:PORT"},
	[REL_KIND_BIND] = {store_text, rel_name_is_bind, "PORT, :PORT, IPV4:PORT or [IPV6]:PORT"},
	[REL_KIND_LOCAL] = {store_text, rel_name_is_local_bind,
			    "127.0.0.1:PORT or [::1]:PORT: it takes commands without a signature"},
	[REL_KIND_URL] = {store_text, rel_name_is_url, "https://HOST[:PORT]"},
};

bool rel_option_store(const struct rel_option *option, const char *text,
		      struct rel_config *config)
{
	const struct kind *kind = &kinds[option->kind];
	void *field = NULL;

	if (option->offset != REL_NO_FIELD)
		field = (char *)config + option->offset;
	/* Empty text takes an optional setting back. */
	if (kind->valid && text[0] && !kind->valid(text))
		return false;
	return kind->store(option, text, field);
}

static void allowed_range(const struct rel_option *option, char *to, size_t size)
{
	char low[REL_DURATION_TEXT], high[REL_DURATION_TEXT];

	if (option->kind == REL_KIND_NUMBER) {
		rel_text_format(to, size, "a whole number from %" PRId64 " to %" PRId64,
				option->low, option->high);
		return;
	}
	rel_duration_format(rel_ms(option->low), low);
	rel_duration_format(rel_ms(option->high), high);
	rel_text_format(to, size, "a duration from %s to %s", low, high);
}

void rel_option_allowed(const struct rel_option *option, char *to, size_t size)
{
	const char *allowed = kinds[option->kind].allowed;

	if (allowed)
		rel_text_copy(to, size, allowed);
	else if (option->kind == REL_KIND_CHOICES)
		rel_text_format(to, size, "some of %s, comma-separated", option->choices);
	else if (option->choices)
		rel_text_format(to, size, "one of %s", option->choices);
	else if (option->kind == REL_KIND_NUMBER || option->kind == REL_KIND_DURATION)
		allowed_range(option, to, size);
	else if (option->offset == REL_NO_FIELD)
		rel_text_copy(to, size, "text without control characters");
	else
		rel_text_format(to, size, "text of at most %zu bytes%s", option->size - 1,
				kinds[option->kind].valid ? " without control characters" : "");
}
