/* SPDX-License-Identifier: Apache-2.0 */
/* What kind->list() does for those kinds that are stored as resources. */
#ifndef CTL_MANIFEST_STORED_H
#define CTL_MANIFEST_STORED_H

#include "ipam/cluster/resources.h"

struct cJSON;

/*
 * With the kind and the name of their keys, whatever the records say.  Of all of a kind, those
 * whose record cannot be read are told on standard error and passed over; the one of a name is
 * ERR_DECODE.
 */
int stored_list(struct datastore *ds, enum resource_kind kind, const char *name,
		struct cJSON *items, struct err *e);

#endif
