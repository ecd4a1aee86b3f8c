/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/text.h"
#include "server.h"

static bool read_port(const char *text, uint16_t *port)
{
	uint64_t number;

	if (!rel_text_to_u64(text, &number) || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return true;
}

/* Splits at the last colon; a text without one is a port alone. Brackets go. */
static bool split(const char *text, char *host, size_t size, uint16_t *port)
{
	const char *colon = strrchr(text, ':');
	const char *begin = text, *end = colon ? colon : text;

	if (!read_port(colon ? colon + 1 : text, port))
		return false;
	if (*begin == '[') {
		if (end - begin < 3 || end[-1] != ']')
			return false;
		begin++;
		end--;
	} else if (colon && memchr(text, ':', (size_t)(colon - text))) {
		return false;
	}
	return rel_text_copy_n(host, size, begin, (size_t)(end - begin));
}

bool http_bind_parse(const char *text, struct sockaddr_storage *address, bool *any)
{
	char host[64];
	uint16_t port;

	if (!split(text, host, sizeof(host), &port))
		return false;
	*any = !*host || rel_text_equal(host, "::");
	if (!*host)
		rel_text_copy(host, sizeof(host), "::");
	if (rel_text_equal(host, "localhost"))
		rel_text_copy(host, sizeof(host), "127.0.0.1");
	memset(address, 0, sizeof(*address));
	return !uv_ip4_addr(host, port, (struct sockaddr_in *)address) ||
	       !uv_ip6_addr(host, port, (struct sockaddr_in6 *)address);
}
