/* SPDX-License-Identifier: Apache-2.0 */
#include "client.h"

#include <curl/curl.h>

#include "redis-election/base/text.h"
#include "secret.h"

#define CONNECT_MS 3000L
#define GET_MS 10000L
/* A command may be answered when it is done: its own deadline is 30 s. */
#define POST_MS 35000L

struct call {
	const struct rel_options *options;
	const char *method;
	const char *path;
	const char *body; /* "" for GET */
};

static size_t on_body(char *bytes, size_t size, size_t count, void *ctx)
{
	struct rel_answer *answer = ctx;

	return rel_buf_add(&answer->body, bytes, size * count) ? size * count : 0;
}

static void add_header(struct curl_slist **headers, const char *name, const char *value)
{
	char line[256];
	struct curl_slist *grown;

	rel_text_format(line, sizeof(line), "%s: %s", name, value);
	grown = curl_slist_append(*headers, line);
	if (grown)
		*headers = grown;
}

static bool make_headers(const struct call *call, struct curl_slist **headers)
{
	struct rel_signed signed_;

	add_header(headers, "X-Redis-Election", "1");
	add_header(headers, "Accept", "application/json");
	if (*call->body)
		add_header(headers, "Content-Type", "application/json");
	if (!call->options->secret_file)
		return true;
	if (!rel_secret_sign(call->options->secret_file, call->method, call->path, call->body,
			     &signed_))
		return false;
	add_header(headers, "X-Orchestrator-Timestamp", signed_.timestamp);
	add_header(headers, "X-Redis-Election-Nonce", signed_.nonce);
	add_header(headers, "X-Redis-Election-Signature", signed_.signature);
	return true;
}

static bool make_url(const struct call *call, char *url, size_t size)
{
	size_t length = strlen(call->options->server);

	while (length && call->options->server[length - 1] == '/')
		length--;
	if (rel_text_copy_n(url, size, call->options->server, length) &&
	    rel_text_append(url, size, call->path))
		return true;
	fputs("redis-election: --server is too long\n", stderr);
	return false;
}

/* No proxy: the agent is here or in the next pod, and a proxy from the environment
 * would be asked even for 127.0.0.1. No redirects: a signature is for one path. */
static void set_options(CURL *curl, const struct call *call, const char *url)
{
	bool post = rel_text_equal(call->method, "POST");

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, post ? POST_MS : GET_MS);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	if (post)
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, call->body);
	if (call->options->cacert)
		curl_easy_setopt(curl, CURLOPT_CAINFO, call->options->cacert);
}

static enum rel_exit perform(CURL *curl, const struct call *call, struct rel_answer *answer)
{
	char error[CURL_ERROR_SIZE] = "";
	CURLcode code;

	curl_easy_setopt(curl, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error);
	code = curl_easy_perform(curl);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, NULL);
	if (code == CURLE_OK) {
		curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer->code);
		return REL_EXIT_OK;
	}
	if (!call->options->quiet)
		fprintf(stderr, "redis-election: no answer from %s: %s\n", call->options->server,
			*error ? error : curl_easy_strerror(code));
	return REL_EXIT_UNREACHABLE;
}

static enum rel_exit send_call(const struct call *call, struct rel_answer *answer)
{
	struct curl_slist *headers = NULL;
	enum rel_exit result = REL_EXIT_ERROR;
	CURL *curl = curl_easy_init();
	char url[1024];

	*answer = (struct rel_answer){0};
	rel_buf_init(&answer->body, REL_STATUS_JSON_MAX);
	if (!curl)
		return REL_EXIT_ERROR;
	if (make_url(call, url, sizeof(url)) && make_headers(call, &headers)) {
		set_options(curl, call, url);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		result = perform(curl, call, answer);
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (result == REL_EXIT_OK && !answer->body.data)
		rel_buf_add_text(&answer->body, "");
	return result;
}

enum rel_exit rel_client_get(const struct rel_options *options, const char *path,
			     struct rel_answer *answer)
{
	struct call call = {options, "GET", path, ""};

	return send_call(&call, answer);
}

enum rel_exit rel_client_post(const struct rel_options *options, const char *path,
			      const char *body, struct rel_answer *answer)
{
	struct call call = {options, "POST", path, body};

	return send_call(&call, answer);
}

enum rel_exit rel_client_unexpected(const struct rel_answer *answer, const char *path)
{
	if (answer->code == 401) {
		fputs("redis-election: the agent wants a signature: give --shared-secret-file "
		      "with the set's\nsecret (and check that both clocks agree within 30 s), "
		      "or ask its admin listener.\n",
		      stderr);
		return REL_EXIT_ERROR;
	}
	if (answer->code == 403) {
		fputs("redis-election: the agent does not allow this here\n", stderr);
		return REL_EXIT_ERROR;
	}
	fprintf(stderr,
		"redis-election: %s was answered with %ld: not an agent, or another "
		"version of it\n",
		path, answer->code);
	return REL_EXIT_ERROR;
}

enum rel_exit rel_client_status(const struct rel_options *options, struct rel_status *status,
				struct rel_answer *answer)
{
	enum rel_exit result = rel_client_get(options, "/status", answer);

	if (result != REL_EXIT_OK)
		return result;
	if (answer->code != 200)
		return options->quiet ? REL_EXIT_ERROR : rel_client_unexpected(answer, "/status");
	if (!rel_status_parse(answer->body.data, answer->body.size, status)) {
		if (options->quiet)
			return REL_EXIT_ERROR;
		fputs("redis-election: /status is not what an agent answers\n", stderr);
		return REL_EXIT_ERROR;
	}
	return REL_EXIT_OK;
}
