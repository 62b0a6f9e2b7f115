/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Neutron itself says of its subnets and ports (Networking API v2.0).
 *
 *	GET <url>/v2.0/subnets, <url>/v2.0/ports	X-Auth-Token: <token>
 *
 * By pages, as links named "next" go on.  The token is in no message and in no file.
 */
#ifndef OPENSTACK_SURVEY_NEUTRON_H
#define OPENSTACK_SURVEY_NEUTRON_H

#include "base/address/addr.h"
#include "base/clock.h"
#include "base/err.h"
#include "openstack/record/word.h"

#include <stdbool.h>
#include <stddef.h>

#define NEUTRON_PAGE 1000	/* records that are asked for at once */
#define NEUTRON_RECORDS_MAX 1000000
#define MODE_TEXT 32		/* bytes of a mode, NUL included */

struct neutron_subnet {
	char id[WORD_TEXT], network[WORD_TEXT];
	struct cidr cidr;
	bool dhcp;
	char ra_mode[MODE_TEXT], address_mode[MODE_TEXT];	/* "" where null */
};

struct neutron_port {
	char id[WORD_TEXT];
	char host[NAME_TEXT];	/* binding:host_id; "" where it is bound to none, or not told */
	bool bound;		/* it has a device */
};

struct neutron {
	struct neutron_subnet *subnets;	/* owned; by id */
	size_t n_subnets, cap_subnets;
	struct neutron_port *ports;	/* owned; by id */
	size_t n_ports, cap_ports;
	/* The token may see where ports are bound: an administrator's. */
	bool sees_hosts;
};

struct neutron_access {
	const char *url;	/* of the service, without "/v2.0": http://controller:9696 */
	const char *token;
	const char *ca_file;	/* NULL: the system's */
	size_t records_max;	/* of a kind; 0: NEUTRON_RECORDS_MAX */
};

/*
 * ERR_CONFIG: the URL; ERR_DENIED: the token, or TLS; ERR_UNAVAILABLE, ERR_DEADLINE;
 * ERR_DECODE: what answers is no Neutron; ERR_LIMIT: its records do not end.  All name the URL.
 */
int neutron_read(const struct neutron_access *access, struct deadline deadline, struct neutron *ret,
		 struct err *e);
void neutron_done(struct neutron *n);	/* also for __cleanup */

const struct neutron_subnet *neutron_subnet(const struct neutron *n, const char *id);
const struct neutron_port *neutron_port(const struct neutron *n, const char *id);
/* The one that holds the address; NULL: none. */
const struct neutron_subnet *neutron_subnet_of(const struct neutron *n, const char *network,
					       struct addr a);

#endif
