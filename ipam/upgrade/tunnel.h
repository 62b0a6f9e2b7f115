/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The address of a node's IPIP tunnel: with host-local it is the first of the node's
 * podCIDR, and it stays so (docs/DATA-MODEL.md 16).  Of Kubernetes' API alone.
 */
#ifndef IPAM_UPGRADE_TUNNEL_H
#define IPAM_UPGRADE_TUNNEL_H

#include "base/address/addr.h"
#include "datastore/datastore.h"
#include "ipam/request/plan.h"

enum tunnel_state {
	TUNNEL_NOTED_ALREADY,	/* the node says its tunnel's address */
	TUNNEL_NONE,	/* it has no podCIDR of IPv4 */
	TUNNEL_KEPT,	/* the address is assigned to it, and the node says so */
	TUNNEL_TAKEN,	/* another has the address: nothing was written, calico-node gets one */
};

struct tunnel_answer {
	enum tunnel_state state;
	struct addr address;	/* of TUNNEL_KEPT and TUNNEL_TAKEN */
};

/*
 * ERR_NOT_FOUND: there is no such node.  ERR_POOL: no pool holds the address; the store's own
 * errors.  It may be repeated.
 */
int ipam_keep_tunnel(struct datastore *ds, const char *node, int64_t now_ns,
		     struct tunnel_answer *ret_answer, struct err *e);

struct note_tunnel_request {
	const char *node;
	struct addr address;
};

/* Its second half (plan.h): a node that says an address already keeps it. */
int plan_note_tunnel(struct plan *p, const struct note_tunnel_request *request, struct err *e);

#endif
