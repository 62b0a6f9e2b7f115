/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/information.h"

#include "ipam/record/keys.h"

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

int ipam_reach(struct datastore *ds, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	return datastore_read(ds, &view, &wants, e);
}
