/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/affinity/affinities.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

struct releasing {
	struct draft draft;
	const struct affinity_release_request *request;
	struct affinity_release_answer answer;
	char affinity[KEY_TEXT], block[KEY_TEXT];
};

static void releasing_done(struct releasing *r)
{
	draft_done(&r->draft);
}

/* The block is missing or another's. */
static void release_alone(struct releasing *r)
{
	struct changes *changes = &r->draft.plan->changes;

	if (!view_look_at(r->draft.plan->view, r->affinity)) {
		r->answer.outcome = AFFINITY_NOTHING;
		return;
	}
	r->answer.outcome = AFFINITY_ALONE;
	changes_guard_key(changes, r->block);
	changes_delete(changes, r->affinity);
}

static int release_block(struct releasing *r, struct draft_block *b, struct err *e)
{
	bool empty = block_is_empty(&b->block);

	r->answer.held = block_held(&b->block);
	if (!empty && !r->request->force) {
		r->answer.outcome = AFFINITY_IN_USE;
		return 0;
	}
	r->answer.outcome = empty ? AFFINITY_BLOCK_DELETED : AFFINITY_BLOCK_DISOWNED;
	return draft_release_affinity(&r->draft, b, r->request->owner, e);
}

static int release(struct releasing *r, struct err *e)
{
	const struct record *config = view_look_at(r->draft.plan->view, KEY_CONFIG);
	enum draft_found found;
	struct draft_block *b;

	if (ipam_config_read(config, &r->draft.config, e) < 0 ||
	    draft_open_block(&r->draft, r->request->block, &found, &b, e) < 0)
		return -1;
	if (found == DRAFT_PRESENT && block_is_owned_by(&b->block, r->request->owner))
		return release_block(r, b, e);
	release_alone(r);
	return 0;
}

int plan_affinity_release(struct plan *p, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret_answer, struct err *e)
{
	struct releasing r __cleanup(releasing_done) = { .request = request };

	draft_init(&r.draft, p, request->now_ns);
	if (key_of_affinity(request->owner, request->block, r.affinity, e) < 0)
		return -1;
	key_of_block(request->block, r.block);
	plan_knows(p, KEY_CONFIG);
	plan_knows(p, r.block);
	plan_knows(p, r.affinity);
	if (plan_needs(p))
		return 0;
	if (release(&r, e) < 0)
		return -1;
	plan_conclude(p);
	/* Nothing is left to do after a lost answer: what was planned has happened. */
	if (!plan_may_stand(p) || r.answer.outcome != AFFINITY_NOTHING)
		*ret_answer = r.answer;
	return 0;
}

int ipam_release_affinity(struct datastore *ds, const struct affinity_release_request *request,
			  struct affinity_release_answer *ret_answer, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct affinity_release_answer answer = {0};

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_affinity_release(&loop.plan, request, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_answer = answer;
	return 0;
}
