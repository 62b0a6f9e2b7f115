/* SPDX-License-Identifier: Apache-2.0 */
/* Documents of a manifest: read, written and read again. */
#include "base/json.h"
#include "base/yaml/yaml_tree.h"
#include "base/yaml/yaml_write.h"
#include "tests/fuzz/fixture_input.h"

#define VALUES_MAX 5000
#define DOCUMENTS_MAX 20

static int keep(struct cJSON *tree, size_t line, void *arg, struct err *e __unused_arg)
{
	struct cJSON **last = arg;

	promise(line > 0, "a document has a line");
	json_free(*last);
	*last = tree;
	return 0;
}

static int read_last(const char *text, size_t len, struct cJSON **ret, struct err *e)
{
	struct yaml_source source = { .text = text, .len = len, .file = "file",
				      .values_max = VALUES_MAX, .documents_max = DOCUMENTS_MAX };

	return yaml_read_trees(&source, keep, ret, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text __cleanup(input_textp) = input_text(data, size);
	struct buf yaml __cleanup(buf_done) = BUF(64 << 20);
	struct cJSON *tree __cleanup(json_freep) = NULL;
	struct cJSON *again __cleanup(json_freep) = NULL;
	struct err e = { 0 };

	if (read_last(text, size, &tree, &e) < 0)
		promise(*e.text, "who fails says why");
	if (!tree)
		return 0;
	yaml_print(tree, &yaml);
	promise(!yaml.failed, "what was read can be written");
	if (yaml.len > YAML_FILE_MAX)
		return 0;
	promise(read_last(yaml.data, yaml.len, &again, &e) == 0, "and read again");
	promise(json_equal(tree, again), "as it was");
	return 0;
}
