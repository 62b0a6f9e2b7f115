/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"

#include "base/json.h"
#include "ctl/cli/labels.h"
#include "ctl/cli/node_name.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"

#include <uuid/uuid.h>

struct creation {
	const char *name;
	const char *key;
	struct cJSON *labels;
	char uid[UUID_TEXT];
	int64_t now_ns;
};

static int read_labels(struct call *call, struct cJSON *labels, struct err *e)
{
	const char *text;

	for (unsigned i = 0; (text = call_option(call, "label", i)); i++)
		if (label_set(call, labels, "--label ", text, e) < 0)
			return -1;
	return 0;
}

static int build(const struct view *view, const void *arg, struct buf *out, struct err *e)
{
	const struct creation *c = arg;

	if (view_peek(view, c->key))
		return err_set(e, ERR_EXISTS, "node \"%s\" exists already", c->name);
	return node_new(c->name, c->labels, c->uid, c->now_ns, out, e);
}

/* Without a name: this host, as the plugin calls it with the same configuration. */
static int name_it(const struct call *call, char ret[NODE_NAME_TEXT], struct err *e)
{
	struct cJSON *conf __cleanup(json_freep) = NULL;
	const struct cJSON *plugin = NULL;

	if (call->config && store_read_config(call->config, &conf, &plugin, e) < 0)
		return -1;
	node_name(plugin, ret);
	return 0;
}

static int node_create_run(struct call *call, struct err *e)
{
	struct cJSON *labels __cleanup(json_freep) = json_new_object();
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};
	char key[KEY_TEXT], here[NODE_NAME_TEXT];
	struct creation c = { .name = call->name ? call->name : here, .key = key, .labels = labels,
			      .now_ns = clock_now_ns() };
	uuid_t uuid;

	if (read_labels(call, labels, e) < 0 || (!call->name && name_it(call, here, e) < 0))
		return -1;
	uuid_generate_random(uuid);
	uuid_unparse_lower(uuid, c.uid);
	if (resource_check_name("node", c.name, e) < 0 || key_of_node(c.name, key, e) < 0 ||
	    store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    store_create(&store, key, &wants, NULL, c.uid, build, &c, e) < 0)
		return err_wrap(e, "node create %.64s", c.name);
	answer_print(call, FIELDS({ "created", cell_text(c.name) }, { "uid", cell_text(c.uid) }),
		     "node %s created\n", c.name);
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
