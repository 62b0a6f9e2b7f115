/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"

#include "ipam/record/keys.h"

int ipam_get_config(struct datastore *ds, struct ipam_config *ret, struct err *e)
{
	struct wants wants __cleanup(wants_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	wants_add(&wants, KEY_CONFIG, RANGE_KEY);
	if (datastore_read(ds, &view, &wants, e) < 0)
		return -1;
	return ipam_config_read(view_peek(&view, KEY_CONFIG), ret, e);
}
