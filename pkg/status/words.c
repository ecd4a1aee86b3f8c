/* SPDX-License-Identifier: Apache-2.0 */
/* The same words on the page and in the terminal. */
#include <inttypes.h>

#include "redis-election/base/text.h"
#include "redis-election/status.h"

void rel_status_span(int64_t ms, char text[REL_STATUS_SPAN])
{
	int64_t s = ms / 1000;

	if (ms < 0)
		rel_text_copy(text, REL_STATUS_SPAN, "never");
	else if (ms < 1000)
		rel_text_format(text, REL_STATUS_SPAN, "%" PRId64 " ms", ms);
	else if (s < 60)
		rel_text_format(text, REL_STATUS_SPAN, "%" PRId64 " s", s);
	else if (s < 3600)
		rel_text_format(text, REL_STATUS_SPAN, "%" PRId64 "m %" PRId64 "s", s / 60, s % 60);
	else if (s < 86400)
		rel_text_format(text, REL_STATUS_SPAN, "%" PRId64 "h %" PRId64 "m", s / 3600,
				s / 60 % 60);
	else
		rel_text_format(text, REL_STATUS_SPAN, "%" PRId64 "d %" PRId64 "h", s / 86400,
				s / 3600 % 24);
}

static void add_since(const struct rel_status *status, char text[REL_STATUS_HEADLINE])
{
	char span[REL_STATUS_SPAN];
	int64_t ms = (status->now_us - status->leader_since_us) / 1000;

	if (!status->leader_since_us || ms < 0)
		return;
	rel_status_span(ms, span);
	rel_text_append(text, REL_STATUS_HEADLINE, " for ");
	rel_text_append(text, REL_STATUS_HEADLINE, span);
}

void rel_status_headline(const struct rel_status *status, char text[REL_STATUS_HEADLINE])
{
	char more[64];

	if (!*status->leader) {
		rel_text_format(text, REL_STATUS_HEADLINE, "NO LEADER%s%s",
				*status->reason ? ": " : "", status->reason);
		return;
	}
	rel_text_format(text, REL_STATUS_HEADLINE, "Leader %s", status->leader);
	add_since(status, text);
	rel_text_format(more, sizeof(more), ", epoch %" PRIu64, status->epoch);
	rel_text_append(text, REL_STATUS_HEADLINE, more);
	if (status->claim_left_ms < 0)
		return;
	rel_text_format(more, sizeof(more), ", lease %.1f s left",
			(double)status->claim_left_ms / 1000);
	rel_text_append(text, REL_STATUS_HEADLINE, more);
}

void rel_status_lost(const struct rel_transition *transition, char text[REL_STATUS_LOST])
{
	if (!*transition->from)
		rel_text_copy(text, REL_STATUS_LOST, "");
	else if (transition->from_offset < 0 || transition->to_offset < 0)
		rel_text_copy(text, REL_STATUS_LOST, "unknown");
	else if (transition->from_offset <= transition->to_offset)
		rel_text_copy(text, REL_STATUS_LOST, "0");
	else
		rel_text_format(text, REL_STATUS_LOST, "%" PRId64 " bytes",
				transition->from_offset - transition->to_offset);
}
