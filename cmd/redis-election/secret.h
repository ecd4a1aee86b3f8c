/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures of the client verbs. */
#ifndef REL_SECRET_H
#define REL_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "redis-election/http.h"

/* Values of the three headers of a signature of version 2. */
struct rel_signed {
	char timestamp[24];
	char nonce[33];
	char signature[REL_HTTP_SIGNATURE_SIZE];
};

/* Signs with the secret in file, which is read and wiped. False after one line on
 * stderr that names the file and never its content. */
bool rel_secret_sign(const char *file, const char *method, const char *path, const char *body,
		     struct rel_signed *signed_);

#endif
