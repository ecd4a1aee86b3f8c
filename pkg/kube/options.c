/* SPDX-License-Identifier: Apache-2.0 */
#include "options.h"

#include <string.h>

#include <curl/curl.h>

#include "driver.h"
#include "redis-election/base/text.h"
#include "values.h"

#define URL_SIZE 512
#define SELECTOR_SIZE 512 /* thrice as long when it is escaped */

static bool part_is(CURLU *url, CURLUPart part, const char *wanted)
{
	char *found = NULL;
	CURLUcode code = curl_url_get(url, part, &found, 0);
	bool equal = code == CURLUE_OK ? wanted && rel_text_equal(found, wanted) : !wanted;

	curl_free(found);
	return equal;
}

/* https://host[:port] and nothing else: no user, path, query or fragment. */
static bool url_is_usable(const char *text)
{
	CURLU *url = curl_url();
	bool usable = url && strlen(text) < URL_SIZE &&
		      curl_url_set(url, CURLUPART_URL, text, 0) == CURLUE_OK &&
		      part_is(url, CURLUPART_SCHEME, "https") &&
		      part_is(url, CURLUPART_USER, NULL) &&
		      part_is(url, CURLUPART_PASSWORD, NULL) &&
		      part_is(url, CURLUPART_PATH, "/") && part_is(url, CURLUPART_QUERY, NULL) &&
		      part_is(url, CURLUPART_FRAGMENT, NULL);

	curl_url_cleanup(url);
	return usable;
}

static void take_identity(struct rel_kube *kube, const struct rel_kube_options *options)
{
	kube->self = options->self;
	rel_text_copy(kube->address, sizeof(kube->address), options->address);
	kube->redis_port = options->redis_port;
	kube->announcement = (struct rel_announcement){
		.address = kube->address,
		.priority = options->priority,
		.no_promote = options->no_promote,
	};
}

bool rel_kube_take_options(struct rel_kube *kube, const struct rel_kube_options *options,
			   char *error, size_t error_size)
{
	const char *compat = options->compat_labels ? options->compat_labels : "";

	if (!url_is_usable(options->url)) {
		rel_text_format(error, error_size,
				"Kubernetes API address is not of the form https://host:port: %s",
				options->url);
	} else if (!rel_value_is_name(options->namespace_, sizeof(kube->namespace_))) {
		rel_text_format(error, error_size, "not the name of a namespace: \"%s\"",
				options->namespace_);
	} else if (!rel_value_is_name(options->lease_name, sizeof(kube->lease_name))) {
		rel_text_format(error, error_size, "not the name of a Lease: \"%s\"",
				options->lease_name);
	} else if (strlen(options->label_selector) >= SELECTOR_SIZE) {
		rel_text_format(error, error_size, "label selector longer than %d bytes",
				SELECTOR_SIZE - 1);
	} else if (!rel_pod_compat_labels(compat, &kube->compat_labels)) {
		rel_text_format(error, error_size,
				"unknown compatibility label in \"%s\"; there are redis-role, "
				"isMaster and redisfailovers-role", compat);
	} else {
		rel_text_copy(kube->namespace_, sizeof(kube->namespace_), options->namespace_);
		rel_text_copy(kube->lease_name, sizeof(kube->lease_name), options->lease_name);
		take_identity(kube, options);
		return true;
	}
	return false;
}
