/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/inspect/show.h"

#include "base/io.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/yaml.h"
#include "ctl/inspect/holders.h"
#include "ctl/inspect/left_out.h"
#include "ctl/inspect/ranges.h"
#include "ipam/audit/stir.h"

#include <string.h>
#include <unistd.h>

#define SHOW_TIMEOUT_MS (10 * 60 * 1000)

struct shown {
	struct utilization utilization;
	struct ranges ranges;
	struct holders holders;		/* only when asked for */
	bool want_addresses, filtered;
	struct progress progress;
	uint64_t seen, unreadable;
};

static void shown_done(struct shown *s)
{
	progress_end(&s->progress);
	ranges_done(&s->ranges);
	holders_done(&s->holders);
	utilization_done(&s->utilization);
}

static void see_block(const struct utilization *utilization, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	struct shown *s = arg;

	progress_tell(&s->progress, ++s->seen, 0);
	ranges_add_block(&s->ranges, utilization, b, pool);
	if (s->want_addresses)
		holders_add_block(&s->holders, b, pool ? pool->pool : NULL);
}

static void see_unreadable(const char *key, const char *why, void *arg)
{
	struct shown *s = arg;

	(void)key;
	progress_end(&s->progress);
	if (aside_names(&s->unreadable))
		aside("calico-ipamctl: not counted: %s\n", why);
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
	left_out_tell(&s->utilization);
	return 0;
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

/* A filter asks for its addresses alone; the pools stay where blocks are asked for. */
static void print_tables(const struct shown *s, struct tables *t, struct buf *out)
{
	bool pools = !s->filtered || s->ranges.want_blocks;

	if (pools)
		rows_print(&t->pools, out);
	if (pools && s->want_addresses)
		buf_putc(out, '\n');
	if (s->want_addresses)
		rows_print(&t->addresses, out);
}

static void print(struct shown *s, struct tables *t, struct call *call)
{
	if (!call->json) {
		print_tables(s, t, &call->out);
		return;
	}
	fields_print_json(FIELDS(
		{ "pools", cell_rows(&t->pools) },
		{ "blocks", s->ranges.want_blocks ? cell_rows(&t->blocks) : cell_absent() },
		{ "addresses", s->want_addresses ? cell_rows(&t->addresses) : cell_absent() },
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

static int check_pool(const struct shown *s, const char *name, struct err *e)
{
	struct nearest nearest = nearest_to(name);

	for (size_t i = 0; i < s->utilization.pools.n; i++) {
		if (strcmp(s->utilization.list[i].pool->name, name) == 0)
			return 0;
		nearest_offer(&nearest, s->utilization.list[i].pool->name);
	}
	err_set(e, ERR_NOT_FOUND, "resource does not exist: IPPool(%.200s)", name);
	return meant_add(&nearest, "", e);
}

/* What was named and is not there. */
static int check_named(const struct shown *s, struct err *e)
{
	const struct holders_filter *f = &s->holders.filter;
	const char *of_kind = f->node || f->borrowed || f->pool ? " that is of this kind" : "";

	if (f->pool && check_pool(s, f->pool, e) < 0)
		return -1;
	if (f->node && !utilization_node(&s->utilization, f->node))
		return unknown_node(s, f->node, e);
	if (s->holders.rows)
		return 0;
	if (f->handle)
		return err_set(e, ERR_NOT_FOUND, "no address is held by handle \"%.200s\"%s",
			       f->handle, of_kind);
	if (f->pod)
		return err_set(e, ERR_NOT_FOUND, "no address is held by pod \"%.200s\"%s", f->pod,
			       f->namespace ? " in this namespace" : of_kind);
	if (f->namespace)
		return err_set(e, ERR_NOT_FOUND, "no address is held in namespace \"%.200s\"%s",
			       f->namespace, of_kind);
	return 0;
}

/* Of which table a column is, and which. */
static const struct sort {
	const char *name;
	bool of_addresses;
	int order;
} sorts[] = {
	{ "name", false, RANGES_BY_NAME }, { "cidr", false, RANGES_BY_CIDR },
	{ "total", false, RANGES_BY_TOTAL }, { "in-use", false, RANGES_BY_IN_USE },
	{ "use", false, RANGES_BY_USE }, { "free", false, RANGES_BY_FREE },
	{ "address", true, HOLDERS_BY_ADDRESS }, { "node", true, HOLDERS_BY_NODE },
	{ "pod", true, HOLDERS_BY_POD }, { "age", true, HOLDERS_BY_AGE },
};

static int read_sort(struct call *call, struct shown *s, struct err *e)
{
	const char *text = call_option(call, "sort", 0);
	struct nearest nearest = nearest_to(text ? text : "");
	const struct sort *sort = sorts, *end = sorts + ARRAY_LEN(sorts);

	if (!text)
		return 0;
	for (; sort < end && strcmp(sort->name, text) != 0; sort++)
		nearest_offer(&nearest, sort->name);
	if (sort == end) {
		call_wrong_use(call, e, "--sort \"%.40s\" must be name, cidr, total, in-use, use "
			       "or free, of addresses address, node, pod or age", text);
		return meant_add(&nearest, "", e);
	}
	if (sort->of_addresses && !s->want_addresses)
		return call_wrong_use(call, e, "--sort %s is of addresses; give --addresses",
				      text);
	if (sort->of_addresses)
		s->holders.order = (enum holders_order)sort->order;
	else
		s->ranges.order = (enum ranges_order)sort->order;
	return 0;
}

static int read_call(struct call *call, struct shown *s, struct err *e)
{
	struct holders_filter *f = &s->holders.filter;

	f->node = s->ranges.node = call_option(call, "node", 0);
	f->pool = s->ranges.pool = call_option(call, "pool", 0);
	f->handle = call_option(call, "handle", 0);
	f->pod = call_option(call, "pod", 0);
	f->namespace = call_option(call, "namespace", 0);
	f->borrowed = call_option(call, "borrowed", 0) != NULL;
	s->filtered = f->node || f->handle || f->pod || f->namespace || f->borrowed;
	s->ranges.want_blocks = call_option(call, "blocks", 0) != NULL;
	s->want_addresses = s->filtered || call_option(call, "addresses", 0);
	return read_sort(call, s, e);
}

static int show(struct call *call, struct store *store, struct err *e)
{
	struct tables t __cleanup(tables_done) = { 0 };
	struct shown s __cleanup(shown_done) = { 0 };

	if (read_call(call, &s, e) < 0 || read_all(store, &s, e) < 0 || check_named(&s, e) < 0)
		return -1;
	ranges_rows(&s.ranges, &s.utilization, call, &t.pools, &t.blocks);
	holders_rows(&s.holders, call, clock_now_ns(), &t.addresses);
	if (s.ranges.failed || s.holders.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	print(&s, &t, call);
	return 0;
}

/* What is printed at a time, unless it is what was printed last. */
static int print_anew(struct call *call, struct buf *last, struct err *e)
{
	bool first = !last->len, terminal = isatty(STDOUT_FILENO);
	int rc = 0;

	if (call->yaml && yaml_from_json(&call->out, e) < 0)
		return -1;
	if (call->out.failed)
		return err_set(e, ERR_LIMIT, "out of memory, or more than can be printed");
	if (first || strcmp(call->out.data, last->data) != 0) {
		buf_reset(last);
		buf_puts(last, call->out.data);
		buf_reset(&call->out);
		buf_printf(&call->out, "%s%s", terminal ? "\033[H\033[2J" :
			   first || call->json ? "" : "\n", call->yaml ? "---\n" : "");
		buf_puts(&call->out, last->data);
		rc = io_write_fd(STDOUT_FILENO, call->out.data, call->out.len, "the output", e);
	}
	buf_reset(&call->out);
	return rc;
}

/* Until somebody ends it, or it cannot go on. */
static int show_on(struct call *call, struct store *store, struct err *e)
{
	struct buf last __cleanup(buf_done) = BUF(call->out.limit);
	struct stir stir __cleanup(stir_done) = { 0 };

	if (stir_init(&stir, store->ds, e) < 0)
		return -1;
	for (;;)
		if (show(call, store, e) < 0 || print_anew(call, &last, e) < 0 ||
		    stir_wait(&stir, e) < 0)
			return -1;
}

static int show_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	const char *ip = call_option(call, "ip", 0);
	bool watch = call_option(call, "watch", 0);
	int rc;

	if (ip && call->n_options > 1)
		return call_wrong_use(call, e, "--ip tells all of one address; it goes with no "
				      "other option");
	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0)
		return err_wrap(e, "show");
	rc = ip ? show_address(call, &store, ip, e) :
	     watch ? show_on(call, &store, e) : show(call, &store, e);
	return rc < 0 ? err_wrap(e, "show") : 0;
}

const struct command show_command = {
	.noun = "show",
	.summary = "Show how much of each pool is in use, and who holds which address",
	.help =
	"TOTAL is IN-USE, RESERVED (by reservations, or kept of each block with a gateway, and\n"
	"not in use), COOLING (released and kept back for a while) and FREE together; but of a\n"
	"pool that is disabled or unusable (STATE) nothing is free.  USE is IN-USE in percent of\n"
	"TOTAL.  With --borrowed, --node, --pod, --namespace or --handle the addresses of that\n"
	"kind are listed instead of the pools; an address is borrowed when its block belongs to\n"
	"another node.  Blocks that lie in no pool any more come last, without a pool.  A block\n"
	"that cannot be read is named on standard error and not counted.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl show\n"
	"  calico-ipamctl show --blocks\n"
	"  calico-ipamctl show --ip 10.86.0.5\n"
	"  calico-ipamctl show --node node-1 --blocks\n"
	"  calico-ipamctl show --pool cluster-v4 --addresses --sort age\n"
	"  calico-ipamctl show --pod web/nginx-0 -o wide\n"
	"  calico-ipamctl show --watch --sort use\n"
	"  calico-ipamctl --config /etc/cni/net.d/10-calico.conflist show --addresses -o json\n",
	.options = {
		{ .name = "blocks", .help = "a row for each block, with the node that owns it" },
		{ .name = "addresses", .help = "a second table: who holds which address" },
		{ .name = "ip", .argument = "ADDRESS", .help = "all that is known of one address" },
		{ .name = "node", .argument = "NODE",
		  .help = "the addresses that this node uses (and its blocks)" },
		{ .name = "pool", .argument = "POOL", .help = "of this pool alone" },
		{ .name = "pod", .argument = "[NAMESPACE/]POD",
		  .help = "the addresses of this pod" },
		{ .name = "namespace", .argument = "NAMESPACE", .letter = 'n',
		  .help = "the addresses of pods in this namespace" },
		{ .name = "handle", .argument = "HANDLE", .help = "the addresses of this handle" },
		{ .name = "borrowed", .help = "the addresses in blocks of other nodes" },
		{ .name = "watch", .letter = 'w',
		  .help = "show it again whenever something has changed" },
		{ .name = "sort", .argument = "COLUMN",
		  .help = "name, cidr, total, in-use, use, free; address, node, pod, age" },
	},
	.run = show_run,
};
