/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration file: any bytes are either taken or refused with a line. */
#include <stdint.h>
#include <stdio.h>

#include "../../pkg/config/load.h"
#include "redis-election/base/assert.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct rel_config config;
	static char text[REL_CONFIG_FILE_MAX], complaint[8192];
	struct rel_load load = {.config = &config, .file = "fuzzed"};

	if (size >= sizeof(text))
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	complaint[0] = '\0';
	load.err = fmemopen(complaint, sizeof(complaint), "w");
	rel_assert(load.err);
	config = (struct rel_config){0};
	if (rel_load_file_text(&load, text, size)) {
		fclose(load.err);
		rel_assert(complaint[0] == '\0');
	} else {
		fclose(load.err);
		rel_assert(complaint[0] != '\0');
	}
	return 0;
}
