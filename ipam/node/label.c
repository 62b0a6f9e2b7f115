/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#include <string.h>

static int check_label(const char *node, const struct label *change, const char *there,
		       struct err *e)
{
	if (!change->value && !there)
		return err_set(e, ERR_NOT_FOUND, "cannot remove label of node %s, key %s does not "
			       "exist", node, change->key);
	if (change->value && there && strcmp(change->value, there) != 0)
		return err_set(e, ERR_EXISTS, "failed to update label of node %s, key %s is "
			       "already present. please use '--overwrite' to set a new value.",
			       node, change->key);
	return 0;
}

/* Not after a plan of ours that may stand: it would find its own. */
static int check_strictly(const struct plan *p, const struct record *record,
			  const struct node_label_request *request, struct err *e)
{
	struct node node __cleanup(node_done) = { 0 };

	if (!request->strict || p->uncertain)
		return 0;
	if (node_read(record, &node, e) < 0)
		return -1;
	for (size_t i = 0; i < request->labels.n; i++) {
		const struct label *change = &request->labels.list[i];

		if (check_label(request->name, change, labels_value(&node.labels, change->key),
				e) < 0)
			return -1;
	}
	return 0;
}

static int rewrite(struct plan *p, const struct record *record,
		   const struct node_label_request *request, struct node_label_answer *ret,
		   struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (node_relabel(record, &request->labels, &text, &ret->changed, e) < 0)
		return -1;
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
			return err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%s); node "
				       "create makes it known", request->name);
		if (check_strictly(p, record, request, e) < 0 ||
		    rewrite(p, record, request, ret, e) < 0)
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
