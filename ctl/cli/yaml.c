/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/yaml.h"
#include "base/json.h"
#include "base/yaml/yaml_write.h"

int yaml_from_json(struct buf *text, struct err *e)
{
	struct cJSON *tree __cleanup(json_freep) = NULL;

	if (text->failed || !text->len)
		return 0;
	tree = json_parse(text->data, text->len, e);
	if (!tree)
		return err_wrap(e, "the output as YAML");
	buf_reset(text);
	yaml_print(tree, text);
	return 0;
}
