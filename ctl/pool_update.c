/* SPDX-License-Identifier: Apache-2.0 */
/* pool update, and its two short forms: pool enable, pool disable. */
#include "ctl/cli/command.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/pool_uses.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/openstack/overlapping.h"
#include "ipam/pool/pools.h"

#include <string.h>

struct updating {
	struct pool_update_request request;
	char uses[POOL_USES_TEXT];	/* what its allowed_uses point into */
};

static int read_switch(struct call *call, const char *name, enum pool_switch *ret, struct err *e)
{
	const char *text = call_option(call, name, 0);

	if (!text)
		return 0;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return call_wrong_use(call, e, "--%s \"%.20s\" must be true or false", name, text);
	*ret = *text == 't' ? POOL_SWITCH_ON : POOL_SWITCH_OFF;
	return 0;
}

static int read_call(struct call *call, struct updating *u, struct err *e)
{
	struct pool_change *c = &u->request.change;
	bool on = call_option(call, "enabled", 0), off = call_option(call, "disabled", 0);

	c->node_selector = call_option(call, "node-selector", 0);
	c->namespace_selector = call_option(call, "namespace-selector", 0);
	c->ipip_mode = call_option(call, "ipip-mode", 0);
	c->vxlan_mode = call_option(call, "vxlan-mode", 0);
	c->assignment_mode = call_option(call, "assignment-mode", 0);
	if (!call->n_options)
		return call_wrong_use(call, e, "what to change of the pool is not given");
	if (on && off)
		return call_wrong_use(call, e, "--enabled and --disabled exclude each other");
	if (on || off)
		c->disabled = on ? POOL_SWITCH_OFF : POOL_SWITCH_ON;
	if (read_switch(call, "nat-outgoing", &c->nat_outgoing, e) < 0 ||
	    read_switch(call, "disable-bgp-export", &c->disable_bgp_export, e) < 0)
		return -1;
	return pool_uses_read(call, u->uses, c->allowed_uses, &c->n_allowed_uses, e);
}

static int change(struct call *call, struct pool_update_request *r, const char *done,
		  struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct pool_update_answer answer;

	r->name = call->name;
	if (pool_check_name(call->name, e) < 0)
		return err_wrap(e, "pool %s", call->command->verb);
	if (store_open(&store, call, OPEN_TO_CHANGE, e) < 0 ||
	    (ipam_update_pool(store.ds, r, &answer, e) < 0 && meant_pool(&store, r->name, e) < 0))
		return err_wrap(e, "pool %s %.64s", call->command->verb, call->name);
	answer_print(call, FIELDS({ "pool", cell_text(call->name) },
				  { "changed", cell_bool(answer.changed) }),
		     answer.changed ? "pool %s %s\n" : "pool %s was %s already\n", call->name,
		     done);
	if (answer.changed && r->change.disabled != POOL_SWITCH_ON)
		overlapping_tell(store.ds, &(struct pool_names){ &call->name, 1 });
	return 0;
}

static int pool_update_run(struct call *call, struct err *e)
{
	struct updating u = { 0 };

	return read_call(call, &u, e) < 0 ? -1 : change(call, &u.request, "updated", e);
}

static int pool_enable_run(struct call *call, struct err *e)
{
	struct pool_update_request r = { .change.disabled = POOL_SWITCH_OFF };

	return change(call, &r, "enabled", e);
}

static int pool_disable_run(struct call *call, struct err *e)
{
	struct pool_update_request r = { .change.disabled = POOL_SWITCH_ON };

	return change(call, &r, "disabled", e);
}

const struct command pool_update_command = {
	.noun = "pool",
	.verb = "update",
	.name_argument = "NAME",
	.summary = "Change a pool's settings",
	.help =
	"What is not named stays as it is; so do CIDR and block size, which cannot be changed.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool update rack-1 --node-selector 'rack in {\"1\", \"2\"}'\n"
	"  calico-ipamctl pool update cluster-v4 --nat-outgoing true --vxlan-mode CrossSubnet\n"
	"  calico-ipamctl pool update by-hand --assignment-mode Automatic --enabled\n",
	.options = {
		{ .name = "node-selector", .argument = "SELECTOR",
		  .help = "nodes that may use the pool" },
		{ .name = "namespace-selector", .argument = "SELECTOR",
		  .help = "namespaces that may use it; \"\": all" },
		{ .name = "allowed-uses", .argument = "LIST",
		  .help = "of Workload, Tunnel, LoadBalancer" },
		{ .name = "assignment-mode", .argument = "MODE",
		  .help = "Automatic, or Manual: only when asked for" },
		{ .name = "ipip-mode", .argument = "MODE", .help = "Never, Always or CrossSubnet" },
		{ .name = "vxlan-mode", .argument = "MODE",
		  .help = "Never, Always or CrossSubnet" },
		{ .name = "nat-outgoing", .argument = "BOOL",
		  .help = "true: masquerade traffic that leaves the pools" },
		{ .name = "disable-bgp-export", .argument = "BOOL",
		  .help = "true: keep BGP from announcing the pool" },
		{ .name = "enabled", .help = "assign addresses from it" },
		{ .name = "disabled", .help = "assign nothing from it any more" },
	},
	.run = pool_update_run,
};

const struct command pool_enable_command = {
	.noun = "pool",
	.verb = "enable",
	.name_argument = "NAME",
	.summary = "Let addresses be assigned from a pool again",
	.help =
	"Examples:\n"
	"  calico-ipamctl pool enable cluster-v4\n",
	.run = pool_enable_run,
};

const struct command pool_disable_command = {
	.noun = "pool",
	.verb = "disable",
	.name_argument = "NAME",
	.summary = "Assign nothing from a pool any more",
	.help =
	"Addresses that are assigned stay assigned.  A pool can be disabled whatever else is\n"
	"wrong with it.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool disable cluster-v4\n",
	.run = pool_disable_run,
};
