/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/handle.h"

#include "ipam/record/keys.h"
#include "ipam/request/loop.h"

int plan_handle_delete(struct plan *p, const struct handle_delete_request *request,
		       struct handle_delete_answer *ret, struct err *e)
{
	const struct record *record;
	char key[KEY_TEXT];

	if (key_of_handle(request->id, key, e) < 0)
		return -1;
	if (plan_knows(p, key)) {
		record = view_look_at(p->view, key);
		if (record && record->revision == request->revision)
			changes_delete(&p->changes, key);
		/* Absent after a lost answer: an earlier plan has deleted it. */
		ret->deleted = p->changes.n || (!record && p->uncertain);
	}
	plan_conclude(p);
	return 0;
}

int ipam_delete_handle(struct datastore *ds, const struct handle_delete_request *request,
		       struct handle_delete_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };
	struct handle_delete_answer answer = { 0 };

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_handle_delete(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
