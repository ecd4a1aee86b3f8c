/* SPDX-License-Identifier: Apache-2.0 */
/* A throw-away authority and certificates in PEM files, for tests of TLS. */
#ifndef TEST_TLS_FILES_H
#define TEST_TLS_FILES_H

#include <stdbool.h>

struct tls_files {
	char dir[64];
	char ca[96];     /* the authority */
	char other[96];  /* one that signed nothing here */
	char cert[96], key[96];             /* for the names given */
	char client_cert[96], client_key[96];
};

/* names as in a subjectAltName: "DNS:redis.test,IP:127.0.0.1". */
bool tls_files_create(struct tls_files *files, const char *names);
void tls_files_remove(struct tls_files *files);

#endif
