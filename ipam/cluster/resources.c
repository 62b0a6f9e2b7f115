/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/resources.h"

#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

static const struct {
	const char *prefix;
	int (*key_of)(const char *name, char out[KEY_TEXT], struct err *e);
} kinds[] = {
	[RESOURCE_POOL] = { KEY_POOLS, key_of_pool },
	[RESOURCE_RESERVATION] = { KEY_RESERVATIONS, key_of_reservation },
	[RESOURCE_NODE] = { KEY_NODES, key_of_node },
};

void resource_list_done(struct resource_list *l)
{
	free(l->list);
	view_done(&l->view);
	*l = (struct resource_list){ 0 };
}

static int add_entries(struct resource_list *l, const char *prefix, struct err *e)
{
	const struct record *record;
	size_t i = view_first(&l->view, prefix);

	for (; (record = view_at(&l->view, i, prefix)); i++) {
		const char *name = record->key + strlen(prefix);

		if (strchr(name, '/'))
			continue;
		if (list_room(&l->list, l->n, &l->cap) < 0)
			return err_set(e, ERR_INTERNAL, "out of memory");
		l->list[l->n++] = (struct resource_entry){ name, record->value, record->revision };
	}
	return 0;
}

int ipam_list_resources(struct datastore *ds, enum resource_kind kind, const char *name,
			struct resource_list *ret, struct err *e)
{
	struct resource_list l __cleanup(resource_list_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };
	char key[KEY_TEXT];

	if (name && kinds[kind].key_of(name, key, e) < 0)
		return -1;
	wants_add(&wants, name ? key : kinds[kind].prefix, name ? RANGE_KEY : RANGE_PREFIX);
	if (datastore_read(ds, &l.view, &wants, e) < 0 ||
	    add_entries(&l, kinds[kind].prefix, e) < 0)
		return -1;
	*ret = l;
	l = (struct resource_list){ 0 };
	return 0;
}
