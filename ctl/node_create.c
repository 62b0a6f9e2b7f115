/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"

#include "base/json.h"
#include "ctl/cli/labels.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ctl/cli/uid.h"
#include "ipam/node/nodes.h"

static int read_labels(struct call *call, struct label_words *labels, struct err *e)
{
	const char *text;

	for (unsigned i = 0; (text = call_option(call, "label", i)); i++)
		if (label_set(call, labels, "--label ", text, e) < 0)
			return -1;
	return 0;
}

/* Without a name: this host, as the plugin calls it with the same configuration. */
static int name_it(const struct call *call, char ret[NODE_NAME_TEXT], struct err *e)
{
	struct found found __cleanup(found_done) = { 0 };

	if (found_init(&found, call->config, e) < 0)
		return -1;
	node_name(found.plugin, ret);
	return 0;
}

static int node_create_run(struct call *call, struct err *e)
{
	struct label_words labels = { .n = 0 };
	struct store store __cleanup(store_close) = { 0 };
	char here[NODE_NAME_TEXT];
	struct labels wanted = { .list = labels.list };
	struct node_create_request r = { .spec = { .name = call->name ? call->name : here,
						   .labels = &wanted },
					 .now_ns = clock_now_ns() };

	if (read_labels(call, &labels, e) < 0 || (!call->name && name_it(call, here, e) < 0))
		return -1;
	wanted.n = labels.n;
	uid_new(r.uid);
	if (resource_check_name("node", r.spec.name, e) < 0 ||
	    store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    ipam_create_node(store.ds, &r, e) < 0)
		return err_wrap(e, "node create %.64s", r.spec.name);
	answer_print(call, FIELDS({ "created", cell_text(r.spec.name) },
				  { "uid", cell_text(r.uid) }),
		     "node %s created\n", r.spec.name);
	return 0;
}

const struct command node_create_command = {
	.noun = "node",
	.verb = "create",
	.name_argument = "NAME",
	.name_optional = true,
	.summary = "Make a node known, so that it may assign addresses",
	.help =
	"NAME is the name that the plugin on that node goes by.  Without one it is this\n"
	"host's: in the file of --config `nodename`, else the content of `nodename_file`\n"
	"(/var/lib/calico/nodename), else `hostname`, else the host name in lower case.  With\n"
	"the local store the node is implied, and need only be created to give it labels.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl --config /etc/cni/net.d/10-net.conflist node create\n"
	"  calico-ipamctl node create node-2 --label rack=1 --label zone=eu-west\n",
	.options = {
		{ .name = "label", .argument = "NAME=VALUE", .repeated = true,
		  .help = "for the pools' node selectors; may be repeated" },
	},
	.run = node_create_run,
};
