/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of several plans as one list, each plan being of what the ones before it leave.
 */
#ifndef IPAM_REQUEST_MERGE_H
#define IPAM_REQUEST_MERGE_H

#include "datastore/changes.h"

/*
 * With transactions of a key the last change is left.  Without them false, and nothing is
 * done, where no order of writes is right for all: right is that handles that say more come
 * before blocks, and those that say less after them; handles alone stand anywhere.  What is
 * left of `more` may be done away with.
 */
bool merge(struct changes *all, struct changes *more, bool transactions);

#endif
