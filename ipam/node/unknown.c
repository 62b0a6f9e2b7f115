/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/host.h"
#include "ipam/record/keys.h"

#include <string.h>

/* The keys ascend, so that a node's affinities stand together. */
static void add_unknown(struct cJSON *names, const struct view *view)
{
	char owner[KEY_TEXT], key[KEY_TEXT], last[KEY_TEXT] = "";
	const char *prefix = KEY_HOST_AFFINITIES;
	const struct record *record;
	struct err ignored = { 0 };
	struct cidr block;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		if (key_read_affinity(record->key, owner, &block) < 0 || strcmp(owner, last) == 0)
			continue;
		strcpy(last, owner);
		if (key_of_node(host_node(owner), key, &ignored) == 0 && !view_peek(view, key))
			json_append(names, json_new_string(host_node(owner)));
	}
}

int ipam_list_unknown_nodes(struct datastore *ds, struct cJSON **ret_names, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_HOST_AFFINITIES, RANGE_PREFIX_KEYS);
	wants_add(&wants, KEY_NODES, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	*ret_names = json_new_array();
	add_unknown(*ret_names, &view);
	return 0;
}
