/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/pool_uses.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/cli/uid.h"
#include "ctl/openstack/overlapping.h"
#include "ipam/pool/pools.h"

#include <stdio.h>
#include <string.h>

struct creation {
	struct pool_create_request request;
	char uses[POOL_USES_TEXT];	/* what its allowed_uses point into */
};

static int read_block_size(struct call *call, unsigned *ret, struct err *e)
{
	const char *text = call_option(call, "block-size", 0);
	unsigned n = 0;

	if (!text)
		return 0;
	if (!*text || strlen(text) > 3 || strspn(text, "0123456789") != strlen(text) ||
	    sscanf(text, "%u", &n) != 1 || !n)
		return call_wrong_use(call, e, "--block-size \"%.20s\" must be a prefix length: 20 "
				      "to 32 for IPv4, 116 to 128 for IPv6", text);
	*ret = n;
	return 0;
}

static int read_call(struct call *call, struct creation *c, struct err *e)
{
	struct pool_create_request *r = &c->request;

	r->spec = (struct pool_spec){
		.name = call->name,
		.cidr = call_option(call, "cidr", 0),
		.node_selector = call_option(call, "node-selector", 0),
		.namespace_selector = call_option(call, "namespace-selector", 0),
		.ipip_mode = call_option(call, "ipip-mode", 0),
		.vxlan_mode = call_option(call, "vxlan-mode", 0),
		.assignment_mode = call_option(call, "assignment-mode", 0),
		.nat_outgoing = call_option(call, "nat-outgoing", 0) != NULL,
		.disabled = call_option(call, "disabled", 0) != NULL,
		.disable_bgp_export = call_option(call, "disable-bgp-export", 0) != NULL,
	};
	uid_new(r->uid);
	r->now_ns = clock_now_ns();
	if (read_block_size(call, &r->spec.block_len, e) < 0)
		return -1;
	return pool_uses_read(call, c->uses, r->spec.allowed_uses, &r->spec.n_allowed_uses, e);
}

static int pool_create_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct creation c = { 0 };

	if (read_call(call, &c, e) < 0)
		return -1;
	if (pool_check_name(call->name, e) < 0 || store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    ipam_create_pool(store.ds, &c.request, e) < 0)
		return err_wrap(e, "pool create %.64s", call->name);
	answer_print(call, FIELDS({ "created", cell_text(call->name) },
				  { "uid", cell_text(c.request.uid) }),
		     "pool %s created\n", call->name);
	overlapping_tell(store.ds, &(struct pool_names){ &call->name, 1 });
	return 0;
}

const struct command pool_create_command = {
	.noun = "pool",
	.verb = "create",
	.name_argument = "NAME",
	.summary = "Create a pool of addresses",
	.help =
	"NAME is lower-case letters, digits, '-' and '.'.  A pool is cut into blocks, which\n"
	"nodes claim as they need them; size and CIDR cannot be changed later.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool create cluster-v4 --cidr 10.86.0.0/16\n"
	"  calico-ipamctl pool create cluster-v6 --cidr fd86::/64 --block-size 122\n"
	"  calico-ipamctl pool create rack-1 --cidr 10.87.0.0/20 --node-selector 'rack == \"1\"'\n"
	"  calico-ipamctl pool create by-hand --cidr 10.88.0.0/24 --assignment-mode Manual\n",
	.options = {
		{ .name = "cidr", .argument = "CIDR", .required = true,
		  .help = "the addresses, such as 10.86.0.0/16 or fd86::/64" },
		{ .name = "block-size", .argument = "LENGTH",
		  .help = "prefix length of a block: 20-32 (26) or 116-128 (122)" },
		{ .name = "node-selector", .argument = "SELECTOR",
		  .help = "nodes that may use the pool (all())" },
		{ .name = "namespace-selector", .argument = "SELECTOR",
		  .help = "namespaces that may use it; with --allowed-uses Workload" },
		{ .name = "allowed-uses", .argument = "LIST",
		  .help = "of Workload, Tunnel, LoadBalancer (Workload,Tunnel)" },
		{ .name = "assignment-mode", .argument = "MODE",
		  .help = "Automatic, or Manual: only when asked for" },
		{ .name = "ipip-mode", .argument = "MODE",
		  .help = "Never, Always or CrossSubnet (Never)" },
		{ .name = "vxlan-mode", .argument = "MODE",
		  .help = "Never, Always or CrossSubnet (Never)" },
		{ .name = "nat-outgoing", .help = "masquerade traffic that leaves the pools" },
		{ .name = "disable-bgp-export", .help = "keep BGP from announcing the pool" },
		{ .name = "disabled", .help = "assign nothing from it yet" },
	},
	.run = pool_create_run,
};
