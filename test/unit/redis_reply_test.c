/* SPDX-License-Identifier: Apache-2.0 */
/* Replies: every type, any split, and limits that hold. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "pkg/redis/reply.h"
#include "redis-election/base/mem.h"

static const char mixed[] = "+OK\r\n"
			    "-ERR no\r\n"
			    ":-42\r\n"
			    "$-1\r\n"
			    "$0\r\n\r\n"
			    "$5\r\na\r\nb\0\r\n"
			    "*3\r\n+QUEUED\r\n*2\r\n$1\r\nx\r\n:7\r\n$-1\r\n"
			    "*0\r\n"
			    "*-1\r\n";

static void check(size_t index, const struct rel_reply *reply)
{
	switch (index) {
	case 0:
		assert_int_equal(reply->type, REL_REPLY_STATUS);
		assert_true(rel_reply_starts(reply, "OK"));
		assert_false(rel_reply_starts(reply, "OKAY"));
		break;
	case 1:
		assert_int_equal(reply->type, REL_REPLY_ERROR);
		assert_memory_equal(reply->text, "ERR no", 6);
		break;
	case 2:
		assert_int_equal(reply->type, REL_REPLY_INTEGER);
		assert_int_equal(reply->integer, -42);
		break;
	case 3:
	case 8:
		assert_int_equal(reply->type, REL_REPLY_NIL);
		break;
	case 4:
		assert_int_equal(reply->type, REL_REPLY_TEXT);
		assert_int_equal(reply->size, 0);
		break;
	case 5:
		assert_int_equal(reply->size, 5);
		assert_memory_equal(reply->text, "a\r\nb\0", 5);
		break;
	case 6:
		assert_int_equal(reply->count, 3);
		assert_memory_equal(reply->at[0].text, "QUEUED", 6);
		assert_int_equal(reply->at[1].count, 2);
		assert_memory_equal(reply->at[1].at[0].text, "x", 1);
		assert_int_equal(reply->at[1].at[1].integer, 7);
		assert_int_equal(reply->at[2].type, REL_REPLY_NIL);
		break;
	case 7:
		assert_int_equal(reply->type, REL_REPLY_ARRAY);
		assert_int_equal(reply->count, 0);
		break;
	default:
		fail_msg("a reply too many");
	}
}

static size_t drain(struct rel_reader *reader, size_t seen)
{
	const struct rel_reply *reply;

	for (;;) {
		assert_int_equal(rel_reader_next(reader, &reply), REL_OK);
		if (!reply)
			return seen;
		check(seen++, reply);
	}
}

static void every_type_in_any_split(void **state)
{
	size_t length = sizeof(mixed) - 1;

	(void)state;
	for (size_t piece = 1; piece <= length; piece++) {
		struct rel_reader *reader = rel_reader_create();
		size_t seen = 0;

		for (size_t at = 0; at < length; at += piece) {
			size_t size = length - at < piece ? length - at : piece;

			assert_int_equal(rel_reader_feed(reader, mixed + at, size), REL_OK);
			seen = drain(reader, seen);
		}
		assert_int_equal(seen, 9);
		rel_reader_destroy(reader);
	}
}

static enum rel_err feed(const char *text, size_t size, size_t times)
{
	struct rel_reader *reader = rel_reader_create();
	const struct rel_reply *reply = NULL;
	enum rel_err err = REL_OK;

	for (size_t i = 0; i < times && err == REL_OK; i++) {
		err = rel_reader_feed(reader, text, size);
		while (err == REL_OK) {
			err = rel_reader_next(reader, &reply);
			if (!reply)
				break;
		}
	}
	rel_reader_destroy(reader);
	return err;
}

static void nonsense_is_garbled(void **state)
{
	static const char *const texts[] = {
		"HTTP/1.1 400 Bad Request\r\n", "\r\n", "$x\r\n", "*x\r\n", ":x\r\n", "$-2\r\n",
		"*-2\r\n", ",1.5\r\n", "#t\r\n", "%1\r\n+a\r\n+b\r\n", "_\r\n",
		"$99999999999999999999\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		enum rel_err err = feed(texts[i], strlen(texts[i]), 1);

		/* Newer releases of hiredis read some of RESP3 as what it resembles. */
		if (texts[i][0] != '%' && texts[i][0] != '_')
			assert_int_equal(err, REL_ERR_GARBLED);
	}
}

static void limits_hold(void **state)
{
	static char block[65536];
	static const char deep[] = "*1\r\n";

	(void)state;
	memset(block, 'x', sizeof(block));
	/* A text that is announced longer than allowed, and an endless line. */
	memcpy(block, "$2000000\r\n", 10);
	assert_int_equal(feed(block, sizeof(block), 40), REL_ERR_TOO_LARGE);
	memcpy(block, "+xxxxxxxxx", 10);
	assert_int_equal(feed(block, sizeof(block), 40), REL_ERR_TOO_LARGE);
	/* Arrays: announced too long, nested without end, long in total. */
	assert_int_equal(feed("*64\r\n", 5, 1), REL_ERR_TOO_LARGE);
	assert_int_equal(feed("*2147483647\r\n", 13, 1), REL_ERR_TOO_LARGE);
	assert_int_equal(feed("*63\r\n", 5, 1), REL_OK);
	assert_true(feed(deep, sizeof(deep) - 1, 100) != REL_OK);
	assert_int_equal(feed("*40\r\n*40\r\n", 10, 1), REL_ERR_TOO_LARGE);
}

/* Many texts in one array: each fits, together they do not. */
static void the_whole_reply_is_bounded(void **state)
{
	static char block[65536];
	size_t head = sizeof("$65000\r\n") - 1, size = head + 65000 + 2;
	struct rel_reader *reader = rel_reader_create();
	const struct rel_reply *reply;
	enum rel_err err = rel_reader_feed(reader, "*32\r\n", 5);

	(void)state;
	memset(block, 'x', sizeof(block));
	memcpy(block, "$65000\r\n", head);
	memcpy(block + size - 2, "\r\n", 2);
	for (int i = 0; i < 32 && err == REL_OK; i++) {
		err = rel_reader_feed(reader, block, size);
		if (err == REL_OK)
			err = rel_reader_next(reader, &reply);
	}
	assert_int_equal(err, REL_ERR_TOO_LARGE);
	rel_reader_destroy(reader);
}

static void errors_have_a_meaning(void **state)
{
	static const struct {
		const char *text;
		enum rel_err err;
	} rows[] = {
		{"NOAUTH Authentication required.", REL_ERR_UNAUTHORIZED},
		{"WRONGPASS invalid username-password pair or user is disabled.",
		 REL_ERR_UNAUTHORIZED},
		{"ERR invalid password", REL_ERR_UNAUTHORIZED},
		{"NOPERM this user has no permissions to run the 'info' command",
		 REL_ERR_FORBIDDEN},
		{"DENIED Redis is running in protected mode", REL_ERR_FORBIDDEN},
		{"LOADING Redis is loading the dataset in memory", REL_ERR_LOADING},
		{"BUSY Redis is busy running a script.", REL_ERR_THROTTLED},
		{"ERR max number of clients reached", REL_ERR_THROTTLED},
		{"MASTERDOWN Link with MASTER is down", REL_ERR_INVALID},
		{"EXECABORT Transaction discarded because of previous errors.", REL_ERR_INVALID},
		{"", REL_ERR_INVALID},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct rel_reply reply = {.type = REL_REPLY_ERROR, .text = rows[i].text};

		reply.size = strlen(rows[i].text);
		assert_int_equal(rel_reply_err(&reply), rows[i].err);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_in_any_split),
		cmocka_unit_test(nonsense_is_garbled),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(the_whole_reply_is_bounded),
		cmocka_unit_test(errors_have_a_meaning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
