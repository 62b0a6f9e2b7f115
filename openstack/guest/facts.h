/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of a guest's root say of how it will ask for its addresses: who manages its
 * interfaces, what each is told to ask for, which DHCPv6 client does it, and what the kernel
 * makes of router advertisements.  Pure reading.
 */
#ifndef OPENSTACK_GUEST_FACTS_H
#define OPENSTACK_GUEST_FACTS_H

#include "openstack/guest/root.h"
#include "openstack/survey/finding.h"

#include <stdbool.h>
#include <stddef.h>

#define GUEST_NAME_MAX 128	/* bytes */
#define GUEST_PROFILES_MAX 1000
#define GUEST_NAMES_MAX 1000	/* that profiles have, all together */

enum guest_manager {
	MANAGER_NONE,
	MANAGER_NETWORKD,
	MANAGER_NETWORK_MANAGER,
	MANAGER_IFUPDOWN,
	MANAGER_IFCFG,		/* the network service of CentOS 7 */
	MANAGER_DHCPCD,
};

/* "systemd-networkd": for people. */
const char *guest_manager_name(enum guest_manager manager);

/* What is said of one interface, or of all whose names match. */
struct guest_profile {
	char rank[GUEST_NAME_MAX];	/* of two that match, the one of the lower rank counts */
	int priority;			/* before rank: the higher counts */
	char file[ROOT_PATH_MAX];
	char match[ROOT_PATH_MAX];	/* names or globs, with blanks between; "": none matches */
	bool dhcp4;	/* asks for an IPv4 address */
	bool dhcp6;	/* asks for an IPv6 address, at least where an advertisement says so */
	bool accepts_ra;
	bool forwards_too;	/* it accepts them although it forwards: accept_ra=2 */
	bool inet4, inet6;	/* of ifupdown: it has a stanza for IPv4, for IPv6 */
	bool stable_private, temporary;	/* of the addresses that it makes by slaac */
};

enum kernel_key { KERNEL_DISABLE_IPV6, KERNEL_FORWARDING, KERNEL_ACCEPT_RA, KERNEL_ADDR_GEN_MODE,
		  KERNEL_USE_TEMPADDR, N_KERNEL_KEYS };

extern const char *const kernel_key_names[N_KERNEL_KEYS];	/* "disable_ipv6" */

#define GUEST_LINKS_MAX 32	/* interfaces that sysctl settings name */

/* net.ipv6.conf.<link>.<key> as the last file sets it. */
struct kernel_link {
	char name[32];	/* "all", "default", "eth0" */
	struct {
		bool set;
		int value;
		char file[ROOT_PATH_MAX];
	} keys[N_KERNEL_KEYS];
};

struct guest {
	char system[GUEST_NAME_MAX];	/* "Ubuntu 22.04.3 LTS"; "": it does not say */
	enum guest_manager manager;
	bool netplan;			/* which writes for it */
	bool cloud_init;		/* it is there, and writes the network's configuration */
	bool no_automatic_profile;	/* of NetworkManager: a link without a profile has none */
	struct guest_profile *profiles;	/* owned */
	size_t n, cap;
	bool has_more;			/* profiles, than are kept */
	struct kernel_link links[GUEST_LINKS_MAX];
	size_t n_links;
	bool kernel_without_ipv6;	/* ipv6.disable=1 on its command line */
	char kernel_file[ROOT_PATH_MAX];	/* which says so */
	const char *client;		/* of DHCPv6; NULL: none is installed */
	bool is_debians_script;		/* dhclient's looks into dhclient-enter-hooks.d */
	bool takes_64;			/* the client, and nothing makes it /128 */
	size_t n_sourced;		/* by /etc/network/interfaces, and what it sources */
	bool sources_own;		/* /etc/network/interfaces reads interfaces.d/calico-ipam */
	bool sources_cfg;		/* the same of interfaces.d/calico-ipam.cfg */
	bool failed;			/* out of memory */
};

/*
 * Reads them.  What cannot be read is added to `findings`, and passed over.  Files of our own
 * (own.h) count, or are passed over too.
 */
int guest_read(const struct root *root, bool own_too, struct guest *ret,
	       struct findings *findings, struct err *e);
void guest_done(struct guest *g);	/* also for __cleanup */

/*
 * Each profile that counts for some interface: for those that profiles name (the first
 * GUEST_NAMES_MAX of them), and where none does, for eth0, ens3 and enp1s0; once each.
 */
typedef void guest_profile_visitor(const struct guest_profile *p, void *arg);
void guest_each_profile(const struct guest *g, guest_profile_visitor *visit, void *arg);

/* What counts for a link whose name no sysctl setting has ("") or has; NULL if none is set. */
const struct kernel_link *guest_kernel(const struct guest *g, const char *link,
				       enum kernel_key key);

/* Whether the link forwards, and so accepts advertisements with accept_ra=2 alone. */
bool guest_forwards(const struct guest *g, const char *link);
/* Whether the kernel, and no daemon, acts on router advertisements. */
bool guest_goes_by_the_kernel(const struct guest *g);

#endif
