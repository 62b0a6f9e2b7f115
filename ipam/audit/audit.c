/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/audit.h"

#include "ipam/audit/auditing.h"
#include "ipam/audit/repairs.h"

#include <stdlib.h>
#include <string.h>

void audit_done(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		audit_finding_done(&a->list[i]);
	free(a->list);
	utilization_done(&a->utilization);
	*a = (struct audit){ 0 };
}

static void auditing_done(struct auditing *a)
{
	audit_done(&a->audit);
	audit_index_done(&a->index);
	workloads_done(&a->workloads);
}

static int compare(const void *left, const void *right)
{
	const struct audit_finding *a = left, *b = right;
	int order;

	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	order = addr_compare(a->addr, b->addr);
	return order || !a->key || !b->key ? order : strcmp(a->key, b->key);
}

static int audit_all(struct auditing *a, struct err *e)
{
	if (auditing_read(a, e) < 0 || auditing_look_again(a, e) < 0)
		return -1;
	if (a->failed || a->index.failed || a->workloads.failed)
		return err_set(e, ERR_INTERNAL, "out of memory");
	return 0;
}

static void count_leaks(struct audit *a)
{
	for (size_t i = 0; i < a->n; i++)
		if (a->list[i].kind == PROBLEM_LEAKED)
			utilization_count_leak(&a->utilization, a->list[i].addr, a->list[i].node);
}

int audit_read(struct datastore *ds, const struct audit_options *options, struct audit *ret,
	       struct err *e)
{
	struct auditing a __cleanup(auditing_done) = { .ds = ds, .options = options };

	if (audit_all(&a, e) < 0)
		return -1;
	if (a.audit.n)
		qsort(a.audit.list, a.audit.n, sizeof(*a.audit.list), compare);
	count_leaks(&a.audit);
	a.audit.endpoints = a.workloads.endpoints;
	a.audit.pods = datastore_traits(ds)->pods;
	*ret = a.audit;
	a.audit = (struct audit){ 0 };
	return 0;
}

static struct repair_request request_of(const struct audit_finding *f, int64_t now_ns)
{
	return (struct repair_request){
		.subject = f->owner ? REPAIR_AFFINITY : f->handle ? REPAIR_HANDLE : REPAIR_BLOCK,
		.handle = f->handle, .owner = f->owner, .block = f->block,
		.blocks = f->blocks, .n_blocks = f->n_blocks,
		.named = f->named, .n_named = f->n_named, .now_ns = now_ns,
	};
}

/* Findings that are to be mended, those of one block together. */
struct mending {
	const struct audit_finding **list;	/* owned */
	size_t n;
	struct repair_case *cases;	/* owned */
	unsigned n_cases, max;
};

static void mending_done(struct mending *m)
{
	free(m->list);
	free(m->cases);
}

static int compare_blocks(const void *left, const void *right)
{
	const struct audit_finding *const *a = left, *const *b = right;
	int order = cidr_compare((*a)->block, (*b)->block);

	return order ? order : *a < *b ? -1 : *a > *b;
}

static int mending_begin(struct mending *m, const struct audit_finding *list, size_t n,
			 struct err *e)
{
	m->list = calloc(n + 1, sizeof(const struct audit_finding *));
	m->cases = calloc(m->max, sizeof(*m->cases));
	if (!m->list || !m->cases)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (problem_is_repairable(list[i].kind) && !list[i].mended)
			m->list[m->n++] = &list[i];
	qsort(m->list, m->n, sizeof(const struct audit_finding *), compare_blocks);
	return 0;
}

static void put_together(struct mending *m, size_t from, int64_t now_ns)
{
	m->n_cases = 0;
	for (size_t i = from; i < m->n && m->n_cases < m->max; i++)
		m->cases[m->n_cases++].request = request_of(m->list[i], now_ns);
}

static void sum_up(const struct mending *m, unsigned done, struct audit_repairs *sum)
{
	for (unsigned i = 0; i < done; i++) {
		if (!m->cases[i].failed)
			sum->n++;
		else if (!sum->failed++)
			sum->why = m->cases[i].error;
	}
}

int audit_repair(struct datastore *ds, const struct audit_finding *list, size_t n, int64_t now_ns,
		 void (*progress)(const char *what, uint64_t n, uint64_t total, void *arg),
		 void *arg, struct audit_repairs *ret, struct err *e)
{
	struct mending m __cleanup(mending_done) = { .max = ipam_repairs_max(ds) };
	unsigned done = 0;

	*ret = (struct audit_repairs){ 0 };
	if (mending_begin(&m, list, n, e) < 0)
		return -1;
	for (size_t at = 0; at < m.n; at += done) {
		if (progress)
			progress("mended", at, m.n, arg);
		put_together(&m, at, now_ns);
		if (ipam_repair(ds, m.cases, m.n_cases, &done, e) < 0)
			return -1;
		sum_up(&m, done, ret);
	}
	return 0;
}
