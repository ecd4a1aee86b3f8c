/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the driver can work with what it was given. Pure but for libcurl's parser. */
#ifndef REL_KUBE_OPTIONS_H
#define REL_KUBE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

struct rel_kube;
struct rel_kube_options;

/* Copies what options say into kube. False, and one line in error, when one of
 * them cannot be used. */
bool rel_kube_take_options(struct rel_kube *kube, const struct rel_kube_options *options,
			   char *error, size_t error_size);

#endif
