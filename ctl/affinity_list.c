/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/affinity/affinities.h"
#include "ipam/node/nodes.h"

struct affinities {
	struct affinity_list of;
	struct progress progress;
};

static void affinities_done(struct affinities *a)
{
	progress_end(&a->progress);
	affinity_list_done(&a->of);
}

static void see_block(uint64_t blocks, void *arg)
{
	struct affinities *a = arg;

	progress_tell(&a->progress, blocks, 0);
}

static int check_node(struct store *s, const char *node, struct err *e)
{
	bool there;

	if (ipam_has_node(s->ds, node, &there, e) < 0)
		return -1;
	return there ? 0 : meant_refuse_node(s, node, e);
}

static int read_all(struct call *call, struct affinities *a, struct err *e)
{
	const char *node = call_option(call, "node", 0);
	struct store store __cleanup(store_close) = { 0 };

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0)
		return -1;
	progress_begin(&a->progress, "blocks read");
	if (ipam_list_affinities(store.ds, node, see_block, a, &a->of, e) < 0)
		return -1;
	progress_end(&a->progress);
	return node && !a->of.n ? check_node(&store, node, e) : 0;
}

static const char *state_of(const struct affinity_entry *entry)
{
	static const char *const names[] = { "confirmed", "pending", "pendingDeletion" };

	return entry->unreadable ? "unreadable" : names[entry->state];
}

static void print(const struct affinity_list *l, struct call *call)
{
	static const struct column columns[] = {
		{ .heading = "BLOCK", .name = "block" },
		{ .heading = "OWNER", .name = "owner" },
		{ .heading = "STATE", .name = "state" },
		{ .name = "blockIs" },
		{ .heading = ">HELD", .name = "held" },
		{ .heading = "CLAIMED", .name = "claimed" },
		{ .heading = "REMARK" },
	};
	static const char *const whose[] = { "missing", "own", "another's" };
	static const char *const remarks[] = { "no such block", "", "the block is another's" };
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < l->n; i++) {
		const struct affinity_entry *row = &l->list[i];

		rows_add(&rows, cell_cidr(row->block), cell_text(row->owner),
			 cell_text(state_of(row)), cell_text(whose[row->whose]),
			 cell_number(row->held), cell_text(row->claimed),
			 cell_painted(COLOUR_YELLOW, cell_text(remarks[row->whose])));
	}
	rows_print(&rows, &call->out);
}

static int affinity_list_run(struct call *call, struct err *e)
{
	struct affinities affinities __cleanup(affinities_done) = { 0 };

	if (read_all(call, &affinities, e) < 0)
		return err_wrap(e, "affinity list");
	print(&affinities.of, call);
	return 0;
}

const struct command affinity_list_command = {
	.noun = "affinity",
	.verb = "list",
	.summary = "List which block belongs to which node",
	.help =
	"HELD counts the block's addresses that are assigned or cool down, by whatever node.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl affinity list\n"
	"  calico-ipamctl affinity list --node node-1 -o json\n",
	.options = {
		{ .name = "node", .argument = "NODE", .help = "only those of this node" },
	},
	.run = affinity_list_run,
};
