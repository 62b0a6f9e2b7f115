/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/audit.h"

#include "ipam/audit/auditing.h"
#include "ipam/audit/repair.h"

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

int audit_read(struct datastore *ds, const struct audit_options *options, struct audit *ret,
	       struct err *e)
{
	struct auditing a __cleanup(auditing_done) = { .ds = ds, .options = options };

	if (audit_all(&a, e) < 0)
		return -1;
	if (a.audit.n)
		qsort(a.audit.list, a.audit.n, sizeof(*a.audit.list), compare);
	a.audit.endpoints = a.workloads.endpoints;
	a.audit.pods = datastore_traits(ds)->pods;
	*ret = a.audit;
	a.audit = (struct audit){ 0 };
	return 0;
}

int audit_repair(struct datastore *ds, const struct audit_finding *finding, int64_t now_ns,
	       bool *ret_mended, struct err *e)
{
	struct repair_request request = {
		.handle = finding->handle, .owner = finding->owner, .block = finding->block,
		.blocks = finding->blocks, .n_blocks = finding->n_blocks, .now_ns = now_ns,
	};
	struct repair_answer answer;

	request.subject = finding->owner ? REPAIR_AFFINITY
					 : finding->handle ? REPAIR_HANDLE : REPAIR_BLOCK;
	if (ipam_repair(ds, &request, &answer, e) < 0)
		return -1;
	*ret_mended = answer.n > 0;
	return 0;
}
