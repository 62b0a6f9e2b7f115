/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "base/list.h"
#include "ipam/record/host.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

void node_names_done(struct node_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->list[i]);
	free(names->list);
	*names = (struct node_names){ 0 };
}

static int add_name(struct node_names *names, const char *name, struct err *e)
{
	if (list_room(&names->list, names->n, &names->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	names->list[names->n] = strdup(name);
	return names->list[names->n++] ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

/* The keys ascend, so that a node's affinities stand together. */
static int add_unknown(struct node_names *names, const struct view *view, struct err *e)
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
		if (key_of_node(host_node(owner), key, &ignored) == 0 && !view_peek(view, key) &&
		    add_name(names, host_node(owner), e) < 0)
			return -1;
	}
	return 0;
}

int ipam_list_unknown_nodes(struct datastore *ds, struct node_names *ret, struct err *e)
{
	struct node_names names __cleanup(node_names_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_HOST_AFFINITIES, RANGE_PREFIX_KEYS);
	wants_add(&wants, KEY_NODES, RANGE_PREFIX_KEYS);
	if (datastore_read(ds, &view, &wants, e) < 0 || add_unknown(&names, &view, e) < 0)
		return -1;
	*ret = names;
	names = (struct node_names){ 0 };
	return 0;
}
