/* SPDX-License-Identifier: Apache-2.0 */
/* The machine-readable outputs, and the loop behind --watch. */
#ifndef REL_OUTPUT_H
#define REL_OUTPUT_H

#include "client.h"

/* The JSON text, or one list of it when key is not NULL, indented or as YAML. */
void rel_output_json(const struct rel_buf *json, const char *key, FILE *out);
void rel_output_yaml(const struct rel_buf *json, const char *key, FILE *out);

/* Asks for the status and shows it, once or again and again; the exit code of the
 * last show or of the failure. */
int rel_output_status(const struct rel_options *options,
		      int (*show)(const struct rel_options *options,
				  const struct rel_status *status, const struct rel_buf *json));

#endif
