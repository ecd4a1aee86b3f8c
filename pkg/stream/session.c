/* SPDX-License-Identifier: Apache-2.0 */
#include "session.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "tls.h"

struct rel_session {
	SSL *ssl;
	BIO *in, *out; /* owned by ssl */
	bool bad_name; /* no certificate can show it */
};

static bool is_address(const char *name)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, name, bytes) == 1 || inet_pton(AF_INET6, name, bytes) == 1;
}

/* SNI carries host names only (RFC 6066 §3); an address is matched against the
 * certificate's IP entries, never against its names. */
static bool demand_name(SSL *ssl, const char *name, bool verify)
{
	if (is_address(name))
		return !verify || X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), name) == 1;
	if (!name[0])
		return !verify;
	if (SSL_set_tlsext_host_name(ssl, name) != 1)
		return false;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return !verify || SSL_set1_host(ssl, name) == 1;
}

struct rel_session *rel_session_create(const struct rel_tls *tls, const char *name)
{
	struct rel_session *session = rel_calloc(1, sizeof(*session));

	session->ssl = SSL_new(tls->context);
	session->in = BIO_new(BIO_s_mem());
	session->out = BIO_new(BIO_s_mem());
	rel_assert(session->ssl && session->in && session->out);
	SSL_set_bio(session->ssl, session->in, session->out);
	if (tls->server) {
		SSL_set_accept_state(session->ssl);
	} else {
		SSL_set_connect_state(session->ssl);
		session->bad_name = !demand_name(session->ssl, name, tls->verify);
	}
	return session;
}

void rel_session_destroy(struct rel_session *session)
{
	if (!session)
		return;
	SSL_free(session->ssl);
	rel_free(session);
}

void rel_session_feed(struct rel_session *session, const void *bytes, size_t size)
{
	rel_assert(size <= INT_MAX);
	rel_assert(BIO_write(session->in, bytes, (int)size) == (int)size);
}

static enum rel_session_result result_of(struct rel_session *session, int returned)
{
	int error = SSL_get_error(session->ssl, returned);

	if (error == SSL_ERROR_NONE)
		return REL_SESSION_DONE;
	if (error == SSL_ERROR_WANT_READ)
		return REL_SESSION_WANT;
	if (error == SSL_ERROR_ZERO_RETURN)
		return REL_SESSION_CLOSED;
	return REL_SESSION_FAILED;
}

enum rel_session_result rel_session_handshake(struct rel_session *session)
{
	if (session->bad_name)
		return REL_SESSION_FAILED;
	ERR_clear_error();
	return result_of(session, SSL_do_handshake(session->ssl));
}

enum rel_session_result rel_session_read(struct rel_session *session, char *to, size_t size,
					 size_t *got)
{
	*got = 0;
	ERR_clear_error();
	return result_of(session, SSL_read_ex(session->ssl, to, size, got));
}

bool rel_session_write(struct rel_session *session, const void *bytes, size_t size)
{
	size_t written = 0;

	if (size == 0)
		return true;
	ERR_clear_error();
	/* A memory BIO takes everything, so the write is whole or failed. */
	return SSL_write_ex(session->ssl, bytes, size, &written) == 1 && written == size;
}

void rel_session_finish(struct rel_session *session)
{
	ERR_clear_error();
	SSL_shutdown(session->ssl);
	ERR_clear_error();
}

const char *rel_session_output(struct rel_session *session, size_t *size)
{
	char *bytes = NULL;
	long length = BIO_get_mem_data(session->out, &bytes);

	*size = length > 0 ? (size_t)length : 0;
	return bytes;
}

void rel_session_sent(struct rel_session *session)
{
	(void)BIO_reset(session->out);
}

void rel_session_error(struct rel_session *session, char *text, size_t size)
{
	long verify = SSL_get_verify_result(session->ssl);
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	if (session->bad_name)
		rel_text_copy(text, size, "TLS: the server name cannot be that of a certificate");
	else if (verify != X509_V_OK && SSL_get_verify_mode(session->ssl) != SSL_VERIFY_NONE)
		rel_text_format(text, size, "TLS: certificate verify failed (%s)",
				X509_verify_cert_error_string(verify));
	else
		rel_text_format(text, size, "TLS: %s", reason ? reason : "protocol error");
}
