/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/shell_word.h"
#include "ctl/cli/aside.h"
#include "ctl/cli/command.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/pool/pools.h"

#include <stdio.h>
#include <string.h>

static const struct column columns[] = {
	{ .heading = "NAME" }, { .heading = "CIDR" }, { .heading = ">BLOCKS" },
	{ .heading = "STATE" }, { .heading = "MODE" }, { .heading = "NAT" }, { .heading = "IPIP" },
	{ .heading = "VXLAN" }, { .heading = "USES" }, { .heading = "SELECTOR" },
	{ .heading = "NAMESPACES", .wide = true }, { .heading = "BGP", .wide = true },
};

static struct cell state_of(const struct pool *p)
{
	return cell_painted(p->enabled ? COLOUR_GREEN : COLOUR_YELLOW, cell_text(pool_state(p)));
}

static struct cell selector(const char *text)
{
	return cell_text(*text ? text : "all()");
}

static void add_row(struct rows *rows, const struct pool_entry *entry)
{
	const struct pool *p = &entry->pool;
	char blocks[16], uses[64];

	snprintf(blocks, sizeof(blocks), "/%u", p->block_len);
	pool_print_uses(p, uses);
	rows_add_stored(rows, entry->stored, cell_text(p->name), cell_cidr(p->cidr),
			cell_text(blocks), state_of(p),
			cell_text(p->manual ? "Manual" : "Automatic"), cell_yes(p->nat_outgoing),
			cell_text(p->ipip_mode), cell_text(p->vxlan_mode), cell_text(uses),
			selector(p->node_selector), selector(p->namespace_selector),
			cell_text(p->disable_bgp_export ? "not exported" : "exported"));
}

/* Others pass it over; here it is seen, with what is wrong and what mends it. */
static void add_unreadable(struct rows *rows, const struct pool_entry *entry,
			   uint64_t *unreadable)
{
	char word[SHELL_WORD_TEXT];

	if (aside_names(unreadable))
		aside("calico-ipamctl: pool %s cannot be read: %s; mend it, or: calico-ipamctl "
		      "pool delete %s --force\n", entry->name, entry->unreadable,
		      shell_word(entry->name, word, sizeof(word)));
	rows_add_stored(rows, NULL, cell_text(entry->name), cell_absent(), cell_absent(),
			cell_painted(COLOUR_RED, cell_text("unreadable")));
}

/* name NULL: all.  Returns how many there are. */
static size_t add_all(struct rows *rows, const struct pool_list *pools, const char *name)
{
	uint64_t unreadable = 0;
	size_t n = 0;

	for (size_t i = 0; i < pools->n; i++) {
		const struct pool_entry *entry = &pools->list[i];

		if (name && strcmp(entry->name, name) != 0)
			continue;
		n++;
		if (entry->unreadable)
			add_unreadable(rows, entry, &unreadable);
		else
			add_row(rows, entry);
	}
	aside_rest(unreadable, "pools cannot be read: those \"unreadable\" in the table");
	return n;
}

static int pool_list_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct pool_list pools __cleanup(pool_list_done) = { 0 };
	struct rows rows __cleanup(rows_done) = { 0 };

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    ipam_list_pools(store.ds, &pools, e) < 0)
		return err_wrap(e, "pool list");
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	if (!add_all(&rows, &pools, call->name) && call->name) {
		err_set(e, ERR_NOT_FOUND, "resource does not exist: IPPool(%.64s)", call->name);
		return err_wrap((meant_pool(&store, call->name, e), e), "pool list");
	}
	rows_print(&rows, &call->out);
	return 0;
}

const struct command pool_list_command = {
	.noun = "pool",
	.verb = "list",
	.name_argument = "NAME",
	.name_optional = true,
	.summary = "List the pools, or one",
	.help =
	"Pools of both families in the order in which they are used.  JSON: a list of the\n"
	"IPPool resources as they are stored.  One that cannot be read is \"unreadable\" in the\n"
	"table, and its key and what is wrong with it are on standard error.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool list\n"
	"  calico-ipamctl pool list cluster-v4 --output wide\n"
	"  calico-ipamctl pool list --output json\n",
	.run = pool_list_run,
};
