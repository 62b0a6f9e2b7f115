/* SPDX-License-Identifier: Apache-2.0 */
/* A selector, which is nobody's JSON, against labels. */
#include "ipam/record/selector.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char labels[] = "{\"a\":\"b\",\"rack\":\"1\",\"x/y\":\"\"}";
	char *text __cleanup(input_textp) = input_text(data, size);
	struct selector *s __cleanup(selector_freep) = NULL;
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct labels given __cleanup(labels_done) = { 0 };
	struct err e = { 0 };

	tree = json_parse(labels, strlen(labels), &e);
	promise(labels_read(tree, &given, &e) == 0, "labels are read");
	if (selector_parse(text, &s, &e) < 0) {
		promise(*e.text, "who fails says why");
		return 0;
	}
	selector_matches(s, &given);
	selector_matches(s, NULL);
	selector_names_global(s);
	return 0;
}
