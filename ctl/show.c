#include "ctl/command.h"
#include "ctl/store.h"
#include "ctl/table.h"
#include "ipam/block.h"
#include "ipam/keys.h"
#include "ipam/pool.h"

#include <stdlib.h>
#include <string.h>

#define NO_POOL ((size_t)-1)

/* What is told of one block; the block itself is not kept. */
struct shown_block {
	struct cidr cidr;
	size_t pool;		/* index, or NO_POOL */
	unsigned used;
	char *affinity;		/* owned; NULL: none */
};

struct shown_address {
	struct addr addr;
	char *handle, *node, *ifname;	/* owned; NULL: not stored */
	bool cooling;		/* released, not yet free */
};

struct shown {
	struct pools pools;
	u128 *used;		/* a pool; owned */
	size_t *n_blocks;	/* a pool; owned */
	struct shown_block *blocks;	/* owned */
	size_t n, cap;
	struct shown_address *addresses;	/* owned; only when asked for */
	size_t n_addresses, cap_addresses;
	bool want_addresses;
};

static void shown_done(struct shown *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->blocks[i].affinity);
	for (size_t i = 0; i < s->n_addresses; i++) {
		free(s->addresses[i].handle);
		free(s->addresses[i].node);
		free(s->addresses[i].ifname);
	}
	free(s->addresses);
	free(s->blocks);
	free(s->used);
	free(s->n_blocks);
	pools_done(&s->pools);
}

/* Room for one more item; NULL when memory is lacking. */
static void *grown(void *list, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return list;
	*cap = *cap ? *cap * 2 : 64;
	return reallocarray(list, *cap, size);
}

static char *copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static size_t pool_of(const struct shown *s, struct cidr block)
{
	for (size_t i = 0; i < s->pools.n; i++)
		if (cidr_holds_cidr(s->pools.list[i].cidr, block))
			return i;
	return NO_POOL;
}

static int add_address(struct shown *s, const struct block *b, unsigned ordinal, struct err *e)
{
	const struct cJSON *attribute = block_attribute(b, ordinal);
	void *list;

	if (!attribute)
		return 0;
	list = grown(s->addresses, s->n_addresses, &s->cap_addresses, sizeof(*s->addresses));
	if (!list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	s->addresses = list;
	s->addresses[s->n_addresses++] = (struct shown_address){
		.addr = block_addr(b, ordinal),
		.handle = copy(attribute_handle(attribute)),
		.node = copy(attribute_secondary(attribute, "node")),
		.ifname = copy(attribute_secondary(attribute, "ifname")),
		.cooling = attribute_is_released(attribute),
	};
	return 0;
}

static int add_block(struct shown *s, const struct record *record, struct err *e)
{
	struct block b __cleanup(block_done) = { 0 };
	struct shown_block *shown;
	void *list;

	if (block_read(record, &b, e) < 0)
		return -1;
	list = grown(s->blocks, s->n, &s->cap, sizeof(*s->blocks));
	if (!list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	s->blocks = list;
	shown = &s->blocks[s->n++];
	*shown = (struct shown_block){ b.cidr, pool_of(s, b.cidr), b.size - b.n_unallocated,
				       copy(b.affinity) };
	if (shown->pool != NO_POOL) {
		s->used[shown->pool] += shown->used;
		s->n_blocks[shown->pool]++;
	}
	for (unsigned i = 0; s->want_addresses && i < b.size; i++)
		if (add_address(s, &b, i, e) < 0)
			return -1;
	return 0;
}

static int add_blocks(struct shown *s, const struct view *view, const char *prefix, struct err *e)
{
	const struct record *record;
	struct cidr cidr;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (key_cidr(record->key, prefix, &cidr) == 0 && add_block(s, record, e) < 0)
			return -1;
	return 0;
}

static int compare_blocks(const void *left, const void *right)
{
	const struct shown_block *a = left, *b = right;

	if (a->pool != b->pool)
		return a->pool < b->pool ? -1 : 1;
	if (a->cidr.base.family != b->cidr.base.family)
		return a->cidr.base.family < b->cidr.base.family ? -1 : 1;
	return a->cidr.base.n < b->cidr.base.n ? -1 : a->cidr.base.n > b->cidr.base.n;
}

static int compare_addresses(const void *left, const void *right)
{
	const struct shown_address *a = left, *b = right;

	if (a->addr.family != b->addr.family)
		return a->addr.family < b->addr.family ? -1 : 1;
	return a->addr.n < b->addr.n ? -1 : a->addr.n > b->addr.n;
}

static int collect(struct shown *s, const struct view *view, struct err *e)
{
	if (pools_read(view, &s->pools, e) < 0)
		return -1;
	s->used = calloc(s->pools.n + 1, sizeof(*s->used));
	s->n_blocks = calloc(s->pools.n + 1, sizeof(*s->n_blocks));
	if (!s->used || !s->n_blocks)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (add_blocks(s, view, KEY_BLOCKS_4, e) < 0 || add_blocks(s, view, KEY_BLOCKS_6, e) < 0)
		return -1;
	if (s->n)
		qsort(s->blocks, s->n, sizeof(*s->blocks), compare_blocks);
	if (s->n_addresses)
		qsort(s->addresses, s->n_addresses, sizeof(*s->addresses), compare_addresses);
	return 0;
}

/* Decimal texts of a range's numbers; ::/0 has 2^128 addresses. */
struct numbers {
	char total[U128_TEXT], used[U128_TEXT], free[U128_TEXT];
};

static struct numbers numbers_of(struct cidr cidr, u128 used)
{
	u128 total = cidr_size(cidr);
	struct numbers n;

	if (total)
		u128_print(total, n.total);
	else
		strcpy(n.total, "340282366920938463463374607431768211456");
	u128_print(used, n.used);
	if (total || used)
		u128_print(total - used, n.free);
	else
		strcpy(n.free, n.total);
	return n;
}

static void add_row(struct table *t, const char *pool, const char *indent, struct cidr cidr,
		    u128 used, const char *affinity)
{
	struct numbers n = numbers_of(cidr, used);
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	table_add(t, pool);
	table_addf(t, "%s%s", indent, text);
	table_add(t, n.total);
	table_add(t, n.used);
	table_add(t, n.free);
	if (t->columns > 5)
		table_add(t, affinity ? affinity : "");
}

static void print_table(const struct shown *s, bool blocks, struct buf *out)
{
	static const char *const headings[] = { "POOL", "CIDR", ">TOTAL", ">USED", ">FREE",
						"AFFINITY" };
	struct table t __cleanup(table_done);
	size_t b = 0;

	table_init(&t, headings, blocks ? 6 : 5);
	for (size_t i = 0; i < s->pools.n; i++) {
		const struct pool *p = &s->pools.list[i];

		add_row(&t, p->name, "", p->cidr, s->used[i], NULL);
		for (; blocks && b < s->n && s->blocks[b].pool == i; b++)
			add_row(&t, p->name, "  ", s->blocks[b].cidr, s->blocks[b].used,
				s->blocks[b].affinity);
	}
	for (b = 0; b < s->n; b++)
		if (s->blocks[b].pool == NO_POOL)
			add_row(&t, "", "  ", s->blocks[b].cidr, s->blocks[b].used,
				s->blocks[b].affinity);
	table_print(&t, out);
}

static void print_addresses(const struct shown *s, struct buf *out)
{
	static const char *const headings[] = { "ADDRESS", "STATE", "NODE", "IFNAME", "HANDLE" };
	struct table t __cleanup(table_done);
	char text[ADDR_TEXT];

	table_init(&t, headings, ARRAY_LEN(headings));
	for (size_t i = 0; i < s->n_addresses; i++) {
		const struct shown_address *a = &s->addresses[i];

		addr_print(a->addr, text);
		table_add(&t, text);
		table_add(&t, a->cooling ? "cooling" : "assigned");
		table_add(&t, a->node ? a->node : "");
		table_add(&t, a->ifname ? a->ifname : "");
		table_add(&t, a->handle ? a->handle : "");
	}
	buf_putc(out, '\n');
	table_print(&t, out);
}

static void set_range(struct cJSON *tree, struct cidr cidr, u128 used)
{
	struct numbers n = numbers_of(cidr, used);
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	json_set(tree, "cidr", json_new_string(text));
	json_set(tree, "total", json_new_string(n.total));
	json_set(tree, "used", json_new_string(n.used));
	json_set(tree, "free", json_new_string(n.free));
}

static struct cJSON *pools_json(const struct shown *s)
{
	struct cJSON *list = json_new_array(), *item;

	for (size_t i = 0; i < s->pools.n; i++) {
		item = json_new_object();
		json_set(item, "name", json_new_string(s->pools.list[i].name));
		set_range(item, s->pools.list[i].cidr, s->used[i]);
		json_set(item, "blockCount", json_new_u64(s->n_blocks[i]));
		json_append(list, item);
	}
	return list;
}

static struct cJSON *text_or_null(const char *text)
{
	return text ? json_new_string(text) : json_new_null();
}

static struct cJSON *blocks_json(const struct shown *s)
{
	struct cJSON *list = json_new_array(), *item;

	for (size_t i = 0; i < s->n; i++) {
		const struct shown_block *b = &s->blocks[i];
		const char *pool;

		item = json_new_object();
		pool = b->pool == NO_POOL ? NULL : s->pools.list[b->pool].name;
		json_set(item, "pool", text_or_null(pool));
		set_range(item, b->cidr, b->used);
		json_set(item, "affinity", text_or_null(b->affinity));
		json_append(list, item);
	}
	return list;
}

static struct cJSON *addresses_json(const struct shown *s)
{
	struct cJSON *list = json_new_array(), *item;
	char text[ADDR_TEXT];

	for (size_t i = 0; i < s->n_addresses; i++) {
		const struct shown_address *a = &s->addresses[i];

		addr_print(a->addr, text);
		item = json_new_object();
		json_set(item, "address", json_new_string(text));
		json_set(item, "state", json_new_string(a->cooling ? "cooling" : "assigned"));
		json_set(item, "node", text_or_null(a->node));
		json_set(item, "ifname", text_or_null(a->ifname));
		json_set(item, "handle", text_or_null(a->handle));
		json_append(list, item);
	}
	return list;
}

static void print_json(const struct shown *s, bool blocks, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();

	json_set(tree, "pools", pools_json(s));
	if (blocks)
		json_set(tree, "blocks", blocks_json(s));
	if (s->want_addresses)
		json_set(tree, "addresses", addresses_json(s));
	json_text(tree, out);
}

static int read_all(struct call *call, struct shown *s, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done);
	struct view view __cleanup(view_done);

	wants_init(&wants);
	view_init(&view);
	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	wants_add(&wants, KEY_BLOCKS_4, RANGE_PREFIX);
	wants_add(&wants, KEY_BLOCKS_6, RANGE_PREFIX);
	if (store_open(&store, call, true, e) < 0 || datastore_read(store.ds, &view, &wants, e) < 0)
		return -1;
	return collect(s, &view, e);
}

static int run(struct call *call, struct err *e)
{
	struct shown s __cleanup(shown_done) = { 0 };
	bool blocks = call_option(call, "blocks", 0) != NULL;

	s.want_addresses = call_option(call, "addresses", 0) != NULL;
	if (read_all(call, &s, e) < 0)
		return err_wrap(e, "show");
	if (call->json) {
		print_json(&s, blocks, &call->out);
		return 0;
	}
	print_table(&s, blocks, &call->out);
	if (s.want_addresses)
		print_addresses(&s, &call->out);
	return 0;
}

const struct command show_command = {
	.noun = "show",
	.summary = "Show how much of each pool is in use",
	.help =
	"USED counts assigned addresses and those that cool down after their release.  Blocks\n"
	"that lie in no pool any more are listed last, without a pool.  In JSON the numbers\n"
	"are strings of decimal digits, for an IPv6 pool's do not fit into a JSON number.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl show\n"
	"  calico-ipamctl show --blocks\n"
	"  calico-ipamctl --config /etc/cni/net.d/10-calico.conflist show --addresses -o json\n",
	.options = {
		{ "blocks", NULL, "a row for each block, with the node that owns it", false,
		  false },
		{ "addresses", NULL, "a second table: who holds which address", false, false },
	},
	.run = run,
};
