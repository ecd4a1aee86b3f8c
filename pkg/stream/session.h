/* SPDX-License-Identifier: Apache-2.0 */
/* One TLS conversation over memory BIOs: bytes in, bytes out, no socket. */
#ifndef REL_STREAM_SESSION_H
#define REL_STREAM_SESSION_H

#include <stdbool.h>
#include <stddef.h>

struct rel_tls;
struct rel_session;

enum rel_session_result {
	REL_SESSION_DONE,   /* handshake complete; or bytes were read */
	REL_SESSION_WANT,   /* more bytes from the other side are needed */
	REL_SESSION_CLOSED, /* the other side said close_notify */
	REL_SESSION_FAILED, /* rel_session_error tells why */
};

/* name is what a client demands of the certificate: a host name or an address. */
struct rel_session *rel_session_create(const struct rel_tls *tls, const char *name);
void rel_session_destroy(struct rel_session *session);

void rel_session_feed(struct rel_session *session, const void *bytes, size_t size);
enum rel_session_result rel_session_handshake(struct rel_session *session);
enum rel_session_result rel_session_read(struct rel_session *session, char *to, size_t size,
					 size_t *got);
bool rel_session_write(struct rel_session *session, const void *bytes, size_t size);
/* Queues close_notify. */
void rel_session_finish(struct rel_session *session);

/* Encrypted bytes to send; borrowed until the next call. rel_session_sent drops them. */
const char *rel_session_output(struct rel_session *session, size_t *size);
void rel_session_sent(struct rel_session *session);

void rel_session_error(struct rel_session *session, char *text, size_t size);

#endif
