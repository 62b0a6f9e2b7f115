/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/vm/vm.h"

#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

struct leave {
	struct draft draft;
	const struct vm_leave_request *request;
	char handle_id[IPAM_HANDLE_MAX + 1];
	struct handle handle; /* owned */
	struct vm_leave_answer answer;
};

static void leave_done(struct leave *l)
{
	draft_done(&l->draft);
	handle_done(&l->handle);
}

/* The pod may be one of two owners, and Calico's agent may have swapped them. */
static int leave_ordinal(struct leave *l, struct draft_block *b, unsigned ordinal, struct err *e)
{
	const struct ipam_owner *o = l->request->owner;
	const struct attribute *a = block_attribute(&b->block, ordinal);

	for (enum attribute_owner which = ATTRIBUTE_ACTIVE; which <= ATTRIBUTE_ALTERNATE; which++) {
		if (!attribute_owner_is_pod(a, which, o->namespace_name, o->pod))
			continue;
		if (block_set_owner(&b->block, ordinal, which, NULL, e) < 0)
			return -1;
		l->answer.left++;
		b->changed = true;
		return 0;
	}
	return 0;
}

static int leave_block(struct leave *l, struct cidr cidr, struct err *e)
{
	struct draft_block *b;
	enum draft_found found;

	if (draft_open_block(&l->draft, cidr, &found, &b, e) < 0)
		return -1;
	if (found != DRAFT_PRESENT)
		return 0;
	for (unsigned i = 0; i < b->block.size; i++) {
		const struct attribute *a = block_attribute(&b->block, i);

		if (a && !attribute_is_released(a) && attribute_has_handle(a, l->handle_id) &&
		    leave_ordinal(l, b, i, e) < 0)
			return -1;
	}
	if (b->changed)
		block_collect(&b->block, l->draft.config.cooldown_s, l->draft.now_ns);
	return 0;
}

static int leave_all(struct leave *l, struct err *e)
{
	struct plan *p = l->draft.plan;
	char key[KEY_TEXT];

	if (owner_handle(l->request->owner, l->handle_id, e) < 0 ||
	    key_of_handle(l->handle_id, key, e) < 0)
		return -1;
	draft_know(&l->draft, KEY_CONFIG);
	draft_know(&l->draft, key);
	if (draft_needs(&l->draft))
		return 0;
	if (draft_read_config_if_sound(&l->draft, e) < 0 ||
	    handle_read(view_look_at(p->view, key), &l->handle, e) < 0)
		return -1;
	for (size_t i = 0; i < l->handle.n; i++)
		if (l->handle.list[i].names_block && !l->handle.list[i].gone &&
		    leave_block(l, l->handle.list[i].block, e) < 0)
			return -1;
	return draft_needs(&l->draft) ? 0 : draft_write_blocks(&l->draft, e);
}

int plan_vm_leave(struct plan *p, const struct vm_leave_request *request,
		  struct vm_leave_answer *ret_answer, struct err *e)
{
	struct leave l __cleanup(leave_done) = { .request = request };

	draft_init(&l.draft, p, request->now_ns);
	if (leave_all(&l, e) < 0)
		return -1;
	*ret_answer = l.answer;
	plan_conclude(p);
	return 0;
}

int ipam_vm_leave(struct datastore *ds, const struct vm_leave_request *request,
		  struct vm_leave_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct vm_leave_answer answer = {0};

	loop_init(&loop, ds);
	loop_recall(&loop, request->owner, NULL);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_vm_leave(&loop.plan, request, &answer, &loop.error));
	if (loop_result_in_store(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
