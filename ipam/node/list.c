/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/keys.h"
#include "ipam/record/node.h"
#include "ipam/record/resource.h"

#include <string.h>

static void add_nodes(struct cJSON *nodes, const struct view *view)
{
	const struct record *record;
	struct err skipped = { 0 };
	struct node node;

	for (size_t i = view_first(view, KEY_NODES); (record = view_at(view, i, KEY_NODES)); i++) {
		if (strchr(record->key + strlen(KEY_NODES), '/') ||
		    node_read(record, &node, &skipped) < 0)
			continue;
		json_append(nodes, node.resource);
		node.resource = NULL;
		node_done(&node);
	}
}

int ipam_list_nodes(struct datastore *ds, struct cJSON **ret_nodes, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_NODES, RANGE_PREFIX);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	*ret_nodes = json_new_array();
	add_nodes(*ret_nodes, &view);
	return 0;
}

int ipam_has_node(struct datastore *ds, const char *name, bool *ret_there, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT];

	if (key_of_node(name, key, e) < 0)
		return -1;
	wants_add(&wants, key, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	*ret_there = view_peek(&view, key) != NULL;
	return 0;
}
