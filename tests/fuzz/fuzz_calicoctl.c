/* SPDX-License-Identifier: Apache-2.0 */
/* calicoctl's configuration file: YAML, or JSON. */
#include "base/yaml/yaml_read.h"
#include "ctl/settings/calicoctl.h"
#include "tests/fuzz/fixture_input.h"

#include <string.h>

struct told_so_far {
	unsigned n;
};

static int check(const struct told *t, void *arg, struct err *e __unused_arg)
{
	struct told_so_far *so_far = arg;

	promise(++so_far->n <= CALICOCTL_VALUES_MAX, "no more values than the limit");
	promise(t->depth <= YAML_DEPTH_MAX && t->line > 0, "a place within the limits");
	for (unsigned i = 0; i < t->depth; i++)
		promise(!t->path[i].name || t->path[i].index == 0, "a name, or a place in a list");
	promise(t->as == TOLD_TEXT || t->as == TOLD_OTHER || !*t->text,
		"only what is written has a text");
	return 0;
}

static void read_settings(const char *text, size_t size)
{
	struct settings s __cleanup(settings_done) = { 0 };
	struct err e = { 0 };

	if (calicoctl_take(&s, text, size, "file", &e) < 0) {
		promise(strncmp(e.text, "file:", 5) == 0, "who fails names the file");
		return;
	}
	promise(strcmp(settings_get(&s, SET_DATASTORE_TYPE), "etcdv3") == 0 ||
		strcmp(settings_get(&s, SET_DATASTORE_TYPE), "kubernetes") == 0,
		"what is read names a store");
	for (unsigned i = 0; i < N_SETTINGS; i++)
		promise(s.source[i] == SETTINGS_ABSENT || s.source[i] == SETTINGS_CONFIG,
			"no setting is stronger than a configuration's");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct yaml_source source = { .text = text, .len = size, .file = "file",
				      .values_max = CALICOCTL_VALUES_MAX };
	struct told_so_far so_far = { 0 };
	struct err e = { 0 };

	calicoctl_is_config(text);
	if (yaml_read(&source, check, &so_far, &e) < 0)
		promise(*e.text, "who fails says why");
	read_settings(text, size);
	return 0;
}
