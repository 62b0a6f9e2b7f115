/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is to be served on this host: for each network that an endpoint of ours is in, its
 * subnets and ports.  Pure: from what the store holds and from the links that are there.
 *
 * Only subnets that hold an address of an endpoint here are in its network.  A port whose
 * tap is not there yet is served all the same, without its MTU: dnsmasq listens on the tap
 * as it comes.
 *
 * The order is always the same, so that files change only where something did: networks and
 * subnets by id, ports by key from the last to the first (as Calico's agent reads them).
 */
#ifndef OPENSTACK_SERVE_NETWORKS_H
#define OPENSTACK_SERVE_NETWORKS_H

#include "base/buf.h"
#include "openstack/record/records.h"
#include "openstack/serve/taps.h"

struct fixed {	/* an address of a port, and the subnet that holds it */
	struct addr addr;
	const struct subnet *subnet;
};

struct port {
	const struct vm_endpoint *endpoint;
	unsigned mtu, index;	/* of its tap; 0: not there */
	struct fixed *fixed;	/* owned */
	size_t n_fixed;		/* 1 and more */
};

struct network {
	const char *id;
	char device[IFNAMSIZ];		/* ns-… */
	const struct subnet **subnets;	/* owned list */
	size_t n_subnets;
	struct port *ports;		/* owned */
	size_t n_ports;
};

struct networks {
	struct network *list;	/* ascending by id */
	size_t n, cap;
	struct buf told;	/* what cannot be served, for people: lines, cut at its limit */
};

#define NETWORKS { .told = BUF(1 << 20) }

/*
 * `ret`, which is NETWORKS or was planned before, borrows from the records, and is of no
 * use once they change.  -1: out of memory.
 */
int networks_plan(struct networks *ret, const struct records *records, const struct taps *taps,
		  struct err *e);
void networks_done(struct networks *n);	/* also for __cleanup */

const struct network *networks_find(const struct networks *n, const char *id);

/* The name of a network's device: "ns-" and the first 11 characters of its id. */
void network_device(const char *id, char out[IFNAMSIZ]);

/*
 * The address of the subnet on the network's device: its gateway; where that is null, or not
 * of the subnet (IPv6 has link-local ones), the first of the subnet, which IPv6 calls its
 * routers' (RFC 4291 2.6.1) and nobody has in IPv4.  Without one dnsmasq serves nothing of a
 * subnet.
 */
struct addr subnet_own_address(const struct subnet *s);

/* Whether dnsmasq is given a range of it: no IPv6 prefix shorter than /64, with slaac no other. */
bool subnet_has_range(const struct subnet *s);

#endif
