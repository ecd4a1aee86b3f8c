/* SPDX-License-Identifier: Apache-2.0 */
/* What INFO of a replica says about its history, seen on Redis 7.0.15, each time
 * started with "replicaof 127.0.0.1 1":
 *
 *   state                       slave_repl_offset  master_repl_offset  master_replid
 *   fresh, no data                     1                  0            random
 *   restart, RDB only                  N                  N            that of the RDB
 *   restart, AOF only                  1                  0            random
 *   restart, AOF and RDB               1                  0            random (AOF wins)
 *   leader made a replica              N                  N            its own
 *   the same, never written to         0                  0            its own
 *   full sync running or failed        1                  old          old
 *
 * So 1 stands for "neither a master nor a cached one" (genericRedisInfoString), and the
 * replid names no data, but after a failed sync: data that is still there is where
 * master_repl_offset says, for a sync empties Redis before it loads anything, and again
 * when that fails. Only with the link up can 1 be a real position. An offset that was
 * read from the leader but not applied (slave_read_repl_offset, 7.0) is not data yet and
 * is not looked at. */
#include "info_codec.h"

#include <string.h>

#include "redis-election/base/text.h"

#define ABSENT INT64_MIN
#define ID_LENGTH (REL_REPLID_SIZE - 1)

struct span {
	const char *at;
	size_t size;
};

static bool span_is(struct span span, const char *text)
{
	return span.size == strlen(text) && memcmp(span.at, text, span.size) == 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* A whole decimal number, with a minus or without. */
static bool to_number(struct span span, int64_t *number)
{
	bool negative = span.size > 0 && span.at[0] == '-';
	int64_t value = 0;

	if (span.size == (negative ? 1u : 0u))
		return false;
	for (size_t i = negative; i < span.size; i++) {
		if (!is_digit(span.at[i]) || __builtin_mul_overflow(value, 10, &value) ||
		    __builtin_add_overflow(value, span.at[i] - '0', &value))
			return false;
	}
	*number = negative ? -value : value;
	return true;
}

/* Redis writes 40 zeros for "none". */
static bool to_id(struct span span, char id[REL_REPLID_SIZE])
{
	bool zero = true;

	if (span.size != ID_LENGTH)
		return false;
	for (size_t i = 0; i < span.size; i++) {
		char c = span.at[i];

		if (!is_digit(c) && !(c >= 'a' && c <= 'f'))
			return false;
		zero = zero && c == '0';
	}
	return rel_text_copy_n(id, REL_REPLID_SIZE, span.at, zero ? 0 : span.size);
}

/* Printable ASCII without blanks that fits. */
static bool to_text(struct span span, char *text, size_t size)
{
	for (size_t i = 0; i < span.size; i++) {
		if (span.at[i] <= ' ' || span.at[i] > '~')
			return false;
	}
	return rel_text_copy_n(text, size, span.at, span.size);
}

static bool to_role(struct span value, struct rel_info *info)
{
	info->role_seen = span_is(value, "master") || span_is(value, "slave");
	info->view.is_leader = span_is(value, "master");
	return info->role_seen;
}

/* shutdown_in_milliseconds: shown only while a shutdown waits; the rest may be 0. */
static bool to_shutdown(struct span value, struct rel_info *info)
{
	int64_t ms;

	if (!to_number(value, &ms))
		return false;
	info->view.shutdown_ms = ms > 0 ? ms : 1;
	return true;
}

enum kind { ID, NUMBER, FLAG, NOT_OK, UP, VERSION, HOST, ROLE, SHUTDOWN };

#define LINK_DOWN_MAX_S 1000000000

#define AT(member) offsetof(struct rel_info, member)

/* The length stands beside the key: every line is compared with every row, ten
 * times a second, for ever. */
#define KEY(text) {text, sizeof(text) - 1}

static const struct row {
	struct span key;
	enum kind kind;
	size_t offset;
} rows[] = {
	{KEY("redis_version"), VERSION, AT(view.version)},
	{KEY("run_id"), ID, AT(view.run_id)},
	{KEY("shutdown_in_milliseconds"), SHUTDOWN, 0},
	{KEY("role"), ROLE, 0},
	{KEY("master_host"), HOST, AT(view.followed_host)},
	{KEY("master_port"), NUMBER, AT(followed_port)},
	{KEY("master_link_status"), UP, AT(view.link_up)},
	{KEY("master_link_down_since_seconds"), NUMBER, AT(link_down_s)},
	{KEY("master_sync_in_progress"), FLAG, AT(view.syncing)},
	{KEY("slave_repl_offset"), NUMBER, AT(replica_offset)},
	{KEY("master_replid"), ID, AT(view.line.replid)},
	{KEY("master_replid2"), ID, AT(view.line.replid2)},
	{KEY("master_repl_offset"), NUMBER, AT(leader_offset)},
	{KEY("second_repl_offset"), NUMBER, AT(second_offset)},
	{KEY("loading"), FLAG, AT(view.loading)},
	{KEY("async_loading"), FLAG, AT(async_loading)},
	{KEY("rdb_last_bgsave_status"), NOT_OK, AT(rdb_failed)},
	{KEY("aof_enabled"), FLAG, AT(view.aof_enabled)},
	{KEY("aof_last_write_status"), NOT_OK, AT(aof_failed)},
	{KEY("used_memory"), NUMBER, AT(view.used_memory)},
};

static bool set(struct rel_info *info, const struct row *row, struct span value)
{
	void *field = (char *)info + row->offset;

	switch (row->kind) {
	case ID:
		return to_id(value, field);
	case NUMBER:
		return to_number(value, field);
	case FLAG:
		*(bool *)field = span_is(value, "1");
		return true;
	case NOT_OK:
		*(bool *)field = !span_is(value, "ok");
		return true;
	case UP:
		*(bool *)field = span_is(value, "up");
		return true;
	case VERSION:
		return to_text(value, field, sizeof(info->view.version));
	case HOST:
		return to_text(value, field, sizeof(info->view.followed_host));
	case ROLE:
		return to_role(value, info);
	case SHUTDOWN:
		return to_shutdown(value, info);
	}
	return false;
}

/* "slave0" or "db0": prefix and digits. */
static bool is_numbered(struct span key, const char *prefix)
{
	size_t length = strlen(prefix);

	if (key.size <= length || memcmp(key.at, prefix, length) != 0)
		return false;
	for (size_t i = length; i < key.size; i++) {
		if (!is_digit(key.at[i]))
			return false;
	}
	return true;
}

/* ip=10.0.0.1,port=6379,state=online,offset=14,lag=0 */
static void count_replica(struct rel_info *info, struct span value)
{
	static const char online[] = ",state=online,";

	if (memmem(value.at, value.size, online, sizeof(online) - 1) &&
	    info->view.replicas < UINT16_MAX)
		info->view.replicas++;
}

/* keys=2,expires=0,avg_ttl=0 */
static void look_for_keys(struct rel_info *info, struct span value)
{
	static const char keys[] = "keys=";
	size_t length = sizeof(keys) - 1;

	if (value.size > length && memcmp(value.at, keys, length) == 0 &&
	    value.at[length] >= '1' && value.at[length] <= '9')
		info->view.has_data = true;
}

static void take_line(struct rel_info *info, struct span key, struct span value)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (key.size != rows[i].key.size ||
		    memcmp(key.at, rows[i].key.at, key.size) != 0)
			continue;
		if (!set(info, &rows[i], value))
			info->garbled = true;
		return;
	}
	if (is_numbered(key, "slave"))
		count_replica(info, value);
	else if (is_numbered(key, "db"))
		look_for_keys(info, value);
}

void rel_info_init(struct rel_info *info)
{
	memset(info, 0, sizeof(*info));
	info->stop_writes = true;
	info->saves = true;
	info->leader_offset = ABSENT;
	info->replica_offset = ABSENT;
	info->link_down_s = ABSENT;
	info->second_offset = -1;
	info->view.min_replicas = -1;
}

void rel_info_text(struct rel_info *info, const char *text, size_t size)
{
	const char *end = text + size;

	while (text < end) {
		const char *next = memchr(text, '\n', (size_t)(end - text));
		const char *stop = next ? next : end;
		const char *colon;

		if (stop > text && stop[-1] == '\r')
			stop--;
		colon = memchr(text, ':', (size_t)(stop - text));
		if (colon)
			take_line(info, (struct span){text, (size_t)(colon - text)},
				  (struct span){colon + 1, (size_t)(stop - colon - 1)});
		text = next ? next + 1 : end;
	}
}

void rel_info_setting(struct rel_info *info, const char *name, size_t name_size, const char *value,
		      size_t value_size)
{
	struct span key = {name, name_size};
	struct span text = {value, value_size};
	int64_t number;

	if (span_is(key, "min-replicas-to-write") && to_number(text, &number) && number >= 0)
		info->view.min_replicas = number;
	else if (span_is(key, "stop-writes-on-bgsave-error"))
		info->stop_writes = !span_is(text, "no");
	else if (span_is(key, "save"))
		info->saves = value_size > 0;
}

/* The history of before is still there. */
static bool sync_failed(const struct rel_info *info)
{
	const struct rel_redis_view *view = &info->view;

	return !view->is_leader && !view->link_up && !view->syncing && !view->loading &&
	       view->has_data && info->replica_offset == 1 && info->leader_offset > 1;
}

/* second_repl_offset is the first byte that replid2 may not ask for any more. */
static void finish_line(struct rel_info *info)
{
	struct rel_redis_view *view = &info->view;
	bool by_leader_offset = view->is_leader || sync_failed(info);

	view->line.offset = by_leader_offset ? info->leader_offset : info->replica_offset;
	view->line.fork_offset = info->second_offset > 0 ? info->second_offset - 1 : -1;
	if (!view->line.replid2[0])
		view->line.fork_offset = -1;
	view->line_known = view->is_leader || (view->line.offset >= 0 && view->line.offset != 1) ||
			   (view->line.offset == 1 && view->link_up);
}

/* -1, or before 6.2 the time since 1970: it never was up. */
static bool link_was_up(const struct rel_info *info)
{
	return info->view.link_up ||
	       (info->link_down_s >= 0 && info->link_down_s < LINK_DOWN_MAX_S);
}

static bool finish_followed(struct rel_info *info)
{
	struct rel_redis_view *view = &info->view;

	if (view->is_leader) {
		view->followed_host[0] = '\0';
		return true;
	}
	if (!view->followed_host[0] || info->followed_port < 1 || info->followed_port > UINT16_MAX)
		return false;
	view->followed_port = (uint16_t)info->followed_port;
	view->link_was_up = link_was_up(info);
	return info->replica_offset != ABSENT;
}

/* Redis refuses writes for a failed save only with both settings; for a failed
 * AOF write always (writeCommandsDeniedByDiskError). */
static bool refuses_for_disk(const struct rel_info *info)
{
	return (info->rdb_failed && info->stop_writes && info->saves) ||
	       (info->aof_failed && info->view.aof_enabled);
}

bool rel_info_finish(struct rel_info *info)
{
	struct rel_redis_view *view = &info->view;

	if (info->garbled || !info->role_seen || !view->run_id[0] || !view->line.replid[0] ||
	    info->leader_offset < 0 || !finish_followed(info))
		return false;
	finish_line(info);
	view->loading = view->loading || info->async_loading;
	view->persistence_failed = refuses_for_disk(info);
	return true;
}
