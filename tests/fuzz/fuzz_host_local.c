/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of host-local's: a file a part, "<name>\n<content>", parts ended by a NUL. */
#include "base/cni/host_local.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

#define FILES_MAX 16

static void make_file(const char *part, size_t len)
{
	const char *content = memchr(part, '\n', len);
	char name[64];

	if (!content || content == part || (size_t)(content - part) >= sizeof(name))
		return;
	memcpy(name, part, (size_t)(content - part));
	name[content - part] = '\0';
	if (!strchr(name, '/') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
		input_file(name, content + 1, len - (size_t)(content + 1 - part));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct host_local h __cleanup(host_local_done) = { .lock = -1 };
	char *end = text + size, *part = text;
	struct err e = { 0 };

	input_empty_folder();
	for (unsigned i = 0; part < end && i < FILES_MAX; i++) {
		size_t len = strlen(part);

		make_file(part, len);
		part += len + 1;
	}
	if (host_local_read(input_folder(), deadline_in_ms(1000), &h, &e) < 0) {
		promise(*e.text, "who fails says why");
		return 0;
	}
	for (size_t i = 0; i < h.n; i++)
		promise(*h.list[i].container || !h.list[i].ifname,
			"who has an interface has a container");
	promise(host_local_remove(&h, &e) == 0, "what was read can be removed");
	return 0;
}
