/* SPDX-License-Identifier: Apache-2.0 */
/* A Lease of coordination.k8s.io/v1 as JSON <-> struct rel_record. */
#ifndef REL_KUBE_LEASE_CODEC_H
#define REL_KUBE_LEASE_CODEC_H

#include <jansson.h>

#include "redis-election/base/err.h"
#include "redis-election/record.h"

/* A record of no object at all. */
void rel_lease_missing(struct rel_record *record);

/* REL_ERR_GARBLED, and a missing record, when lease is no Lease called name with a
 * uid and a decimal resourceVersion, or its holderIdentity is no string. Anything
 * else that cannot be understood counts as absent. A holderIdentity that we could
 * not have written (longer than REL_HOLDER_SIZE - 1, or not of printable ASCII) is
 * kept, cut or with '?', as a foreign holder: without a stamp. */
enum rel_err rel_lease_decode(const json_t *lease, const char *name, struct rel_record *record)
	REL_MUST_USE;

/* The object to PUT: a copy of seen in which the fields of record are replaced and
 * everything else, uid and resourceVersion too, is as it was. The caller owns it. */
json_t *rel_lease_encode(const json_t *seen, const struct rel_record *record);

/* A Lease without spec, uid and resourceVersion: a PUT of it can only create. */
json_t *rel_lease_vacant(const char *namespace_, const char *name);

#endif
