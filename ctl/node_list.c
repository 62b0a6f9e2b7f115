/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"

#include <string.h>

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

/* Records that do not parse are passed over, as in every list (docs/DATA-MODEL.md 1). */
static void add_nodes(struct rows *rows, const struct view *view)
{
	const struct record *record;
	struct err skipped = { 0 };

	for (size_t i = view_first(view, KEY_NODES); (record = view_at(view, i, KEY_NODES)); i++) {
		struct cJSON *node __cleanup(json_freep) = NULL;

		if (!strchr(record->key + strlen(KEY_NODES), '/') &&
		    node_read(record, &node, &skipped) == 0)
			add_row(rows, node);
	}
}

static int node_list_run(struct call *call, struct err *e)
{
	static const struct column columns[] = {
		{ .heading = "NAME" }, { .heading = "CREATED" }, { .heading = "LABELS" }
	};
	struct rows rows __cleanup(rows_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	wants_add(&wants, KEY_NODES, RANGE_PREFIX);
	if (store_open(&store, call, true, e) < 0 || datastore_read(store.ds, &view, &wants, e) < 0)
		return err_wrap(e, "node list");
	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	add_nodes(&rows, &view);
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
