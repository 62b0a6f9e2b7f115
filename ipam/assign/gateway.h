/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gateways of a request: what it adds to those recorded (ipam/record/gateway.h), and
 * which of them goes with an address.
 */
#ifndef IPAM_ASSIGN_GATEWAY_H
#define IPAM_ASSIGN_GATEWAY_H

#include "ipam/assign/assign.h"
#include "ipam/record/gateway.h"
#include "ipam/request/draft.h"

/*
 * What this request adds in a pool.  ERR_CONFIG when the prefix has no room for a
 * gateway, or the one named is its network or broadcast address.
 */
int gateways_add(struct gateways *g, const struct ipam_assign_request *request,
		 const struct pool *p, struct err *e);
/* True if nobody may have this ordinal of the block. */
bool gateways_keep(const struct gateways *g, const struct pool *p, const struct block *b,
		   unsigned ordinal);

/*
 * The gateway that goes with an address; FAMILY_NONE if none is wanted.  ERR_CONFIG
 * when it lies outside the address's prefix.
 */
int gateway_of(const struct ipam_assign_request *request, const struct pool *p, struct cidr prefix,
	       struct addr *ret, struct err *e);

/*
 * Lists the reservation of a pool that the answer uses, unless it is recorded.
 * ERR_EXISTS when a container holds the gateway already.
 */
int gateways_record(struct gateways *g, struct candidates *c, struct draft *d,
		    const struct ipam_assign_request *request, const struct pool *p, struct err *e);

#endif
