/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

int node_check_name(const char *name, struct err *e)
{
	char key[KEY_TEXT];

	return key_of_node(name, key, e);
}

int plan_node_create(struct plan *p, const struct node_create_request *request, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	const struct record *old;
	char key[KEY_TEXT];

	if (key_of_node(request->spec.name, key, e) < 0)
		return -1;
	if (!plan_knows(p, key)) {
		plan_conclude(p);
		return 0;
	}
	old = view_look_at(p->view, key);
	if (old && !resource_is_made_by(old, request->uid))
		return err_set(e, ERR_EXISTS, "resource already exists: Node(%s)",
			       request->spec.name);
	if (!old) {
		if (node_new(&request->spec, request->uid, request->now_ns, &text, e) < 0 ||
		    resource_show(&request->terms, NULL, &text, e) < 0)
			return -1;
		changes_put(&p->changes, key, text.data, text.len);
	}
	plan_conclude(p);
	return 0;
}

int ipam_create_node(struct datastore *ds, const struct node_create_request *request,
		     struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_node_create(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}
