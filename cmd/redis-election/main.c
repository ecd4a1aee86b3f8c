/* SPDX-License-Identifier: Apache-2.0 */
#include "redis-election/base/text.h"
#include "verb.h"

/* Debian's libcurl brings GnuTLS for protocols that are never used here, and GnuTLS
 * would set itself up before main: 0.9 MB. This is GNUTLS_SKIP_GLOBAL_INIT of gnutls.h,
 * written out because that header is not needed for anything else. */
int _gnutls_global_init_skip(void);

int _gnutls_global_init_skip(void)
{
	return 1;
}

static int unknown(const char *name)
{
	const struct rel_verb *nearest = rel_verb_nearest(name);

	fprintf(stderr, "redis-election: unknown verb \"%s\"", name);
	if (nearest)
		fprintf(stderr, "; did you mean \"%s\"?\n", nearest->name);
	else
		fputs("; see redis-election --help\n", stderr);
	return REL_EXIT_USAGE;
}

static bool is_help(const char *word)
{
	return rel_text_equal(word, "--help") || rel_text_equal(word, "-help") ||
	       rel_text_equal(word, "-h");
}

static bool wants_help(int argc, char **argv)
{
	for (int i = 1; i < argc && !rel_text_equal(argv[i], "--"); i++) {
		if (is_help(argv[i]))
			return true;
	}
	return false;
}

/* Output that was lost, on a full disk say, must not look like success. */
static int finish(int code)
{
	if (fflush(stdout) == EOF || ferror(stdout)) {
		fputs("redis-election: cannot write the output\n", stderr);
		return code == REL_EXIT_OK ? REL_EXIT_ERROR : code;
	}
	return code;
}

static int dispatch(int argc, char **argv)
{
	const struct rel_verb *verb;

	if (argc < 2) {
		rel_help(stderr);
		return REL_EXIT_USAGE;
	}
	if (is_help(argv[1]) || rel_text_equal(argv[1], "help")) {
		rel_help(stdout);
		return REL_EXIT_OK;
	}
	if (rel_text_equal(argv[1], "--version"))
		return rel_verb_version(1, argv + 1);
	verb = rel_verb_find(argv[1]);
	if (!verb)
		return unknown(argv[1]);
	if (verb->options && wants_help(argc - 1, argv + 1)) {
		rel_verb_help(verb, stdout);
		return REL_EXIT_OK;
	}
	return verb->run(argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
	return finish(dispatch(argc, argv));
}
