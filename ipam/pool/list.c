/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/pools.h"

#include "base/list.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

void pool_list_done(struct pool_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->list[i].unreadable);
		pool_done(&l->list[i].pool);
	}
	free(l->list);
	view_done(&l->view);
	*l = (struct pool_list){ 0 };
}

static int add_entry(struct pool_list *l, const struct record *record, const char *name,
		     struct err *e)
{
	struct pool_entry *entry;
	struct err why = { 0 };

	if (list_room(&l->list, l->n, &l->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	entry = &l->list[l->n++];
	*entry = (struct pool_entry){ .name = name, .stored = record->value };
	if (pool_read(record, &entry->pool, &why) == 0)
		return 0;
	entry->unreadable = strdup(why.text);
	return entry->unreadable ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int add_entries(struct pool_list *l, struct err *e)
{
	const struct record *record;
	size_t i = view_first(&l->view, KEY_POOLS);

	for (; (record = view_at(&l->view, i, KEY_POOLS)); i++) {
		const char *name = record->key + strlen(KEY_POOLS);

		if (!strchr(name, '/') && add_entry(l, record, name, e) < 0)
			return -1;
	}
	return 0;
}

int ipam_list_pools(struct datastore *ds, struct pool_list *ret, struct err *e)
{
	struct pool_list l __cleanup(pool_list_done) = { 0 };
	struct wants wants __cleanup(wants_done) = { 0 };

	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	if (datastore_read(ds, &l.view, &wants, e) < 0 || add_entries(&l, e) < 0)
		return -1;
	*ret = l;
	l = (struct pool_list){ 0 };
	return 0;
}
