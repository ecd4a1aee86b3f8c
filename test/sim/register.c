/* SPDX-License-Identifier: Apache-2.0 */
#include "register.h"

#include "agent.h"
#include "check.h"
#include "client.h"
#include "redis-election/base/text.h"
#include "trace.h"

void register_reset(struct world *world)
{
	struct store *store = &world->store;

	memset(store, 0, offsetof(struct store, history));
	store->max_epoch = 0;
	store->changes = 0;
	store->last_holder[0] = '\0';
	store->last_holder_epoch = 0;
	store->last_was_release = false;
	store->renewed_at = 0;
	store->foreign_count = 0;
	store->held_mark = 0;
	store->held_lease = 0;
	store->put_back_at = 0;
	store->unstamped_since = START;
	store->last_duration = 0;
	store->restored = false;
	store->index = 1000;
}

const struct version *register_now(const struct world *world)
{
	const struct store *store = &world->store;

	return store->count ? &store->history[(store->count - 1) % HISTORY_MAX] : NULL;
}

const struct version *register_older(const struct world *world, uint32_t back)
{
	const struct store *store = &world->store;

	if (store->count <= back || back >= HISTORY_MAX)
		return NULL;
	return &store->history[(store->count - 1 - back) % HISTORY_MAX];
}

static void uid_text(uint32_t uid, char text[REL_UID_SIZE])
{
	rel_text_format(text, REL_UID_SIZE, "lease-%u", uid);
}

const struct version *register_find(const struct world *world, const struct rel_version *version)
{
	const struct store *store = &world->store;
	uint32_t first = store->count > HISTORY_MAX ? store->count - HISTORY_MAX : 0;

	for (uint32_t i = store->count; i-- > first;) {
		const struct version *old = &store->history[i % HISTORY_MAX];

		if (old->index == version->index &&
		    rel_text_equal(old->record.version.uid, version->uid))
			return old;
	}
	return NULL;
}

static void publish(struct world *world, struct version *version)
{
	struct store *store = &world->store;
	const struct version *before = register_now(world);
	struct version *after = &store->history[store->count % HISTORY_MAX];

	version->index = ++store->index;
	version->uid = store->uid;
	version->at = world->now;
	version->record.version.index = version->index;
	uid_text(version->uid, version->record.version.uid);
	version->record.deleted = version->deleted;
	version->kind = rel_record_kind(&version->record);
	if (after != version)
		*after = *version;
	store->count++;
	TRACE(world, version->slot, "commit %lu %s holder=%s epoch=%lu run=%.6s of %d by %s",
	      (unsigned long)after->index, trace_kind(after->kind), after->record.holder,
	      (unsigned long)after->record.epoch, after->record.run_id, after->record.members.count,
	      after->author == AUTHOR_MEMBER  ? "member"
	      : after->author == AUTHOR_RIVAL ? "rival"
					      : "person");
	TRACE(world, version->slot, "  line %.6s:%ld %.6s:%ld", after->record.line.replid,
	      (long)after->record.line.offset, after->record.line.replid2,
	      (long)after->record.line.fork_offset);
	world_mix(world, after->index ^ (uint64_t)after->kind << 56 ^ after->record.mark);
	check_commit(world, before, after);
	watch_spread(world);
	clients_notice(world, CLIENT_RECORD, pods_by_identity(world, after->record.holder));
}

void register_commit(struct world *world, const struct rel_record *record, enum author author,
		     int slot)
{
	struct version *version = &world->store.history[world->store.count % HISTORY_MAX];

	version->record = *record;
	version->author = author;
	version->slot = slot;
	version->deleted = false;
	publish(world, version);
}

void register_create(struct world *world, const struct rel_record *spec, enum author author,
		     int slot)
{
	world->store.exists = true;
	world->store.uid = ++world->store.uids;
	register_commit(world, spec, author, slot);
}

void register_delete(struct world *world)
{
	struct version *version = &world->store.history[world->store.count % HISTORY_MAX];

	if (!world->store.exists)
		return;
	memset(&version->record, 0, sizeof(version->record));
	version->author = AUTHOR_PERSON;
	version->slot = NOBODY;
	version->deleted = true;
	world->store.exists = false;
	world->stats.count[STAT_DELETED]++;
	publish(world, version);
}

/* etcd restored from a snapshot: content and versions are those of long ago, and
 * the versions in between are given out a second time. */
void register_restore(struct world *world, uint32_t back)
{
	struct store *store = &world->store;
	struct version *old;

	if (store->count < 3)
		return;
	if (back > store->count - 1)
		back = store->count - 1;
	if (back > HISTORY_MAX / 2)
		back = HISTORY_MAX / 2;
	old = &store->history[(store->count - 1 - back) % HISTORY_MAX];
	store->index = old->index;
	store->exists = !old->deleted;
	store->uid = old->uid;
	store->count -= back;
	store->restored = true;
	world->stats.count[STAT_RESTORES]++;
	TRACE(world, NOBODY, "store set back to %lu", (unsigned long)store->index);
	for (int i = 0; i < SLOTS_MAX; i++)
		if (world->slot[i].used)
			watch_end(world, i, REL_ERR_RESET);
	pods_changed(world);
}

static struct request *take_request(struct world *world)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct request *request = &world->request[i];

		if (!request->used)
			return request;
	}
	return NULL;
}

/* One way between an agent and the API server. */
static int64_t one_way(struct world *world, int slot)
{
	int64_t delay = random_between(&world->network, 500 * US, 6 * MS);

	if (!world->settings.calm_network)
		delay = random_tail(&world->network, 500 * US, 60 * MS);
	if (fault_strikes(world, FAULT_API_DELAY, 60000))
		delay += random_tail(&world->network, 10 * MS, 2 * world->settings.lease);
	return delay + world->slow[slot];
}

struct refusal {
	enum rel_err err;
	bool may_be_after;
};

static const struct refusal refusals[] = {
	{REL_ERR_UNAUTHORIZED, false}, {REL_ERR_FORBIDDEN, false}, {REL_ERR_CONFLICT, false},
	{REL_ERR_THROTTLED, false},    {REL_ERR_SERVER, true},     {REL_ERR_SERVER, true},
	{REL_ERR_GARBLED, true},
};

static void draw_refusal(struct world *world, struct request *request)
{
	const struct refusal *refusal =
		&refusals[random_below(&world->network, sizeof(refusals) / sizeof(refusals[0]))];

	request->answer = refusal->err;
	if (refusal->err == REL_ERR_THROTTLED && random_chance(&world->network, 700000))
		request->retry_after = random_between(&world->network, 0, 3) * SECOND;
	request->fail_after = refusal->may_be_after && random_chance(&world->network, 500000);
}

/* How long until the server carries the request out; NEVER = not at all. */
static int64_t draw_fate(struct world *world, struct request *request)
{
	int64_t way = one_way(world, request->slot);
	bool brown = world->api == API_BROWN;

	if (!register_reaches(world, request->slot))
		return random_chance(&world->network, 150000)
			       ? random_between(&world->network, 100 * MS,
						2 * world->settings.lease)
			       : NEVER;
	if (fault_strikes(world, FAULT_API_LOST_REQUEST, 40000))
		return NEVER;
	if (fault_strikes(world, FAULT_API_ERRORS, 50000) ||
	    (brown && random_chance(&world->network, 300000)))
		draw_refusal(world, request);
	if (fault_strikes(world, FAULT_API_LOST_ANSWER, 50000) ||
	    (brown && random_chance(&world->network, 150000)))
		request->lose_answer = true;
	if (fault_strikes(world, FAULT_API_LATE, 30000))
		return random_between(&world->network, world->settings.request_timeout,
				      5 * world->settings.lease / 2);
	if (brown)
		way += random_tail(&world->network, 50 * MS, 6 * SECOND);
	return way;
}

/* What a case wants of the next writes of a member. */
static void directed(struct world *world, struct request *request, int64_t *way)
{
	struct slot *slot = &world->slot[request->slot];

	if (request->type != REL_ACTION_REGISTER_WRITE)
		return;
	if (slot->late_writes > 0) {
		*way = slot->late_writes;
		slot->late_writes = 0;
	} else if (slot->dropped_writes > 0) {
		*way = NEVER;
		slot->dropped_writes--;
	} else if (slot->lost_writes > 0) {
		request->lose_answer = true;
		slot->lost_writes--;
	}
}

/* As pkg/kube/lease_codec.c writes it: in a record of ours whole seconds follow from the
 * milliseconds. */
void register_encode(const struct rel_record *record, struct rel_record *sent)
{
	enum rel_record_kind kind = rel_record_kind(record);
	int64_t seconds = (record->duration_ms - 1) / 1000 + 1;

	*sent = *record;
	if (record->duration_ms > 0 && (kind == REL_RECORD_HELD || kind == REL_RECORD_RELEASED))
		sent->duration_s = seconds > INT32_MAX ? INT32_MAX : (int32_t)seconds;
}

void register_send(struct world *world, int slot, const struct rel_action *action)
{
	struct request *request = take_request(world);
	uint32_t index;
	int64_t way;

	if (request == NULL)
		return;
	index = (uint32_t)(request - world->request);
	request->used = true;
	request->slot = slot;
	request->life = world->slot[slot].agent.life;
	request->op = action->op;
	request->type = action->type;
	request->answer = REL_OK;
	request->retry_after = 0;
	request->lose_answer = request->fail_after = request->gave_up = false;
	request->has_record = false;
	request->sent_at = world->now;
	if (action->type == REL_ACTION_PATCH_POD) {
		request->patch = action->patch;
	} else {
		request->expected = action->expected;
		if (action->type == REL_ACTION_REGISTER_WRITE)
			register_encode(action->record, &request->record);
	}
	if (action->type == REL_ACTION_REGISTER_WATCH) {
		watch_close(world, slot);
		request->watch = world->slot[slot].watch;
	}
	if (world->api == API_REFUSING && !world->slot[slot].api_cut) {
		request->answer = REL_ERR_REFUSED;
		world_at(world, world->now + MS, (struct cue){HAPPEN_ANSWER, slot, 0, index, 0});
		return;
	}
	way = draw_fate(world, request);
	directed(world, request, &way);
	if (way == NEVER)
		request->used = false;
	else
		world_at(world, world->now + way, (struct cue){HAPPEN_REQUEST, slot, 0, index, 0});
}

void register_give_up(struct world *world, int slot, uint32_t life, uint64_t op)
{
	for (int i = 0; i < REQUESTS_MAX; i++) {
		struct request *request = &world->request[i];

		if (request->used && request->slot == slot && request->life == life &&
		    request->op == op)
			request->gave_up = true;
	}
}

/* What the API server refuses, after the comparison of versions; conformance:
 * test_lease_writes.py. A field that is not sent is not refused. */
static bool is_valid(const struct rel_record *record)
{
	return record->transitions >= 0 && record->duration_s >= 0;
}

static enum rel_err serve_write(struct world *world, struct request *request)
{
	const struct version *now = register_now(world);

	if (!world->store.exists)
		return random_chance(&world->network, 500000) ? REL_ERR_CONFLICT : REL_ERR_MISSING;
	if (request->expected.index != now->index ||
	    !rel_text_equal(request->expected.uid, now->record.version.uid)) {
		world->stats.count[STAT_CONFLICTS]++;
		return REL_ERR_CONFLICT;
	}
	if (!is_valid(&request->record)) {
		world->stats.count[STAT_INVALID]++;
		return REL_ERR_INVALID;
	}
	if (request->gave_up)
		world->stats.count[STAT_LATE]++;
	register_commit(world, &request->record, AUTHOR_MEMBER, request->slot);
	return REL_OK;
}

static enum rel_err serve_create(struct world *world, struct request *request)
{
	static const struct rel_record empty;

	if (world->store.exists)
		return REL_ERR_EXISTS;
	world->stats.count[STAT_CREATED]++;
	register_create(world, &empty, AUTHOR_MEMBER, request->slot);
	return REL_OK;
}

static void serve_watch(struct world *world, struct request *request)
{
	const struct version *now = register_now(world);
	uint64_t from = request->expected.index;

	if (request->watch != world->slot[request->slot].watch)
		return;
	if (from != 0 && (from < world->store.floor || (now && from > world->store.index))) {
		world->stats.count[STAT_EXPIRED]++;
		request->answer = REL_ERR_EXPIRED;
		return;
	}
	watch_open(world, request->slot, request->op, &request->expected);
}

static void show_record(struct world *world, struct request *request)
{
	if (request->answer != REL_OK)
		return;
	if (request->type == REL_ACTION_REGISTER_READ && !world->store.exists)
		memset(&request->record, 0, sizeof(request->record));
	else
		request->record = register_now(world)->record;
	request->has_record = true;
}

static void carry_out(struct world *world, struct request *request)
{
	switch (request->type) {
	case REL_ACTION_REGISTER_READ:
		show_record(world, request);
		break;
	case REL_ACTION_REGISTER_CREATE:
		request->answer = serve_create(world, request);
		show_record(world, request);
		break;
	case REL_ACTION_REGISTER_WRITE:
		request->answer = serve_write(world, request);
		show_record(world, request);
		break;
	case REL_ACTION_REGISTER_WATCH:
		serve_watch(world, request);
		break;
	case REL_ACTION_PATCH_POD:
		request->answer = pods_patch(world, request->slot, &request->patch);
		break;
	case REL_ACTION_REDIS_OBSERVE:
	case REL_ACTION_REDIS_COMMAND:
	case REL_ACTION_SURVEY:
	case REL_ACTION_SAVE_MARK:
	case REL_ACTION_EMIT:
	case REL_ACTION_ANSWER:
	case REL_ACTION_EXIT:
		break;
	}
}

void register_serve(struct world *world, uint32_t index)
{
	struct request *request = &world->request[index];
	enum rel_err refusal = request->answer;

	if (refusal == REL_OK || request->fail_after) {
		request->answer = REL_OK;
		carry_out(world, request);
		if (refusal != REL_OK)
			request->answer = refusal;
	}
	if (request->lose_answer) {
		if (random_chance(&world->network, 500000)) {
			request->used = false;
			return;
		}
		request->answer = REL_ERR_RESET;
	}
	world_at(world, world->now + one_way(world, request->slot),
		 (struct cue){HAPPEN_ANSWER, request->slot, 0, index, 0});
}

static enum rel_event_type answer_type(enum rel_action_type type)
{
	switch (type) {
	case REL_ACTION_REGISTER_READ:
		return REL_EVENT_REGISTER_READ;
	case REL_ACTION_REGISTER_WATCH:
		return REL_EVENT_REGISTER_WATCH;
	case REL_ACTION_PATCH_POD:
		return REL_EVENT_POD_PATCHED;
	case REL_ACTION_REGISTER_CREATE:
	case REL_ACTION_REGISTER_WRITE:
	case REL_ACTION_REDIS_OBSERVE:
	case REL_ACTION_REDIS_COMMAND:
	case REL_ACTION_SURVEY:
	case REL_ACTION_SAVE_MARK:
	case REL_ACTION_EMIT:
	case REL_ACTION_ANSWER:
	case REL_ACTION_EXIT:
		break;
	}
	return REL_EVENT_REGISTER_WRITTEN;
}

void register_answer(struct world *world, uint32_t index)
{
	struct request *request = &world->request[index];
	struct parcel *parcel;

	request->used = false;
	if (!register_reaches(world, request->slot) && request->answer != REL_ERR_REFUSED)
		return;
	if (request->type == REL_ACTION_REGISTER_WATCH && request->answer == REL_OK &&
	    request->watch != world->slot[request->slot].watch)
		return;
	parcel = parcel_take(world, answer_type(request->type));
	parcel->op = request->op;
	parcel->err = request->answer;
	parcel->retry_after = request->retry_after;
	if (request->has_record && request->answer == REL_OK) {
		parcel->record = pool_take(&world->records);
		*parcel->record = request->record;
	}
	if (request->type == REL_ACTION_REGISTER_WATCH)
		parcel->watch = request->watch;
	agent_post(world, request->slot, request->life, parcel, 0);
	if (request->type == REL_ACTION_REGISTER_WATCH && request->answer == REL_OK)
		watch_send(world, request->slot);
}
