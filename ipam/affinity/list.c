/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/affinity/affinities.h"

#include "ipam/record/block.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	struct affinity_list l;
	uint64_t blocks;	/* seen */
	void (*progress)(uint64_t blocks, void *arg);
	void *arg;
};

void affinity_list_done(struct affinity_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->list[i].owner);
		free(l->list[i].claimed);
	}
	free(l->list);
	*l = (struct affinity_list){ 0 };
}

static void listing_done(struct listing *listing)
{
	affinity_list_done(&listing->l);
}

static int compare_blocks(const void *left, const void *right)
{
	const struct affinity_entry *a = left, *b = right;

	return cidr_compare(a->block, b->block);
}

static int compare_owners(const void *left, const void *right)
{
	const struct affinity_entry *a = left, *b = right;
	int order = strcmp(a->owner, b->owner);

	return order ? order : compare_blocks(left, right);
}

static int add_entries(struct affinity_list *l, const struct view *view, const char *prefix,
		       struct err *e)
{
	const struct record *record;
	char owner[KEY_TEXT];
	struct cidr block;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		struct affinity_entry *entry = &l->list[l->n];
		struct err unreadable = { 0 };

		if (key_read_affinity(record->key, owner, &block) < 0)
			continue;
		*entry = (struct affinity_entry){ .block = block, .owner = strdup(owner) };
		if (!entry->owner)
			return err_set(e, ERR_INTERNAL, "out of memory");
		entry->unreadable = affinity_read(record, &entry->state, &unreadable) < 0;
		l->n++;
	}
	return 0;
}

static int read_affinities(struct datastore *ds, const char *node, struct affinity_list *l,
			   struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char prefix[2 * KEY_TEXT];

	snprintf(prefix, sizeof(prefix), KEY_HOST_AFFINITIES "%.480s%s", node ? node : "",
		 node ? "/" : "");
	wants_add(&wants, prefix, RANGE_PREFIX);
	if (!node)
		wants_add(&wants, KEY_VIRTUAL_AFFINITIES, RANGE_PREFIX);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	l->list = calloc(view.n_records + 1, sizeof(*l->list));
	if (!l->list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (add_entries(l, &view, prefix, e) < 0)
		return -1;
	return node ? 0 : add_entries(l, &view, KEY_VIRTUAL_AFFINITIES, e);
}

static void note_block(struct affinity_entry *entry, const struct block *b)
{
	bool own = block_is_owned_by(b, entry->owner);

	entry->whose = own ? AFFINITY_BLOCK_OWN : AFFINITY_BLOCK_ANOTHERS;
	entry->held = block_held(b);
	free(entry->claimed);
	entry->claimed = own && b->claim_time ? strdup(b->claim_time) : NULL;
}

/* Entries are sorted by block: several may name the same. */
static int look(const struct record *record, void *arg, struct err *e __unused_arg)
{
	struct block b __cleanup(block_done) = { 0 };
	struct affinity_entry wanted = { 0 }, *entry;
	struct listing *listing = arg;
	struct affinity_list *l = &listing->l;
	struct err unreadable = { 0 };

	listing->blocks++;
	if (listing->progress)
		listing->progress(listing->blocks, listing->arg);
	if (key_cidr(record->key, KEY_BLOCKS_4, &wanted.block) < 0 &&
	    key_cidr(record->key, KEY_BLOCKS_6, &wanted.block) < 0)
		return 0;
	entry = bsearch(&wanted, l->list, l->n, sizeof(*entry), compare_blocks);
	if (!entry || block_read(record, &b, &unreadable) < 0)
		return 0;
	while (entry > l->list && compare_blocks(entry - 1, &wanted) == 0)
		entry--;
	for (; entry < l->list + l->n && compare_blocks(entry, &wanted) == 0; entry++)
		note_block(entry, &b);
	return 0;
}

int ipam_list_affinities(struct datastore *ds, const char *node,
			 void (*progress)(uint64_t blocks, void *arg), void *arg,
			 struct affinity_list *ret, struct err *e)
{
	struct listing listing __cleanup(listing_done) = { .progress = progress, .arg = arg };
	struct affinity_list *l = &listing.l;

	if (read_affinities(ds, node, l, e) < 0)
		return -1;
	if (l->n) {
		qsort(l->list, l->n, sizeof(*l->list), compare_blocks);
		if (datastore_scan(ds, KEY_BLOCKS_4, look, &listing, e) < 0 ||
		    datastore_scan(ds, KEY_BLOCKS_6, look, &listing, e) < 0)
			return -1;
		qsort(l->list, l->n, sizeof(*l->list), compare_owners);
	}
	*ret = *l;
	*l = (struct affinity_list){ 0 };
	return 0;
}
