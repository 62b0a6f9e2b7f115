/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/labels.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"

#include <string.h>

struct labelling {
	struct call *call;
	char key[KEY_TEXT];
	bool changed;
};

static int change_labels(struct call *call, struct cJSON *metadata, struct err *e)
{
	struct cJSON *labels = json_field(metadata, "labels");

	if (json_type(labels) != JSON_OBJECT) {
		json_set(metadata, "labels", json_new_object());
		labels = json_field(metadata, "labels");
	}
	for (unsigned i = 0; i < call->n_words; i++)
		if (label_change(call, labels, call->words[i], e) < 0)
			return -1;
	if (!json_count(labels))
		json_remove(metadata, "labels");
	return 0;
}

static int plan(struct view *view, void *arg, struct changes *changes, struct err *e)
{
	struct labelling *l = arg;
	const struct record *record = view_peek(view, l->key);
	struct cJSON *node __cleanup(json_freep) = NULL;
	struct cJSON *before __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(STORE_RECORD_MAX);

	if (!record)
		return err_set(e, ERR_NOT_FOUND, "node \"%s\" does not exist; node create makes it "
			       "known", l->call->name);
	if (node_read(record, &node, e) < 0)
		return -1;
	before = json_copy(node);
	if (json_type(json_field(node, "metadata")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "record %s has no metadata", l->key);
	if (change_labels(l->call, json_field(node, "metadata"), e) < 0)
		return -1;
	if (json_equal(node, before))
		return 0;
	json_print(node, &text);
	if (text.failed || json_lost())
		return err_set(e, ERR_INTERNAL, "out of memory while building a record");
	l->changed = true;
	changes_put(changes, l->key, text.data, text.len);
	return 0;
}

static int check_words(struct call *call, struct err *e)
{
	struct cJSON *tried __cleanup(json_freep) = json_new_object();

	for (unsigned i = 0; i < call->n_words; i++)
		if (label_change(call, tried, call->words[i], e) < 0)
			return -1;
	return 0;
}

static int node_label_run(struct call *call, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	struct labelling l = { .call = call };
	struct wants wants __cleanup(wants_done) = {0};

	if (check_words(call, e) < 0)
		return -1;
	if (key_of_node(call->name, l.key, e) < 0)
		return err_wrap(e, "node label");
	wants_add(&wants, l.key, RANGE_KEY);
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    store_change(&store, &wants, plan, &l, e) < 0)
		return err_wrap(e, "node label %.64s", call->name);
	answer_print(call, FIELDS({ "node", cell_text(call->name) },
				  { "changed", cell_bool(l.changed) }),
		     l.changed ? "node %s labelled\n" : "node %s was labelled so already\n",
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
	.run = node_label_run,
};
