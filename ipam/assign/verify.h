/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looking without writing: CHECK and STATUS.
 */
#ifndef IPAM_ASSIGN_VERIFY_H
#define IPAM_ASSIGN_VERIFY_H

#include "ipam/assign/assign.h"

/*
 * CHECK: each address is held by this owner.  ERR_NOT_FOUND names the address and
 * who holds it instead.  What lies in no pool and no block a later plugin of the chain has
 * added: it is passed over, beside one that is held.
 */
int ipam_verify(struct datastore *ds, const struct ipam_owner *owner, const struct addr *addresses,
		unsigned n_addresses, struct err *e);

/*
 * STATUS: the store answers, a pool of each wanted family qualifies on this node, and
 * the gateway fits into it.
 */
int ipam_status(struct datastore *ds, const struct ipam_assign_request *request, struct err *e);

struct verify_request {
	const struct ipam_owner *owner;
	const struct addr *addresses;
	unsigned n_addresses;
	int64_t now_ns;
};

int plan_verify(struct plan *p, const struct verify_request *request, struct err *e);
int plan_status(struct plan *p, const struct ipam_assign_request *request, struct err *e);

#endif
