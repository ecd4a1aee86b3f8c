/* SPDX-License-Identifier: Apache-2.0 */
/* Who takes part: a member is one incarnation of one pod. */
#ifndef REL_MEMBER_H
#define REL_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

/* More than any set that makes sense: every member holds a full copy of the data. */
#define REL_MEMBERS_MAX 16
/* A StatefulSet's pod name is also a host name and a label value: 63 bytes. */
#define REL_NAME_SIZE 64
#define REL_UID_SIZE 40
#define REL_IDENTITY_SIZE (REL_NAME_SIZE + REL_UID_SIZE)
/* "host:port" or "[v6]:port", host a DNS name. */
#define REL_ADDRESS_SIZE 264

/* Pod name and pod UID. A pod recreated under its name is another member.
 * An empty name means nobody. */
struct rel_member {
	char name[REL_NAME_SIZE];
	char uid[REL_UID_SIZE];
};

bool rel_member_equal(const struct rel_member *a, const struct rel_member *b);
bool rel_member_is_set(const struct rel_member *member);

/* Writes NAME_UID, the holderIdentity of this member; "" for nobody. A pod name
 * has no underscore, so the first one ends the name. */
void rel_member_identity(const struct rel_member *member, char identity[REL_IDENTITY_SIZE]);

/* Reads what rel_member_identity writes. False (and nobody) for anything else. */
bool rel_member_parse(const char *identity, struct rel_member *member);

struct rel_member_list {
	struct rel_member at[REL_MEMBERS_MAX];
	uint8_t count;
};

/* Index of member, or -1. */
int rel_members_find(const struct rel_member_list *list, const struct rel_member *member);
/* False when it is full or has it already. Keeps order. */
bool rel_members_add(struct rel_member_list *list, const struct rel_member *member);
void rel_members_remove(struct rel_member_list *list, int index);

/* The ordinal at the end of a pod name (redis-2 -> 2), or -1. */
int rel_member_ordinal(const struct rel_member *member);

#endif
