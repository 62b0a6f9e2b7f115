/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/loop.h"

#include "ipam/request/presume.h"

void step_done(struct step *s)
{
	wants_done(&s->wants);
	changes_done(&s->changes);
}

void loop_init(struct loop *r, struct datastore *ds, const struct verb *verb,
		 const void *request, void *ret_answer)
{
	*r = (struct loop){ .ds = ds, .verb = verb, .request = request, .answer = ret_answer };
	view_init(&r->view);
}

void loop_done(struct loop *r)
{
	view_done(&r->view);
}

static int plan(struct loop *r, struct step *step, struct err *e)
{
	struct plan context = { &r->view, datastore_traits(r->ds)->one_node, &r->scan,
				r->uncertain };

	return r->verb->plan(&context, r->request, step, r->answer, e);
}

/* Asks the store for all that the mirror had, and what else is wanted, in one request. */
static enum loop_turn leave_mirror(struct loop *r, const struct wants *more, struct err *e)
{
	struct wants all __cleanup(wants_done) = {0};

	for (size_t i = 0; i < r->view.n_ranges; i++)
		wants_add(&all, r->view.ranges[i].key, r->view.ranges[i].kind);
	for (size_t i = 0; i < more->n; i++) {
		if (more->list[i].keep)
			wants_add_filtered(&all, more->list[i].key, more->list[i].keep,
					   more->list[i].keep_arg);
		else
			wants_add(&all, more->list[i].key, more->list[i].kind);
	}
	view_reset(&r->view);
	return datastore_read(r->ds, &r->view, &all, e) < 0 ? LOOP_FAILED : LOOP_GOES_ON;
}

static enum loop_turn commit(struct loop *r, const struct step *step, struct err *e)
{
	enum commit_outcome outcome;

	if (datastore_commit(r->ds, &r->view, &step->changes, &outcome, e) == 0)
		return outcome == COMMIT_DONE ? LOOP_DONE : LOOP_GOES_ON;
	if (e->kind != ERR_UNKNOWN_OUTCOME)
		return LOOP_FAILED;
	/* It may have gone through: look again, the plan finds what it wrote. */
	view_reset(&r->view);
	r->uncertain = true;
	return LOOP_GOES_ON;
}

static enum loop_turn turn_from_mirror(struct loop *r, struct step *step, struct err *e)
{
	struct err ignored = {0};
	enum loop_turn turn;

	if (plan(r, step, &ignored) < 0 || step->kind != PLAN_COMMIT)
		return leave_mirror(r, &step->wants, e);
	turn = commit(r, step, e);
	/* All that was looked at is compared, which may be more than the store takes at once. */
	if (turn != LOOP_FAILED || e->kind != ERR_LIMIT)
		return turn;
	err_reset(e);
	return leave_mirror(r, &step->wants, e);
}

static enum loop_turn turn_from_store(struct loop *r, struct step *step, struct err *e)
{
	if (plan(r, step, e) < 0)
		return LOOP_FAILED;
	if (step->kind == PLAN_DONE || (step->kind == PLAN_COMMIT && r->verb->rehearsal))
		return LOOP_DONE;
	if (step->kind == PLAN_NEED)
		return datastore_read(r->ds, &r->view, &step->wants, e) < 0 ? LOOP_FAILED
									    : LOOP_GOES_ON;
	return commit(r, step, e);
}

static int begin(struct loop *r, struct err *e)
{
	char handles[LOOP_HANDLES_MAX][IPAM_HANDLE_MAX + 1];
	unsigned n = 0;

	r->began = true;
	if (!r->verb->handles)
		return 0;
	if (r->verb->handles(r->request, handles, &n, e) < 0)
		return -1;
	datastore_recall(r->ds, &r->view);
	if (r->view.from_mirror)
		presume_handles(&r->view, handles, n);
	return 0;
}

enum loop_turn loop_take_turn(struct loop *r, struct err *e)
{
	struct step step __cleanup(step_done) = {0};
	enum loop_turn turn;

	if (!r->began && begin(r, e) < 0)
		return LOOP_FAILED;
	turn = r->view.from_mirror ? turn_from_mirror(r, &step, e) : turn_from_store(r, &step, e);
	if (turn == LOOP_DONE && r->verb->handles)
		presume_remember(r->ds, &r->view);
	if (turn == LOOP_FAILED && r->uncertain)
		err_wrap(e, "a commit's answer was lost, so it may have gone through; a repeated "
			    "ADD or a DEL settles it");
	return turn;
}
