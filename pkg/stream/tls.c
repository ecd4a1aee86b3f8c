/* SPDX-License-Identifier: Apache-2.0 */
#include "tls.h"

#include <openssl/err.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"

static bool given(const char *text)
{
	return text && text[0];
}

static bool say(char *error, size_t error_size, const char *what, const char *path)
{
	const char *why = ERR_reason_error_string(ERR_peek_error());

	rel_text_format(error, error_size, "%s %s: %s", what, path, why ? why : "not usable");
	return false;
}

/* The default would ask on the terminal and block. */
static int no_pass_phrase(char *buf, int size, int writing, void *ctx)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)ctx;
	return 0;
}

static bool load_authorities(SSL_CTX *context, const struct rel_tls_options *options, char *error,
			     size_t error_size)
{
	if (given(options->ca)) {
		if (SSL_CTX_load_verify_locations(context, options->ca, NULL) == 1)
			return true;
		return say(error, error_size, "CA file", options->ca);
	}
	if (options->server || options->skip_verify)
		return true;
	if (SSL_CTX_set_default_verify_paths(context) == 1)
		return true;
	return say(error, error_size, "CA files", "of the system");
}

static bool load_identity(SSL_CTX *context, const struct rel_tls_options *options, char *error,
			  size_t error_size)
{
	if (!given(options->cert) && !given(options->key) && !options->server)
		return true;
	if (!given(options->cert) || !given(options->key)) {
		rel_text_format(error, error_size, "certificate and key are both needed");
		return false;
	}
	if (SSL_CTX_use_certificate_chain_file(context, options->cert) != 1)
		return say(error, error_size, "certificate", options->cert);
	if (SSL_CTX_use_PrivateKey_file(context, options->key, SSL_FILETYPE_PEM) != 1)
		return say(error, error_size, "key", options->key);
	if (SSL_CTX_check_private_key(context) != 1)
		return say(error, error_size, "key", options->key);
	return true;
}

static int verify_mode(const struct rel_tls_options *options)
{
	if (!options->server)
		return options->skip_verify ? SSL_VERIFY_NONE : SSL_VERIFY_PEER;
	if (!given(options->ca))
		return SSL_VERIFY_NONE;
	return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

static SSL_CTX *new_context(const struct rel_tls_options *options)
{
	SSL_CTX *context = SSL_CTX_new(options->server ? TLS_server_method() : TLS_client_method());

	rel_assert(context);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
	SSL_CTX_set_verify(context, verify_mode(options), NULL);
	return context;
}

struct rel_tls *rel_tls_create(const struct rel_tls_options *options, char *error,
			       size_t error_size)
{
	struct rel_tls *tls;
	SSL_CTX *context;

	ERR_clear_error();
	context = new_context(options);
	if (!load_authorities(context, options, error, error_size) ||
	    !load_identity(context, options, error, error_size)) {
		SSL_CTX_free(context);
		ERR_clear_error();
		return NULL;
	}
	tls = rel_calloc(1, sizeof(*tls));
	tls->context = context;
	tls->server = options->server;
	tls->verify = !options->server && !options->skip_verify;
	return tls;
}

struct rel_tls *rel_tls_share(const struct rel_tls *tls)
{
	struct rel_tls *other = rel_calloc(1, sizeof(*other));

	*other = *tls;
	SSL_CTX_up_ref(other->context);
	return other;
}

void rel_tls_destroy(struct rel_tls *tls)
{
	if (!tls)
		return;
	SSL_CTX_free(tls->context);
	rel_free(tls);
}
