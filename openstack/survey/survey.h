/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that Neutron's driver and Felix have written, of all hosts (docs/DATA-MODEL.md 17),
 * and what of it keeps a guest from its addresses.
 *
 *	survey_read(ds, region, &s, &findings, e);	what does not parse is a finding
 *	survey_judge(&s, &neutron, &findings);		pure
 *
 * What Neutron keeps from etcd, subnets without DHCP and the two modes of a subnet where only
 * one is set, is known where Neutron was asked (neutron.h); without it, that is said.
 */
#ifndef OPENSTACK_SURVEY_SURVEY_H
#define OPENSTACK_SURVEY_SURVEY_H

#include "datastore/datastore.h"
#include "openstack/record/names.h"
#include "openstack/record/subnet.h"
#include "openstack/record/vm_endpoint.h"
#include "openstack/survey/finding.h"
#include "openstack/survey/neutron.h"

struct survey_subnet {
	char region[REGION_MAX + 1];
	struct subnet subnet;
};

struct survey_port {
	char *key;	/* owned: of its record */
	char region[REGION_MAX + 1], host[NAME_TEXT];
	struct vm_endpoint endpoint;
	struct addr own_pair;	/* a pair that is its own address; FAMILY_NONE: none */
	char *bad_pair;		/* owned: one that is malformed; NULL: none */
	bool reported;		/* Felix says something of it */
	bool migrating;		/* a live migration comes to this host */
};

struct survey_host {
	char region[REGION_MAX + 1], host[NAME_TEXT];
	bool alive;		/* Felix reports there */
	size_t n_reported;	/* endpoints that it says something of */
};

struct survey {
	struct survey_subnet *subnets;	/* owned; each region's by id */
	size_t n_subnets, cap_subnets;
	struct survey_port *ports;	/* owned; by key */
	size_t n_ports, cap_ports;
	struct survey_port **by_id;	/* owned list: the same, by the port's id */
	struct survey_host *hosts;	/* owned; those of Felix, by region and name */
	size_t n_hosts, cap_hosts;
	uint64_t compacted;	/* revision that the driver last noted for a compaction; 0: none */
};

/*
 * `region` NULL: all; "": those that have none.  ERR_UNSUPPORTED: the store cannot have any of
 * it, as Kubernetes' cannot; the store's own errors.
 */
int survey_read(struct datastore *ds, const char *region, struct survey *ret,
		struct findings *findings, struct err *e);
void survey_done(struct survey *s);	/* also for __cleanup */

/* All records of one port, one a host: the first, and how many. */
struct survey_port **survey_ports_of(const struct survey *s, const char *port, size_t *ret_n);

/* `neutron` NULL: it was not asked. */
void survey_judge(const struct survey *s, const struct neutron *neutron, struct findings *ret);

/* The subnet with DHCP that holds the address, of that network unless it is ""; NULL: none. */
const struct subnet *survey_subnet_of(const struct survey *s, const char *region,
				      const char *network, struct addr a);

#endif
