/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

void node_list_done(struct node_list *l)
{
	for (size_t i = 0; i < l->n; i++)
		node_done(&l->list[i].node);
	free(l->list);
	view_done(&l->view);
	*l = (struct node_list){ 0 };
}

static int add_node(struct node_list *l, const struct record *record, struct err *e)
{
	struct node_entry entry = { .stored = record->value };
	struct err skipped = { 0 };

	if (list_room(&l->list, l->n, &l->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (node_read(record, &entry.node, &skipped) == 0)
		l->list[l->n++] = entry;
	return 0;
}

static int add_nodes(struct node_list *l, struct err *e)
{
	const struct record *record;
	size_t i = view_first(&l->view, KEY_NODES);

	for (; (record = view_at(&l->view, i, KEY_NODES)); i++)
		if (!strchr(record->key + strlen(KEY_NODES), '/') && add_node(l, record, e) < 0)
			return -1;
	return 0;
}

int ipam_list_nodes(struct datastore *ds, struct node_list *ret, struct err *e)
{
	struct node_list l __cleanup(node_list_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };

	wants_add(&wants, KEY_NODES, RANGE_PREFIX);
	if (datastore_read(ds, &l.view, &wants, e) < 0 || add_nodes(&l, e) < 0)
		return -1;
	*ret = l;
	l = (struct node_list){ 0 };
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
