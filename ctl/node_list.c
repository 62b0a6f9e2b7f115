/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/node/nodes.h"

static void print_labels(const struct labels *labels, struct buf *out)
{
	for (size_t i = 0; i < labels->n; i++)
		buf_printf(out, "%s%s=%s", i ? "," : "", labels->list[i].key,
			   labels->list[i].value);
}

static void add_row(struct rows *rows, const struct node_entry *entry)
{
	struct buf labels __cleanup(buf_done) = BUF(1 << 20);

	print_labels(&entry->node.labels, &labels);
	rows_add_stored(rows, entry->stored, cell_text(entry->node.name),
			cell_text(entry->node.created), cell_text(labels.data));
}

static int node_list_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "NAME" }, { .heading = "CREATED" }, { .heading = "LABELS" }
	};
	struct rows rows __cleanup(rows_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };
	struct node_list nodes __cleanup(node_list_done) = { 0 };

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    ipam_list_nodes(store.ds, &nodes, e) < 0)
		return err_wrap(e, "node list");
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < nodes.n; i++)
		add_row(&rows, &nodes.list[i]);
	rows_print(&rows, &call->out);
	return 0;
}

const struct command node_list_command = {
	.noun = "node",
	.verb = "list",
	.summary = "List the nodes",
	.help =
	"JSON: a list of the Node resources as they are stored.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl node list\n"
	"  calico-ipamctl node list --output json\n",
	.run = node_list_run,
};
