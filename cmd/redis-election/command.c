/* SPDX-License-Identifier: Apache-2.0 */
#include "command.h"

#include <jansson.h>
#include <poll.h>

#include "redis-election/base/text.h"

#define WAIT_S 30.0
#define POLL_MS 200

/* What the agent answers to a POST. */
struct reply {
	char message[200];
	uint64_t id; /* of the request that went into the register; 0 = none */
};

static double seconds_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* The message goes to a terminal: no control byte gets through. */
static void take_message(struct reply *reply, const char *message)
{
	rel_text_copy(reply->message, sizeof(reply->message), message);
	for (char *c = reply->message; *c; c++) {
		if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
			*c = '?';
	}
}

/* Ids over INT64_MAX come as text. */
static uint64_t read_id(const json_t *id)
{
	uint64_t number = 0;

	if (json_is_string(id) && rel_text_to_u64(json_string_value(id), &number))
		return number;
	return json_is_integer(id) ? (uint64_t)json_integer_value(id) : 0;
}

static bool read_reply(const struct rel_buf *body, struct reply *reply)
{
	json_t *root = json_loadb(body->data, body->size, JSON_REJECT_DUPLICATES, NULL);
	const json_t *message = json_object_get(root, "message");
	bool good = json_is_string(message);

	*reply = (struct reply){.id = read_id(json_object_get(root, "id"))};
	if (good)
		take_message(reply, json_string_value(message));
	json_decref(root);
	return good;
}

static int refused(const char *why)
{
	fprintf(stderr, "redis-election: %s%s\n",
		rel_text_starts(why, "refused") ? "" : "refused: ", why);
	return REL_EXIT_REFUSED;
}

static bool ask(const struct rel_options *options, struct rel_status *now)
{
	struct rel_options quiet = *options;
	struct rel_answer answer;
	enum rel_exit result;

	quiet.quiet = true;
	result = rel_client_status(&quiet, now, &answer);
	rel_buf_finish(&answer.body);
	return result == REL_EXIT_OK;
}

/* The outcome of our own request counts first: whoever leads now may do so for
 * another reason. An agent that does not answer for a moment is asked again. */
static int wait_until_done(const struct rel_order *order, const struct rel_options *options,
			   const struct rel_status *before, const struct reply *reply)
{
	static struct rel_status now;
	double began = seconds_now(), passed = 0;

	for (; passed < WAIT_S; passed = seconds_now() - began) {
		bool seen = ask(options, &now);
		bool ours = seen && reply->id && now.outcome.id == reply->id;

		if (ours && rel_text_starts(now.outcome.text, "refused"))
			return refused(now.outcome.text);
		if (seen && order->done(options, before, &now)) {
			order->tell(&now, seconds_now() - began);
			return REL_EXIT_OK;
		}
		poll(NULL, 0, POLL_MS);
	}
	fprintf(stderr, "redis-election: accepted, but not done after %.0f s; see status\n",
		passed);
	return REL_EXIT_ERROR;
}

static int judge(const struct rel_order *order, const struct rel_options *options,
		 const struct rel_status *before, const struct rel_answer *answer)
{
	struct reply reply;

	if (answer->code == 401 || answer->code == 403 || !read_reply(&answer->body, &reply))
		return (int)rel_client_unexpected(answer, order->path);
	switch (answer->code) {
	case 200:
		puts(reply.message);
		return REL_EXIT_OK;
	case 202:
		return wait_until_done(order, options, before, &reply);
	case 409:
		return refused(reply.message);
	case 503:
		fprintf(stderr, "redis-election: %s\n", reply.message);
		return REL_EXIT_NO_LEADER;
	default:
		fprintf(stderr, "redis-election: %s\n", reply.message);
		return REL_EXIT_ERROR;
	}
}

static char *make_body(const struct rel_options *options)
{
	json_t *object = json_object();
	char *text;

	if (options->to)
		json_object_set_new(object, "to", json_string(options->to));
	if (options->accept_data_loss)
		json_object_set_new(object, "accept_data_loss", json_true());
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return text;
}

int rel_command(const struct rel_order *order, const struct rel_options *options)
{
	static struct rel_status before;
	struct rel_answer answer;
	char *body = make_body(options);
	int result = (int)rel_client_status(options, &before, &answer);

	rel_buf_finish(&answer.body);
	if (result == REL_EXIT_OK && body) {
		result = (int)rel_client_post(options, order->path, body, &answer);
		if (result == REL_EXIT_OK)
			result = judge(order, options, &before, &answer);
		rel_buf_finish(&answer.body);
	}
	free(body);
	return result;
}
