/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/fake/settings_of.h"

#include <stdio.h>
#include <stdlib.h>

void settings_also(struct settings *s, const char *name, const char *value)
{
	struct err e = {0};

	if (settings_set(s, name, value, SETTINGS_CALICO_ENVIRONMENT, &e) == 0)
		return;
	fprintf(stderr, "%s\n", e.text);
	abort();
}

struct settings settings_of(const char *const *names_and_values)
{
	struct settings s = {0};

	for (; *names_and_values; names_and_values += 2)
		settings_also(&s, names_and_values[0], names_and_values[1]);
	return s;
}
