/* SPDX-License-Identifier: Apache-2.0 */
/* The event loop of the process: one clock, one thread, one timer for the node.
 * The only room that reads CLOCK_BOOTTIME. Drivers get the uv_loop_t from here. */
#ifndef REL_LOOP_H
#define REL_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "redis-election/base/time.h"

struct rel_loop;

/* CLOCK_BOOTTIME now; the single reader in the whole project. */
struct rel_instant rel_loop_now(void);

/* 64 random bits from the kernel. */
uint64_t rel_loop_entropy(void);

/* Ignores SIGPIPE. Never NULL. */
struct rel_loop *rel_loop_create(void);
uv_loop_t *rel_loop_uv(struct rel_loop *loop);

/* Calls wake(ctx) once, on the loop, at `at` or as soon after as possible; a new
 * call replaces the old deadline; REL_FOREVER disarms. The kernel counts it on
 * CLOCK_BOOTTIME, so it is exact, goes on in suspend and is never early. Never
 * called from inside this function. */
void rel_loop_arm(struct rel_loop *loop, struct rel_instant at, void (*wake)(void *ctx),
		  void *ctx);

/* Calls on_signal(ctx, signum) on the loop for SIGTERM, SIGINT and SIGHUP. */
void rel_loop_signals(struct rel_loop *loop, void (*on_signal)(void *ctx, int signum), void *ctx);

/* Runs work(ctx) on libuv's thread pool, then done(ctx) on the loop, at the
 * latest inside rel_loop_destroy. */
void rel_loop_work(struct rel_loop *loop, void (*work)(void *ctx), void (*done)(void *ctx),
		   void *ctx);

/* Runs until rel_loop_stop. */
void rel_loop_run(struct rel_loop *loop);
void rel_loop_stop(struct rel_loop *loop);

/* Longest time one turn of the loop took, or a wake-up of rel_loop_arm was late,
 * since the last call of this function. */
struct rel_duration rel_loop_delay(struct rel_loop *loop);

/* Closes what is left open and frees it. Call after rel_loop_run returned. */
void rel_loop_destroy(struct rel_loop *loop);

/* A one-shot timer for drivers, to the millisecond. Lives in memory of its owner
 * until closed() of rel_timer_close was called. */
struct rel_timer {
	uv_timer_t handle;
	struct rel_instant at;
	void (*fire)(void *ctx);
	void (*closed)(void *ctx);
	void *ctx;
};

void rel_timer_init(struct rel_loop *loop, struct rel_timer *timer, void (*fire)(void *ctx),
		    void *ctx);

/* Calls fire(ctx) at `at`, never early and never from inside this call; an instant
 * in the past means the next turn of the loop. Replaces the earlier setting;
 * REL_FOREVER stops. */
void rel_timer_set(struct rel_timer *timer, struct rel_instant at);

/* Stops it for good, then calls closed(ctx) from the loop. */
void rel_timer_close(struct rel_timer *timer, void (*closed)(void *ctx));

#endif
