/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/fold.h"

#include "ipam/request/merge.h"

#include <string.h>

void folded_begin(struct folded *f, struct crowd_member *member)
{
	*f = (struct folded){ .member = member, .part = { .of = &member->del } };
}

void folded_done(struct folded *f)
{
	plan_done(&f->plan);
}

bool folded_is_last(const struct folded *f)
{
	return f->member->verb == CROWD_DEL && !f->failed && f->released.more;
}

static void plan_one(struct folded *f, const struct plan *p, struct view *work)
{
	int rc;

	plan_begin_one(&f->plan, p, work);
	err_reset(&f->error);
	if (f->member->verb == CROWD_ADD)
		rc = plan_assign(&f->plan, &f->member->add, &f->added, &f->error);
	else
		rc = plan_release(&f->plan, &f->part, &f->released, &f->error);
	f->failed = rc < 0;
}

/* What one reads for its search, the others search too: none of its pools alone. */
static void take_wants(struct folded *f, struct plan *p)
{
	p->scan.everywhere = true;
	for (size_t i = 0; i < f->plan.wants.n; i++)
		if (f->plan.wants.list[i].keep)
			f->plan.wants.list[i].keep_arg = &p->scan;
	wants_add_all(&p->wants, &f->plan.wants);
}

/* Only a commit comes of a mirror. */
static bool is_decided(const struct folded *f, const struct view *work)
{
	if (work->from_mirror)
		return !f->failed && f->plan.kind == PLAN_COMMIT;
	return f->failed || f->plan.kind != PLAN_NEED;
}

/* False: it has to wait for the next commit. */
static bool take_in(struct folded *f, struct plan *p, struct view *work)
{
	if (f->failed || f->plan.kind != PLAN_COMMIT)
		return true;
	/* Of what is written over, and may not be written in the end. */
	view_look_at_the_same(p->view, work);
	changes_apply(&f->plan.changes, work);
	return merge(&p->changes, &f->plan.changes, p->transactions);
}

/*
 * Who comes behind one that is not decided is planned on what may turn out otherwise: often
 * enough to ask for what he needs himself in the requests of the first, his handle in the very
 * first, so that no block is known from before the handle that names it.
 */
#define AHEAD_MAX 2

static bool is_ahead(struct folded *f, const struct plan *p, bool decided)
{
	if (f->plan.lost != p->lost)
		f->ahead = 0;
	f->plan.lost = p->lost;
	return !decided && f->ahead++ >= AHEAD_MAX;
}

/* What he needs is not read as long as there is something to commit: he is in the next. */
static bool has_to_wait(const struct folded *f, const struct plan *p, bool decided)
{
	return decided && p->changes.n && !f->failed && f->plan.kind == PLAN_NEED;
}

/* False: the fold ends before this one. */
static bool fold_one(struct folded *f, struct plan *p, struct view *work, bool *decided)
{
	if (is_ahead(f, p, *decided))
		return true;
	plan_one(f, p, work);
	if (has_to_wait(f, p, *decided))
		return false;
	if (is_decided(f, work))
		return take_in(f, p, work);
	take_wants(f, p);
	*decided = false;
	return true;
}

/* *decided: all of them are. */
static int fold(struct plan *p, const struct fold *request, struct view *work, unsigned *ret_n,
		bool *decided, struct err *e)
{
	unsigned i = 0, most = plan_part(p, request->n);
	struct folded *list = request->list;

	*decided = true;
	while (i < most) {
		if (plan_in_time(p, e) < 0)
			return -1;
		if (!fold_one(&list[i], p, work, decided) || folded_is_last(&list[i++]))
			break;
	}
	*ret_n = i;
	return 0;
}

int plan_fold(struct plan *p, const struct fold *request, struct fold_answer *ret_answer,
	      struct err *e)
{
	struct view work __cleanup(view_done) = {0};
	bool decided;

	view_copy(&work, p->view);
	if (fold(p, request, &work, &ret_answer->n, &decided, e) < 0)
		return -1;
	view_look_at_the_same(p->view, &work);
	if (work.failed)
		return err_set(e, ERR_INTERNAL, "out of memory while planning");
	plan_conclude(p);
	if (!decided)
		p->kind = PLAN_NEED;
	return 0;
}
