/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the store: this host's endpoints and all subnets, by their keys, as the
 * watch shows them.
 *
 * A record that cannot be read is told once and is as if it were not there, but for a
 * subnet of which an earlier one could be: that stays (as in Calico's agent).
 */
#ifndef OPENSTACK_RECORD_RECORDS_H
#define OPENSTACK_RECORD_RECORDS_H

#include "datastore/view.h"
#include "openstack/record/vm_endpoint.h"
#include "openstack/record/names.h"
#include "openstack/record/subnet.h"

struct kept_endpoint {
	char *key;	/* owned */
	struct vm_endpoint endpoint;
};

struct records {
	struct prefixes prefixes;
	struct kept_endpoint *endpoints;	/* ascending by key */
	size_t n_endpoints, cap_endpoints;
	struct subnet *subnets;			/* ascending by id; of one id the old one last */
	size_t n_subnets, cap_subnets;
};

enum records_change {
	RECORDS_SAME,		/* none of ours */
	RECORDS_ENDPOINT,
	RECORDS_SUBNET,
};

void records_done(struct records *r);	/* also for __cleanup */
void records_forget(struct records *r);	/* all but the prefixes */

/*
 * Takes a record, or that it was deleted (its value is NULL).  0 also where it cannot be
 * read: then *ret_told says so (ERR_CORRUPT, with the key), and what was left out of one that
 * can.  -1: out of memory.
 */
int records_take(struct records *r, const struct record *record, enum records_change *ret_change,
		 struct err *ret_told, struct err *e);

/*
 * The subnet that holds the address: of that network, unless network is "".  Those of the
 * region go before those without.
 */
const struct subnet *records_subnet_of(const struct records *r, struct addr a,
				       const char *network);

#endif
