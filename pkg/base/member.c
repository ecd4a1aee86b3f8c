/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/member.h"

#include <string.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/text.h"

bool rel_member_equal(const struct rel_member *a, const struct rel_member *b)
{
	return rel_text_equal(a->name, b->name) && rel_text_equal(a->uid, b->uid);
}

bool rel_member_is_set(const struct rel_member *member)
{
	return member->name[0] != '\0';
}

void rel_member_identity(const struct rel_member *member, char identity[REL_IDENTITY_SIZE])
{
	identity[0] = '\0';
	if (rel_member_is_set(member))
		rel_text_format(identity, REL_IDENTITY_SIZE, "%s_%s", member->name, member->uid);
}

bool rel_member_parse(const char *identity, struct rel_member *member)
{
	const char *end = strchr(identity, '_');

	*member = (struct rel_member){0};
	if (!end || end == identity || !end[1])
		return false;
	if (rel_text_copy_n(member->name, sizeof(member->name), identity,
			    (size_t)(end - identity)) &&
	    rel_text_copy(member->uid, sizeof(member->uid), end + 1))
		return true;
	*member = (struct rel_member){0};
	return false;
}

int rel_members_find(const struct rel_member_list *list, const struct rel_member *member)
{
	for (int i = 0; i < list->count; i++)
		if (rel_member_equal(&list->at[i], member))
			return i;
	return -1;
}

bool rel_members_add(struct rel_member_list *list, const struct rel_member *member)
{
	if (list->count == REL_MEMBERS_MAX || rel_members_find(list, member) >= 0)
		return false;
	list->at[list->count++] = *member;
	return true;
}

void rel_members_remove(struct rel_member_list *list, int index)
{
	rel_assert(index >= 0 && index < list->count);
	list->count--;
	for (int i = index; i < list->count; i++)
		list->at[i] = list->at[i + 1];
	list->at[list->count] = (struct rel_member){0};
}

int rel_member_ordinal(const struct rel_member *member)
{
	const char *dash = strrchr(member->name, '-');
	uint64_t ordinal;

	if (!dash || !rel_text_to_u64(dash + 1, &ordinal) || ordinal > INT32_MAX)
		return -1;
	return (int)ordinal;
}
