/* SPDX-License-Identifier: Apache-2.0 */
/* Which failures are certainly before the request, and which leave its outcome
 * open: the classes of base/err.h. */
#include <errno.h>

#include "web_private.h"

static const struct row {
	CURLcode result;
	enum rel_err unsent, sent;
} rows[] = {
	{CURLE_COULDNT_RESOLVE_HOST, REL_ERR_RESOLVE, REL_ERR_RESET},
	{CURLE_COULDNT_CONNECT, REL_ERR_UNREACHABLE, REL_ERR_RESET},
	{CURLE_SSL_CONNECT_ERROR, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_PEER_FAILED_VERIFICATION, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_SSL_CACERT_BADFILE, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_SSL_CERTPROBLEM, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_SSL_CIPHER, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_SSL_ISSUER_ERROR, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_SSL_CLIENTCERT, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_USE_SSL_FAILED, REL_ERR_TLS, REL_ERR_RESET},
	{CURLE_OPERATION_TIMEDOUT, REL_ERR_UNREACHABLE, REL_ERR_TIMEOUT},
	{CURLE_GOT_NOTHING, REL_ERR_UNREACHABLE, REL_ERR_CLOSED},
	{CURLE_PARTIAL_FILE, REL_ERR_UNREACHABLE, REL_ERR_CLOSED},
	{CURLE_RECV_ERROR, REL_ERR_UNREACHABLE, REL_ERR_RESET},
	{CURLE_SEND_ERROR, REL_ERR_UNREACHABLE, REL_ERR_RESET},
	/* A second sending was refused: the connection died under the first one. */
	{CURLE_ABORTED_BY_CALLBACK, REL_ERR_UNREACHABLE, REL_ERR_RESET},
};

enum rel_err rel_web_err(CURLcode result, bool sent, long os_errno)
{
	if (result == CURLE_OK)
		return REL_OK;
	if (!sent && result == CURLE_COULDNT_CONNECT && os_errno == ECONNREFUSED)
		return REL_ERR_REFUSED;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].result == result)
			return sent ? rows[i].sent : rows[i].unsent;
	return sent ? REL_ERR_GARBLED : REL_ERR_UNREACHABLE;
}
