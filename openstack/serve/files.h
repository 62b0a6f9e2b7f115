/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What dnsmasq is told of a network: its files and its arguments, as Neutron's agent with
 * Calico's driver writes them, byte for byte (docs/DATA-MODEL.md 17), but for what is better
 * (docs/OPENSTACK.md): slaac is off-link, so that two guests of one subnet reach each other
 * through the host, and an IPv6 subnet without nameservers names the address of the ns-
 * device, where guests reach dnsmasq; its link-local one they do not.
 *
 * Pure.  Each appends to `out`, whose limit bounds it: the caller looks at out->failed.
 */
#ifndef OPENSTACK_SERVE_FILES_H
#define OPENSTACK_SERVE_FILES_H

#include "openstack/serve/networks.h"

#define DNSMASQ_SERVERS_MAX 32

/* What the configuration says of all networks (openstack/config/agent_config.h). */
struct serving {
	const char *confs;		/* folder of the networks' folders, no slash at its end */
	const char *domain;		/* dns_domain; "" for none */
	int64_t lease_s;		/* dhcp_lease_duration; -1: for ever */
	int64_t renewal_s, rebinding_s;	/* T1, T2; 0: dnsmasq's own */
	const char *config_file;	/* dnsmasq_config_file; "" for none */
	const char *const *servers;	/* dnsmasq_dns_servers */
	size_t n_servers;
	const char *log_dir;		/* dnsmasq_base_log_dir; "" for none */
	int64_t lease_max;		/* dnsmasq_lease_max */
	unsigned mtu;			/* of networks, bytes */
	bool local_resolv;		/* dnsmasq_local_resolv */
	bool broadcast;			/* dhcp_broadcast_reply */
	bool address_lists;		/* dnsmasq_enable_addr6_list */
	bool metadata;			/* force_metadata */
};

/* host: which MAC has which address. */
void print_host_file(const struct network *n, const struct serving *s, struct buf *out);
/* addn_hosts: names for DNS. */
void print_addn_hosts(const struct network *n, const struct serving *s, struct buf *out);
/* opts: options of subnets and ports.  No line end at the end, as theirs. */
void print_opts(const struct network *n, const struct serving *s, struct buf *out);

/*
 * How many of a network's routes do not stand there: a DHCP option has 255 bytes, and dnsmasq
 * gives none of one that is longer.
 */
unsigned routes_left_out(const struct network *n, const struct serving *s);

/*
 * How many of a port's addresses do not stand in its line, which dnsmasq_enable_addr6_list has
 * for all of them: of one that is longer than dnsmasq reads, the guest would have no address.
 */
unsigned addresses_left_out(const struct port *p, const struct serving *s);

/* What is known of a network as its dnsmasq is about to start. */
struct lease_past {
	const char *leases;		/* the lease file, or NULL */
	const char *hosts;		/* the host file that dnsmasq had, or NULL */
	const struct taps *taps;	/* that it had, as taps_read() knows them, or NULL */
};

/*
 * taps: which link each tap was, in lines "<name> <index>", so that one that is made anew is
 * known, also where nobody looked as it was.  Ours; one that is away stays as it was.
 */
void print_taps(const struct network *n, const struct taps *had, struct buf *out);
/* -1: out of memory.  Lines that are none are left out. */
int taps_read(struct taps *ret, const char *text);

/*
 * Whether the lease file has a lease that must not stay (see below): only a dnsmasq that is
 * started anew forgets it.
 */
bool leases_are_stale(const struct network *n, const struct lease_past *past);

/*
 * leases, for a dnsmasq that is about to start: what stands in the old file and is to stay
 * (its duid, IPv6 leases of addresses that are served), and an IPv4 line for each address,
 * without which a restart refuses guests what they have.  A network without a duid gets one
 * of its own (RFC 6355, from the network's id), the same on each host, so that a guest that
 * is moved renews where it comes to.
 *
 * An IPv6 lease is bound to its guest's DUID, and keeps the address from any other.  So it
 * goes where the address is another port's now (its MAC in the old host file is another),
 * and where the port's tap was made anew: a guest that was built anew has another DUID.
 *
 * Lines of the old file that are none are left out, as is one without an end, which was torn,
 * and what dnsmasq would not read as one; of an address the first lease stays.
 */
void print_leases(const struct network *n, const struct serving *s,
		  const struct lease_past *past, int64_t now_s, struct buf *out);

/* The arguments, "dnsmasq" first, each with a NUL behind it. */
void print_arguments(const struct network *n, const struct serving *s, struct buf *out);

/* "<confs>/<network>/<file>"; without a file (NULL) the network's folder. */
void print_path(const char *confs, const char *network, const char *file, struct buf *out);

#endif
