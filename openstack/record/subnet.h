/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A subnet as Neutron's driver stores it, only those with DHCP (docs/DATA-MODEL.md 17).
 *
 * Read once, whole and checked.  What cannot be read in a part that is not needed (a
 * nameserver, a route) is left out of the subnet and told in its complaint.
 */
#ifndef OPENSTACK_RECORD_SUBNET_H
#define OPENSTACK_RECORD_SUBNET_H

#include "base/address/addr.h"
#include "base/err.h"
#include "openstack/record/word.h"

#define SUBNET_SERVERS_MAX 20	/* dnsmasq reads a line of 1024 bytes */
#define SUBNET_ROUTES_MAX 512

struct route {
	struct cidr destination;
	struct addr nexthop;
};

/* Of an IPv6 subnet: how its guests learn their addresses; of both modes, as they are stored. */
enum subnet_mode {
	SUBNET_STATEFUL,	/* dhcpv6-stateful; what else is no slaac is served so, too */
	SUBNET_SLAAC,
	SUBNET_STATELESS,	/* dhcpv6-stateless */
	SUBNET_NO_MODE,		/* none stored: of Neutron's two, one or none is set */
	SUBNET_OTHER_MODES,	/* two that differ, or words that nobody knows */
};

struct subnet {
	char id[WORD_TEXT];
	char network[WORD_TEXT];	/* "calico" where the record names none (Calico's agent) */
	struct cidr cidr;		/* as stored; its base may have host bits */
	struct addr gateway;		/* family FAMILY_NONE: null */
	enum subnet_mode mode;		/* of IPv6 */
	bool old;			/* of the generation without regions */
	struct addr *servers;		/* owned; of the cidr's family */
	size_t n_servers;
	struct route *routes;		/* owned; of the cidr's family */
	size_t n_routes;
	const char *complaint;		/* what was left out, a constant; NULL: nothing */
};

/* ERR_CORRUPT names what is wrong, not the key.  `id` is the key's last part. */
int subnet_read(struct subnet *ret, const char *id, const char *value, size_t len, struct err *e);
void subnet_done(struct subnet *s);	/* also for __cleanup */

#endif
