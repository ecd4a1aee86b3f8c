/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that are known while an action is handed over: they wait for the next
 * turn of the loop, in their order. */
#include "driver.h"
#include "redis-election/base/mem.h"
#include "redis-election/loop.h"

struct answer {
	struct answer *next;
	struct rel_event event;
};

struct rel_later {
	struct rel_kube *kube;
	struct rel_timer timer;
	struct answer *first, **end;
	void (*closed)(void *kube);
};

static struct answer *take(struct rel_later *later)
{
	struct answer *answer = later->first;

	if (!answer)
		return NULL;
	later->first = answer->next;
	if (!later->first)
		later->end = &later->first;
	return answer;
}

static void on_timer(void *ctx)
{
	struct rel_later *later = ctx;
	struct answer *answer = take(later);
	struct rel_event event;

	if (!answer)
		return;
	event = answer->event;
	rel_free(answer);
	if (later->first)
		rel_timer_set(&later->timer, rel_loop_now());
	rel_kube_report(later->kube, &event);
}

void rel_kube_report_later(struct rel_kube *kube, enum rel_event_type type, uint64_t op,
			   enum rel_err err)
{
	struct rel_later *later = kube->later;
	struct answer *answer = rel_calloc(1, sizeof(*answer));

	answer->event = (struct rel_event){.type = type, .op = op, .err = err};
	*later->end = answer;
	later->end = &answer->next;
	rel_timer_set(&later->timer, rel_loop_now());
}

struct rel_later *rel_later_create(struct rel_kube *kube)
{
	struct rel_later *later = rel_calloc(1, sizeof(*later));

	later->kube = kube;
	later->end = &later->first;
	rel_timer_init(kube->loop, &later->timer, on_timer, later);
	return later;
}

static void timer_closed(void *ctx)
{
	struct rel_later *later = ctx;
	struct rel_kube *kube = later->kube;
	void (*closed)(void *kube) = later->closed;
	struct answer *answer;

	while ((answer = take(later)))
		rel_free(answer);
	rel_free(later);
	closed(kube);
}

void rel_later_close(struct rel_later *later, void (*closed)(void *kube))
{
	later->closed = closed;
	rel_timer_close(&later->timer, timer_closed);
}
