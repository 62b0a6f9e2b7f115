/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/information.h"

#include "ipam/record/keys.h"
#include "ipam/request/draft.h"
#include "ipam/request/loop.h"

int ipam_get_cluster(struct datastore *ds, struct cluster_information *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct cluster_information c = { 0 };
	const struct record *record;

	wants_add(&wants, KEY_CLUSTER, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	record = view_peek(&view, KEY_CLUSTER);
	if (record && cluster_information_read(record, &c, e) < 0)
		return -1;
	*ret = c;
	return 0;
}

static int make_ready(struct plan *p, bool ready, struct err *e)
{
	const struct record *record = view_look_at(p->view, KEY_CLUSTER);
	struct buf text __cleanup(buf_done) = BUF(DRAFT_VALUE_MAX);
	struct cluster_information c = { 0 };

	if (!record)
		return 0;
	if (cluster_information_read(record, &c, e) < 0)
		return -1;
	if (c.locked == !ready)
		return 0;
	if (cluster_information_rewrite(record, ready, &text, e) < 0)
		return -1;
	changes_put(&p->changes, KEY_CLUSTER, text.data, text.len);
	return 0;
}

int plan_cluster_ready(struct plan *p, bool ready, struct err *e)
{
	if (plan_knows(p, KEY_CLUSTER) && make_ready(p, ready, e) < 0)
		return -1;
	plan_conclude(p);
	return 0;
}

int ipam_set_cluster_ready(struct datastore *ds, bool ready, struct err *e)
{
	struct loop loop __cleanup(loop_done) = { 0 };

	loop_init(&loop, ds);
	while (loop_goes_on(&loop))
		loop_turn(&loop, plan_cluster_ready(&loop.plan, ready, &loop.error));
	return loop_result(&loop, e);
}

int ipam_reach(struct datastore *ds, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	return datastore_read(ds, &view, &wants, e);
}
