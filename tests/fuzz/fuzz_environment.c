/* SPDX-License-Identifier: Apache-2.0 */
/* The environment, a variable a line: who asks for what, and where the store is. */
#include "datastore/settings.h"
#include "plugin/environment.h"
#include "plugin/identity.h"
#include "tests/fuzz/fixture_input.h"

#include <stdlib.h>
#include <string.h>

static void set_all(char *lines)
{
	clearenv();
	for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
		char *value = strchr(line, '=');

		if (!value || value == line)
			continue;
		*value = '\0';
		setenv(line, value + 1, 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct settings settings __cleanup(settings_done) = { 0 };
	static struct identity identity;
	struct cni_args args __cleanup(cni_args_done) = { 0 };
	struct netconf conf = { .name = "net", .nodename = "n", .nodename_file = "",
				.hostname = "" };
	enum datastore_type type;
	struct environment env;
	struct err e = { 0 };

	set_all(text);
	if (environment_is_cni() && environment_read(&env, &e) == 0 &&
	    cni_args_read(env.args, env.command == COMMAND_ADD, &args, &e) == 0)
		identity_read(&conf, &env, &args, &identity, &e);
	err_reset(&e);
	settings_init(&settings);
	if (settings_from_environment(&settings, &e) == 0)
		settings_decide(&settings, &type, &e);
	return 0;
}
