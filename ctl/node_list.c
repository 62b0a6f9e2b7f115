/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/store.h"
#include "ctl/cli/table.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"

#include <string.h>

static void print_labels(const struct cJSON *labels, struct buf *out)
{
	for (const struct cJSON *i = json_first(labels); i; i = json_next(i))
		buf_printf(out, "%s%s=%s", out->len ? "," : "", json_name(i),
			   json_string(i) ? json_string(i) : "");
}

static void add_row(struct table *t, const struct cJSON *node)
{
	const char *created = json_string(json_field(json_field(node, "metadata"),
						     "creationTimestamp"));
	struct buf labels __cleanup(buf_done) = BUF(1 << 20);

	print_labels(resource_labels(node), &labels);
	table_add(t, resource_name(node));
	table_add(t, created ? created : "");
	table_add(t, labels.data);
}

static void print_table(const struct cJSON *nodes, struct buf *out)
{
	static const char *const headings[] = { "NAME", "CREATED", "LABELS" };
	struct table t __cleanup(table_done) = {0};

	table_init(&t, headings, ARRAY_LEN(headings));
	for (const struct cJSON *i = json_first(nodes); i; i = json_next(i))
		add_row(&t, i);
	table_print(&t, out);
}

/* Records that do not parse are passed over, as in every list (docs/DATA-MODEL.md 1). */
static void read_nodes(const struct view *view, struct cJSON *list)
{
	const struct record *record;
	struct err skipped = { 0 };
	struct cJSON *node;

	for (size_t i = view_first(view, KEY_NODES); (record = view_at(view, i, KEY_NODES)); i++)
		if (!strchr(record->key + strlen(KEY_NODES), '/') &&
		    node_read(record, &node, &skipped) == 0)
			json_append(list, node);
}

static int node_list_run(struct call *call, struct err *e)
{
	struct cJSON *nodes __cleanup(json_freep) = json_new_array();
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};

	wants_add(&wants, KEY_NODES, RANGE_PREFIX);
	if (store_open(&store, call, true, e) < 0 || datastore_read(store.ds, &view, &wants, e) < 0)
		return err_wrap(e, "node list");
	read_nodes(&view, nodes);
	if (call->json)
		json_text(nodes, &call->out);
	else
		print_table(nodes, &call->out);
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
