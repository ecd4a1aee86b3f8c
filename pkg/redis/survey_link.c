/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "survey_state.h"

#define KEEP_MS 5000

static void on_ready(void *ctx)
{
	struct rel_link *link = ctx;

	link->ready = true;
	rel_survey_link_ready(link);
}

static void on_ended(void *ctx, enum rel_err err)
{
	struct rel_link *link = ctx;

	rel_survey_link_lost(link, err);
}

static const struct rel_conn_handler handler = {.ready = on_ready, .ended = on_ended};

bool rel_link_reopen(struct rel_link *link)
{
	char host[REL_ADDRESS_SIZE];
	uint16_t port;

	rel_link_disconnect(link);
	if (!rel_stream_split(link->address, host, sizeof(host), &port))
		return false;
	link->conn = rel_dial(link->surveyor->dialer, host, port, &handler, link);
	return link->conn != NULL;
}

void rel_link_disconnect(struct rel_link *link)
{
	if (link->conn) {
		link->surveyor->handles++;
		rel_conn_close(link->conn, rel_survey_let_go, link->surveyor);
	}
	link->conn = NULL;
	link->ready = false;
	link->answered = false;
}

static bool is_address(const char *address)
{
	char host[REL_ADDRESS_SIZE];
	uint16_t port;

	return rel_stream_split(address, host, sizeof(host), &port);
}

struct rel_link *rel_link_find(struct rel_surveyor *surveyor, const char *address,
			       enum rel_err *err)
{
	struct rel_link *link;

	for (link = surveyor->links; link; link = link->next) {
		if (rel_text_equal(link->address, address) && link->conn)
			return link;
	}
	*err = REL_ERR_INVALID;
	if (!is_address(address))
		return NULL;
	link = rel_calloc(1, sizeof(*link));
	link->surveyor = surveyor;
	rel_text_copy(link->address, sizeof(link->address), address);
	*err = REL_ERR_TLS;
	if (!rel_link_reopen(link)) {
		rel_free(link);
		return NULL;
	}
	link->next = surveyor->links;
	surveyor->links = link;
	return link;
}

static bool is_asked(const struct rel_surveyor *surveyor, const struct rel_link *link)
{
	for (const struct rel_round *round = surveyor->rounds; round; round = round->next) {
		for (int i = 0; i < round->survey.count; i++) {
			if (round->asks[i].link == link)
				return true;
		}
	}
	return false;
}

struct rel_instant rel_links_sweep(struct rel_surveyor *surveyor, struct rel_instant now)
{
	struct rel_instant due = REL_FOREVER;
	struct rel_link **at = &surveyor->links;

	while (*at) {
		struct rel_link *link = *at;
		struct rel_instant ends = rel_after(link->used_at, rel_ms(KEEP_MS));

		if (is_asked(surveyor, link)) {
			at = &link->next;
		} else if (link->conn && rel_before(now, ends)) {
			due = rel_earlier(due, ends);
			at = &link->next;
		} else {
			*at = link->next;
			rel_link_disconnect(link);
			rel_free(link);
		}
	}
	return due;
}

void rel_links_free(struct rel_surveyor *surveyor)
{
	while (surveyor->links) {
		struct rel_link *link = surveyor->links;

		surveyor->links = link->next;
		rel_link_disconnect(link);
		rel_free(link);
	}
}
