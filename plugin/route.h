/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One route of the configuration's `ipam.routes`, as the CNI specification 1.1.0 has it:
 *
 *	dst		a CIDR
 *	gw		an address of the same family; "" is "not given"
 *	mtu, advmss, priority, table	0 to 4294967295
 *	scope		0 to 255
 *
 * Only these are copied into a result, so that a result is bounded by ROUTES_MAX: one
 * too large would be found out only once its addresses are assigned.
 */
#ifndef PLUGIN_ROUTE_H
#define PLUGIN_ROUTE_H

#include "base/err.h"

struct cJSON;

#define ROUTES_MAX 1024	/* routes in one configuration */
#define ROUTE_TEXT_MAX 768	/* bytes of one in a result, indented */

/* ERR_CONFIG, or ERR_DECODE for a text that is none, names the key. */
int route_check(const struct cJSON *route, struct err *e);

/* A new tree with the known keys of a route that was checked, in the order above. */
struct cJSON *route_copy(const struct cJSON *route);

#endif
