/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/labels.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/node/nodes.h"

static int read_words(struct call *call, struct label_words *labels, struct err *e)
{
	for (unsigned i = 0; i < call->n_words; i++)
		if (label_change(call, labels, call->words[i], e) < 0)
			return -1;
	return 0;
}

static int node_label_run(struct call *call, struct err *e)
{
	struct label_words labels = { .n = 0 };
	struct node_label_request r = { .name = call->name,
					.strict = call_option(call, "strict", 0) };
	struct store store __cleanup(store_close) = { 0 };
	struct node_label_answer answer;

	if (read_words(call, &labels, e) < 0)
		return -1;
	r.labels = (struct labels){ .list = labels.list, .n = labels.n };
	if (node_check_name(call->name, e) < 0)
		return err_wrap(e, "node label");
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    (ipam_label_node(store.ds, &r, &answer, e) < 0 &&
	     meant_node(&store, call->name, e) < 0))
		return err_wrap(e, "node label %.64s", call->name);
	answer_print(call, FIELDS({ "node", cell_text(call->name) },
				  { "changed", cell_bool(answer.changed) }),
		     answer.changed ? "node %s labelled\n" : "node %s was labelled so already\n",
		     call->name);
	return 0;
}

const struct command node_label_command = {
	.noun = "node",
	.verb = "label",
	.name_argument = "NAME",
	.words_argument = "LABEL=VALUE|LABEL-",
	.summary = "Set and remove a node's labels",
	.help =
	"LABEL=VALUE sets, LABEL- removes.  Pools choose nodes by their labels; blocks that a\n"
	"node has already of a pool that no longer chooses it are given back as they become\n"
	"empty.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl node label node-1 rack=1 zone=eu-west\n"
	"  calico-ipamctl node label node-1 spare-\n",
	.options = {
		{ .name = "strict",
		  .help = "overwrite no label, and remove none that is not there" },
	},
	.run = node_label_run,
};
