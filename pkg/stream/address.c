/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "redis-election/base/text.h"
#include "redis-election/stream.h"

/* Where the host ends: at the only colon outside brackets. NULL when the form is
 * another one; a bare IPv6 address is ambiguous. */
static const char *end_of_host(const char *address)
{
	const char *colon;

	if (address[0] == '[') {
		const char *bracket = strchr(address, ']');

		return bracket && bracket[1] == ':' && bracket > address + 1 ? bracket : NULL;
	}
	colon = strchr(address, ':');
	return colon && colon > address && !strchr(colon + 1, ':') ? colon : NULL;
}

bool rel_stream_split(const char *address, char *host, size_t size, uint16_t *port)
{
	const char *end = end_of_host(address);
	const char *begin = address[0] == '[' ? address + 1 : address;
	const char *digits;
	uint64_t number;

	if (!end)
		return false;
	digits = end + (*end == ']' ? 2 : 1);
	if (!rel_text_to_u64(digits, &number) || number == 0 || number > UINT16_MAX)
		return false;
	*port = (uint16_t)number;
	return rel_text_copy_n(host, size, begin, (size_t)(end - begin));
}
