/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a store as of one moment, as a copy of it must be read.
 */
#ifndef CTL_TRANSFER_MOMENT_H
#define CTL_TRANSFER_MOMENT_H

#include "datastore/datastore.h"

#define MOMENTS_MAX 4	/* tried */

/*
 * Shows each record under the prefix after begin(arg, e), and begins anew where the
 * store compacts the moment away on the way: begin() then forgets what was shown.
 * ERR_CONFLICT if that happens MOMENTS_MAX times; begin's and the visitor's own errors,
 * and the store's.
 */
int moment_read(struct datastore *ds, const char *prefix, int (*begin)(void *arg, struct err *e),
		record_visitor *visit, void *arg, struct err *e);

#endif
