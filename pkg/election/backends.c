/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/election.h"

#include "lease.h"
#include "redis-election/base/text.h"

const struct rel_election_ops *const rel_election_backends[] = {
	&rel_lease_ops,
	NULL,
};

const struct rel_election_ops *rel_election_find(const char *name)
{
	for (size_t i = 0; rel_election_backends[i] != NULL; i++)
		if (rel_text_equal(rel_election_backends[i]->name, name))
			return rel_election_backends[i];
	return NULL;
}
