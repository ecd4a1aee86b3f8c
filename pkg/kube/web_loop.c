/* SPDX-License-Identifier: Apache-2.0 */
/* libcurl's multi handle on libuv: one uv_poll_t for each socket, one timer for
 * libcurl's wishes. */
#include "web_private.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/loop.h"

/* Idle connections kept. */
#define IDLE_CONNECTIONS 4

struct rel_web_poller {
	uv_poll_t handle;
	struct rel_web *web;
	curl_socket_t fd;
	struct rel_web_poller *next, **link;
};

static void handle_closed(struct rel_web *web)
{
	void (*closed)(void *ctx) = web->closed;
	void *ctx = web->closed_ctx;

	web->handles--;
	if (web->handles > 0 || !closed)
		return;
	rel_web_free(web);
	closed(ctx);
}

static void act(struct rel_web *web, curl_socket_t fd, int flags)
{
	int running;

	curl_multi_socket_action(web->multi, fd, flags, &running);
	rel_web_settle(web);
}

static void on_poll(uv_poll_t *handle, int status, int events)
{
	struct rel_web_poller *poller = handle->data;
	int flags = status < 0 ? CURL_CSELECT_ERR : 0;

	if (events & UV_READABLE)
		flags |= CURL_CSELECT_IN;
	if (events & UV_WRITABLE)
		flags |= CURL_CSELECT_OUT;
	act(poller->web, poller->fd, flags);
}

static struct rel_web_poller *poller_create(struct rel_web *web, curl_socket_t fd)
{
	struct rel_web_poller *poller = rel_calloc(1, sizeof(*poller));
	int failed = uv_poll_init_socket(rel_loop_uv(web->loop), &poller->handle, fd);

	rel_assert(!failed);
	poller->handle.data = poller;
	poller->web = web;
	poller->fd = fd;
	poller->next = web->pollers;
	poller->link = &web->pollers;
	if (poller->next)
		poller->next->link = &poller->next;
	web->pollers = poller;
	web->handles++;
	return poller;
}

static void poller_closed(uv_handle_t *handle)
{
	struct rel_web_poller *poller = handle->data;
	struct rel_web *web = poller->web;

	rel_free(poller);
	handle_closed(web);
}

static void poller_close(struct rel_web_poller *poller)
{
	*poller->link = poller->next;
	if (poller->next)
		poller->next->link = poller->link;
	uv_close((uv_handle_t *)&poller->handle, poller_closed);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *socket_ctx)
{
	struct rel_web *web = ctx;
	struct rel_web_poller *poller = socket_ctx;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (poller)
			poller_close(poller);
		curl_multi_assign(web->multi, fd, NULL);
		return 0;
	}
	if (!poller) {
		poller = poller_create(web, fd);
		curl_multi_assign(web->multi, fd, poller);
	}
	if (what & CURL_POLL_IN)
		events |= UV_READABLE;
	if (what & CURL_POLL_OUT)
		events |= UV_WRITABLE;
	uv_poll_start(&poller->handle, events, on_poll);
	return 0;
}

static void on_curl_timer(void *ctx)
{
	act(ctx, CURL_SOCKET_TIMEOUT, 0);
}

/* Also called from inside curl_multi_add_handle; a timer never fires inside its setting. */
static int on_timeout(CURLM *multi, long ms, void *ctx)
{
	struct rel_web *web = ctx;
	struct rel_instant at = ms < 0 ? REL_FOREVER : rel_after(rel_loop_now(), rel_ms(ms));

	(void)multi;
	rel_timer_set(&web->curl_timer, at);
	return 0;
}

void rel_web_loop_init(struct rel_web *web)
{
	rel_timer_init(web->loop, &web->curl_timer, on_curl_timer, web);
	rel_timer_init(web->loop, &web->deadline_timer, rel_web_overdue, web);
	web->handles = 2;
	web->multi = curl_multi_init();
	rel_assert(web->multi);
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(web->multi, CURLMOPT_SOCKETDATA, web);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
	curl_multi_setopt(web->multi, CURLMOPT_TIMERDATA, web);
	curl_multi_setopt(web->multi, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
}

static void timer_closed(void *ctx)
{
	handle_closed(ctx);
}

void rel_web_loop_finish(struct rel_web *web)
{
	curl_multi_cleanup(web->multi);
	while (web->pollers)
		poller_close(web->pollers);
	rel_timer_close(&web->curl_timer, timer_closed);
	rel_timer_close(&web->deadline_timer, timer_closed);
}
