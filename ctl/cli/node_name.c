/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/node_name.h"

#include "base/json.h"

#include <string.h>

void node_name(const struct cJSON *plugin, char ret[NODE_NAME_TEXT])
{
	struct node_name_keys keys = {
		.nodename = json_string(json_field(plugin, "nodename")),
		.nodename_file = json_string(json_field(plugin, "nodename_file")),
		.hostname = json_string(json_field(plugin, "hostname")),
	};
	struct buf name __cleanup(buf_done) = BUF(NODE_NAME_TEXT);
	char source[NODE_NAME_SOURCE_TEXT];
	struct err ignored = { 0 };

	ret[0] = '\0';
	if (node_name_find(&keys, &name, source, &ignored) == 0 && !name.failed &&
	    name.len <= NODE_NAME_MAX && strlen(name.data) == name.len)
		memcpy(ret, name.data, name.len + 1);
}
