/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REL_STREAM_TLS_H
#define REL_STREAM_TLS_H

#include <openssl/ssl.h>

#include "redis-election/stream.h"

struct rel_tls {
	SSL_CTX *context;
	bool server;
	bool verify; /* client: the certificate and its name are checked */
};

/* Another owner of the same context; destroyed like the first. */
struct rel_tls *rel_tls_share(const struct rel_tls *tls);

#endif
