/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is demanded of ADD: the configuration's `ipam` section, the capability
 * arguments and CNI_ARGS, as a request to ipam/.
 *
 *	assign_ipv4, assign_ipv6	"true", "false" or a boolean; default on, off
 *	ipv4_pools, ipv6_pools		lists of names and CIDRs
 *	prefix		"block" (default) or "pool"
 *	gateway		"first", or a list of addresses, at most one a family
 *	routes		a list of {"dst": CIDR, "gw": address, …} (route.h)
 *
 * The last three are for other main plugins than calico, whose results know neither;
 * under calico they are not looked at.  Without `gateway`, a true isGateway or
 * isDefaultGateway beside `ipam` stands for "first".
 *
 * Exact addresses: of each family the first in IP= of CNI_ARGS, args.cni.ips and
 * runtimeConfig.ips (nerdctl's --ip and --ip6 come by the first and the last); once there
 * is any, just its families are wanted.
 */
#ifndef PLUGIN_DEMAND_H
#define PLUGIN_DEMAND_H

#include "ipam/ipam.h"
#include "plugin/args.h"
#include "plugin/netconf.h"

/* The routes of `ipam` in the configuration's tree, checked; NULL: none. */
int demand_routes(const struct netconf *conf, struct cJSON **ret_routes, struct err *e);

/*
 * Fills what the configuration says: wanted, pools, exact, prefix, gateway and
 * max_blocks; leaves owner, times, ids and traits alone.  ERR_CONFIG or ERR_DECODE
 * names the key.
 */
int demand_read(const struct netconf *conf, const struct cni_args *args,
		struct ipam_assign_request *ret, struct err *e);

/* `status_exhaustion`, a boolean: STATUS fails too when no address is left.  Default off. */
int demand_status_exhaustion(const struct netconf *conf, bool *ret, struct err *e);

/* The addresses in prevResult, of any version's shape.  ERR_CONFIG without prevResult. */
#define PREV_RESULT_MAX 64	/* addresses */
int demand_prev_result(const struct netconf *conf, struct addr ret[PREV_RESULT_MAX],
		       unsigned *ret_n, struct err *e);

/* ERR_CONFIG where addresses are wanted, but prevResult has none: that must not pass. */
int demand_refuse_no_address(const struct netconf *conf, const struct cni_args *args,
			     struct err *e);

#endif
