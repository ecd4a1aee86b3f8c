/* SPDX-License-Identifier: Apache-2.0 */
/* Values that stand as text in annotations. Each reader leaves its target alone
 * when it answers false; an annotation that cannot be understood is no guess. */
#ifndef REL_KUBE_VALUES_H
#define REL_KUBE_VALUES_H

#include <stdbool.h>

#include "redis-election/base/buf.h"
#include "redis-election/line.h"
#include "redis-election/member.h"
#include "redis-election/record.h"

/* Annotations and labels of ours begin with it. */
#define REL_KUBE_PREFIX "redis-election/"

/* Below REL_EPOCH_LIMIT. */
bool rel_value_epoch(const char *text, uint64_t *epoch);

/* 40 hex digits. */
bool rel_value_replid(const char *text, char replid[REL_REPLID_SIZE]);

/* "host:port" or "[v6]:port" as far as that can be told from outside. */
bool rel_value_address(const char *text, char address[REL_ADDRESS_SIZE]);

/* The name of a pod or another object: lower case letters, digits, '-' and '.', so
 * that it may stand in a path. */
bool rel_value_is_name(const char *text, size_t size);

/* NAME_UID,NAME_UID,… each once. */
bool rel_value_members(const char *text, struct rel_member_list *members);
void rel_value_write_members(const struct rel_member_list *members, struct rel_buf *out);

/* "EPOCH REPLID REPLID2 OFFSET FORK RUNID MINREPLICAS", "-" for an empty or
 * negative one. */
bool rel_value_mark(const char *text, struct rel_mark *mark);
void rel_value_write_mark(const struct rel_mark *mark, struct rel_buf *out);

#endif
