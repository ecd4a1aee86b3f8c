/* SPDX-License-Identifier: Apache-2.0 */
/* What libcurl is told about a request. HTTP/1.1 only: over HTTP/2 timed-out
 * streams keep a dead connection alive for good. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "web_private.h"
#include "redis-election/base/assert.h"
#include "redis-election/base/mem.h"
#include "redis-election/base/text.h"
#include "redis-election/loop.h"
#include "status_codec.h"

#define URL_LIMIT 4096
#define OBJECT_LIMIT (1024 * 1024)
#define LIST_LIMIT (4 * 1024 * 1024)

/* The server closes idle connections after 90 s. */
#define IDLE_MAX_S 60
/* After a failure, for so long, each request gets a new connection. */
#define SUSPICION_S 2

#define KEEPALIVE_IDLE_S 15
#define KEEPALIVE_INTERVAL_S 5
#define UNACKNOWLEDGED_MAX_MS 20000

static const struct verb {
	const char *method, *name, *content_type;
	size_t limit; /* of the answer; of what a watch may deliver in one go */
	bool once;    /* changes something: never sent a second time */
} verbs[] = {
	[REL_WEB_GET] = {"GET", "GET", NULL, OBJECT_LIMIT, false},
	[REL_WEB_LIST] = {"GET", "LIST", NULL, LIST_LIMIT, false},
	[REL_WEB_WATCH] = {"GET", "WATCH", NULL, LIST_LIMIT, false},
	[REL_WEB_PUT] = {"PUT", "PUT", "application/json", OBJECT_LIMIT, true},
	[REL_WEB_PATCH] = {"PATCH", "PATCH", "application/merge-patch+json", OBJECT_LIMIT, true},
	[REL_WEB_POST] = {"POST", "POST", "application/json", OBJECT_LIMIT, true},
};

const char *rel_web_verb_name(enum rel_web_verb verb)
{
	return verbs[verb].name;
}

static void set_long(CURL *easy, CURLoption option, long value)
{
	CURLcode result = curl_easy_setopt(easy, option, value);

	rel_assert(result == CURLE_OK);
}

static void set_pointer(CURL *easy, CURLoption option, const void *value)
{
	CURLcode result = curl_easy_setopt(easy, option, value);

	rel_assert(result == CURLE_OK);
}

static size_t on_body(char *bytes, size_t one, size_t count, void *ctx)
{
	struct rel_web_request *request = ctx;
	size_t size = one * count;

	if (!rel_buf_add(&request->in, bytes, size)) {
		request->too_large = true;
		return 0; /* libcurl gives up */
	}
	if (request->call.verb == REL_WEB_WATCH)
		rel_web_enqueue(request);
	return size;
}

static void read_retry_after(struct rel_web_request *request, const char *line, size_t size)
{
	static const char name[] = "retry-after:";
	char value[24];

	if (size < sizeof(name) || strncasecmp(line, name, sizeof(name) - 1) != 0)
		return;
	line += sizeof(name) - 1;
	size -= sizeof(name) - 1;
	while (size > 0 && *line == ' ') {
		line++;
		size--;
	}
	while (size > 0 && (line[size - 1] == '\r' || line[size - 1] == '\n' ||
			    line[size - 1] == ' '))
		size--;
	if (rel_text_copy_n(value, sizeof(value), line, size))
		request->retry_after = rel_status_retry_after(value);
}

static size_t on_header(char *line, size_t one, size_t count, void *ctx)
{
	struct rel_web_request *request = ctx;
	size_t size = one * count;
	long code = 0;

	if (size > 2) {
		read_retry_after(request, line, size);
		return size;
	}
	curl_easy_getinfo(request->easy, CURLINFO_RESPONSE_CODE, &code);
	if (code < 200 || request->code != 0)
		return size;
	request->code = (int)code;
	if (request->call.verb == REL_WEB_WATCH)
		rel_web_enqueue(request);
	return size;
}

/* libcurl sends a request anew when a re-used connection dies without an answer.
 * The first one may have been carried out: a second PUT would then be told
 * "conflict", which means "certainly not done". */
static int before_sending(void *ctx, char *peer, char *local, int peer_port, int local_port)
{
	struct rel_web_request *request = ctx;

	(void)peer;
	(void)local;
	(void)peer_port;
	(void)local_port;
	if (request->sent && verbs[request->call.verb].once)
		return CURL_PREREQFUNC_ABORT;
	request->sent = true;
	return CURL_PREREQFUNC_OK;
}

/* With keepalive probes this ends a quiet watch whose other end is gone. */
static int on_socket(void *ctx, curl_socket_t fd, curlsocktype purpose)
{
	unsigned int ms = UNACKNOWLEDGED_MAX_MS;

	(void)ctx;
	(void)purpose;
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof(ms));
	return CURL_SOCKOPT_OK;
}

static void add_header(struct rel_web_request *request, const char *line)
{
	struct curl_slist *longer = curl_slist_append(request->headers, line);

	rel_assert(longer);
	request->headers = longer;
}

static void setup_headers(struct rel_web_request *request)
{
	const struct verb *verb = &verbs[request->call.verb];
	char line[64];

	add_header(request, "Accept: application/json");
	add_header(request, "Expect:");
	if (request->web->authorization)
		add_header(request, request->web->authorization);
	if (verb->content_type) {
		rel_text_format(line, sizeof(line), "Content-Type: %s", verb->content_type);
		add_header(request, line);
	}
	set_pointer(request->easy, CURLOPT_HTTPHEADER, request->headers);
	set_pointer(request->easy, CURLOPT_USERAGENT, "redis-election");
}

static void setup_message(struct rel_web_request *request, const struct rel_web_call *call)
{
	CURL *easy = request->easy;
	struct rel_buf url;

	rel_buf_init(&url, URL_LIMIT);
	rel_buf_printf(&url, "%s%s", request->web->url, call->path);
	rel_assert(!url.overflowed);
	set_pointer(easy, CURLOPT_URL, url.data);
	rel_buf_finish(&url);
	if (call->body) {
		request->body = rel_calloc(1, call->body_size + 1);
		memcpy(request->body, call->body, call->body_size);
		set_pointer(easy, CURLOPT_POSTFIELDS, request->body);
		set_long(easy, CURLOPT_POSTFIELDSIZE, (long)call->body_size);
	}
	set_pointer(easy, CURLOPT_CUSTOMREQUEST, verbs[call->verb].method);
}

/* No proxy, redirect, cookie, netrc or other protocol: what the environment or an
 * answer says does not change where the token goes. */
static void setup_transport(CURL *easy)
{
	set_pointer(easy, CURLOPT_PROTOCOLS_STR, "https");
	set_pointer(easy, CURLOPT_PROXY, "");
	set_long(easy, CURLOPT_FOLLOWLOCATION, 0);
	set_long(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
	set_long(easy, CURLOPT_NOSIGNAL, 1);
	set_long(easy, CURLOPT_QUICK_EXIT, 1);
	set_long(easy, CURLOPT_TCP_KEEPALIVE, 1);
	set_long(easy, CURLOPT_TCP_KEEPIDLE, KEEPALIVE_IDLE_S);
	set_long(easy, CURLOPT_TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S);
}

/* Debian's libcurl trusts /etc/ssl/certs besides CAINFO unless told otherwise. */
static void setup_tls(const struct rel_web *web, CURL *easy)
{
	struct curl_blob ca = {web->ca, web->ca_size, CURL_BLOB_COPY};

	set_pointer(easy, CURLOPT_CAINFO, NULL);
	set_pointer(easy, CURLOPT_CAPATH, NULL);
	if (web->ca)
		set_pointer(easy, CURLOPT_CAINFO_BLOB, &ca);
	set_long(easy, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);
	set_long(easy, CURLOPT_SSL_VERIFYPEER, 1);
	set_long(easy, CURLOPT_SSL_VERIFYHOST, 2);
}

/* A dead flow takes all pooled connections with it, and each would cost one more
 * failed request: after a failure only connections used since are re-used. */
static void setup_connection(const struct rel_web_request *request)
{
	const struct rel_web *web = request->web;
	struct rel_duration since = rel_between(web->last_failure, request->started);
	int64_t seconds = IDLE_MAX_S;
	bool fresh = request->call.verb == REL_WEB_WATCH;

	if (rel_is_set(web->last_failure) && rel_to_ms(since) / 1000 <= IDLE_MAX_S) {
		seconds = rel_to_ms(since) / 1000 - 1;
		fresh = fresh || seconds < SUSPICION_S;
	}
	set_long(request->easy, CURLOPT_FRESH_CONNECT, fresh);
	set_long(request->easy, CURLOPT_FORBID_REUSE, request->call.verb == REL_WEB_WATCH);
	if (!fresh)
		set_long(request->easy, CURLOPT_MAXAGE_CONN, (long)seconds);
}

static void setup_callbacks(struct rel_web_request *request)
{
	CURL *easy = request->easy;

	set_pointer(easy, CURLOPT_PRIVATE, request);
	set_pointer(easy, CURLOPT_ERRORBUFFER, request->detail);
	set_pointer(easy, CURLOPT_WRITEDATA, request);
	set_pointer(easy, CURLOPT_HEADERDATA, request);
	set_pointer(easy, CURLOPT_PREREQDATA, request);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_sending);
	curl_easy_setopt(easy, CURLOPT_SOCKOPTFUNCTION, on_socket);
}

void rel_web_setup(struct rel_web_request *request, const struct rel_web_call *call)
{
	request->easy = curl_easy_init();
	rel_assert(request->easy);
	rel_buf_init(&request->in, verbs[call->verb].limit);
	setup_transport(request->easy);
	setup_tls(request->web, request->easy);
	setup_message(request, call);
	setup_headers(request);
	setup_connection(request);
	setup_callbacks(request);
}
