/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a real Neutron had written, and what Calico's own agent made of it.
 *
 * tests/openstack/records/NN-step.json: the subnets and endpoints in etcd after each of 39
 * steps, recorded from neutron-server 24.2.2 with Calico's driver of August 2026.
 * tests/openstack/dnsmasq/: the files and the command line of each network, both recorded
 * after the last step.  "1-all": one tap was there (that of port facff401…).  "2-end":
 * seven; there somebody had put a nameserver into v6/opts and a port into sl by hand.
 */
#ifndef TESTS_OPENSTACK_FIXTURE_STATE_H
#define TESTS_OPENSTACK_FIXTURE_STATE_H

#include "openstack/serve/files.h"

#define STATES 39
#define HOST "compute-1"

struct state {
	struct records records;
	struct taps taps;
	struct networks networks;
	struct buf told;	/* of records, a line each */
};

/* As of the step 1 to 39, and no tap there yet. */
void state_init(struct state *s, unsigned step);
void state_done(struct state *s);
void state_tap(struct state *s, const char *name, unsigned mtu);
/* All taps of the endpoints. */
void state_all_taps(struct state *s, unsigned mtu);
/* Puts a record, or deletes it with NULL. */
void state_put(struct state *s, const char *key, const char *value);
void state_plan(struct state *s);
const struct network *state_network(struct state *s, const char *id);

/* The configuration under which the recordings were made. */
extern const struct serving recorded;

/* tests/openstack/<path> */
void read_recording(const char *path, struct buf *out);

#endif
