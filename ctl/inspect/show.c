/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "base/list.h"
#include "ctl/inspect/holders.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/table.h"
#include "ipam/audit/utilization.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOW_TIMEOUT_MS (10 * 60 * 1000)

/* What is told of one block; the block itself is not kept. */
struct shown_block {
	struct cidr cidr;
	const struct pool *pool;	/* NULL: in none */
	unsigned in_use, cooling, reserved;
	char *affinity;		/* owned; NULL: none */
};

struct shown {
	struct utilization utilization;
	struct shown_block *blocks;	/* owned; only when asked for */
	size_t n, cap;
	struct holders holders;		/* only when asked for */
	bool want_blocks, want_addresses, lost;
	struct progress progress;
	uint64_t seen;
};

static void forget(struct shown *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->blocks[i].affinity);
	free(s->blocks);
	s->blocks = NULL;
	s->n = s->cap = 0;
	s->seen = 0;
	holders_done(&s->holders);
}

static void shown_done(struct shown *s)
{
	progress_end(&s->progress);
	forget(s);
	utilization_done(&s->utilization);
}

static bool is_of_node(const struct block *b, const char *node)
{
	return !node || (b->affinity && strncmp(b->affinity, "host:", 5) == 0 &&
			 strcmp(b->affinity + 5, node) == 0);
}

static void count(const struct utilization *s, const struct utilization_pool *p,
		  const struct block *b, struct shown_block *ret)
{
	for (unsigned i = 0; i < b->size; i++) {
		const struct cJSON *a = block_attribute(b, i);

		if (!a)
			ret->reserved += utilization_reserves(s, p, b->cidr, block_addr(b, i));
		else if (attribute_is_released(a))
			ret->cooling++;
		else
			ret->in_use++;
	}
}

static void keep_block(struct shown *s, const struct block *b, const struct shown_block *counted)
{
	struct shown_block *kept;

	if (list_room(&s->blocks, s->n, &s->cap) < 0) {
		s->lost = true;
		return;
	}
	kept = &s->blocks[s->n++];
	*kept = *counted;
	if (b->affinity && !(kept->affinity = strdup(b->affinity)))
		s->lost = true;
}

static void see_block(const struct utilization *utilization, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct shown_block counted = { .cidr = b->cidr, .pool = pool ? pool->pool : NULL };
	struct shown *s = arg;

	progress_tell(&s->progress, ++s->seen, 0);
	if (s->want_blocks && !s->lost && is_of_node(b, s->holders.filter.node)) {
		count(utilization, pool, b, &counted);
		keep_block(s, b, &counted);
	}
	if (s->want_addresses)
		holders_add_block(&s->holders, b);
}

static void see_unreadable(const char *key, const char *why, void *arg)
{
	struct shown *s = arg;

	(void)key;
	progress_end(&s->progress);
	fprintf(stderr, "calico-ipamctl: not counted: %s\n", why);
}

static void see_again(void *arg)
{
	forget(arg);
}

static int compare_blocks(const void *left, const void *right)
{
	const struct shown_block *a = left, *b = right;

	if (a->pool != b->pool)
		return !a->pool ? 1 : !b->pool ? -1 : a->pool < b->pool ? -1 : 1;
	return cidr_compare(a->cidr, b->cidr);
}

static int read_all(struct store *store, struct shown *s, struct err *e)
{
	struct utilization_visitor visitor = { see_block, see_unreadable, see_again, s };

	datastore_set_deadline(store->ds, deadline_in_ms(SHOW_TIMEOUT_MS));
	progress_begin(&s->progress, "blocks read");
	if (utilization_read(store->ds, &visitor, &s->utilization, e) < 0)
		return -1;
	progress_end(&s->progress);
	if (s->lost || s->holders.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (s->n)
		qsort(s->blocks, s->n, sizeof(*s->blocks), compare_blocks);
	return 0;
}

/* Decimal texts of what a range holds. */
struct numbers {
	char total[U128_TEXT], in_use[U128_TEXT], reserved[U128_TEXT], cooling[U128_TEXT],
	    free[U128_TEXT];
};

static struct numbers numbers_of_pool(const struct utilization_pool *p)
{
	struct numbers n;

	utilization_print_number(p->total, true, n.total);
	utilization_print_number(p->free, !p->total && !p->in_use, n.free);
	u128_print(p->in_use, n.in_use);
	u128_print(p->reserved, n.reserved);
	u128_print(p->cooling, n.cooling);
	return n;
}

static struct numbers numbers_of_block(const struct shown_block *b)
{
	u128 total = cidr_size(b->cidr);
	struct numbers n;

	u128_print(total, n.total);
	u128_print(b->in_use, n.in_use);
	u128_print(b->reserved, n.reserved);
	u128_print(b->cooling, n.cooling);
	u128_print(total - b->in_use - b->reserved - b->cooling, n.free);
	return n;
}

static void add_row(struct table *t, const char *pool, const char *indent, struct cidr cidr,
		    const struct numbers *n, const char *affinity)
{
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	table_add(t, pool);
	table_addf(t, "%s%s", indent, text);
	table_add(t, n->total);
	table_add(t, n->in_use);
	table_add(t, n->reserved);
	table_add(t, n->cooling);
	table_add(t, n->free);
	if (t->columns > 7)
		table_add(t, affinity ? affinity : "");
}

static void add_blocks(struct table *t, const struct shown *s, const struct pool *pool)
{
	for (size_t i = 0; i < s->n; i++) {
		struct numbers n;

		if (s->blocks[i].pool != pool)
			continue;
		n = numbers_of_block(&s->blocks[i]);
		add_row(t, pool ? pool->name : "", "  ", s->blocks[i].cidr, &n,
			s->blocks[i].affinity);
	}
}

static void print_pools(const struct shown *s, struct buf *out)
{
	static const char *const headings[] = { "POOL", "CIDR", ">TOTAL", ">IN-USE", ">RESERVED",
						">COOLING", ">FREE", "AFFINITY" };
	struct table t __cleanup(table_done) = {0};

	table_init(&t, headings, s->want_blocks ? 8 : 7);
	for (size_t i = 0; i < s->utilization.pools.n; i++) {
		const struct utilization_pool *p = &s->utilization.list[i];
		struct numbers n = numbers_of_pool(p);

		add_row(&t, p->pool->name, "", p->pool->cidr, &n, NULL);
		add_blocks(&t, s, p->pool);
	}
	add_blocks(&t, s, NULL);
	table_print(&t, out);
}

static void set_range(struct cJSON *tree, struct cidr cidr, const struct numbers *n)
{
	char text[CIDR_TEXT];

	cidr_print(cidr, text);
	json_set(tree, "cidr", json_new_string(text));
	json_set(tree, "total", json_new_string(n->total));
	json_set(tree, "inUse", json_new_string(n->in_use));
	json_set(tree, "reserved", json_new_string(n->reserved));
	json_set(tree, "cooling", json_new_string(n->cooling));
	json_set(tree, "free", json_new_string(n->free));
}

static struct cJSON *pools_json(const struct shown *s)
{
	struct cJSON *list = json_new_array(), *item;

	for (size_t i = 0; i < s->utilization.pools.n; i++) {
		const struct utilization_pool *p = &s->utilization.list[i];
		struct numbers n = numbers_of_pool(p);

		item = json_new_object();
		json_set(item, "name", json_new_string(p->pool->name));
		set_range(item, p->pool->cidr, &n);
		json_set(item, "borrowed", json_new_u64(p->borrowed));
		json_set(item, "blockCount", json_new_u64(p->blocks));
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
		struct numbers n = numbers_of_block(b);

		item = json_new_object();
		json_set(item, "pool", text_or_null(b->pool ? b->pool->name : NULL));
		set_range(item, b->cidr, &n);
		json_set(item, "affinity", text_or_null(b->affinity));
		json_append(list, item);
	}
	return list;
}

static void print_json(struct shown *s, struct buf *out)
{
	struct cJSON *tree __cleanup(json_freep) = json_new_object();

	json_set(tree, "pools", pools_json(s));
	if (s->want_blocks)
		json_set(tree, "blocks", blocks_json(s));
	if (s->want_addresses)
		json_set(tree, "addresses", holders_json(&s->holders));
	json_set(tree, "unreadableBlocks", json_new_u64(s->utilization.unreadable));
	json_text(tree, out);
}

/* A filter asks for its addresses alone; the pools stay where blocks are asked for. */
static void print_tables(struct shown *s, bool filtered, struct buf *out)
{
	if (!filtered || s->want_blocks)
		print_pools(s, out);
	if (!s->want_addresses)
		return;
	if (!filtered || s->want_blocks)
		buf_putc(out, '\n');
	holders_print(&s->holders, out);
}

/* What was named and is not there. */
static int check_named(const struct shown *s, struct err *e)
{
	const struct holders_filter *f = &s->holders.filter;

	if (f->node && !utilization_node(&s->utilization, f->node))
		return err_set(e, ERR_NOT_FOUND, "nothing in this store is of node \"%.80s\"; see: "
			       "calico-ipamctl node list", f->node);
	if (f->handle && !s->holders.rows)
		return err_set(e, ERR_NOT_FOUND, "no address is held by handle \"%.200s\"%s",
			       f->handle, f->node || f->borrowed ? " that is of this kind" : "");
	return 0;
}

static int show(struct call *call, struct store *store, struct err *e)
{
	struct shown s __cleanup(shown_done) = { 0 };
	struct holders_filter *f = &s.holders.filter;
	bool filtered;

	f->node = call_option(call, "node", 0);
	f->handle = call_option(call, "handle", 0);
	f->borrowed = call_option(call, "borrowed", 0) != NULL;
	filtered = f->node || f->handle || f->borrowed;
	s.want_blocks = call_option(call, "blocks", 0) != NULL;
	s.want_addresses = filtered || call_option(call, "addresses", 0);
	if (read_all(store, &s, e) < 0 || check_named(&s, e) < 0)
		return -1;
	if (call->json)
		print_json(&s, &call->out);
	else
		print_tables(&s, filtered, &call->out);
	return 0;
}

static int show_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	const char *ip = call_option(call, "ip", 0);
	int rc;

	if (ip && call->n_options > 1)
		return call_wrong_use(call, e, "--ip tells all of one address; it goes with no "
				      "other option");
	if (store_open(&store, call, true, e) < 0)
		return err_wrap(e, "show");
	rc = ip ? show_address(call, &store, ip, e) : show(call, &store, e);
	return rc < 0 ? err_wrap(e, "show") : 0;
}

const struct command show_command = {
	.noun = "show",
	.summary = "Show how much of each pool is in use, and who holds which address",
	.help =
	"TOTAL is IN-USE, RESERVED (by reservations, or kept of each block with a gateway, and\n"
	"not in use), COOLING (released and kept back for a while) and FREE together.  With\n"
	"--borrowed, --node or --handle the addresses of that kind are listed instead of the\n"
	"pools; an address is borrowed when its block belongs to another node.  Blocks that lie\n"
	"in no pool any more come last, without a pool.  A block that cannot be read is named on\n"
	"standard error and not counted.  In JSON the numbers are strings of decimal digits, for\n"
	"an IPv6 pool's do not fit into a JSON number.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl show\n"
	"  calico-ipamctl show --blocks\n"
	"  calico-ipamctl show --ip 10.86.0.5\n"
	"  calico-ipamctl show --node node-1 --blocks\n"
	"  calico-ipamctl --config /etc/cni/net.d/10-calico.conflist show --addresses -o json\n",
	.options = {
		{ .name = "blocks", .help = "a row for each block, with the node that owns it" },
		{ .name = "addresses", .help = "a second table: who holds which address" },
		{ .name = "ip", .argument = "ADDRESS", .help = "all that is known of one address" },
		{ .name = "node", .argument = "NODE",
		  .help = "the addresses that this node uses (and its blocks)" },
		{ .name = "handle", .argument = "HANDLE", .help = "the addresses of this handle" },
		{ .name = "borrowed", .help = "the addresses in blocks of other nodes" },
	},
	.run = show_run,
};
