/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"
#include "verb.h"

int rel_verb_leader(int argc, char **argv)
{
	static struct rel_status status;
	struct rel_options options;
	struct rel_answer answer;
	int result;

	if (!rel_options_read(&options, 0, argc, argv))
		return REL_EXIT_USAGE;
	result = (int)rel_client_status(&options, &status, &answer);
	rel_buf_finish(&answer.body);
	if (result != REL_EXIT_OK)
		return result;
	if (!*status.leader) {
		fprintf(stderr, "redis-election: no leader%s%s\n", *status.reason ? ": " : "",
			status.reason);
		return REL_EXIT_NO_LEADER;
	}
	puts(status.leader);
	return REL_EXIT_OK;
}
