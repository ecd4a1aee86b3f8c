/* SPDX-License-Identifier: Apache-2.0 */
/* The annotations of the Lease that hold a small JSON document: the operator's
 * request, what became of the last one, and the history. Times are MicroTime
 * texts, 64 bit ids decimal strings, unknown offsets left out. Readers leave the
 * target alone when they answer false. */
#ifndef REL_KUBE_LEASE_JSON_H
#define REL_KUBE_LEASE_JSON_H

#include "redis-election/base/buf.h"
#include "redis-election/record.h"

bool rel_lease_read_request(const char *text, struct rel_request *request);
void rel_lease_write_request(const struct rel_request *request, struct rel_buf *out);

bool rel_lease_read_outcome(const char *text, struct rel_outcome *outcome);
void rel_lease_write_outcome(const struct rel_outcome *outcome, struct rel_buf *out);

/* Newest first; what is beyond REL_HISTORY_MAX is left out. */
bool rel_lease_read_history(const char *text, struct rel_record *record);
void rel_lease_write_history(const struct rel_record *record, struct rel_buf *out);

#endif
