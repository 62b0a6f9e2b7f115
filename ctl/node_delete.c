/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/node/nodes.h"

static void print(struct call *call, size_t blocks, bool dry)
{
	bool one = blocks == 1;

	answer_print(call, FIELDS({ "deleted", cell_text(call->name) },
				  { "dryRun", cell_bool(dry) },
				  { "blocksLeft", cell_number(blocks) }),
		     "node %s %s\n", call->name, dry ? "would be deleted" : "deleted");
	if (blocks && !call->json)
		buf_printf(&call->out, "%zu block%s still belong%s to it\n", blocks,
			   one ? "" : "s", one ? "s" : "");
}

static int delete(struct call *call, bool dry, void *arg, struct err *e)
{
	struct node_delete_request r = { .name = call->name, .dry_run = dry,
					 .force = call_option(call, "force", 0) };
	struct node_delete_answer answer;
	struct store *store = arg;

	store_go_on(store);
	if (ipam_delete_node(store->ds, &r, &answer, e) < 0)
		return meant_node(store, call->name, e);
	print(call, answer.blocks, dry);
	return CONFIRM_SOMETHING;
}

static int node_delete_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };

	if (node_check_name(call->name, e) < 0)
		return err_wrap(e, "node delete");
	if (store_open(&store, call, OPEN_TO_CHANGE, e) < 0 ||
	    confirm_and_do(call, "Delete the node?", delete, &store, e) < 0)
		return err_wrap(e, "node delete %.64s", call->name);
	return 0;
}

const struct command node_delete_command = {
	.noun = "node",
	.verb = "delete",
	.name_argument = "NAME",
	.summary = "Forget a node, which then assigns no addresses by itself",
	.help =
	"A node that still has blocks is refused: give back those that are empty (affinity\n"
	"release --node).  Where it is gone for good, delete it with --force, and then release\n"
	"what it held, addresses and blocks (release --node).\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl node delete node-2 --yes\n"
	"  calico-ipamctl node delete node-2 --force\n",
	.options = {
		{ .name = "force", .help = "though it has blocks, which stay its own" },
		CONFIRM_OPTIONS,
	},
	.run = node_delete_run,
};
