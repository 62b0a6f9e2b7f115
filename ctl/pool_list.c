/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/store.h"
#include "ctl/cli/table.h"
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"

#include <stdio.h>
#include <string.h>

struct list {
	struct table table;
	struct cJSON *resources;	/* owned */
	bool wide;
};

static void list_done(struct list *l)
{
	table_done(&l->table);
	json_free(l->resources);
}

/* The columns of a wide table are those of the other and two more. */
static void list_init(struct list *l, bool wide)
{
	static const char *const headings[] = { "NAME", "CIDR", ">BLOCKS", "STATE", "MODE", "NAT",
						"IPIP", "VXLAN", "USES", "SELECTOR", "NAMESPACES",
						"BGP" };

	l->wide = wide;
	l->resources = json_new_array();
	table_init(&l->table, headings, ARRAY_LEN(headings) - (wide ? 0 : 2));
}

static void add_row(struct list *l, const struct pool *p)
{
	struct table *t = &l->table;
	char cidr[CIDR_TEXT], text[64];

	cidr_print(p->cidr, cidr);
	pool_print_uses(p, text);
	table_add(t, p->name);
	table_add(t, cidr);
	table_addf(t, "/%u", p->block_len);
	table_paint(t, p->enabled ? COLOUR_GREEN : COLOUR_YELLOW);
	table_add(t, p->enabled ? "enabled" : p->disabled ? "disabled" : "unusable");
	table_add(t, p->manual ? "Manual" : "Automatic");
	table_add(t, p->nat_outgoing ? "yes" : "no");
	table_add(t, p->ipip_mode);
	table_add(t, p->vxlan_mode);
	table_add(t, text);
	table_add(t, *p->node_selector ? p->node_selector : "all()");
	if (!l->wide)
		return;
	table_add(t, *p->namespace_selector ? p->namespace_selector : "all()");
	table_add(t, p->disable_bgp_export ? "not exported" : "exported");
}

/* Others pass it over; here it is seen, with what is wrong and what mends it. */
static void add_unreadable(struct list *l, const char *name, const struct err *why)
{
	struct table *t = &l->table;

	fprintf(stderr, "calico-ipamctl: pool %s cannot be read: %s; mend it, or: calico-ipamctl "
		"pool delete %s --force\n", name, why->text, name);
	table_add(t, name);
	table_add(t, "");
	table_add(t, "");
	table_paint(t, COLOUR_RED);
	table_add(t, "unreadable");
	while (t->column)
		table_add(t, "");
}

static void add_all(struct list *l, const struct view *view)
{
	const struct record *record;
	struct pool p;

	for (size_t i = view_first(view, KEY_POOLS); (record = view_at(view, i, KEY_POOLS)); i++) {
		const char *name = record->key + strlen(KEY_POOLS);
		struct err why = { 0 };

		if (!record->value || strchr(name, '/'))
			continue;
		if (pool_read(record, &p, &why) < 0) {
			add_unreadable(l, name, &why);
			continue;
		}
		add_row(l, &p);
		json_append(l->resources, json_copy(p.resource));
		pool_done(&p);
	}
}

static int pool_list_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	struct list list __cleanup(list_done) = { 0 };

	list_init(&list, call->wide);
	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	if (store_open(&store, call, true, e) < 0 ||
	    datastore_read(store.ds, &view, &wants, e) < 0)
		return err_wrap(e, "pool list");
	add_all(&list, &view);
	if (call->json)
		json_text(list.resources, &call->out);
	else
		table_print(&list.table, &call->out);
	return 0;
}

const struct command pool_list_command = {
	.noun = "pool",
	.verb = "list",
	.summary = "List the pools",
	.help =
	"Pools of both families in the order in which they are used.  JSON: a list of the\n"
	"IPPool resources as they are stored.  One that cannot be read is \"unreadable\" in the\n"
	"table, and its key and what is wrong with it are on standard error.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool list\n"
	"  calico-ipamctl pool list --output json\n",
	.run = pool_list_run,
};
