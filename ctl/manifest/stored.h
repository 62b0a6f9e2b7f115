/* SPDX-License-Identifier: Apache-2.0 */
/* What kind->list() does for those kinds that are stored as resources. */
#ifndef CTL_MANIFEST_STORED_H
#define CTL_MANIFEST_STORED_H

#include "ipam/cluster/resources.h"

struct cJSON;

/* Those whose record cannot be read are told on standard error and passed over. */
int stored_list(struct datastore *ds, enum resource_kind kind, const char *name,
		struct cJSON *items, struct err *e);

#endif
