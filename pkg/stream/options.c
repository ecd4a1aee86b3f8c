/* SPDX-License-Identifier: Apache-2.0 */
/* Socket options, and what libuv's error codes mean here. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "redis-election/base/text.h"
#include "stream_state.h"

#define KEEPALIVE_SECONDS 5

static const struct {
	int uv_code;
	enum rel_err err;
} meanings[] = {
	{UV_EOF, REL_ERR_CLOSED},
	{UV_ECONNRESET, REL_ERR_RESET},
	{UV_EPIPE, REL_ERR_RESET},
	{UV_ECONNABORTED, REL_ERR_RESET},
	{UV_ECONNREFUSED, REL_ERR_REFUSED},
	{UV_ENOENT, REL_ERR_REFUSED}, /* no such unix socket */
	{UV_ETIMEDOUT, REL_ERR_TIMEOUT},
	{UV_EHOSTUNREACH, REL_ERR_UNREACHABLE},
	{UV_ENETUNREACH, REL_ERR_UNREACHABLE},
	{UV_ENETDOWN, REL_ERR_UNREACHABLE},
	{UV_EADDRNOTAVAIL, REL_ERR_UNREACHABLE},
	{UV_EAFNOSUPPORT, REL_ERR_UNREACHABLE},
	{UV_EACCES, REL_ERR_FORBIDDEN},
	{UV_EPERM, REL_ERR_FORBIDDEN},
};

enum rel_err rel_stream_err_of(int uv_code)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		if (meanings[i].uv_code == uv_code)
			return meanings[i].err;
	}
	return REL_ERR_IO;
}

/* A setting that the kernel refuses costs only how soon a dead peer is noticed. */
void rel_stream_tune(const uv_tcp_t *tcp, struct rel_duration user_timeout)
{
	unsigned ms = (unsigned)rel_to_ms(user_timeout);
	uv_os_fd_t fd;

	uv_tcp_nodelay((uv_tcp_t *)tcp, 1);
	uv_tcp_keepalive((uv_tcp_t *)tcp, 1, KEEPALIVE_SECONDS);
	if (ms && !uv_fileno((const uv_handle_t *)tcp, &fd))
		setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
}

void rel_stream_address_text(const struct sockaddr *address, char *text, size_t size)
{
	char host[64] = "";
	unsigned port;

	if (address->sa_family == AF_INET6) {
		const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)address;

		uv_ip6_name(v6, host, sizeof(host));
		port = ntohs(v6->sin6_port);
		rel_text_format(text, size, "[%s]:%u", host, port);
	} else {
		const struct sockaddr_in *v4 = (const struct sockaddr_in *)address;

		uv_ip4_name(v4, host, sizeof(host));
		port = ntohs(v4->sin_port);
		rel_text_format(text, size, "%s:%u", host, port);
	}
}
