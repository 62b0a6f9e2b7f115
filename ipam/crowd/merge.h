/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of several plans as one list, each plan being of what the ones before it leave.
 */
#ifndef IPAM_CROWD_MERGE_H
#define IPAM_CROWD_MERGE_H

#include "datastore/changes.h"

/* For a store with transactions: of a key the last change is left. */
void merge_at_once(struct changes *all, struct changes *more);

/*
 * For one without: false, and nothing is done, where no order of writes is right for all.
 * What is left of `more` may be done away with.
 */
bool merge_in_order(struct changes *all, struct changes *more);

#endif
