/* SPDX-License-Identifier: Apache-2.0 */
/* What can keep a guest from its addresses, and what mends it. */
#ifndef OPENSTACK_SURVEY_FINDING_H
#define OPENSTACK_SURVEY_FINDING_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

enum finding_kind {
	FINDING_UNREADABLE,	/* a record does not parse, or a part of it */
	FINDING_NO_IPV6,	/* a network without an IPv6 subnet that has DHCP */
	FINDING_MODE,		/* an IPv6 subnet's modes are not dhcpv6-stateful */
	FINDING_PREFIX,		/* an IPv6 prefix shorter than /64 */
	FINDING_NO_GATEWAY,	/* a subnet's gateway is null */
	FINDING_UNCOVERED,	/* no subnet with DHCP holds a port's address */
	FINDING_OWN_PAIR,	/* an allowed pair is the port's own address */
	FINDING_BAD_PAIR,	/* an allowed pair is malformed, as those with a CIDR are */
	FINDING_ADDRESS_TWICE,	/* two ports have one address */
	FINDING_STALE,		/* the port is on another host by now, on none, or gone */
	FINDING_NO_FELIX,	/* a host has endpoints, and Felix does not report there */
	FINDING_IN_POOL,	/* a subnet or an address lies in a pool, and is not reserved */
	FINDING_COMPACTED,	/* etcd was compacted: no fault, told */
	/* Of a guest's root (openstack/guest/). */
	FINDING_GUEST_UNREADABLE,	/* a file cannot be read, or is not what it should be */
	FINDING_GUEST_NO_MANAGER,	/* nothing configures its interfaces */
	FINDING_GUEST_NO_CLIENT,	/* no DHCPv6 client is installed */
	FINDING_GUEST_NO_IPV4,		/* an interface does not ask for an IPv4 address */
	FINDING_GUEST_NO_IPV6,		/* an interface does not ask for an IPv6 address */
	FINDING_GUEST_NO_RA,		/* an interface accepts no router advertisement */
	FINDING_GUEST_IPV6_OFF,		/* the kernel is told to have no IPv6 */
	FINDING_GUEST_PREFIX,		/* the DHCPv6 client takes /64 */
	FINDING_GUEST_STABLE_PRIVATE,	/* slaac would not make Neutron's address: told */
	FINDING_GUEST_TEMPORARY,	/* slaac would make temporary ones too: told */
	FINDING_GUEST_CLOUD_INIT,	/* cloud-init writes the configuration: told */
	N_FINDINGS
};

/* "own-pair": for people to search, and for JSON. */
const char *finding_name(enum finding_kind kind);
/* One sentence: what mends it. */
const char *finding_remedy(enum finding_kind kind);
/* True if nothing is wrong. */
bool finding_is_a_note(enum finding_kind kind);

struct finding {
	enum finding_kind kind;
	char *where;	/* owned: the key, or what it is about */
	char *text;	/* owned: what is wrong */
};

struct findings {
	struct finding *list;	/* owned */
	size_t n, cap;
	bool failed;	/* sticky: out of memory */
};

void findings_add(struct findings *f, enum finding_kind kind, const char *where, const char *fmt,
		  ...) __printf_like(4, 5);
void findings_sort(struct findings *f);	/* by kind, then by where and text */
void findings_done(struct findings *f);	/* also for __cleanup */

#endif
