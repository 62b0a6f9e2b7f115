/* SPDX-License-Identifier: Apache-2.0 */
/* CNI_ARGS, by ADD's rule and by the others'. */
#include "plugin/args.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

/* As DEL does with what it cannot read: the names stand in the text, or are empty. */
static void find_names(const char *text, size_t size)
{
	struct cni_args names __cleanup(cni_args_done) = { 0 };
	struct cni_args args __cleanup(cni_args_done) = { 0 };
	struct err e = { 0 };

	promise(cni_args_find_names(text, &names, &e) == 0, "no text stops a DEL");
	promise(strlen(names.pod) + strlen(names.namespace_name) <= size,
		"a value is part of the text");
	if (cni_args_read(text, false, &args, &e) == 0)
		promise(!strcmp(args.pod, names.pod) &&
			!strcmp(args.namespace_name, names.namespace_name),
			"a text that can be read names the same pod");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	bool ok[2];

	for (int add = 0; add < 2; add++) {
		struct cni_args args __cleanup(cni_args_done) = { 0 };
		struct err e = { 0 };

		ok[add] = cni_args_read(text, add, &args, &e) == 0;
		promise(ok[add] == (e.kind == ERR_NONE), "who fails says why");
		if (ok[add])
			promise(strlen(args.pod) <= size && strlen(args.namespace_name) <= size,
				"a value is part of the text");
	}
	promise(ok[0] || !ok[1], "what ADD takes, DEL takes");
	find_names(text, size);
	return 0;
}
