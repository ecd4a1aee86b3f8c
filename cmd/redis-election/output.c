/* SPDX-License-Identifier: Apache-2.0 */
#include "output.h"

#include <jansson.h>
#include <poll.h>

static json_t *load(const struct rel_buf *json, const char *key, json_t **root)
{
	*root = json_loadb(json->data, json->size, JSON_REJECT_DUPLICATES, NULL);
	return key ? json_object_get(*root, key) : *root;
}

void rel_output_json(const struct rel_buf *json, const char *key, FILE *out)
{
	json_t *root, *part = load(json, key, &root);

	if (part)
		json_dumpf(part, out, JSON_INDENT(2) | JSON_ENSURE_ASCII);
	fputc('\n', out);
	json_decref(root);
}

static void yaml_value(const json_t *value, int indent, FILE *out);

static void yaml_object(const json_t *object, int indent, bool in_list, FILE *out)
{
	const char *key;
	json_t *value;

	json_object_foreach((json_t *)(uintptr_t)object, key, value) {
		fprintf(out, "%*s%s:", in_list ? 0 : indent, "", key);
		in_list = false;
		yaml_value(value, indent, out);
	}
}

static void yaml_list(const json_t *list, int indent, FILE *out)
{
	json_t *value;
	size_t i;

	json_array_foreach(list, i, value) {
		fprintf(out, "%*s-", indent, "");
		if (json_is_object(value) && json_object_size(value)) {
			fputc(' ', out);
			yaml_object(value, indent + 2, true, out);
		} else {
			yaml_value(value, indent, out);
		}
	}
}

/* Scalars in JSON's notation are YAML too, and never mean something else there. */
static void yaml_value(const json_t *value, int indent, FILE *out)
{
	if (json_is_object(value) && json_object_size(value)) {
		fputc('\n', out);
		yaml_object(value, indent + 2, false, out);
	} else if (json_is_array(value) && json_array_size(value)) {
		fputc('\n', out);
		yaml_list(value, indent, out);
	} else {
		fputc(' ', out);
		json_dumpf(value, out, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);
		fputc('\n', out);
	}
}

void rel_output_yaml(const struct rel_buf *json, const char *key, FILE *out)
{
	json_t *root, *part = load(json, key, &root);

	if (json_is_object(part))
		yaml_object(part, 0, false, out);
	else if (json_is_array(part) && json_array_size(part))
		yaml_list(part, 0, out);
	else
		fputs("[]\n", out);
	json_decref(root);
}

static void clear_screen(void)
{
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
}

int rel_output_status(const struct rel_options *options,
		      int (*show)(const struct rel_options *options,
				  const struct rel_status *status, const struct rel_buf *json))
{
	static struct rel_status status;
	struct rel_answer answer;
	int result;

	do {
		result = (int)rel_client_status(options, &status, &answer);
		if (result == REL_EXIT_OK) {
			if (options->watch_s)
				clear_screen();
			result = show(options, &status, &answer.body);
		}
		rel_buf_finish(&answer.body);
		if (fflush(stdout) == EOF)
			return REL_EXIT_ERROR;
	} while (options->watch_s && poll(NULL, 0, options->watch_s * 1000) == 0);
	return result;
}
