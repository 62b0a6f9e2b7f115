/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands in for calico-ipam where an installer is tested: it has our mark, answers VERSION,
 * and to STATUS that all is well, unless the network configuration has a "stand_in", which is
 * what it then says.
 */
#include "base/io.h"
#include "base/json.h"
#include "base/process/mark.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

MARK_EXECUTABLE("calico-ipam");

static int say_version(void)
{
	return puts("{\"cniVersion\":\"1.0.0\",\"supportedVersions\":[\"0.3.1\",\"1.0.0\"]}") < 0;
}

static int say_status(void)
{
	struct cJSON *conf __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	struct err e = { 0 };
	const char *words;

	if (io_read_fd(STDIN_FILENO, &text, "stdin", &e) == 0)
		conf = json_parse(text.data, text.len, &e);
	words = json_field_text(conf, "stand_in");
	if (conf && !*words)
		return 0;
	printf("{\"cniVersion\":\"1.1.0\",\"code\":50,\"msg\":\"%s\"}\n", conf ? words : e.text);
	return 1;
}

int main(void)
{
	const char *verb = getenv("CNI_COMMAND");

	if (!verb || !getenv("CNI_PATH") || getenv("HOME"))
		return 2;
	return strcmp(verb, "VERSION") == 0 ? say_version() : say_status();
}
