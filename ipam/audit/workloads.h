/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which addresses are used, as far as Calico's own records tell: the ipNetworks of its
 * WorkloadEndpoints, and the tunnel addresses of its nodes (docs/DATA-MODEL.md 12; IPv6
 * tunnels too, which Calico's check forgets).  Those of OpenStack's endpoints are Neutron's to
 * give, without any block: of these it only matters whether a pool gives them away too.
 */
#ifndef IPAM_AUDIT_WORKLOADS_H
#define IPAM_AUDIT_WORKLOADS_H

#include "base/address/addr.h"
#include "datastore/datastore.h"

/* One endpoint of a pod; texts as hashes, as in index.h. */
struct workload {
	uint64_t pod, node;	/* of "<namespace>/<name>" */
	bool addressed;
};

struct used {
	struct addr addr;
	bool held;	/* an allocation of it was seen */
};

struct workloads {
	struct used *list;	/* owned; by address, each once */
	size_t n, cap;
	struct workload *pods;	/* owned; by pod */
	size_t n_pods, cap_pods;
	uint64_t *nodes;	/* owned; hashes of those that have endpoints, ascending */
	size_t n_nodes, cap_nodes;
	uint64_t *known;	/* owned; hashes of the nodes that are there, ascending */
	size_t n_known, cap_known;
	uint64_t endpoints;	/* records */
	bool failed;		/* sticky: out of memory */
};

/* The store's own errors.  Records that do not parse are passed over. */
int workloads_read(struct datastore *ds, struct workloads *ret, struct err *e);
void workloads_done(struct workloads *u);	/* also for __cleanup */

/* True if the address is used; notes that it is held. */
bool workloads_note_held(struct workloads *u, struct addr a);
/* True if any endpoint is on this node; NULL: false. */
bool workloads_has_node(const struct workloads *u, const char *node);
/* True if the node's own record is there; NULL: false. */
bool workloads_knows_node(const struct workloads *u, const char *node);

enum workloads_pod {
	WORKLOADS_NO_POD,	/* it has no endpoint */
	WORKLOADS_OTHER_NODE,	/* it has one, on other nodes than the one asked for */
	WORKLOADS_NO_ADDRESS,	/* and no address is known of it yet */
	WORKLOADS_ADDRESSED,
};
/* What is known of a pod on a node (NULL: any). */
enum workloads_pod workloads_find_pod(const struct workloads *u, const char *namespace_name,
				      const char *pod, const char *node);

/*
 * Reads the records once more, and then tells each address that is still used and was
 * not seen held, with the record that uses it.
 */
#define WORKLOADS_TOLD_MAX 100000	/* addresses */
typedef void workloads_teller(struct addr a, const char *key, bool openstacks, void *arg);
int workloads_tell_not_held(struct datastore *ds, const struct workloads *u, workloads_teller *tell,
			    void *arg, struct err *e);

#endif
