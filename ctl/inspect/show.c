/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "base/list.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/meant.h"
#include "ctl/inspect/holders.h"
#include "ctl/cli/progress.h"
#include "ipam/audit/utilization.h"
#include "ipam/record/host.h"

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
	uint64_t seen, unreadable;
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
	const char *host = host_node(b->affinity);

	return !node || (host && strcmp(host, node) == 0);
}

static void count(const struct utilization *s, const struct utilization_pool *p,
		  const struct block *b, struct shown_block *ret)
{
	for (unsigned i = 0; i < b->size; i++) {
		const struct attribute *a = block_attribute(b, i);

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
	if (aside_names(&s->unreadable))
		aside("calico-ipamctl: not counted: %s\n", why);
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
	struct utilization_visitor visitor = { see_block, see_unreadable, s };

	datastore_set_deadline(store->ds, deadline_in_ms(SHOW_TIMEOUT_MS));
	progress_begin(&s->progress, "blocks read");
	if (utilization_read(store->ds, &visitor, &s->utilization, e) < 0)
		return -1;
	progress_end(&s->progress);
	aside_rest(s->unreadable, "blocks cannot be read; calico-ipamctl check lists them");
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
	struct numbers n = { 0 };

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
	struct numbers n = { 0 };

	u128_print(total, n.total);
	u128_print(b->in_use, n.in_use);
	u128_print(b->reserved, n.reserved);
	u128_print(b->cooling, n.cooling);
	u128_print(total - b->in_use - b->reserved - b->cooling, n.free);
	return n;
}

#define RANGE_COLUMNS \
	{ .heading = "CIDR", .name = "cidr" }, \
	{ .heading = ">TOTAL", .name = "total" }, \
	{ .heading = ">IN-USE", .name = "inUse" }, \
	{ .heading = ">RESERVED", .name = "reserved" }, \
	{ .heading = ">COOLING", .name = "cooling" }, \
	{ .heading = ">FREE", .name = "free" }

/* Blocks have the places of a pool's columns, for in a table they stand among the pools. */
static const struct column pool_columns[] = {
	{ .heading = "POOL", .name = "name" },
	RANGE_COLUMNS,
	{ .name = "borrowed" },
	{ .name = "blockCount" },
	{ .heading = "AFFINITY" },	/* only with blocks */
};
static const struct column block_columns[] = {
	{ .heading = "POOL", .name = "pool" },
	RANGE_COLUMNS,
	{ 0 },
	{ 0 },
	{ .heading = "AFFINITY", .name = "affinity" },
};

static void add_pool(struct rows *rows, const struct utilization_pool *p)
{
	struct numbers n = numbers_of_pool(p);

	rows_add(rows, cell_text(p->pool->name), cell_cidr(p->pool->cidr), cell_text(n.total),
		 cell_text(n.in_use), cell_text(n.reserved), cell_text(n.cooling),
		 cell_text(n.free), cell_number(p->borrowed), cell_number(p->blocks));
}

static void add_block(struct rows *rows, const struct shown_block *b)
{
	struct numbers n = numbers_of_block(b);
	char cidr[CIDR_TEXT], indented[CIDR_TEXT + 2];

	cidr_print(b->cidr, cidr);
	snprintf(indented, sizeof(indented), "  %s", cidr);
	rows_add(rows, cell_text(b->pool ? b->pool->name : NULL),
		 cell_text(rows->json ? cidr : indented), cell_text(n.total), cell_text(n.in_use),
		 cell_text(n.reserved), cell_text(n.cooling), cell_text(n.free), cell_absent(),
		 cell_absent(), cell_text(b->affinity));
}

static void add_blocks(struct rows *rows, const struct shown *s, const struct pool *pool)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->blocks[i].pool == pool)
			add_block(rows, &s->blocks[i]);
}

/* What is printed. */
struct tables {
	struct rows pools, blocks, addresses;
};

static void tables_done(struct tables *t)
{
	rows_done(&t->pools);
	rows_done(&t->blocks);
	rows_done(&t->addresses);
}

static void fill(struct tables *t, struct shown *s, const struct call *call)
{
	struct rows *blocks = call->json ? &t->blocks : &t->pools;

	rows_init(&t->pools, call, pool_columns, ARRAY_LEN(pool_columns) - !s->want_blocks);
	rows_init(&t->blocks, call, block_columns, ARRAY_LEN(block_columns));
	for (size_t i = 0; i < s->utilization.pools.n; i++) {
		add_pool(&t->pools, &s->utilization.list[i]);
		add_blocks(blocks, s, s->utilization.list[i].pool);
	}
	add_blocks(blocks, s, NULL);
	holders_rows(&s->holders, call, &t->addresses);
}

/* A filter asks for its addresses alone; the pools stay where blocks are asked for. */
static void print_tables(const struct shown *s, struct tables *t, bool filtered, struct buf *out)
{
	bool pools = !filtered || s->want_blocks;

	if (pools)
		rows_print(&t->pools, out);
	if (pools && s->want_addresses)
		buf_putc(out, '\n');
	if (s->want_addresses)
		rows_print(&t->addresses, out);
}

static void print(struct shown *s, bool filtered, struct call *call)
{
	struct tables t __cleanup(tables_done) = { 0 };

	fill(&t, s, call);
	if (!call->json) {
		print_tables(s, &t, filtered, &call->out);
		return;
	}
	fields_print_json(FIELDS(
		{ "pools", cell_rows(&t.pools) },
		{ "blocks", s->want_blocks ? cell_rows(&t.blocks) : cell_absent() },
		{ "addresses", s->want_addresses ? cell_rows(&t.addresses) : cell_absent() },
		{ "unreadableBlocks", cell_number(s->utilization.unreadable) }), &call->out);
}

static int unknown_node(const struct shown *s, const char *name, struct err *e)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < s->utilization.n_nodes; i++)
		nearest_offer(&nearest, s->utilization.nodes[i].name);
	err_set(e, ERR_NOT_FOUND, "nothing in this store is of node \"%.80s\"; see: "
		"calico-ipamctl node list", name);
	return meant_add(&nearest, "", e);
}

/* What was named and is not there. */
static int check_named(const struct shown *s, struct err *e)
{
	const struct holders_filter *f = &s->holders.filter;

	if (f->node && !utilization_node(&s->utilization, f->node))
		return unknown_node(s, f->node, e);
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
	print(&s, filtered, call);
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
	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0)
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
