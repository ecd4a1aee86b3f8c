/* SPDX-License-Identifier: Apache-2.0 */
/* What operators ask for. It acts through the register, so any member can serve it:
 * the holder carries it out, the others write it into the record. */
#include <stdarg.h>
#include <stdio.h>

#include "redis-election/base/text.h"
#include "role.h"

#define OUTGOING_LIMIT_MS 3000
/* Identifiers travel as JSON numbers: 53 bits are exact everywhere. */
#define ID_SHIFT 11

/* Of the leader whom the record names; 0 = nobody. */
static uint64_t leading_epoch(const struct rel_role *role)
{
	const struct rel_election_view *election = &role->facts.election;

	return election->kind == REL_RECORD_HELD ? election->record->epoch : 0;
}

static uint64_t request_id(const struct rel_event *event)
{
	return (event->entropy >> ID_SHIFT) | 1;
}

static void begin_switchover(struct rel_role *role, const struct rel_event *event)
{
	struct rel_handover *handover = &role->handover;

	if (role->facts.claim.state == REL_CLAIM_SELF) {
		if (handover->answer_op != 0 || handover->phase != REL_HANDOVER_IDLE) {
			role->refused_op = event->op;
			role->refused_why = "a hand-over is running already";
			return;
		}
		handover->answer_op = event->op;
		handover->asked_epoch = role->facts.claim.epoch;
		handover->asked_until = rel_after(event->now, rel_ms(OUTGOING_LIMIT_MS));
		handover->request_id = request_id(event);
		rel_text_copy(handover->wanted, sizeof(handover->wanted), event->command.to);
		return;
	}
	role->outgoing = (struct rel_outgoing){.answer_op = event->op};
	role->outgoing.request.id = request_id(event);
	role->outgoing.request.at = event->wall;
	role->outgoing.request.epoch = leading_epoch(role);
	rel_text_copy(role->outgoing.request.to, sizeof(role->outgoing.request.to),
		      event->command.to);
}

static void begin_pause(struct rel_role *role, const struct rel_event *event, bool pause)
{
	role->outgoing = (struct rel_outgoing){
		.answer_op = event->op,
		.set_paused = true,
		.paused = pause,
	};
}

void rel_operator_absorb(struct rel_role *role, const struct rel_event *event)
{
	if (role->outgoing.answer_op != 0) {
		role->refused_op = event->op;
		role->refused_why = "another request is on its way";
		return;
	}
	switch (event->command.kind) {
	case REL_COMMAND_SWITCHOVER:
		begin_switchover(role, event);
		break;
	case REL_COMMAND_PAUSE:
	case REL_COMMAND_RESUME:
		begin_pause(role, event, event->command.kind == REL_COMMAND_PAUSE);
		break;
	case REL_COMMAND_FAILOVER:
		role->refused_op = event->op;
		role->refused_why = "a forced failover is not available in this version";
		break;
	}
	role->outgoing.until = rel_after(event->now, rel_ms(OUTGOING_LIMIT_MS));
}

/* The request in the record; NULL = none. */
static const struct rel_request *requested(const struct rel_role *role)
{
	const struct rel_record *record = role->facts.election.record;

	return record != NULL && record->switchover.id != 0 && !role->clear_request
		       ? &record->switchover
		       : NULL;
}

/* Protocol, "Pause and operators": a request is for the leader who was asked. */
static bool is_for_us(const struct rel_role *role, const struct rel_request *request)
{
	return request->epoch == 0 || request->epoch == role->facts.claim.epoch;
}

const struct rel_request *rel_operator_request(const struct rel_role *role)
{
	const struct rel_request *request = requested(role);

	return request != NULL && is_for_us(role, request) ? request : NULL;
}

bool rel_operator_wants_switchover(const struct rel_role *role)
{
	return role->handover.answer_op != 0 || rel_operator_request(role) != NULL;
}

void rel_operator_outcome(struct rel_role *role, uint64_t id, const char *format, ...)
{
	va_list arguments;

	role->clear_request = true;
	role->outcome.id = id;
	va_start(arguments, format);
	vsnprintf(role->outcome.text, sizeof(role->outcome.text), format, arguments);
	va_end(arguments);
}

static void answer(struct rel_actions *actions, uint64_t op, enum rel_err err, uint64_t id,
		   const char *text)
{
	struct rel_action *action = rel_actions_add(actions, REL_ACTION_ANSWER);

	action->op = op;
	action->answer.err = err;
	action->answer.id = id;
	rel_text_copy(action->answer.text, sizeof(action->answer.text), text);
}

/* Does the record show what was asked for? */
static bool taken(const struct rel_role *role)
{
	const struct rel_record *record = role->facts.election.record;
	const struct rel_outgoing *outgoing = &role->outgoing;

	if (record == NULL)
		return false;
	if (outgoing->set_paused)
		return record->paused == outgoing->paused;
	return record->switchover.id == outgoing->request.id ||
	       record->outcome.id == outgoing->request.id;
}

static bool another_waits(const struct rel_role *role)
{
	const struct rel_record *record = role->facts.election.record;

	return record != NULL && record->switchover.id != 0 &&
	       record->switchover.id != role->outgoing.request.id;
}

static void refuse_overtaken(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_member leader = rel_record_holder(role->facts.election.record);
	char text[REL_NAME_SIZE + 32];

	rel_text_format(text, sizeof(text), "%s leads since it was asked", leader.name);
	answer(actions, role->outgoing.answer_op, REL_ERR_INVALID, 0, text);
	role->outgoing = (struct rel_outgoing){0};
}

static void send_outgoing(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	struct rel_outgoing *outgoing = &role->outgoing;
	const char *accepted = outgoing->set_paused ? (outgoing->paused ? "paused" : "resumed")
						    : "the leader was asked to switch over";

	if (outgoing->answer_op == 0)
		return;
	if (taken(role)) {
		answer(actions, outgoing->answer_op, REL_OK, outgoing->request.id, accepted);
		*outgoing = (struct rel_outgoing){0};
		return;
	}
	if (!rel_before(role->facts.now, outgoing->until)) {
		bool nobody = role->facts.election.kind != REL_RECORD_HELD && !outgoing->set_paused;
		answer(actions, outgoing->answer_op, nobody ? REL_ERR_MISSING : REL_ERR_TIMEOUT, 0,
		       nobody ? "there is no leader" : "the register did not take it in time");
		*outgoing = (struct rel_outgoing){0};
		return;
	}
	if (outgoing->request.epoch == 0)
		outgoing->request.epoch = leading_epoch(role);
	if (outgoing->request.id != 0 && leading_epoch(role) != 0 &&
	    leading_epoch(role) != outgoing->request.epoch) {
		refuse_overtaken(role, actions);
		return;
	}
	if (outgoing->request.id != 0 && another_waits(role)) {
		answer(actions, outgoing->answer_op, REL_ERR_INVALID, 0,
		       "another switchover was asked for already");
		*outgoing = (struct rel_outgoing){0};
		return;
	}
	wish->request = outgoing->request;
	wish->set_paused = outgoing->set_paused;
	wish->paused = outgoing->paused;
}

/* Asked of us, but we could not even begin. */
static void expire_asked(struct rel_role *role, struct rel_actions *actions)
{
	struct rel_handover *handover = &role->handover;
	const struct rel_claim *claim = &role->facts.claim;
	bool leads = claim->state == REL_CLAIM_SELF && claim->epoch == handover->asked_epoch;

	if (handover->answer_op == 0 || handover->phase != REL_HANDOVER_IDLE ||
	    (leads && rel_before(role->facts.now, handover->asked_until)))
		return;
	answer(actions, handover->answer_op, REL_ERR_INVALID, handover->request_id,
	       leads ? "the leader's Redis cannot lead at present" : "the leader has changed");
	handover->answer_op = handover->request_id = 0;
	handover->wanted[0] = '\0';
}

static void clear_overtaken(struct rel_role *role)
{
	const struct rel_request *request = requested(role);

	if (request == NULL || role->facts.claim.state != REL_CLAIM_SELF ||
	    is_for_us(role, request))
		return;
	role->clear_request = true;
	rel_request_overtaken(request, role->config.self.name, false, &role->outcome);
}

void rel_operator_plan(struct rel_role *role, struct rel_wish *wish, struct rel_actions *actions)
{
	const struct rel_record *record = role->facts.election.record;

	if (role->refused_op != 0) {
		answer(actions, role->refused_op, REL_ERR_INVALID, 0, role->refused_why);
		role->refused_op = 0;
	}
	send_outgoing(role, wish, actions);
	expire_asked(role, actions);
	clear_overtaken(role);
	if (!role->clear_request)
		return;
	if (role->facts.claim.state != REL_CLAIM_SELF ||
	    (record != NULL && record->outcome.id == role->outcome.id)) {
		role->clear_request = false; /* the record has it, or another leader */
		return;
	}
	wish->clear_request = true;
	wish->outcome = role->outcome;
}
