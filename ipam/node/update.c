/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

static int rewrite(struct plan *p, const struct record *record,
		   const struct node_update_request *request, struct node_update_answer *ret,
		   struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	bool changed = false;

	if (node_update(record, &request->spec, &text, &changed, e) < 0 ||
	    ((changed || !p->uncertain) &&
	     resource_check_revision(&request->terms, record, "Node", request->spec.name, e) < 0) ||
	    resource_show(&request->terms, record, &text, e) < 0)
		return -1;
	if (changed)
		changes_put(&p->changes, record->key, text.data, text.len);
	/* Or an earlier plan has changed it, before its answer was lost. */
	ret->changed = changed || p->uncertain;
	return 0;
}

int plan_node_update(struct plan *p, const struct node_update_request *request,
		     struct node_update_answer *ret, struct err *e)
{
	const struct record *record;
	char key[KEY_TEXT];

	if (key_of_node(request->spec.name, key, e) < 0)
		return -1;
	if (plan_knows(p, key)) {
		record = view_look_at(p->view, key);
		if (!record)
			return err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%s)",
				       request->spec.name);
		if (rewrite(p, record, request, ret, e) < 0)
			return -1;
	}
	plan_conclude(p);
	return 0;
}

int ipam_update_node(struct datastore *ds, const struct node_update_request *request,
		     struct node_update_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct node_update_answer answer = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_node_update(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
