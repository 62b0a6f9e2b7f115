/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/transfer/moment.h"

int moment_read(struct datastore *ds, const char *prefix, int (*begin)(void *arg, struct err *e),
		record_visitor *visit, void *arg, struct err *e)
{
	enum scan_outcome outcome = SCAN_LOST;

	for (int i = 0; outcome == SCAN_LOST && i < MOMENTS_MAX; i++)
		if (begin(arg, e) < 0 ||
		    datastore_scan_moment(ds, prefix, visit, arg, &outcome, e) < 0)
			return -1;
	if (outcome == SCAN_DONE)
		return 0;
	return err_set(e, ERR_CONFLICT, "the store compacts its history faster than it can be "
		       "read; try again");
}
