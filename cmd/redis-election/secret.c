/* SPDX-License-Identifier: Apache-2.0 */
#include "secret.h"

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>

#include "redis-election/base/log.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

#define SECRET_MAX 512

static bool complain(const char *file, const char *why)
{
	fprintf(stderr, "redis-election: --shared-secret-file %s: %s\n", file, why);
	return false;
}

/* One line end at the end is an editor's, not the secret's; the agent reads its
 * file alike. */
static size_t without_newline(const char *text, size_t size)
{
	if (!size || text[size - 1] != '\n')
		return size;
	return size > 1 && text[size - 2] == '\r' ? size - 2 : size - 1;
}

static bool read_secret(const char *file, char secret[SECRET_MAX])
{
	FILE *stream = fopen(file, "re");
	size_t size;
	bool failed;

	if (!stream)
		return complain(file, strerror(errno));
	setvbuf(stream, NULL, _IONBF, 0);
	size = fread(secret, 1, SECRET_MAX, stream);
	failed = ferror(stream) != 0;
	fclose(stream);
	if (failed)
		return complain(file, "cannot be read");
	if (size == SECRET_MAX)
		return complain(file, "longer than 511 bytes");
	size = without_newline(secret, size);
	if (!size || memchr(secret, '\0', size))
		return complain(file, size ? "has a NUL byte in it" : "is empty");
	secret[size] = '\0';
	return true;
}

static bool make_nonce(char nonce[33])
{
	unsigned char random_bytes[16];

	if (getrandom(random_bytes, sizeof(random_bytes), 0) != sizeof(random_bytes)) {
		fputs("redis-election: no random bytes from the kernel\n", stderr);
		return false;
	}
	for (size_t i = 0; i < sizeof(random_bytes); i++)
		rel_text_format(nonce + 2 * i, 3, "%02x", random_bytes[i]);
	return true;
}

bool rel_secret_sign(const char *file, const char *method, const char *path, const char *body,
		     struct rel_signed *signed_)
{
	char secret[SECRET_MAX];
	struct rel_http_signing what = {
		.method = method,
		.path = path,
		.query = "",
		.timestamp = signed_->timestamp,
		.nonce = signed_->nonce,
		.body = body,
		.body_size = strlen(body),
	};
	bool ready = make_nonce(signed_->nonce) && read_secret(file, secret);

	if (ready) {
		rel_text_format(signed_->timestamp, sizeof(signed_->timestamp), "%" PRId64,
				rel_wall_now().us / 1000000);
		rel_http_sign(secret, &what, signed_->signature);
	}
	rel_wipe(secret, sizeof(secret));
	return ready;
}
