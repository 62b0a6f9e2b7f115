/*
 * Which addresses are used, as far as Calico's own records tell: the ipNetworks of its
 * WorkloadEndpoints, and the tunnel addresses of its nodes (data-model sheet, 12; IPv6
 * tunnels too, which Calico's check forgets).  OpenStack's endpoints are left out:
 * Neutron gives them their addresses, without any block.
 */
#ifndef IPAM_AUDIT_ENDPOINTS_H
#define IPAM_AUDIT_ENDPOINTS_H

#include "datastore/datastore.h"
#include "ipam/record/addr.h"

#define KEY_ENDPOINTS "/calico/resources/v3/projectcalico.org/workloadendpoints/"

struct used {
	struct addr addr;
	bool held;	/* an allocation of it was seen */
};

struct usage {
	struct used *list;	/* owned; by address, each once */
	size_t n, cap;
	uint64_t *nodes;	/* owned; hashes of those that have endpoints, ascending */
	size_t n_nodes, cap_nodes;
	uint64_t endpoints;	/* records */
	bool failed;		/* sticky: out of memory */
};

/* The store's own errors.  Records that do not parse are passed over. */
int usage_read(struct datastore *ds, struct usage *ret, struct err *e);
void usage_done(struct usage *u);	/* also for __cleanup */

/* True if the address is used; notes that it is held. */
bool usage_note_held(struct usage *u, struct addr a);
void usage_forget_held(struct usage *u);
/* True if any endpoint is on this node; NULL: false. */
bool usage_has_node(const struct usage *u, const char *node);

/*
 * Reads the records once more, and then tells each address that is still used and was
 * not seen held, with the record that uses it.
 */
#define USAGE_TOLD_MAX 100000	/* addresses */
typedef void usage_teller(struct addr a, const char *key, void *arg);
int usage_tell_not_held(struct datastore *ds, const struct usage *u, usage_teller *tell, void *arg,
			struct err *e);

#endif
