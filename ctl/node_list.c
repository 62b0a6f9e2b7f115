/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/node/nodes.h"
#include "ipam/record/resource.h"

static void print_labels(const struct cJSON *labels, struct buf *out)
{
	for (const struct cJSON *i = json_first(labels); i; i = json_next(i))
		buf_printf(out, "%s%s=%s", out->len ? "," : "", json_name(i),
			   json_string(i) ? json_string(i) : "");
}

static void add_row(struct rows *rows, const struct cJSON *node)
{
	const struct cJSON *metadata = json_field(node, "metadata");
	struct buf labels __cleanup(buf_done) = BUF(1 << 20);

	print_labels(resource_labels(node), &labels);
	rows_add_resource(rows, node, cell_text(resource_name(node)),
			  cell_text(json_field_text(metadata, "creationTimestamp")),
			  cell_text(labels.data));
}

static int node_list_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "NAME" }, { .heading = "CREATED" }, { .heading = "LABELS" }
	};
	struct rows rows __cleanup(rows_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };
	struct cJSON *nodes __cleanup(json_freep) = NULL;

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    ipam_list_nodes(store.ds, &nodes, e) < 0)
		return err_wrap(e, "node list");
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (const struct cJSON *i = json_first(nodes); i; i = json_next(i))
		add_row(&rows, i);
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
