/* SPDX-License-Identifier: Apache-2.0 */
/* The only source of chance: streams of numbers that a seed fixes for ever. Each
 * concern has a stream of its own, so that removing one fault leaves the others
 * where they were as far as the world allows. */
#ifndef SIM_RANDOM_H
#define SIM_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random_stream {
	uint64_t state;
};

uint64_t random_next(struct random_stream *stream);

/* 0 .. n-1; n > 0. */
uint32_t random_below(struct random_stream *stream, uint32_t n);

/* True in so many of a million cases. */
bool random_chance(struct random_stream *stream, uint32_t per_million);

/* low .. high, both included. */
int64_t random_between(struct random_stream *stream, int64_t low, int64_t high);

/* Mostly near low, seldom up to high: each tenth of the draws is spread over ten
 * times the range of the one before. */
int64_t random_tail(struct random_stream *stream, int64_t low, int64_t high);

/* A stream for one concern of one seed. */
struct random_stream random_of(uint64_t seed, uint64_t concern);

#endif
