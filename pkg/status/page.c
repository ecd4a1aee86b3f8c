/* SPDX-License-Identifier: Apache-2.0 */
/* The page for people: every text from outside goes through add(). */
#include <inttypes.h>

#include "redis-election/base/text.h"
#include "redis-election/status.h"
#include "style.h"

/* No answer of the register for so long is worth a banner. */
#define STALE_MS 15000

static void add(struct rel_buf *out, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			rel_buf_add_text(out, "&amp;");
			break;
		case '<':
			rel_buf_add_text(out, "&lt;");
			break;
		case '>':
			rel_buf_add_text(out, "&gt;");
			break;
		case '"':
			rel_buf_add_text(out, "&quot;");
			break;
		case '\'':
			rel_buf_add_text(out, "&#39;");
			break;
		default:
			rel_buf_add_char(out, *text);
		}
	}
}

static void add_fact(struct rel_buf *out, const char *name, const char *value)
{
	if (!*value)
		return;
	rel_buf_printf(out, "<span>%s <b>", name);
	add(out, value);
	rel_buf_add_text(out, "</b></span> ");
}

static void add_cell(struct rel_buf *out, const char *class, const char *text)
{
	rel_buf_printf(out, "<td class=\"%s\">", class);
	add(out, text);
	rel_buf_add_text(out, "</td>");
}

static void add_number(struct rel_buf *out, int64_t number)
{
	if (number < 0)
		rel_buf_add_text(out, "<td class=\"n dim\">&ndash;</td>");
	else
		rel_buf_printf(out, "<td class=\"n\">%" PRId64 "</td>", number);
}

static void add_title(const struct rel_status *status, struct rel_buf *out)
{
	rel_buf_add_text(out, "<title>");
	if (*status->leader)
		add(out, status->leader);
	else
		rel_buf_add_text(out, "NO LEADER");
	rel_buf_add_text(out, " &middot; ");
	add(out, status->set_name);
	rel_buf_add_text(out, "</title>");
}

static void add_top(const struct rel_status *status, struct rel_buf *out)
{
	char line[REL_STATUS_HEADLINE], span[REL_STATUS_SPAN];

	rel_status_headline(status, line);
	rel_buf_printf(out, "<section class=\"top%s\"><h1>", *status->leader ? "" : " none");
	add(out, line);
	rel_buf_add_text(out, "</h1><p class=\"facts\">");
	add_fact(out, "set", status->set_name);
	add_fact(out, "namespace", status->namespace_);
	add_fact(out, "leader at", *status->leader ? status->leader_address : "");
	add_fact(out, "election", status->mode);
	add_fact(out, "seen by", status->self.name);
	add_fact(out, "doing", status->goal);
	add_fact(out, "rule", status->rule);
	add_fact(out, "fence", status->fence_layer);
	rel_status_span(status->register_contact_ms_ago, span);
	if (status->register_contact_ms_ago >= 0)
		rel_text_append(span, sizeof(span), " ago");
	add_fact(out, "register answered", span);
	rel_buf_add_text(out, "</p></section>");
}

static void add_banner(struct rel_buf *out, const char *word, const char *text)
{
	rel_buf_printf(out, "<p><b>%s</b> ", word);
	add(out, text);
	rel_buf_add_text(out, "</p>");
}

static bool has_banner(const struct rel_status *status)
{
	return status->paused || status->fenced || !status->healthy || status->request.id ||
	       status->register_contact_ms_ago > STALE_MS || (*status->leader && *status->reason);
}

static void add_banners(const struct rel_status *status, struct rel_buf *out)
{
	char text[160];

	if (!has_banner(status))
		return;
	rel_buf_add_text(out, "<section class=\"banner\">");
	if (status->paused)
		add_banner(out, "Paused.", "Nobody is promoted or demoted automatically.");
	if (status->fenced)
		add_banner(out, "Fenced.", "The Redis beside this agent is a leader that is "
					   "made to refuse writes.");
	if (!status->healthy)
		add_banner(out, "Unhealthy.", "The Redis beside this agent does not answer.");
	if (status->register_contact_ms_ago > STALE_MS)
		add_banner(out, "Isolated.", "The register does not answer this member: what "
					     "follows is what it knew then.");
	if (status->request.id) {
		rel_text_format(text, sizeof(text), "To %s.",
				*status->request.to ? status->request.to : "the best replica");
		add_banner(out, "Switchover asked for.", text);
	}
	if (*status->leader && *status->reason)
		add_banner(out, "Note.", status->reason);
	rel_buf_add_text(out, "</section>");
}

static const char *role_class(const struct rel_status_member *member)
{
	if (rel_text_equal(member->role, "leader"))
		return "s good";
	if (rel_text_equal(member->role, "replica"))
		return "s cool";
	return rel_text_equal(member->role, "fenced") ? "s warn" : "s dim";
}

static const char *link_word(const struct rel_status_member *member)
{
	if (member->is_leader)
		return "";
	return member->link_up ? "up" : "down";
}

static void add_member(const struct rel_status_member *member, struct rel_buf *out)
{
	const char *link = link_word(member);
	char seen[REL_STATUS_SPAN];

	rel_buf_printf(out, "<tr%s><td><b>", member->is_leader ? " class=\"lead\"" : "");
	add(out, member->member.name);
	rel_buf_printf(out, "</b>%s</td>",
		       member->is_self ? " <span class=\"self\">(this one)</span>" : "");
	add_cell(out, role_class(member), *member->role ? member->role : "unknown");
	add_cell(out, member->redis_up ? "s good" : "s bad", member->redis_up ? "up" : "down");
	add_cell(out, !*link ? "dim" : member->link_up ? "s good" : "s bad", link);
	add_number(out, member->offset);
	add_number(out, member->lag);
	rel_status_span(member->seen_ms_ago, seen);
	add_cell(out, "n", seen);
	add_cell(out, "wrap", member->note);
	add_cell(out, "t", member->redis_version);
	add_cell(out, "m", member->address);
	rel_buf_add_text(out, "</tr>");
}

static void add_members(const struct rel_status *status, struct rel_buf *out)
{
	rel_buf_add_text(out, "<section><h2>Members</h2><table><thead><tr><th>Member</th><th>Role"
			      "</th><th>Redis</th><th>Link</th><th class=\"n\">Offset</th>"
			      "<th class=\"n\">Lag, bytes</th><th class=\"n\">Seen</th>"
			      "<th>Note</th><th>Version</th><th>Address</th></tr></thead><tbody>");
	for (uint8_t i = 0; i < status->member_count; i++)
		add_member(&status->members[i], out);
	if (!status->member_count)
		rel_buf_add_text(out,
				 "<tr><td class=\"dim\" colspan=\"10\">None seen yet.</td></tr>");
	rel_buf_add_text(out, "</tbody></table></section>");
}

static void add_transition(const struct rel_transition *transition, struct rel_buf *out)
{
	char at[REL_WALL_TEXT], lost[REL_STATUS_LOST];

	rel_wall_format(transition->at, at);
	at[19] = '\0'; /* whole seconds are enough for a reader */
	at[10] = ' ';
	rel_buf_add_text(out, "<tr>");
	add_cell(out, "t", at);
	add_cell(out, "", *transition->from ? transition->from : "nobody");
	add_cell(out, "", *transition->to ? transition->to : "nobody");
	rel_buf_printf(out, "<td class=\"n\">%" PRIu64 "</td>", transition->epoch);
	add_cell(out, "", transition->reason);
	rel_status_lost(transition, lost);
	add_cell(out, *lost == '0' ? "dim" : "", lost);
	rel_buf_add_text(out, "</tr>");
}

static void add_history(const struct rel_status *status, struct rel_buf *out)
{
	rel_buf_add_text(out, "<section><h2>Last changes</h2><table><thead><tr><th>Time, UTC</th>"
			      "<th>From</th><th>To</th><th class=\"n\">Epoch</th><th>Reason</th>"
			      "<th>Lost</th></tr></thead><tbody>");
	for (uint8_t i = 0; i < status->history_count; i++)
		add_transition(&status->history[i], out);
	if (!status->history_count)
		rel_buf_add_text(out, "<tr><td class=\"dim\" colspan=\"6\">None yet.</td></tr>");
	rel_buf_add_text(out, "</tbody></table></section>");
}

static void add_footer(const struct rel_status *status, struct rel_buf *out)
{
	char now[REL_WALL_TEXT];

	rel_wall_format((struct rel_wall){status->now_us}, now);
	now[19] = '\0';
	now[10] = ' ';
	rel_buf_add_text(out, "<footer>redis-election ");
	add(out, status->version);
	rel_buf_printf(out, " &middot; %s UTC &middot; <a href=\"/status\">JSON</a> &middot; "
			    "<a href=\"/metrics\">metrics</a></footer>",
		       now);
}

void rel_status_page(const struct rel_status *status, struct rel_buf *out)
{
	rel_buf_add_text(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
			      "<meta http-equiv=\"refresh\" content=\"5\"><meta name=\"viewport\" "
			      "content=\"width=device-width,initial-scale=1\">");
	add_title(status, out);
	rel_buf_add_text(out, "<style>" STATUS_STYLE "</style></head><body><main>");
	add_top(status, out);
	add_banners(status, out);
	add_members(status, out);
	add_history(status, out);
	add_footer(status, out);
	rel_buf_add_text(out, "</main></body></html>\n");
}
