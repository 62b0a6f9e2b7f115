/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/plan.h"

void plan_reset(struct plan *p)
{
	wants_done(&p->wants);
	changes_done(&p->changes);
	p->kind = PLAN_NEED;
}

void plan_done(struct plan *p)
{
	plan_reset(p);
}

void plan_begin_one(struct plan *one, const struct plan *all, struct view *view)
{
	plan_reset(one);
	one->view = view;
	one->blocks = all->blocks;
	one->pools = all->pools;
	one->others_follow = true;
	one->one_node = all->one_node;
	one->namespaces = all->namespaces;
	one->transactions = all->transactions;
	one->rehearsal = all->rehearsal;
	one->lost = all->lost;
	one->uncertain = all->uncertain;
	one->partly = all->partly;
	one->most = 0;
	one->is_late = all->is_late;
	one->late_arg = all->late_arg;
}

bool plan_may_stand(const struct plan *p)
{
	return p->uncertain || p->partly;
}

bool plan_knows(struct plan *p, const char *key)
{
	if (view_knows(p->view, key))
		return true;
	wants_add(&p->wants, key, RANGE_KEY);
	return false;
}

bool plan_knows_since(struct plan *p, const char *key, const char *than)
{
	if (p->transactions || p->rehearsal || view_is_later(p->view, key, than))
		return true;
	wants_add(&p->wants, key, RANGE_KEY);
	return false;
}

bool plan_knows_prefix(struct plan *p, const char *prefix, enum range_kind kind)
{
	view_ask(p->view, prefix);
	if (view_knows_prefix(p->view, prefix, kind))
		return true;
	wants_add(&p->wants, prefix, kind);
	return false;
}

void plan_may_ask_prefix(struct plan *p, const char *prefix, enum range_kind kind)
{
	if (!view_knows_prefix(p->view, prefix, kind))
		wants_add(&p->wants, prefix, kind);
}

bool plan_needs(const struct plan *p)
{
	return p->wants.n > 0 || p->wants.failed;
}

void plan_conclude(struct plan *p)
{
	if (plan_needs(p))
		p->kind = PLAN_NEED;
	else
		p->kind = p->changes.n || p->changes.failed ? PLAN_COMMIT : PLAN_DONE;
}

int plan_in_time(const struct plan *p, struct err *e)
{
	if (!p->is_late || !p->is_late(p->late_arg))
		return 0;
	return err_set(e, ERR_DEADLINE, "no time is left to plan what to write");
}

unsigned plan_part(struct plan *p, unsigned n)
{
	if (!p->most || p->most > n)
		p->most = n;
	return p->most;
}
