/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/loop.h"

#include "ipam/request/node_mirror.h"

#include <stdio.h>

static bool is_late(const void *ds)
{
	return datastore_is_late(ds);
}

void loop_init(struct loop *l, struct datastore *ds)
{
	*l = (struct loop){ .ds = ds };
	l->plan.view = &l->view;
	l->plan.blocks = &l->blocks;
	l->plan.pools = &l->pools;
	l->plan.one_node = datastore_traits(ds)->one_node;
	l->plan.namespaces = datastore_traits(ds)->namespaces;
	l->plan.transactions = datastore_traits(ds)->transactions;
	l->plan.is_late = is_late;
	l->plan.late_arg = ds;
}

void loop_done(struct loop *l)
{
	plan_done(&l->plan);
	view_done(&l->view);
	block_cache_done(&l->blocks);
	pool_cache_done(&l->pools);
}

static int copy_handle(const char *id, char out[IPAM_HANDLE_MAX + 1], struct err *e)
{
	if (snprintf(out, IPAM_HANDLE_MAX + 1, "%s", id) > IPAM_HANDLE_MAX)
		return err_set(e, ERR_LIMIT, "handle id is longer than %d bytes", IPAM_HANDLE_MAX);
	return 0;
}

void loop_recall(struct loop *l, const struct ipam_owner *owner, const char *older_handle)
{
	char handles[2][IPAM_HANDLE_MAX + 1];
	unsigned n = older_handle ? 2 : 1;

	if ((older_handle && copy_handle(older_handle, handles[1], &l->error) < 0) ||
	    owner_handle(owner, handles[0], &l->error) < 0) {
		l->state = LOOP_FAILED;
		return;
	}
	loop_recall_handles(l, handles, n);
}

void loop_recall_handles(struct loop *l, char (*handles)[IPAM_HANDLE_MAX + 1], unsigned n)
{
	l->has_mirror = true;
	node_mirror_recall(l->ds, &l->view, handles, n, &l->blocks);
}

bool loop_goes_on(const struct loop *l)
{
	return l->state == LOOP_GOES_ON;
}

static enum loop_state read_wants(struct loop *l, const struct wants *wants)
{
	l->reads++;
	return datastore_read(l->ds, &l->view, wants, &l->error) < 0 ? LOOP_FAILED : LOOP_GOES_ON;
}

/* Asks the store for all that the view has, and what else is wanted, in one request. */
static enum loop_state read_anew(struct loop *l)
{
	struct wants all __cleanup(wants_done) = {0};
	const struct wants *more = &l->plan.wants;

	err_reset(&l->error);
	for (size_t i = 0; i < l->view.n_ranges; i++)
		wants_add(&all, l->view.ranges[i].key, l->view.ranges[i].kind);
	wants_add_all(&all, more);
	view_reset(&l->view);
	l->reads = 0;
	return read_wants(l, &all);
}

static enum loop_state commit(struct loop *l)
{
	enum commit_outcome outcome;

	if (datastore_commit(l->ds, &l->view, &l->plan.changes, &outcome, &l->error) == 0) {
		if (outcome == COMMIT_DONE)
			return LOOP_DONE;
		/* What stands is found by the next plan, as what a lost answer hid is. */
		l->plan.partly |= outcome == COMMIT_PARTLY;
		l->plan.lost++;
		return LOOP_GOES_ON;
	}
	if (l->error.kind != ERR_UNKNOWN_OUTCOME) {
		l->plan.partly |= l->error.may_stand;
		return LOOP_FAILED;
	}
	/* It may have gone through: look again, the plan finds what it wrote. */
	l->plan.lost++;
	err_reset(&l->error);
	view_reset(&l->view);
	l->reads = 0;
	l->plan.uncertain = true;
	return LOOP_GOES_ON;
}

static enum loop_state turn_from_mirror(struct loop *l, int planned)
{
	enum loop_state state;

	if (planned < 0 || l->plan.kind != PLAN_COMMIT)
		return read_anew(l);
	state = commit(l);
	/* All that was looked at is compared, which may be more than the store takes at once. */
	if (state == LOOP_FAILED && l->error.kind == ERR_LIMIT)
		return read_anew(l);
	return state;
}

/*
 * What no commit compares may be of two moments, and what was sent before may have come
 * between them: then a handle does not name yet what its block holds.
 */
static bool is_of_one_moment(const struct loop *l)
{
	bool late = l->plan.uncertain && l->plan.transactions;
	bool rehearsed = l->plan.kind == PLAN_COMMIT && l->plan.rehearsal && l->at_one_moment;

	return l->reads <= 1 || (!late && !rehearsed);
}

static enum loop_state turn_from_store(struct loop *l, int planned)
{
	if (planned < 0)
		return LOOP_FAILED;
	if (l->plan.kind == PLAN_NEED)
		return read_wants(l, &l->plan.wants);
	if (!is_of_one_moment(l))
		return read_anew(l);
	return l->plan.kind == PLAN_COMMIT && !l->plan.rehearsal ? commit(l) : LOOP_DONE;
}

/* Half of it may be within the limit. */
static enum loop_state halve(struct loop *l)
{
	if (l->error.kind != ERR_LIMIT || l->plan.most <= 1)
		return LOOP_FAILED;
	err_reset(&l->error);
	l->plan.most /= 2;
	return LOOP_GOES_ON;
}

void loop_turn(struct loop *l, int planned)
{
	l->state = l->view.from_mirror ? turn_from_mirror(l, planned)
				       : turn_from_store(l, planned);
	plan_reset(&l->plan);
	if (l->state == LOOP_FAILED)
		l->state = halve(l);
	if (l->state == LOOP_DONE && l->has_mirror)
		node_mirror_remember(l->ds, &l->view);
	if (++l->turns < LOOP_TURNS_MAX || l->state != LOOP_GOES_ON)
		return;
	l->state = LOOP_FAILED;
	err_set(&l->error, ERR_CONFLICT,
		"Max retries hit - excessive concurrent IPAM requests: others changed the same "
		"records %d times in a row; try again", LOOP_TURNS_MAX);
}

void loop_took_back(struct loop *l)
{
	l->plan.partly = false;
	l->error.may_stand &= l->plan.uncertain;
}

/* Puts in front what may stand of earlier commits. */
int loop_fail(const struct loop *l, struct err *e)
{
	if (l->plan.uncertain)
		err_wrap(e, "a commit's answer was lost, so it may have gone through");
	else if (l->plan.partly)
		err_wrap(e, "a part of what was to be written stands");
	e->may_stand |= l->plan.uncertain || l->plan.partly;
	return -1;
}

int loop_result(const struct loop *l, struct err *e)
{
	if (l->state == LOOP_DONE)
		return 0;
	*e = l->error;
	return loop_fail(l, e);
}

int loop_fail_in_store(const struct loop *l, struct err *e)
{
	static const bool is_in_store[] = {
		[ERR_CONFIG] = true, [ERR_POOL] = true, [ERR_EXHAUSTED] = true, [ERR_EXISTS] = true,
		[ERR_NOT_FOUND] = true, [ERR_CORRUPT] = true, [ERR_CONFLICT] = true,
	};

	loop_fail(l, e);
	if (e->kind < ARRAY_LEN(is_in_store) && is_in_store[e->kind])
		return err_wrap(e, "%.200s", datastore_traits(l->ds)->place);
	return -1;
}

int loop_result_in_store(const struct loop *l, struct err *e)
{
	if (l->state == LOOP_DONE)
		return 0;
	*e = l->error;
	return loop_fail_in_store(l, e);
}

int loop_result_to_repeat(const struct loop *l, struct err *e)
{
	if (loop_result_in_store(l, e) == 0)
		return 0;
	return e->may_stand ? err_add(e, "; " LOOK_AND_REPEAT) : -1;
}
