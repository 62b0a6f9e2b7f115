/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/crowd/fold.h"
#include "ipam/crowd/take_back.h"
#include "ipam/request/loop.h"

#include <stdio.h>
#include <stdlib.h>

/* What one commit is made for. */
struct batch {
	struct datastore *ds;
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

static int batch_begin(struct batch *b, struct datastore *ds, struct crowd_member *list,
		       unsigned n, struct err *e)
{
	*b = (struct batch){ .ds = ds, .n = n, .list = calloc(n, sizeof(*b->list)),
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
		rc = ipam_assign(ds, &m->add, &m->added, &m->error);
	else
		rc = ipam_release(ds, &m->del, &m->released, &m->error);
	m->failed = rc < 0;
	if (rc < 0 && m->verb == CROWD_ADD && !datastore_traits(ds)->transactions)
		take_back(ds, &m->add);
}

/* A handle in more blocks than one commit takes. */
static void release_the_rest(struct datastore *ds, struct crowd_member *m)
{
	struct ipam_release_answer begun = m->released;

	carry_out_alone(ds, m);
	m->released.released += begun.released;
	m->released.handle_was_there |= begun.handle_was_there;
}

static void settle(const struct loop *loop, struct folded *f)
{
	struct crowd_member *m = f->member;

	m->failed = f->failed;
	m->added = f->added;
	m->released = f->released.of_this;
	if (f->failed) {
		m->error = f->error;
		loop_fail_in_store(loop, &m->error);
		if (m->verb == CROWD_ADD && loop->plan.partly)
			take_back(loop->ds, &m->add);
	} else if (m->verb == CROWD_DEL && f->released.more) {
		release_the_rest(loop->ds, m);
	}
}

/* The first so many are done: those of one commit.  None: the store's error. */
static unsigned commit_batch(struct batch *b, struct err *e)
{
	const struct fold fold = { .list = b->list, .n = b->n };
	struct loop loop __cleanup(loop_done) = {0};
	struct fold_answer answer = {0};

	loop_init(&loop, b->ds);
	loop_recall_handles(&loop, b->handles, b->n_handles);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_fold(&loop.plan, &fold, &answer, &loop.error));
	if (loop_result_in_store(&loop, e) < 0)
		return 0;
	for (unsigned i = 0; i < answer.n; i++)
		settle(&loop, &b->list[i]);
	return answer.n;
}

static unsigned carry_out(struct datastore *ds, struct crowd_member *list, unsigned n,
			  struct err *e)
{
	struct batch b __cleanup(batch_done) = {0};
	unsigned done = 0;

	if (n > CROWD_COMMIT_MAX)
		n = CROWD_COMMIT_MAX;
	if (n > 1 && batch_begin(&b, ds, list, n, e) < 0)
		return 0;
	if (n > 1)
		done = commit_batch(&b, e);
	if (done || (n > 1 && e->kind != ERR_LIMIT))
		return done;
	/* By itself it may be halved once more. */
	carry_out_alone(ds, list);
	return 1;
}

void ipam_crowd(struct datastore *ds, struct crowd_member *list, unsigned n)
{
	struct err e = {0};
	unsigned done = 0, more;

	while (done < n && (more = carry_out(ds, list + done, n - done, &e)) > 0)
		done += more;
	for (; done < n; done++) {
		list[done].failed = true;
		list[done].error = e;
	}
}
