/* SPDX-License-Identifier: Apache-2.0 */
#include "nonces.h"

#include <openssl/sha.h>

#include "redis-election/base/mem.h"

#define DIGEST 16

/* A digest, so that a place has one size; 128 bits do not collide by chance. */
struct place {
	int64_t until; /* 0 = never used */
	unsigned char digest[DIGEST];
};

struct rel_http_nonces {
	struct place at[HTTP_NONCES_MAX];
};

struct rel_http_nonces *rel_http_nonces_create(void)
{
	return rel_calloc(1, sizeof(struct rel_http_nonces));
}

void rel_http_nonces_destroy(struct rel_http_nonces *nonces)
{
	rel_free(nonces);
}

/* Expired nonces count as used as long as their place is not needed: so a wall
 * clock that was set forward and back opens as little as possible. */
bool http_nonces_use(struct rel_http_nonces *nonces, const char *nonce, int64_t now,
		     int64_t until)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	struct place *free_one = NULL;

	SHA256((const unsigned char *)nonce, strlen(nonce), digest);
	for (size_t i = 0; i < HTTP_NONCES_MAX; i++) {
		struct place *place = &nonces->at[i];

		if (place->until && memcmp(place->digest, digest, DIGEST) == 0)
			return false;
		if (place->until < now && (!free_one || place->until < free_one->until))
			free_one = place;
	}
	if (!free_one)
		return false;
	free_one->until = until;
	memcpy(free_one->digest, digest, DIGEST);
	return true;
}
