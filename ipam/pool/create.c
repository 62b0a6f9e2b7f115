/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/pool/pools.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

int pool_check_name(const char *name, struct err *e)
{
	char key[KEY_TEXT];

	return key_of_pool(name, key, e);
}

static int list_changes(struct plan *p, const char *key, const struct pool_create_request *request,
			struct err *e)
{
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);

	if (resource_is_made_by(view_look_at(p->view, key), request->uid))
		return 0;
	if (pool_new(&request->spec, p->view, request->uid, request->now_ns, &text, e) < 0)
		return -1;
	if (resource_show(&request->terms, NULL, &text, e) < 0)
		return -1;
	changes_put(&p->changes, key, text.data, text.len);
	changes_guard_prefix(&p->changes, KEY_POOLS);
	return 0;
}

int plan_pool_create(struct plan *p, const struct pool_create_request *request, struct err *e)
{
	char key[KEY_TEXT];

	if (key_of_pool(request->spec.name, key, e) < 0)
		return -1;
	plan_knows_prefix(p, KEY_POOLS, RANGE_PREFIX);
	plan_knows_prefix(p, KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	plan_knows_prefix(p, KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	if (!plan_needs(p) && list_changes(p, key, request, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_create_pool(struct datastore *ds, const struct pool_create_request *request,
		     struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	loop.plan.rehearsal = request->terms.dry_run;
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_pool_create(&loop.plan, request, &loop.error));
	return loop_result(&loop, e);
}
