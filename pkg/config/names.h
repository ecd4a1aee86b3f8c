/* SPDX-License-Identifier: Apache-2.0 */
/* Forms of names and addresses. Pure. */
#ifndef REL_CONFIG_NAMES_H
#define REL_CONFIG_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* RFC 1123 label: 1..63 of a-z 0-9 -, no - at either end. */
bool rel_name_is_label(const char *text);
/* Labels with dots between them, at most 253 bytes. */
bool rel_name_is_domain(const char *text);
/* An object's UID: letters, digits, dots and dashes. */
bool rel_name_is_uid(const char *text);
/* Printable ASCII; the API server knows the grammar. */
bool rel_name_is_selector(const char *text);
bool rel_name_is_ip(const char *text);
/* DNS name in either case, or IP. */
bool rel_name_is_host(const char *text);
/* host, host:port, ip, ip4:port, [ip6]:port */
bool rel_name_is_address(const char *text);
/* port, :port, ip4:port, [ip6]:port; port 0 lets the kernel choose. */
bool rel_name_is_bind(const char *text);
/* 127.x.x.x:port, [::1]:port */
bool rel_name_is_local_bind(const char *text);
/* https://host[:port] with an optional / at the end */
bool rel_name_is_url(const char *text);
/* No control characters. */
bool rel_name_is_text(const char *text);

#endif
