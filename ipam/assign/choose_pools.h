/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The choice of pools for one request (docs/DATA-MODEL.md 9.1), and the pools that a
 * store of one machine makes from a conflist at first use.
 */
#ifndef IPAM_ASSIGN_CHOOSE_POOLS_H
#define IPAM_ASSIGN_CHOOSE_POOLS_H

#include "ipam/assign/assign.h"
#include "ipam/request/candidates.h"

#define CANDIDATES_POOLS_MAX 1024 /* qualifying pools of one family */

/*
 * Fills c->allowed for the family, listing pools to be made in the draft.  ERR_POOL
 * when none qualifies, ERR_CONFIG when one that was asked for is unfit.  Not ready:
 * more must be read first.
 */
int choose_pools(struct candidates *c, struct draft *d,
		 const struct ipam_assign_request *request, enum family family,
		 bool *ret_ready, struct err *e);
/* Makes unknown asked-for CIDRs into pools, where the store is of one machine. */
int make_asked_pools(struct candidates *c, struct draft *d,
		     const struct ipam_assign_request *request, enum family family,
		     bool *ret_ready, struct err *e);

#endif
