/* SPDX-License-Identifier: Apache-2.0 */
/* A selector, which is nobody's JSON, against labels. */
#include "ipam/record/selector.h"
#include "tests/fuzz/fixture_input.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct label list[] = { { "a", "b" }, { "rack", "1" }, { "x/y", "" } };
	struct labels given = { .list = list, .n = ARRAY_LEN(list) };
	char *text __cleanup(input_textp) = input_text(data, size);
	struct selector *s __cleanup(selector_freep) = NULL;
	struct err e = { 0 };

	if (selector_parse(text, &s, &e) < 0) {
		promise(*e.text, "who fails says why");
		return 0;
	}
	selector_matches(s, &given);
	selector_matches(s, NULL);
	selector_names_global(s);
	return 0;
}
