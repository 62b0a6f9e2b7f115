/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/pools.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

#define AT_ONCE 100	/* pools in one commit; etcd takes 128 operations */

int pool_check_name(const char *name, struct err *e)
{
	char key[KEY_TEXT];

	return key_of_pool(name, key, e);
}

static int list_change(struct plan *p, struct pools *beside,
		       const struct pool_create_request *request, struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	char key[KEY_TEXT];
	struct record record = { .key = key };

	if (key_of_pool(request->spec.name, key, e) < 0)
		return -1;
	if (resource_is_made_by(view_look_at(p->view, key), request->uid))
		return 0;
	if (pool_new(&request->spec, beside, p->view, request->uid, request->now_ns, &text,
		     e) < 0 ||
	    resource_show(&request->terms, NULL, &text, e) < 0)
		return -1;
	record.value = text.data;
	record.value_len = text.len;
	if (pools_add(beside, &record, e) < 0)
		return -1;
	changes_put(&p->changes, key, text.data, text.len);
	if (p->changes.n > 1)
		changes_beside(&p->changes);
	return 0;
}

static int list_changes(struct plan *p, const struct pools_create_request *request,
			struct pools_create_answer *ret, struct err *e)
{
	struct pools beside __cleanup(pools_done) = { 0 };
	unsigned most = plan_part(p, request->n);

	if (pools_read(p->view, &beside, e) < 0)
		return -1;
	for (unsigned i = 0; i < most; i++) {
		struct pool_creation *one = &request->list[i];

		err_reset(&one->error);
		if (list_change(p, &beside, &one->request, &one->error) == 0)
			one->planned = true;
	}
	changes_guard_prefix(&p->changes, KEY_POOLS);
	ret->n = most;
	return 0;
}

int plan_pools_create(struct plan *p, const struct pools_create_request *request,
		      struct pools_create_answer *ret, struct err *e)
{
	plan_knows_prefix(p, KEY_POOLS, RANGE_PREFIX);
	plan_knows_prefix(p, KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	plan_knows_prefix(p, KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	if (!plan_needs(p) && list_changes(p, request, ret, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

/* What failed beside others, or alone after them, says what may stand of their commit. */
static void tell_what_may_stand(const struct loop *loop, struct pool_creation *one)
{
	if (one->error.kind && one->planned && !one->error.may_stand)
		loop_fail(loop, &one->error);
}

/* How many of the first are decided. */
static unsigned create_some(struct datastore *ds, struct pool_creation *list, unsigned n)
{
	struct pools_create_request request = { list, n };
	struct pools_create_answer answer = { 0 };
	struct loop loop __cleanup(loop_done) = { 0 };
	struct err e = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = list->request.terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_pools_create(&loop.plan, &request, &answer, &loop.error));
	if (loop_result(&loop, &e) == 0)
		n = answer.n;
	else if (n == 1)
		list->error = e;
	else
		/* What is refused may be one's; what stands of them is known by its uid. */
		for (unsigned i = 0; i < n; i++)
			create_some(ds, &list[i], 1);
	for (unsigned i = 0; i < n; i++)
		tell_what_may_stand(&loop, &list[i]);
	return n;
}

void ipam_create_pools(struct datastore *ds, struct pool_creation *list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		list[i].planned = false;
	for (size_t i = 0; i < n;)
		i += create_some(ds, list + i, n - i < AT_ONCE ? (unsigned)(n - i) : AT_ONCE);
}

int ipam_create_pool(struct datastore *ds, const struct pool_create_request *request,
		     struct err *e)
{
	struct pool_creation one = { .request = *request };

	ipam_create_pools(ds, &one, 1);
	if (!one.error.kind)
		return 0;
	*e = one.error;
	return -1;
}
