/* SPDX-License-Identifier: Apache-2.0 */
/* Operating errors. One list gives code, text and class; the class is what
 * decisions look at. Bad configuration is text on stderr and exit 2; broken
 * logic is rel_assert. */
#ifndef REL_BASE_ERR_H
#define REL_BASE_ERR_H

enum rel_err_class {
	REL_CLASS_OK,
	REL_CLASS_TRANSIENT, /* outcome unknown for a write: reset, 5xx, garbage */
	REL_CLASS_TIMEOUT,   /* outcome unknown for a write */
	REL_CLASS_CONFLICT,  /* certainly not done: another version */
	REL_CLASS_DENIED,    /* certainly not done: credentials, rights, throttled */
	REL_CLASS_MISSING,   /* certainly not done: no such object */
	REL_CLASS_INVALID,   /* certainly not done: refused for its content */
};

/*      code, text, class */
#define REL_ERR_LIST(X)                                                              \
	X(REL_OK, "ok", REL_CLASS_OK)                                                \
	X(REL_ERR_TIMEOUT, "no answer in time", REL_CLASS_TIMEOUT)                   \
	X(REL_ERR_RESET, "connection reset", REL_CLASS_TRANSIENT)                    \
	X(REL_ERR_CLOSED, "connection closed", REL_CLASS_TRANSIENT)                  \
	X(REL_ERR_REFUSED, "connection refused", REL_CLASS_DENIED)                   \
	X(REL_ERR_UNREACHABLE, "host unreachable", REL_CLASS_DENIED)                 \
	X(REL_ERR_RESOLVE, "name not resolved", REL_CLASS_DENIED)                    \
	X(REL_ERR_TLS, "TLS failure", REL_CLASS_DENIED)                              \
	X(REL_ERR_SERVER, "server error", REL_CLASS_TRANSIENT)                       \
	X(REL_ERR_GARBLED, "answer not understood", REL_CLASS_TRANSIENT)             \
	X(REL_ERR_TOO_LARGE, "answer too large", REL_CLASS_TRANSIENT)                \
	X(REL_ERR_CONFLICT, "another version is current", REL_CLASS_CONFLICT)        \
	X(REL_ERR_EXISTS, "already exists", REL_CLASS_CONFLICT)                      \
	X(REL_ERR_UNAUTHORIZED, "credentials refused", REL_CLASS_DENIED)             \
	X(REL_ERR_FORBIDDEN, "not allowed", REL_CLASS_DENIED)                        \
	X(REL_ERR_THROTTLED, "too many requests", REL_CLASS_DENIED)                  \
	X(REL_ERR_MISSING, "not found", REL_CLASS_MISSING)                           \
	X(REL_ERR_EXPIRED, "version no longer available", REL_CLASS_MISSING)         \
	X(REL_ERR_INVALID, "refused as invalid", REL_CLASS_INVALID)                  \
	X(REL_ERR_LOADING, "still loading its data", REL_CLASS_DENIED)               \
	X(REL_ERR_STALE, "superseded", REL_CLASS_DENIED)                             \
	X(REL_ERR_IO, "input/output error", REL_CLASS_TRANSIENT)                     \
	X(REL_ERR_NO_SPACE, "no space left", REL_CLASS_TRANSIENT)

enum rel_err {
#define REL_ERR_CODE(code, text, class) code,
	REL_ERR_LIST(REL_ERR_CODE)
#undef REL_ERR_CODE
};

#define REL_MUST_USE __attribute__((warn_unused_result))

/* Static text, never NULL. */
const char *rel_err_text(enum rel_err err);

enum rel_err_class rel_err_class(enum rel_err err);

#endif
