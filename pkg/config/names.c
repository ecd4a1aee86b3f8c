/* SPDX-License-Identifier: Apache-2.0 */
#include "names.h"

#include <arpa/inet.h>
#include <string.h>

#include "redis-election/base/text.h"

#define LABEL_MAX 63
#define DOMAIN_MAX 253
#define PORT_MAX 65535

static bool is_lower_or_digit(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alphanumeric(char c)
{
	return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z');
}

/* A label of length bytes whose letters and digits are what `letter` takes. */
static bool is_label(const char *text, size_t length, bool (*letter)(char c))
{
	if (length == 0 || length > LABEL_MAX || !letter(text[0]) || !letter(text[length - 1]))
		return false;
	for (size_t i = 0; i < length; i++)
		if (!letter(text[i]) && text[i] != '-')
			return false;
	return true;
}

static bool is_domain(const char *text, bool (*letter)(char c))
{
	if (strlen(text) > DOMAIN_MAX)
		return false;
	for (;;) {
		size_t length = strcspn(text, ".");

		if (!is_label(text, length, letter))
			return false;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

bool rel_name_is_label(const char *text)
{
	return is_label(text, strlen(text), is_lower_or_digit);
}

bool rel_name_is_domain(const char *text)
{
	return is_domain(text, is_lower_or_digit);
}

bool rel_name_is_uid(const char *text)
{
	const char *at = text;

	while (is_alphanumeric(*at) || *at == '.' || *at == '-')
		at++;
	return at != text && !*at;
}

bool rel_name_is_selector(const char *text)
{
	const char *at = text;

	while (*at >= ' ' && *at <= '~')
		at++;
	return at != text && !*at;
}

bool rel_name_is_text(const char *text)
{
	while ((unsigned char)*text >= ' ' && *text != 0x7f)
		text++;
	return !*text;
}

static bool is_ip(const char *text, int family)
{
	unsigned char bytes[sizeof(struct in6_addr)];

	return inet_pton(family, text, bytes) == 1;
}

bool rel_name_is_ip(const char *text)
{
	return is_ip(text, AF_INET) || is_ip(text, AF_INET6);
}

/* Only digits and dots, but no IPv4 address: no top-level domain is a number. */
static bool is_broken_ip(const char *text)
{
	return !text[strspn(text, "0123456789.")] && !is_ip(text, AF_INET);
}

bool rel_name_is_host(const char *text)
{
	return rel_name_is_ip(text) || (is_domain(text, is_alphanumeric) && !is_broken_ip(text));
}

static bool is_port(const char *text, uint64_t lowest)
{
	uint64_t port;

	return rel_text_to_u64(text, &port) && port >= lowest && port <= PORT_MAX;
}

/* Splits at the last colon, taking brackets off. False when there is no port. */
static bool split(const char *text, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(text, ':');
	size_t length;

	if (!colon)
		return false;
	length = (size_t)(colon - text);
	*port = colon + 1;
	if (length >= 2 && text[0] == '[' && text[length - 1] == ']')
		return rel_text_copy_n(host, size, text + 1, length - 2) && is_ip(host, AF_INET6);
	return rel_text_copy_n(host, size, text, length) && !strchr(host, ':');
}

bool rel_name_is_address(const char *text)
{
	char host[DOMAIN_MAX + 1];
	const char *port;

	if (rel_name_is_host(text))
		return true;
	return split(text, host, sizeof(host), &port) && rel_name_is_host(host) &&
	       is_port(port, 1);
}

bool rel_name_is_bind(const char *text)
{
	char host[DOMAIN_MAX + 1];
	const char *port;

	if (is_port(text, 0))
		return true;
	return split(text, host, sizeof(host), &port) && is_port(port, 0) &&
	       (!host[0] || rel_name_is_ip(host));
}

bool rel_name_is_local_bind(const char *text)
{
	char host[DOMAIN_MAX + 1];
	const char *port;

	if (!rel_name_is_bind(text) || !split(text, host, sizeof(host), &port))
		return false;
	return rel_text_starts(host, "127.") || rel_text_equal(host, "::1");
}

bool rel_name_is_url(const char *text)
{
	static const char scheme[] = "https://";
	char address[DOMAIN_MAX + 16];
	size_t length;

	if (!rel_text_starts(text, scheme))
		return false;
	text += sizeof(scheme) - 1;
	length = strlen(text);
	if (length && text[length - 1] == '/')
		length--;
	if (!rel_text_copy_n(address, sizeof(address), text, length))
		return false;
	/* A bare IPv6 address could not be told from its port. */
	return rel_name_is_address(address) && !is_ip(address, AF_INET6);
}
