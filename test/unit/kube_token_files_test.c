/* SPDX-License-Identifier: Apache-2.0 */
/* The service-account folder: what is taken, what is refused, and that an error
 * names the file and not what is in it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "../../pkg/kube/token_files.h"
#include "redis-election/base/text.h"

#define CA "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"

static char dir[64];

static void path_of(const char *name, char path[128])
{
	rel_text_format(path, 128, "%s/%s", dir, name);
}

/* A new file under the name each time, as the kubelet does it. */
static void put(const char *name, const char *bytes, size_t size)
{
	char path[128], fresh[128];
	int fd;

	path_of(name, path);
	path_of("fresh", fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, size), (ssize_t)size);
	close(fd);
	assert_int_equal(rename(fresh, path), 0);
}

static void put_text(const char *name, const char *text)
{
	put(name, text, strlen(text));
}

static void drop(const char *name)
{
	char path[128];

	path_of(name, path);
	unlink(path);
}

static int setup(void **state)
{
	(void)state;
	rel_text_copy(dir, sizeof(dir), "/tmp/rel-token-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	put_text("token", "eyJhbGciOi.J9\n");
	put_text("ca.crt", CA);
	put_text("namespace", "ns-1\n");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	drop("token");
	drop("ca.crt");
	drop("namespace");
	return rmdir(dir);
}

static void good_folder(void **state)
{
	struct rel_credentials found;
	char error[256] = "";

	(void)state;
	assert_true(rel_token_files_read(dir, &found, error, sizeof(error)));
	assert_string_equal(found.token, "eyJhbGciOi.J9");
	assert_string_equal(found.ca, CA);
	assert_int_equal(found.ca_size, strlen(CA));
	assert_string_equal(found.namespace_, "ns-1");
	rel_token_files_free(&found);
	drop("namespace");
	assert_true(rel_token_files_read(dir, &found, error, sizeof(error)));
	assert_string_equal(found.namespace_, "");
	rel_token_files_free(&found);
}

static void refused(const char *file)
{
	struct rel_credentials found;
	char error[256] = "";

	assert_false(rel_token_files_read(dir, &found, error, sizeof(error)));
	assert_null(found.token);
	assert_null(found.ca);
	assert_non_null(strstr(error, file));
	assert_null(strstr(error, "sesame"));
}

static void bad_tokens(void **state)
{
	static const char nul[] = "sesame\0sesame";
	static char large[70000];

	(void)state;
	put_text("token", "");
	refused("/token");
	put_text("token", " \n");
	refused("/token");
	put_text("token", "sesame\r\nHost: elsewhere");
	refused("/token");
	put_text("token", "sesame open");
	refused("/token");
	put("token", nul, sizeof(nul) - 1);
	refused("/token");
	memset(large, 's', sizeof(large));
	put("token", large, sizeof(large));
	refused("/token");
	drop("token");
	refused("/token");
}

static void bad_authorities(void **state)
{
	(void)state;
	put_text("ca.crt", "");
	refused("/ca.crt");
	put_text("ca.crt", "sesame");
	refused("/ca.crt");
	drop("ca.crt");
	refused("/ca.crt");
}

static void stamp_tells_changes(void **state)
{
	static const char *const files[] = {"token", "ca.crt", "namespace"};
	struct rel_token_stamp before = rel_token_files_stamp(dir);

	(void)state;
	assert_true(rel_token_files_stamp(dir).hash == before.hash);
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct rel_token_stamp after;

		put_text(files[i], "another");
		after = rel_token_files_stamp(dir);
		assert_true(after.hash != before.hash);
		before = after;
	}
	drop("token");
	assert_true(rel_token_files_stamp(dir).hash != before.hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(good_folder, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_tokens, setup, teardown),
		cmocka_unit_test_setup_teardown(bad_authorities, setup, teardown),
		cmocka_unit_test_setup_teardown(stamp_tells_changes, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
