/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "nonces.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "server.h"

#define WINDOW_S 30
#define NONCE_MIN 16
#define NONCE_MAX 64

static void to_hex(const unsigned char digest[SHA256_DIGEST_LENGTH],
		   char hex[REL_HTTP_SIGNATURE_SIZE])
{
	for (size_t i = 0; i < SHA256_DIGEST_LENGTH; i++)
		rel_text_format(hex + 2 * i, 3, "%02x", digest[i]);
}

static void hmac_hex(const char *secret, const char *text, size_t size,
		     char hex[REL_HTTP_SIGNATURE_SIZE])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned char *made = HMAC(EVP_sha256(), secret, (int)strlen(secret),
				   (const unsigned char *)text, size, digest, NULL);

	rel_assert(made != NULL);
	to_hex(digest, hex);
	rel_wipe(digest, sizeof(digest));
}

void rel_http_sign(const char *secret, const struct rel_http_signing *what,
		   char signature[REL_HTTP_SIGNATURE_SIZE])
{
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char body[REL_HTTP_SIGNATURE_SIZE];
	struct rel_buf text;

	SHA256((const unsigned char *)what->body, what->body_size, digest);
	to_hex(digest, body);
	rel_buf_init(&text, (size_t)2 * REL_HTTP_REQUEST_MAX);
	rel_buf_printf(&text, "%s:%s%s%s:%s:%s:%s", what->method, what->path,
		       *what->query ? "?" : "", what->query, what->timestamp, what->nonce, body);
	rel_assert(!text.overflowed);
	hmac_hex(secret, text.data, text.size, signature);
	rel_buf_finish(&text);
}

static void sign_v1(const char *secret, const struct rel_http_request *request,
		    const char *timestamp, char signature[REL_HTTP_SIGNATURE_SIZE])
{
	struct rel_buf text;

	rel_buf_init(&text, (size_t)2 * REL_HTTP_REQUEST_MAX);
	rel_buf_printf(&text, "%s:%s:%s", request->sent_method, request->path, timestamp);
	rel_assert(!text.overflowed);
	hmac_hex(secret, text.data, text.size, signature);
	rel_buf_finish(&text);
}

/* Only its own length may show in the time this takes. */
static bool same(const char *ours, const char *theirs)
{
	size_t size = strlen(ours);

	return strlen(theirs) == size && CRYPTO_memcmp(ours, theirs, size) == 0;
}

static bool is_nonce(const char *text)
{
	size_t size = strlen(text);

	if (size < NONCE_MIN || size > NONCE_MAX)
		return false;
	return strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") ==
	       size;
}

/* A header given twice could be read differently by somebody in between. */
static const char *only(const struct rel_http_exchange *exchange, const char *name)
{
	size_t count;
	const char *value = http_find(&exchange->connection->head, name, &count);

	return count == 1 ? value : NULL;
}

static bool in_window(const char *text, int64_t now, int64_t *timestamp)
{
	return rel_text_to_i64(text, timestamp) && *timestamp >= now - WINDOW_S &&
	       *timestamp <= now + WINDOW_S;
}

static bool check_v2(const struct rel_http_exchange *exchange,
		     const struct rel_http_request *request, const char *secret,
		     const char *timestamp)
{
	const char *theirs = only(exchange, "X-Redis-Election-Signature");
	const char *nonce = only(exchange, "X-Redis-Election-Nonce");
	char ours[REL_HTTP_SIGNATURE_SIZE];
	struct rel_http_signing what = {
		.method = request->sent_method,
		.path = request->path,
		.query = request->query,
		.timestamp = timestamp,
		.nonce = nonce,
		.body = request->body,
		.body_size = request->body_size,
	};

	if (!theirs || !nonce || !is_nonce(nonce))
		return false;
	rel_http_sign(secret, &what, ours);
	return same(ours, theirs);
}

static bool check_v1(const struct rel_http_exchange *exchange,
		     const struct rel_http_request *request, const char *secret,
		     const char *timestamp)
{
	const char *theirs = only(exchange, "X-Orchestrator-Signature");
	char ours[REL_HTTP_SIGNATURE_SIZE];

	if (!theirs)
		return false;
	sign_v1(secret, request, timestamp, ours);
	return same(ours, theirs);
}

/* The nonce is taken only after everything else holds, so that nobody without the
 * secret can fill the table. */
enum rel_http_auth rel_http_authenticate(const struct rel_http_exchange *exchange,
					 const struct rel_http_request *request,
					 const char *secret, int64_t wall_seconds,
					 struct rel_http_nonces *nonces)
{
	bool v2 = rel_http_header(exchange, "X-Redis-Election-Signature") != NULL;
	bool v1 = rel_http_header(exchange, "X-Orchestrator-Signature") != NULL;
	const char *text;
	int64_t timestamp;

	if (!v1 && !v2)
		return REL_AUTH_NONE;
	text = only(exchange, "X-Orchestrator-Timestamp");
	if (!*secret || !text || !in_window(text, wall_seconds, &timestamp))
		return REL_AUTH_BAD;
	if (!v2)
		return check_v1(exchange, request, secret, text) ? REL_AUTH_V1 : REL_AUTH_BAD;
	if (!check_v2(exchange, request, secret, text))
		return REL_AUTH_BAD;
	return http_nonces_use(nonces, rel_http_header(exchange, "X-Redis-Election-Nonce"),
			       wall_seconds, timestamp + WINDOW_S)
		       ? REL_AUTH_V2
		       : REL_AUTH_BAD;
}
