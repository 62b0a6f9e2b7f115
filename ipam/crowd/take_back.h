/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an ADD that failed has written in a store without transactions is released again:
 * it may have one family without the other.
 */
#ifndef IPAM_CROWD_TAKE_BACK_H
#define IPAM_CROWD_TAKE_BACK_H

#include "ipam/assign/assign.h"

/* What cannot be taken back, the store being away, a DEL releases. */
void take_back(struct datastore *ds, const struct ipam_assign_request *request);

#endif
