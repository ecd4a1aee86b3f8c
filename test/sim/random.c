/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

/* splitmix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators". */
uint64_t random_next(struct random_stream *stream)
{
	uint64_t z = (stream->state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

uint32_t random_below(struct random_stream *stream, uint32_t n)
{
	return (uint32_t)(((random_next(stream) >> 32) * n) >> 32);
}

bool random_chance(struct random_stream *stream, uint32_t per_million)
{
	return per_million && random_below(stream, 1000000) < per_million;
}

int64_t random_between(struct random_stream *stream, int64_t low, int64_t high)
{
	if (high <= low)
		return low;
	return low + (int64_t)(random_next(stream) % (uint64_t)(high - low + 1));
}

int64_t random_tail(struct random_stream *stream, int64_t low, int64_t high)
{
	int64_t span = (high - low) / 1000;
	uint32_t draw = random_below(stream, 1000);

	if (draw < 900)
		return random_between(stream, low, low + span);
	if (draw < 990)
		return random_between(stream, low, low + span * 10);
	if (draw < 998)
		return random_between(stream, low, low + span * 100);
	return random_between(stream, low, high);
}

struct random_stream random_of(uint64_t seed, uint64_t concern)
{
	struct random_stream stream = {seed * 0xd1342543de82ef95u + concern * 0xaf251af3b0f025b5u};

	random_next(&stream);
	return stream;
}
