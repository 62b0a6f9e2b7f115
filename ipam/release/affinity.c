/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/affinity.h"
#include "ipam/request/draft.h"

struct releasing {
	struct draft draft;
	const struct affinity_release *request;
	struct affinity_release_answer *answer;
	char affinity[KEY_TEXT], block[KEY_TEXT];
};

int affinity_release_wants(const struct affinity_release *request, struct wants *wants,
			   struct err *e)
{
	char affinity[KEY_TEXT], block[KEY_TEXT];

	if (key_of_affinity(request->owner, request->block, affinity, e) < 0)
		return -1;
	key_of_block(request->block, block);
	wants_add(wants, KEY_CONFIG, RANGE_KEY);
	wants_add(wants, block, RANGE_KEY);
	wants_add(wants, affinity, RANGE_KEY);
	return 0;
}

/* The block is missing or another's. */
static void release_alone(struct releasing *r)
{
	struct changes *changes = &r->draft.plan->changes;

	if (!view_get(r->draft.plan->view, r->affinity)) {
		r->answer->outcome = AFFINITY_NOTHING;
		return;
	}
	r->answer->outcome = AFFINITY_ALONE;
	changes_guard_key(changes, r->block);
	changes_delete(changes, r->affinity);
}

static int release_block(struct releasing *r, struct draft_block *b, struct err *e)
{
	bool empty = block_is_empty(&b->block);

	r->answer->held = b->block.size - b->block.n_unallocated;
	if (!empty && !r->request->force) {
		r->answer->outcome = AFFINITY_IN_USE;
		return 0;
	}
	r->answer->outcome = empty ? AFFINITY_BLOCK_DELETED : AFFINITY_BLOCK_DISOWNED;
	return draft_release_affinity(&r->draft, b, r->request->owner, e);
}

static int release(struct releasing *r, struct err *e)
{
	enum draft_found found;
	struct draft_block *b;

	if (ipam_config_read(view_get(r->draft.plan->view, KEY_CONFIG), &r->draft.config, e) < 0 ||
	    key_of_affinity(r->request->owner, r->request->block, r->affinity, e) < 0)
		return -1;
	key_of_block(r->request->block, r->block);
	if (draft_open_block(&r->draft, r->request->block, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_NEED)
		return err_set(e, ERR_INTERNAL, "the block has not been read");
	if (found == DRAFT_PRESENT && block_is_owned_by(&b->block, r->request->owner))
		return release_block(r, b, e);
	release_alone(r);
	return 0;
}

int affinity_release_plan(const struct view *view, const struct affinity_release *request,
			  struct changes *changes, struct affinity_release_answer *ret,
			  struct err *e)
{
	struct releasing r = { .request = request, .answer = ret };
	struct plan plan = { .view = view, .changes = *changes };
	int rc;

	*ret = (struct affinity_release_answer){ 0 };
	draft_init(&r.draft, &plan, request->now_ns);
	rc = release(&r, e);
	draft_done(&r.draft);
	*changes = plan.changes;
	wants_done(&plan.wants);
	return rc;
}
