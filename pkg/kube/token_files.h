/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the service-account folder. Blocking: for libuv's thread pool. Neither
 * logs nor touches anything but its arguments. */
#ifndef REL_KUBE_TOKEN_FILES_H
#define REL_KUBE_TOKEN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "token.h"

/* Tells one state of the folder from another. */
struct rel_token_stamp {
	uint64_t hash;
};

struct rel_token_stamp rel_token_files_stamp(const char *dir);

/* False, and one line in error that names the file and never its content, when the
 * token or the CA is missing, too large or not of its kind. */
bool rel_token_files_read(const char *dir, struct rel_credentials *credentials, char *error,
			  size_t error_size);

/* Wipes and frees what read filled in; zeroed is fine. */
void rel_token_files_free(struct rel_credentials *credentials);

#endif
