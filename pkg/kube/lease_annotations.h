/* SPDX-License-Identifier: Apache-2.0 */
/* The fields of the record that stand in annotations of the Lease: one row each,
 * so that adding a field is adding a row. */
#ifndef REL_KUBE_LEASE_ANNOTATIONS_H
#define REL_KUBE_LEASE_ANNOTATIONS_H

#include <jansson.h>

#include "redis-election/record.h"

/* Reads them into record, whose other fields stay. annotations may be NULL. What
 * cannot be understood counts as absent; stamp, epoch, duration-ms and mark are
 * written together, so without all four in good order the stamp is cleared. */
void rel_lease_read_annotations(const json_t *annotations, struct rel_record *record);

/* Sets those that record has and removes those that it has not. */
void rel_lease_write_annotations(const struct rel_record *record, json_t *annotations);

#endif
