/* SPDX-License-Identifier: Apache-2.0 */
#include "base/terminal/printable.h"
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/pool/delete.h"

static void print_text(const char *name, const struct pool_delete_answer *answer, bool dry,
		       struct buf *out)
{
	const char *deleted = dry ? "would be deleted" : "deleted";
	bool one = answer->allocated == 1;
	char cidr[CIDR_TEXT];

	if (answer->unreadable) {
		printable_printf(out, "pool %s %s, which could not be read; its blocks, if "
				 "there are any, stay: see calico-ipamctl check\n", name, deleted);
		return;
	}
	cidr_print(answer->cidr, cidr);
	printable_printf(out, "pool %s %s; empty blocks %s: %u\n", name, deleted,
			 deleted, answer->deleted_blocks);
	if (answer->allocated)
		buf_printf(out, "%u address%s of %s remain%s allocated until released\n",
			   answer->allocated, one ? "" : "es", cidr, one ? "s" : "");
}

static void print_json(const char *name, const struct pool_delete_answer *answer, bool dry,
		       struct buf *out)
{
	fields_print_json(FIELDS(
		{ "deleted", cell_text(name) },
		{ "dryRun", cell_bool(dry) },
		{ "deletedBlocks", cell_number(answer->deleted_blocks) },
		{ "blocksLeftWithoutAffinity", cell_number(answer->disowned_blocks) },
		{ "allocated", cell_number(answer->allocated) },
		{ "unreadable", cell_bool(answer->unreadable) }), out);
}

static int delete(struct call *call, bool dry, void *arg, struct err *e)
{
	bool force = call_option(call, "force", 0);
	struct pool_delete_answer answer = { 0 };
	struct store *store = arg;

	store_go_on(store);
	if ((dry ? ipam_would_delete_pool : ipam_delete_pool)(store->ds, call->name, force,
							      clock_now_ns(), &answer, e) < 0)
		return meant_pool(store, call->name, e);
	if (call->json)
		print_json(call->name, &answer, dry, &call->out);
	else
		print_text(call->name, &answer, dry, &call->out);
	return CONFIRM_SOMETHING;
}

static int pool_delete_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };

	if (store_open(&store, call, OPEN_TO_CHANGE, e) < 0 ||
	    confirm_and_do(call, "Delete the pool?", delete, &store, e) < 0)
		return err_wrap(e, "pool delete %.64s", call->name);
	return 0;
}

const struct command pool_delete_command = {
	.noun = "pool",
	.verb = "delete",
	.name_argument = "NAME",
	.summary = "Delete a pool",
	.help =
	"The nodes' claims on its blocks are released and empty blocks deleted.  While\n"
	"addresses of the pool are in use the exit status is 4 and nothing is changed: disable\n"
	"the pool, and delete it when its containers are gone.  With --force these addresses\n"
	"stay assigned until then, in no pool; how many they are is printed.  A pool that\n"
	"cannot be read is deleted with --force, too; its blocks stay as they are.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl pool delete cluster-v4 --dry-run\n"
	"  calico-ipamctl pool delete cluster-v4 --yes\n"
	"  calico-ipamctl pool disable cluster-v4\n",
	.options = {
		{ .name = "force",
		  .help = "though addresses are in use, or the pool cannot be read" },
		CONFIRM_OPTIONS,
	},
	.run = pool_delete_run,
};
