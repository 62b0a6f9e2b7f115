/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WorkloadEndpoint, and what a Node says of its tunnels: addresses in use
 * (docs/DATA-MODEL.md 12).  What does not parse uses none.
 *
 * And of pods and KubeVirt's objects, whose they are (docs/DATA-MODEL.md 14).
 */
#ifndef IPAM_RECORD_ENDPOINT_H
#define IPAM_RECORD_ENDPOINT_H

#include "base/address/addr.h"
#include "datastore/view.h"

/* What one record says.  Its texts live as long as it. */
struct endpoint {
	const char *node;	/* of a WorkloadEndpoint, like the next; NULL: not said */
	const char *pod, *namespace_name;	/* whose it is; NULL: no pod's */
	struct addr *list;	/* owned: addresses */
	bool openstacks;	/* Neutron gave it these, without any block */
	size_t n, cap;
	void *kept;	/* owned, never changed */
};

/* Either fails only when memory ends. */
int endpoint_read(const struct record *record, struct endpoint *ret, struct err *e);
int endpoint_read_tunnels(const struct record *node, struct endpoint *ret, struct err *e);
void endpoint_done(struct endpoint *endpoint); /* also for __cleanup */


/* What an object of Kubernetes' says of itself; texts live as long as it. */
struct controlled {
	const char *uid;	/* "" where it does not say; so are the next */
	const char *controller;	/* the name of what of that kind of KubeVirt's controls it */
	const char *migration;	/* uid of the migration that it is the target of */
	bool deleting;
	void *kept;	/* owned, never changed */
};

/* kind: "VirtualMachineInstance", "VirtualMachine".  ERR_CORRUPT names the key. */
int controlled_read(const struct record *record, const char *kind, struct controlled *ret,
		    struct err *e);
void controlled_done(struct controlled *controlled); /* also for __cleanup */

#endif
