#include "ctl/command.h"
#include "ctl/store.h"
#include "ctl/table.h"
#include "ipam/keys.h"
#include "ipam/pool.h"

/* The columns of a wide table are those of the other and two more. */
static void print_table(const struct pools *pools, bool wide, struct buf *out)
{
	static const char *const headings[] = { "NAME", "CIDR", ">BLOCKS", "STATE", "MODE", "NAT",
						"IPIP", "VXLAN", "USES", "SELECTOR", "NAMESPACES",
						"BGP" };
	struct table t __cleanup(table_done);
	char text[64];

	table_init(&t, headings, ARRAY_LEN(headings) - (wide ? 0 : 2));
	for (size_t i = 0; i < pools->n; i++) {
		const struct pool *p = &pools->list[i];
		char cidr[CIDR_TEXT];

		cidr_print(p->cidr, cidr);
		pool_print_uses(p, text);
		table_add(&t, p->name);
		table_add(&t, cidr);
		table_addf(&t, "/%u", p->block_len);
		table_paint(&t, p->enabled ? COLOUR_GREEN : COLOUR_YELLOW);
		table_add(&t, p->enabled ? "enabled" : p->disabled ? "disabled" : "unusable");
		table_add(&t, p->manual ? "Manual" : "Automatic");
		table_add(&t, p->nat_outgoing ? "yes" : "no");
		table_add(&t, p->ipip_mode);
		table_add(&t, p->vxlan_mode);
		table_add(&t, text);
		table_add(&t, *p->node_selector ? p->node_selector : "all()");
		if (!wide)
			continue;
		table_add(&t, *p->namespace_selector ? p->namespace_selector : "all()");
		table_add(&t, p->disable_bgp_export ? "not exported" : "exported");
	}
	table_print(&t, out);
}

static void print_json(const struct pools *pools, struct buf *out)
{
	struct cJSON *list __cleanup(json_freep) = json_new_array();

	for (size_t i = 0; i < pools->n; i++)
		json_append(list, json_copy(pools->list[i].resource));
	json_text(list, out);
}

static int run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct pools pools __cleanup(pools_done) = { 0 };
	struct wants wants __cleanup(wants_done);
	struct view view __cleanup(view_done);

	wants_init(&wants);
	view_init(&view);
	wants_add(&wants, KEY_POOLS, RANGE_PREFIX);
	if (store_open(&store, call, true, e) < 0 ||
	    datastore_read(store.ds, &view, &wants, e) < 0 ||
	    pools_read(&view, &pools, e) < 0)
		return err_wrap(e, "pool list");
	if (call->json)
		print_json(&pools, &call->out);
	else
		print_table(&pools, call->wide, &call->out);
	return 0;
}

const struct command pool_list_command = {
	.noun = "pool",
	.verb = "list",
	.summary = "List the pools",
	.help =
	"Pools of both families in the order in which they are used.  JSON: a list of the\n"
	"IPPool resources as they are stored.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool list\n"
	"  calico-ipamctl pool list --output json\n",
	.run = run,
};
