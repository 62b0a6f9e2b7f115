/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/repairs.h"

#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "ipam/request/loop.h"
#include "ipam/request/merge.h"

/* With transactions what is asked for in one request is of one moment (datastore.h). */
#define KEYS_MAX 128
#define KEYS_MAX_IN_ORDER 500
/* Of the blocks together: each takes some 150 bytes, in the store and in memory. */
#define ADDRESSES_MAX 16384

struct repairs {
	struct repair_case *list; /* borrowed */
	unsigned n;
};

struct repairs_answer {
	unsigned n; /* the first so many are in the commit */
};

unsigned ipam_repairs_max(const struct datastore *ds)
{
	return datastore_traits(ds)->transactions ? KEYS_MAX : KEYS_MAX_IN_ORDER;
}

bool repair_is_unjudged(const struct err *e)
{
	return e->kind == ERR_CORRUPT || e->kind == ERR_DECODE || e->kind == ERR_CONFIG ||
	       e->kind == ERR_LIMIT;
}

/* False: it has to wait for the next commit. */
static bool take_in(struct plan *p, struct plan *one, struct view *work)
{
	/* What would be written is not asked for, but that something would. */
	if (p->rehearsal)
		return p->changes.n || merge(&p->changes, &one->changes, p->transactions);
	changes_apply(&one->changes, work);
	return merge(&p->changes, &one->changes, p->transactions);
}

/* *ret_in false: it has to wait for the next commit. */
static int plan_case(struct repair_case *c, struct plan *p, struct view *work, bool *decided,
		     bool *ret_in)
{
	struct plan one __cleanup(plan_done) = {0};

	plan_begin_one(&one, p, work);
	err_reset(&c->error);
	c->failed = plan_repair(&one, &c->request, &c->answer, &c->error) < 0;
	*ret_in = true;
	if (c->failed)
		return repair_is_unjudged(&c->error) ? 0 : -1;
	if (one.kind == PLAN_NEED) {
		wants_add_all(&p->wants, &one.wants);
		*decided = false;
	} else if (one.kind == PLAN_COMMIT) {
		*ret_in = take_in(p, &one, work);
	}
	return 0;
}

static int plan_repairs(struct plan *p, const struct repairs *request,
			struct repairs_answer *ret_answer, struct err *e)
{
	struct view work __cleanup(view_done) = {0};
	unsigned i = 0, most = plan_part(p, request->n);
	bool decided = true, in = true;

	view_copy(&work, p->view);
	for (; i < most; i += in) {
		if (plan_case(&request->list[i], p, &work, &decided, &in) < 0) {
			*e = request->list[i].error;
			return -1;
		}
		if (!in)
			break;
	}
	if (work.failed)
		return err_set(e, ERR_INTERNAL, "out of memory while planning");
	ret_answer->n = i;
	plan_conclude(p);
	if (!decided)
		p->kind = PLAN_NEED;
	return 0;
}

static int run(struct datastore *ds, const struct repairs *repairs, bool rehearsal,
	       unsigned *ret_n, struct err *e)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct repairs_answer answer = { 0 };

	for (unsigned i = 0; i < repairs->n; i++)
		repairs->list[i].answer = (struct repair_answer){ 0 };
	loop_init(&loop, ds);
	loop.plan.rehearsal = loop.at_one_moment = rehearsal;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_repairs(&loop.plan, repairs, &answer, &loop.error));
	if (loop_result(&loop, e) < 0)
		return -1;
	*ret_n = answer.n;
	return 0;
}

/* What the requests are going to ask for. */
struct load {
	struct wants keys;	/* owned */
	unsigned addresses;
};

static void load_done(struct load *l)
{
	wants_done(&l->keys);
}

static unsigned addresses_of(struct cidr block)
{
	unsigned host_bits = family_bits(block.base.family) - block.len;

	return host_bits < 31 && 1U << host_bits < BLOCK_SIZE_MAX ? 1U << host_bits
								   : BLOCK_SIZE_MAX;
}

static void add_blocks(struct load *l, const struct cidr *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		size_t before = l->keys.n;
		char key[KEY_TEXT];

		key_of_block(list[i], key);
		wants_add(&l->keys, key, RANGE_KEY);
		if (l->keys.n > before)
			l->addresses += addresses_of(list[i]);
	}
}

static void add_case(struct load *l, const struct repair_request *r)
{
	struct err ignored = { 0 };
	char key[KEY_TEXT];
	int rc;

	if (r->subject == REPAIR_HANDLE)
		rc = key_of_handle(r->handle, key, &ignored);
	else
		rc = r->subject == REPAIR_AFFINITY
			? key_of_affinity(r->owner, r->block, key, &ignored) : -1;
	if (rc == 0)
		wants_add(&l->keys, key, RANGE_KEY);
	if (r->subject == REPAIR_HANDLE) {
		add_blocks(l, r->blocks, r->n_blocks);
		add_blocks(l, r->named, r->n_named);
		return;
	}
	wants_add(&l->keys, KEY_CONFIG, RANGE_KEY);
	add_blocks(l, &r->block, 1);
}

/* As many of the first as are read in one request, at least one. */
static unsigned fit(const struct datastore *ds, const struct repair_case *list, unsigned n)
{
	struct load load __cleanup(load_done) = { 0 };
	unsigned most = ipam_repairs_max(ds), i = 0;

	for (; i < n; i++) {
		add_case(&load, &list[i].request);
		if (i && (load.keys.failed || load.keys.n > most || load.addresses > ADDRESSES_MAX))
			break;
	}
	return i;
}

/*
 * Of what cannot be done together, and may be by each.  Too much for one request or commit,
 * even the first alone: only that.  A record that is none: it may be of one only.
 */
static int run_alone(struct datastore *ds, struct repair_case *list, unsigned n, bool rehearsal,
		     struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		const struct repairs one = { &list[i], 1 };
		unsigned done = 0;

		if (run(ds, &one, rehearsal, &done, e) == 0)
			continue;
		if (!repair_is_unjudged(e))
			return -1;
		list[i].failed = true;
		list[i].error = *e;
		err_reset(e);
	}
	return 0;
}

static int run_some(struct datastore *ds, struct repair_case *list, unsigned n, bool rehearsal,
		    unsigned *ret_n, struct err *e)
{
	const struct repairs some = { list, fit(ds, list, n) };

	if (run(ds, &some, rehearsal, ret_n, e) == 0)
		return 0;
	if (!repair_is_unjudged(e))
		return -1;
	n = e->kind == ERR_LIMIT ? 1 : some.n;
	err_reset(e);
	if (run_alone(ds, list, n, rehearsal, e) < 0)
		return -1;
	*ret_n = n;
	return 0;
}

int ipam_examine(struct datastore *ds, struct repair_case *list, unsigned n, unsigned *ret_n,
		 struct err *e)
{
	char key[KEY_TEXT];

	if (run_some(ds, list, n, true, ret_n, e) < 0)
		return -1;
	for (unsigned i = 0; i < *ret_n; i++)
		if (list[i].request.subject == REPAIR_HANDLE && !list[i].failed &&
		    key_of_handle(list[i].request.handle, key, e) == 0)
			datastore_uid(ds, key, list[i].answer.uid);
	return 0;
}

int ipam_repair(struct datastore *ds, struct repair_case *list, unsigned n, unsigned *ret_n,
		struct err *e)
{
	return run_some(ds, list, n, false, ret_n, e);
}
