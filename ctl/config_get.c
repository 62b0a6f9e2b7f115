/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/cluster/config.h"

/* All fields, those too that the record leaves out. */
static void print(const struct ipam_config *c, struct call *call)
{
	fields_print(call, FIELDS(
		{ "strict_affinity", cell_bool(c->strict_affinity) },
		{ "auto_allocate_blocks", cell_bool(c->auto_allocate_blocks) },
		{ "maxBlocksPerHost", cell_integer(c->max_blocks_per_host) },
		{ "kubeVirtVMAddressPersistence", cell_text(ipam_config_persistence(c)) },
		{ "ipCooldownSeconds", cell_integer(c->cooldown_s) }));
}

static int config_get_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct ipam_config config;

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    ipam_get_config(store.ds, &config, NULL, e) < 0)
		return err_wrap(e, "config get");
	print(&config, call);
	return 0;
}

const struct command config_get_command = {
	.noun = "config",
	.verb = "get",
	.summary = "Show the rules of address assignment",
	.help =
	"What is in force: without a stored configuration Calico's defaults.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl config get\n"
	"  calico-ipamctl config get --output json\n",
	.run = config_get_run,
};
