/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/utilization.h"

#include "base/list.h"
#include "ipam/record/host.h"
#include "ipam/record/keys.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int out_of_memory(struct err *e)
{
	return err_set(e, ERR_INTERNAL, "out of memory");
}

static void forget_nodes(struct utilization *s)
{
	for (size_t i = 0; i < s->n_nodes; i++) {
		free(s->nodes[i].name);
		free(s->nodes[i].shares);
	}
	free(s->nodes);
	tdestroy(s->places, free);
	s->nodes = NULL;
	s->places = NULL;
	s->n_nodes = s->cap_nodes = s->last_node = 0;
}

void utilization_done(struct utilization *s)
{
	forget_nodes(s);
	free(s->list);
	reserved_done(&s->reservations);
	gateways_done(&s->gateways);
	pool_index_done(&s->pool_index);
	pools_done(&s->pools);
	*s = (struct utilization){ 0 };
}

static int compare_name(const void *name, const void *element)
{
	const struct utilization_node *node = element;

	return strcmp(name, node->name);
}

static size_t place_of(const struct utilization *s, const char *name)
{
	return list_place(s->nodes, s->n_nodes, name, compare_name);
}

static bool is_at(const struct utilization *s, size_t i, const char *name)
{
	return i < s->n_nodes && strcmp(s->nodes[i].name, name) == 0;
}

/* Where a node stands among them, as long as they come: blocks name them in any order. */
struct place {
	const char *name;	/* the node's, or in a search that which is looked for */
	size_t at;
};

static int compare_places(const void *left, const void *right)
{
	const struct place *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static const struct place *find_place(const struct utilization *s, const char *name)
{
	const struct place wanted = { .name = name };
	const struct place *const *found = tfind(&wanted, &s->places, compare_places);

	return found ? *found : NULL;
}

static int note_place(struct utilization *s, struct err *e)
{
	struct place *place = malloc(sizeof(*place));

	if (!place)
		return out_of_memory(e);
	*place = (struct place){ s->nodes[s->n_nodes - 1].name, s->n_nodes - 1 };
	if (tsearch(place, &s->places, compare_places))
		return 0;
	free(place);
	return out_of_memory(e);
}

static int add_node(struct utilization *s, const char *name, struct err *e)
{
	char *copy;

	if (list_room(&s->nodes, s->n_nodes, &s->cap_nodes) < 0)
		return out_of_memory(e);
	copy = strdup(name);
	if (!copy)
		return out_of_memory(e);
	s->nodes[s->n_nodes++] = (struct utilization_node){ .name = copy };
	return note_place(s, e);
}

/* The node's entry, made if need be; the one asked for last is found at once. */
static int node_for(struct utilization *s, const char *name, struct utilization_node **ret,
		    struct err *e)
{
	size_t at = s->last_node;

	if (!is_at(s, at, name)) {
		const struct place *place = find_place(s, name);

		at = place ? place->at : s->n_nodes;
		if (!place && add_node(s, name, e) < 0)
			return -1;
		s->last_node = at;
	}
	*ret = &s->nodes[at];
	return 0;
}

static int compare_nodes(const void *left, const void *right)
{
	const struct utilization_node *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static int compare_shares(const void *left, const void *right)
{
	const struct utilization_share *a = left, *b = right;

	return a->pool < b->pool ? -1 : a->pool > b->pool;
}

static void join_shares(void *kept, void *other)
{
	struct utilization_share *a = kept;
	const struct utilization_share *b = other;

	a->blocks += b->blocks;
	a->in_use += b->in_use;
	a->borrowed += b->borrowed;
}

static void sort_nodes(struct utilization *s)
{
	tdestroy(s->places, free);
	s->places = NULL;
	if (s->n_nodes)
		qsort(s->nodes, s->n_nodes, sizeof(*s->nodes), compare_nodes);
	for (size_t i = 0; i < s->n_nodes; i++) {
		struct utilization_node *n = &s->nodes[i];

		n->n_shares = list_settle(n->shares, n->n_shares, compare_shares, join_shares);
	}
}

/*
 * The node's part of the pool, made if need be; a pool that is met again after another has
 * two until the end.
 */
static int share_for(struct utilization *s, const char *name, const struct utilization_pool *p,
		     struct utilization_node **ret_node, struct utilization_share **ret,
		     struct err *e)
{
	size_t pool = p == &s->stray ? s->pools.n : (size_t)(p - s->list);
	struct utilization_node *node;

	if (node_for(s, name, &node, e) < 0)
		return -1;
	*ret_node = node;
	if (!node->n_shares || node->shares[node->n_shares - 1].pool != pool) {
		if (list_room(&node->shares, node->n_shares, &node->cap_shares) < 0)
			return out_of_memory(e);
		node->shares[node->n_shares++] = (struct utilization_share){ .pool = pool };
	}
	*ret = &node->shares[node->n_shares - 1];
	return 0;
}

static struct utilization_share *find_share(const struct utilization_node *node, size_t pool)
{
	struct utilization_share key = { .pool = pool };

	return node->n_shares ? bsearch(&key, node->shares, node->n_shares, sizeof(key),
					compare_shares) : NULL;
}

const struct utilization_share *utilization_share(const struct utilization_node *node, size_t pool)
{
	return find_share(node, pool);
}

const struct utilization_node *utilization_node(const struct utilization *s, const char *name)
{
	size_t at = place_of(s, name);

	return is_at(s, at, name) ? &s->nodes[at] : NULL;
}

static int read_nodes(struct utilization *s, const struct view *view, struct err *e)
{
	const struct record *record;
	struct utilization_node *node;

	for (size_t i = view_first(view, KEY_NODES); (record = view_at(view, i, KEY_NODES)); i++) {
		if (node_for(s, record->key + strlen(KEY_NODES), &node, e) < 0)
			return -1;
		node->known = true;
	}
	return 0;
}

void utilization_wants(struct wants *wants)
{
	wants_add(wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(wants, KEY_RESERVATIONS, RANGE_PREFIX);
	wants_add(wants, KEY_CONFIG, RANGE_KEY);
	wants_add(wants, KEY_NODES, RANGE_PREFIX_KEYS);
}

static int begin(struct utilization *s, const struct view *view, struct err *e)
{
	struct err ignored = { 0 };

	if (pools_read(view, &s->pools, e) < 0 ||
	    reserved_read(view, &s->reservations, e) < 0 ||
	    gateways_read_lenient(&s->gateways, view, e) < 0 || read_nodes(s, view, e) < 0)
		return -1;
	/* Where it does not parse the defaults stand in: nothing is counted by it. */
	if (ipam_config_read(view_peek(view, KEY_CONFIG), &s->config, &ignored) < 0 &&
	    ipam_config_read(NULL, &s->config, e) < 0)
		return -1;
	s->list = calloc(s->pools.n + 1, sizeof(*s->list));
	if (!s->list || pool_index_init(&s->pool_index, &s->pools) < 0)
		return out_of_memory(e);
	for (size_t i = 0; i < s->pools.n; i++) {
		s->list[i].pool = &s->pools.list[i];
		s->list[i].gateways = gateways_rule(&s->gateways, s->pools.list[i].name);
		s->list[i].total = cidr_size(s->pools.list[i].cidr);
	}
	return 0;
}

int utilization_begin(const struct view *view, struct utilization *ret, struct err *e)
{
	struct utilization s = { 0 };

	if (begin(&s, view, e) < 0) {
		utilization_done(&s);
		return -1;
	}
	*ret = s;
	return 0;
}

size_t utilization_pool_of(const struct utilization *s, struct cidr block)
{
	return pool_index_find(&s->pool_index, block);
}

static const char *host_of(const struct block *b)
{
	const char *node = host_node(b->affinity);

	return node ? node : "";
}

void utilization_count_leak(struct utilization *s, struct addr a, const char *node)
{
	size_t pool = utilization_pool_of(s, (struct cidr){ a, family_bits(a.family) });
	const struct utilization_node *n = node ? utilization_node(s, node) : NULL;
	struct utilization_share *share = n ? find_share(n, pool) : NULL;

	if (pool < s->pools.n)
		s->list[pool].leaked++;
	else
		s->stray.leaked++;
	if (share)
		share->leaked++;
}

bool utilization_is_borrowed(const struct block *b, const struct attribute *attribute)
{
	const char *node = attribute_secondary(attribute, "node");

	return node && strcmp(node, host_of(b)) != 0;
}

bool utilization_reserves(const struct utilization *s, const struct utilization_pool *p,
			  struct cidr block, struct addr a)
{
	if (s->reservations.n && reserved_holds(&s->reservations, a))
		return true;
	return p && gateway_rule_keeps(p->gateways, block, (unsigned)(a.n - block.base.n));
}

static int count_user(struct utilization *s, struct utilization_pool *p, const struct block *b,
		      const struct attribute *attribute, struct err *e)
{
	const char *name = attribute_secondary(attribute, "node");
	struct utilization_node *node;
	struct utilization_share *share;
	bool borrowed = utilization_is_borrowed(b, attribute);

	p->in_use++;
	p->borrowed += borrowed;
	if (!name)
		return 0;
	if (share_for(s, name, p, &node, &share, e) < 0)
		return -1;
	node->in_use++;
	node->borrowed += borrowed;
	share->in_use++;
	share->borrowed += borrowed;
	return 0;
}

static int count_block(struct utilization *s, struct utilization_pool *p, const struct block *b,
		       struct err *e)
{
	struct utilization_share *share;
	struct utilization_node *node;

	p->blocks++;
	s->blocks++;
	if (*host_of(b)) {
		if (share_for(s, host_of(b), p, &node, &share, e) < 0)
			return -1;
		node->blocks[b->cidr.base.family]++;
		share->blocks++;
	}
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *attribute = block_attribute(b, i);

		if (!attribute)
			continue;
		p->reserved_held += utilization_reserves(s, p, b->cidr, block_addr(b, i));
		if (attribute_is_released(attribute))
			p->cooling++;
		else if (count_user(s, p, b, attribute, e) < 0)
			return -1;
	}
	return 0;
}

static void tell_unreadable(struct utilization *s, const struct utilization_visitor *visitor,
			    const char *key, const char *why)
{
	s->unreadable++;
	if (visitor && visitor->unreadable)
		visitor->unreadable(key, why, visitor->arg);
}

int utilization_add(struct utilization *s, const struct record *record,
		    const struct utilization_visitor *visitor, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct err why = { 0 };
	size_t pool;

	if (block_read(record, &b, &why) < 0) {
		if (why.kind == ERR_INTERNAL)
			return out_of_memory(e);
		tell_unreadable(s, visitor, record->key, why.text);
		return 0;
	}
	pool = utilization_pool_of(s, b.cidr);
	if (count_block(s, pool < s->pools.n ? &s->list[pool] : &s->stray, &b, e) < 0)
		return -1;
	if (visitor && visitor->block)
		visitor->block(s, &b, pool < s->pools.n ? &s->list[pool] : NULL,
			       visitor->arg);
	return 0;
}

/*
 * How many of the pool's addresses are reserved: all that the rule of its blocks keeps,
 * and what else the list holds.
 */
static u128 reserved_in(const struct reserved *r, const struct utilization_pool *p)
{
	struct cidr cidr = p->pool->cidr;
	u128 n = gateway_rule_count(p->gateways, p->pool, cidr_first(cidr), cidr_last(cidr));

	for (size_t i = reserved_from(r, cidr.base); i < r->n && cidr_overlaps(r->list[i], cidr);
	     i++) {
		struct cidr c = r->list[i];

		if (cidr_holds_cidr(c, cidr))
			return cidr_size(cidr);
		n += cidr_size(c) - gateway_rule_count(p->gateways, p->pool, cidr_first(c),
						       cidr_last(c));
	}
	return n;
}

/* Blocks that overlap count an address twice: what is left is then none, not less. */
static u128 what_is_left(u128 all, bool wraps, u128 taken)
{
	return !all && wraps ? all - taken : all > taken ? all - taken : 0;
}

void utilization_end(struct utilization *s)
{
	sort_nodes(s);
	for (size_t i = 0; i < s->pools.n; i++) {
		struct utilization_pool *p = &s->list[i];
		u128 reserved = reserved_in(&s->reservations, p);

		p->reserved = what_is_left(reserved, false, p->reserved_held);
		p->free = !p->pool->enabled ? 0 :
			  what_is_left(p->total, true, p->in_use + p->cooling + p->reserved);
	}
}

void utilization_print_free(const struct utilization_pool *p, char out[U128_TEXT])
{
	utilization_print_number(p->free, !p->total && !p->in_use && p->pool->enabled, out);
}

void utilization_print_number(u128 n, bool wraps, char out[U128_TEXT])
{
	if (!n && wraps)
		strcpy(out, "340282366920938463463374607431768211456");
	else
		u128_print(n, out);
}

struct reading {
	struct utilization *utilization;
	const struct utilization_visitor *visitor;
};

static int look(const struct record *record, void *arg, struct err *e)
{
	const struct reading *r = arg;

	return utilization_add(r->utilization, record, r->visitor, e);
}

int utilization_read_blocks(struct datastore *ds, const struct view *settings,
			    const struct utilization_visitor *visitor, struct utilization *ret,
			    struct err *e)
{
	struct utilization s __cleanup(utilization_done) = { 0 };
	struct reading reading = { .utilization = &s, .visitor = visitor };

	if (utilization_begin(settings, &s, e) < 0 ||
	    datastore_scan(ds, KEY_BLOCKS_4, look, &reading, e) < 0 ||
	    datastore_scan(ds, KEY_BLOCKS_6, look, &reading, e) < 0)
		return -1;
	utilization_end(&s);
	*ret = s;
	s = (struct utilization){ 0 };
	return 0;
}

int utilization_read(struct datastore *ds, const struct utilization_visitor *visitor,
		     struct utilization *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view settings __cleanup(view_done) = {0};

	utilization_wants(&wants);
	if (datastore_read(ds, &settings, &wants, e) < 0)
		return -1;
	return utilization_read_blocks(ds, &settings, visitor, ret, e);
}
