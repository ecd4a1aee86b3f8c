/* SPDX-License-Identifier: Apache-2.0 */
/* What survey.c (questions and answers) and survey_link.c (connections) share. */
#ifndef REL_REDIS_SURVEY_STATE_H
#define REL_REDIS_SURVEY_STATE_H

#include "query.h"
#include "redis-election/loop.h"
#include "survey.h"

/* A connection to another Redis, kept a while for the next survey. */
struct rel_link {
	struct rel_link *next;
	struct rel_surveyor *surveyor;
	char address[REL_ADDRESS_SIZE];
	struct rel_conn *conn; /* NULL = lost; freed when nobody asks over it */
	bool ready;
	bool answered; /* it worked: its end says nothing about a new connect */
	struct rel_instant used_at;
};

/* One question to one target. */
struct rel_ask {
	struct rel_round *round;
	struct rel_link *link; /* NULL once it is settled */
	bool sent, again;
	struct rel_query query;
};

struct rel_round {
	struct rel_round *next;
	uint64_t op;
	struct rel_instant deadline;
	struct rel_ask asks[REL_MEMBERS_MAX];
	struct rel_survey survey; /* the answers so far */
	uint8_t open; /* not settled yet */
};

struct rel_surveyor {
	struct rel_loop *loop;
	struct rel_dialer *dialer;
	rel_redis_sink sink;
	void *sink_ctx;
	struct rel_round *rounds;
	struct rel_link *links;
	struct rel_timer timer;
	struct rel_buf wire;
	unsigned replies;
	bool closing;
	unsigned handles;
	void (*closed)(void *ctx);
	void *closed_ctx;
};

/* survey.c */
/* The link can carry questions. */
void rel_survey_link_ready(struct rel_link *link);
/* The link is lost, or could not be opened. */
void rel_survey_link_lost(struct rel_link *link, enum rel_err err);
/* libuv has let go of one more. */
void rel_survey_let_go(void *ctx);

/* survey_link.c */
/* The link to this address, opened if need be; NULL when the address is none or
 * TLS cannot be done at all. */
struct rel_link *rel_link_find(struct rel_surveyor *surveyor, const char *address,
			       enum rel_err *err);
/* A new connection in place of a lost one. */
bool rel_link_reopen(struct rel_link *link);
void rel_link_disconnect(struct rel_link *link);
/* Frees the lost ones and those not used for long; returns when the next is due. */
struct rel_instant rel_links_sweep(struct rel_surveyor *surveyor, struct rel_instant now);
void rel_links_free(struct rel_surveyor *surveyor);

#endif
