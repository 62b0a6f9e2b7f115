/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/add.h"
#include "ipam/crowd/fold.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <stdlib.h>

/* A crowd on its way. */
struct course {
	struct datastore *ds;
	unsigned most; /* members in one commit: fewer than at first once that was too large */
	bool may_stand; /* something that was written for one whose turn is yet to come */
};

/* What one commit is made for. */
struct batch {
	struct folded *list; /* owned */
	unsigned n;
	char (*handles)[IPAM_HANDLE_MAX + 1]; /* owned: theirs */
	unsigned n_handles;
};

static void batch_done(struct batch *b)
{
	for (unsigned i = 0; b->list && i < b->n; i++)
		folded_done(&b->list[i]);
	free(b->list);
	free(b->handles);
}

/* One that is too long fails in its own plan. */
static void add_handle(struct batch *b, const struct ipam_owner *owner, const char *older)
{
	struct err ignored = {0};

	if (owner_handle(owner, b->handles[b->n_handles], &ignored) == 0)
		b->n_handles++;
	if (older && snprintf(b->handles[b->n_handles], sizeof(*b->handles), "%s", older) <
	    (int)sizeof(*b->handles))
		b->n_handles++;
}

static int batch_begin(struct batch *b, struct crowd_member *list, unsigned n, struct err *e)
{
	*b = (struct batch){ .n = n, .list = calloc(n, sizeof(*b->list)),
			     .handles = calloc(n, 2 * sizeof(*b->handles)) };
	if (!b->list || !b->handles)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (unsigned i = 0; i < n; i++) {
		folded_begin(&b->list[i], &list[i]);
		if (list[i].verb == CROWD_ADD)
			add_handle(b, &list[i].add.owner, NULL);
		else
			add_handle(b, &list[i].del.owner, list[i].del.old_handle);
	}
	return 0;
}

static void carry_out_alone(struct datastore *ds, struct crowd_member *m)
{
	int rc;

	if (m->verb == CROWD_ADD)
		rc = ipam_add(ds, &m->add, &m->added, &m->error);
	else
		rc = ipam_release(ds, &m->del, &m->released, &m->error);
	m->failed = rc < 0;
}

/* A handle in more blocks than one commit takes. */
static void release_the_rest(struct datastore *ds, struct crowd_member *m)
{
	struct ipam_release_answer begun = m->released;

	carry_out_alone(ds, m);
	m->released.released += begun.released;
	m->released.handle_was_there |= begun.handle_was_there;
}

static void settle_failed(const struct course *c, const struct loop *loop, struct folded *f)
{
	struct crowd_member *m = f->member;

	m->failed = true;
	m->error = f->error;
	loop_fail_in_store(loop, &m->error);
	if (m->verb == CROWD_ADD && c->may_stand)
		ipam_take_back(c->ds, &m->add);
}

static void settle(const struct course *c, const struct loop *loop, struct folded *f)
{
	struct crowd_member *m = f->member;

	if (f->failed) {
		settle_failed(c, loop, f);
		return;
	}
	m->failed = false;
	m->added = f->added;
	m->released = f->released.of_this;
	if (folded_is_last(f))
		release_the_rest(c->ds, m);
}

/* The first so many are done: those of one commit.  None: the store's error. */
static unsigned commit_batch(struct course *c, struct batch *b, struct err *e)
{
	const struct fold fold = { .list = b->list, .n = b->n };
	struct loop loop __cleanup(loop_done) = {0};
	struct fold_answer answer = {0};

	loop_init(&loop, c->ds);
	loop_recall_handles(&loop, b->handles, b->n_handles);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_fold(&loop.plan, &fold, &answer, &loop.error));
	c->may_stand |= plan_may_stand(&loop.plan);
	if (loop_result_in_store(&loop, e) < 0)
		return 0;
	if (loop.plan.most < b->n)
		c->most = loop.plan.most;
	for (unsigned i = 0; i < answer.n; i++)
		settle(c, &loop, &b->list[i]);
	return answer.n;
}

/*
 * Of what cannot be done together, and may be by each.  Too large for a commit, even the
 * first alone: it may be halved once more.  A record that is none: it may be of one only.
 */
static unsigned alone_by(const struct err *e, unsigned n)
{
	if (e->kind == ERR_LIMIT)
		return 1;
	return e->kind == ERR_DECODE ? n : 0;
}

/* As many of the first as one commit may hold: a DEL may have an older handle too. */
static unsigned fit(const struct course *c, const struct crowd_member *list, unsigned n)
{
	unsigned i = 0, handles = 0;

	while (i < n && i < c->most) {
		handles += list[i].verb == CROWD_DEL && list[i].del.old_handle ? 2 : 1;
		if (handles > CROWD_COMMIT_MAX)
			break;
		i++;
	}
	return i;
}

static unsigned carry_out(struct course *c, struct crowd_member *list, unsigned n, struct err *e)
{
	struct batch b __cleanup(batch_done) = {0};
	unsigned done = 0, alone = 1;

	n = fit(c, list, n);
	if (n > 1) {
		if (batch_begin(&b, list, n, e) == 0)
			done = commit_batch(c, &b, e);
		alone = done ? 0 : alone_by(e, n);
	}
	for (unsigned i = 0; i < alone; i++)
		carry_out_alone(c->ds, &list[i]);
	return done + alone;
}

void ipam_crowd(struct datastore *ds, struct crowd_member *list, unsigned n)
{
	struct course course = { .ds = ds, .most = CROWD_COMMIT_MAX };
	struct err e = {0};
	unsigned done = 0, more;

	while (done < n && (more = carry_out(&course, list + done, n - done, &e)) > 0)
		done += more;
	for (; done < n; done++) {
		list[done].failed = true;
		list[done].error = e;
	}
	/* What was written for one in a commit before its own, too. */
	for (unsigned i = 0; i < n; i++)
		list[i].error.may_stand |= list[i].failed && course.may_stand;
}
