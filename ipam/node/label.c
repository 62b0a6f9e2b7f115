/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/keys.h"
#include "ipam/record/node.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

static void change_labels(struct cJSON *metadata, const struct cJSON *changes)
{
	struct cJSON *labels = json_field(metadata, "labels");

	if (json_type(labels) != JSON_OBJECT) {
		json_set(metadata, "labels", json_new_object());
		labels = json_field(metadata, "labels");
	}
	for (const struct cJSON *i = json_first(changes); i; i = json_next(i)) {
		if (json_string(i))
			json_set_entry(labels, json_name(i), json_new_string(json_string(i)));
		else
			json_remove_entry(labels, json_name(i));
	}
	if (!json_count(labels))
		json_remove(metadata, "labels");
}

static int rewrite(struct plan *p, const struct record *record,
		   const struct node_label_request *request, struct node_label_answer *ret,
		   struct err *e)
{
	struct cJSON *node __cleanup(json_freep) = NULL;
	struct cJSON *before __cleanup(json_freep) = NULL;
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (node_read(record, &node, e) < 0)
		return -1;
	before = json_copy(node);
	if (json_type(json_field(node, "metadata")) != JSON_OBJECT)
		return err_set(e, ERR_CORRUPT, "record %s has no metadata", record->key);
	change_labels(json_field(node, "metadata"), request->labels);
	json_print(node, &text);
	if (text.failed || json_lost())
		return err_set(e, ERR_INTERNAL, "out of memory while building a record");
	ret->changed = !json_equal(node, before);
	if (ret->changed)
		changes_put(&p->changes, record->key, text.data, text.len);
	/* What an earlier plan has changed, before its answer was lost. */
	ret->changed |= p->uncertain;
	return 0;
}

int plan_node_label(struct plan *p, const struct node_label_request *request,
		    struct node_label_answer *ret, struct err *e)
{
	const struct record *record;
	char key[KEY_TEXT];

	if (key_of_node(request->name, key, e) < 0)
		return -1;
	if (plan_knows(p, key)) {
		record = view_look_at(p->view, key);
		if (!record)
			return err_set(e, ERR_NOT_FOUND, "node \"%s\" does not exist; node create "
				       "makes it known", request->name);
		if (rewrite(p, record, request, ret, e) < 0)
			return -1;
	}
	plan_conclude(p);
	return 0;
}

int ipam_label_node(struct datastore *ds, const struct node_label_request *request,
		    struct node_label_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct node_label_answer answer = { 0 };

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_node_label(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
