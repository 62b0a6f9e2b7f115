/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/index.h"

#include "base/fnv.h"
#include "base/list.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

void audit_index_done(struct audit_index *l)
{
	for (size_t i = 0; i < l->n_blocks; i++)
		free(l->blocks[i].owner);
	for (size_t i = 0; i < l->n_suspects; i++) {
		free(unconst(l->suspects[i].handle));
		free(unconst(l->suspects[i].owner));
		free(l->suspects[i].named);
	}
	free(l->blocks);
	free(l->order);
	free(l->holdings);
	free(l->suspects);
	*l = (struct audit_index){ 0 };
}

static char *copy(struct audit_index *l, const char *text)
{
	char *c = text ? strdup(text) : NULL;

	l->failed |= text && !c;
	return c;
}

/* FNV-1a, with a last stir. */
uint64_t audit_index_hash(const char *handle)
{
	uint64_t h = fnv1a(handle, strcspn(handle, "\r"));

	h ^= h >> 32;
	h *= 0x9e3779b97f4a7c15ULL;
	return h ^ h >> 29;
}

static bool is_windows(const char *handle)
{
	size_t len = strcspn(handle, "\r");

	return len == strlen(BLOCK_WINDOWS_HANDLE) &&
	       strncasecmp(handle, BLOCK_WINDOWS_HANDLE, len) == 0;
}

static void add_holding(struct audit_index *l, uint64_t hash, unsigned n)
{
	l->failed |= list_room(&l->holdings, l->n_holdings, &l->cap_holdings) < 0;
	if (l->failed)
		return;
	l->holdings[l->n_holdings++] = (struct audit_index_holding){
		.handle = hash, .block = (uint32_t)l->n_blocks, .n = (uint16_t)n
	};
}

static void add_holdings(struct audit_index *l, const struct block *b)
{
	struct block_use uses[BLOCK_SIZE_MAX];
	unsigned n = block_uses(b, uses);

	for (unsigned i = 0; i < n; i++) {
		const struct attribute *attribute = &b->attributes[uses[i].attribute];
		const char *handle = attribute->handle;

		if (handle && !attribute_is_released(attribute) && !is_windows(handle))
			add_holding(l, audit_index_hash(handle), uses[i].n);
	}
}

static struct audit_index_block *add_block(struct audit_index *l, struct cidr cidr)
{
	l->failed |= list_room(&l->blocks, l->n_blocks, &l->cap_blocks) < 0;
	if (l->failed)
		return NULL;
	l->blocks[l->n_blocks] = (struct audit_index_block){ .cidr = cidr };
	return &l->blocks[l->n_blocks++];
}

void audit_index_add_block(struct audit_index *l, const struct block *b)
{
	struct audit_index_block *block;

	add_holdings(l, b);
	block = add_block(l, b->cidr);
	if (block)
		block->owner = copy(l, b->affinity);
}

void audit_index_add_unreadable(struct audit_index *l, struct cidr cidr)
{
	struct audit_index_block *block = add_block(l, cidr);

	if (block)
		block->unreadable = true;
}

static int compare_order(const void *left, const void *right, void *arg)
{
	const struct audit_index *l = arg;
	const uint32_t *a = left, *b = right;

	return cidr_compare(l->blocks[*a].cidr, l->blocks[*b].cidr);
}

static int compare_holdings(const void *left, const void *right)
{
	const struct audit_index_holding *a = left, *b = right;

	if (a->handle != b->handle)
		return a->handle < b->handle ? -1 : 1;
	return a->block < b->block ? -1 : a->block > b->block;
}

/* Several attributes of one handle in one block are one holding. */
static void join_holdings(void *kept, void *other)
{
	struct audit_index_holding *a = kept;
	const struct audit_index_holding *b = other;

	a->n += b->n;
}

void audit_index_close(struct audit_index *l)
{
	l->order = calloc(l->n_blocks + 1, sizeof(*l->order));
	if (!l->order) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < l->n_blocks; i++)
		l->order[i] = (uint32_t)i;
	qsort_r(l->order, l->n_blocks, sizeof(*l->order), compare_order, l);
	l->n_holdings = list_settle(l->holdings, l->n_holdings, compare_holdings,
				    join_holdings);
}

struct place_key {
	const struct audit_index *index;
	struct cidr cidr;
};

static int compare_place(const void *key, const void *element)
{
	const struct place_key *k = key;
	const uint32_t *at = element;

	return cidr_compare(k->cidr, k->index->blocks[*at].cidr);
}

/* The place of the first block that is not below the CIDR. */
static size_t place_of(const struct audit_index *l, struct cidr cidr)
{
	struct place_key key = { l, cidr };

	return list_place(l->order, l->order ? l->n_blocks : 0, &key, compare_place);
}

long audit_index_find(const struct audit_index *l, struct cidr cidr)
{
	size_t at = place_of(l, cidr);

	if (!l->order || at == l->n_blocks ||
	    cidr_compare(l->blocks[l->order[at]].cidr, cidr) != 0)
		return -1;
	return l->order[at];
}

long audit_index_find_holding(const struct audit_index *l, struct addr a)
{
	unsigned bits = family_bits(a.family);
	long found = -1;

	for (unsigned host_bits = 0; found < 0 && 1U << host_bits <= BLOCK_SIZE_MAX; host_bits++)
		found = audit_index_find(l, cidr_masked((struct cidr){ a, bits - host_bits }));
	return found;
}

void audit_index_tell_overlaps(const struct audit_index *l, audit_index_overlap *tell, void *arg)
{
	const struct audit_index_block *wide = NULL;

	/* By address, the wider first: what lies in another comes after it. */
	for (size_t i = 0; l->order && i < l->n_blocks; i++) {
		const struct audit_index_block *b = &l->blocks[l->order[i]];

		if (wide && cidr_holds_cidr(wide->cidr, b->cidr))
			tell(wide, b, arg);
		else
			wide = b;
	}
}

static int compare_holding(const void *hash, const void *element)
{
	const struct audit_index_holding *holding = element;
	const uint64_t *h = hash;

	return *h < holding->handle ? -1 : *h > holding->handle;
}

static size_t first_holding(const struct audit_index *l, uint64_t hash)
{
	return list_place(l->holdings, l->n_holdings, &hash, compare_holding);
}

int audit_index_blocks_of(const struct audit_index *l, uint64_t hash, struct cidr **ret_list,
			  unsigned *ret_n)
{
	size_t first = first_holding(l, hash);
	unsigned n = 0;
	struct cidr *list;

	while (first + n < l->n_holdings && l->holdings[first + n].handle == hash)
		n++;
	list = malloc((n + 1) * sizeof(*list));
	if (!list)
		return -1;
	for (unsigned i = 0; i < n; i++)
		list[i] = l->blocks[l->holdings[first + i].block].cidr;
	*ret_list = list;
	*ret_n = n;
	return 0;
}

static struct audit_index_suspect *add_suspect(struct audit_index *l,
					       const struct audit_index_suspect *s)
{
	struct audit_index_suspect *kept;

	if (l->n_suspects == AUDIT_INDEX_SUSPECTS_MAX)
		return NULL;
	l->failed |= list_room(&l->suspects, l->n_suspects, &l->cap_suspects) < 0;
	if (l->failed)
		return NULL;
	kept = &l->suspects[l->n_suspects++];
	*kept = *s;
	kept->handle = copy(l, s->handle);
	kept->owner = copy(l, s->owner);
	return kept;
}

static void add_suspected_handle(struct audit_index *l, const char *id, uint64_t hash,
				 const struct handle *h)
{
	struct audit_index_suspect *s;

	s = add_suspect(l, &(struct audit_index_suspect){ .handle = id, .hash = hash });
	if (!s)
		return;
	s->named = calloc(AUDIT_INDEX_NAMED_MAX, sizeof(*s->named));
	if (!s->named) {
		l->failed = true;
		return;
	}
	for (size_t i = 0; i < h->n && s->n_named < AUDIT_INDEX_NAMED_MAX; i++)
		if (h->list[i].canonical && !h->list[i].gone)
			s->named[s->n_named++] = h->list[i].block;
	if (s->n_named)
		s->block = s->named[0];
}

/* 1: as the block says; 0: not so; -1: nobody can tell. */
static int judge_entry(const struct audit_index *l, const struct handle_entry *entry,
		       uint64_t hash, unsigned *matched)
{
	long b = entry->canonical ? audit_index_find(l, entry->block) : -1;
	struct audit_index_holding key = { .handle = hash };
	size_t at;

	if (b < 0)
		return 0;
	if (l->blocks[b].unreadable)
		return -1;
	key.block = (uint32_t)b;
	at = list_place(l->holdings, l->n_holdings, &key, compare_holdings);
	if (at == l->n_holdings || compare_holdings(&l->holdings[at], &key) != 0)
		return 0;
	++*matched;
	return l->holdings[at].n == entry->count;
}

void audit_index_add_handle(struct audit_index *l, const char *id, const struct handle *h)
{
	uint64_t hash = audit_index_hash(id);
	unsigned matched = 0, held = 0;
	bool wrong = false, unknown = false;

	if (is_windows(id))
		return;
	for (size_t i = 0; i < h->n; i++) {
		int judged;

		if (h->list[i].gone)
			continue;
		judged = judge_entry(l, &h->list[i], hash, &matched);
		wrong |= judged == 0;
		unknown |= judged < 0;
	}
	for (size_t i = first_holding(l, hash); i < l->n_holdings && l->holdings[i].handle == hash;
	     i++, held++)
		l->holdings[i].recorded = true;
	if (wrong || matched != held || (!held && !unknown))
		add_suspected_handle(l, id, hash, h);
}

void audit_index_add_affinity(struct audit_index *l, const char *owner, struct cidr block,
			 enum affinity_state state)
{
	long b = audit_index_find(l, block);

	if (b >= 0 && l->blocks[b].unreadable)
		return;
	if (b >= 0 && l->blocks[b].owner && strcmp(l->blocks[b].owner, owner) == 0) {
		l->blocks[b].has_affinity = true;
		if (state == AFFINITY_CONFIRMED)
			return;
	}
	add_suspect(l, &(struct audit_index_suspect){ .owner = owner, .block = block });
}

static int compare_suspects(const void *left, const void *right)
{
	const struct audit_index_suspect *a = left, *b = right;

	int order = cidr_compare(a->block, b->block);

	return order ? order : a->hash < b->hash ? -1 : a->hash > b->hash;
}

void audit_index_end(struct audit_index *l)
{
	for (size_t i = 0; i < l->n_blocks; i++)
		if (l->blocks[i].owner && !l->blocks[i].has_affinity)
			add_suspect(l, &(struct audit_index_suspect){ .owner = l->blocks[i].owner,
								 .block = l->blocks[i].cidr });
	for (size_t i = 0; i < l->n_holdings; i++) {
		const struct audit_index_holding *h = &l->holdings[i];

		if (h->recorded || (i && l->holdings[i - 1].handle == h->handle))
			continue;
		add_suspect(l, &(struct audit_index_suspect){ .hash = h->handle,
							 .block = l->blocks[h->block].cidr });
	}
	if (l->n_suspects)
		qsort(l->suspects, l->n_suspects, sizeof(*l->suspects), compare_suspects);
}
