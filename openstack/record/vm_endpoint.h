/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A workload endpoint as Neutron's driver writes it: a port of a VM on this host
 * (docs/DATA-MODEL.md 17).  Read once, whole and checked.
 *
 * Its own addresses are those of ipNetworks; the allowed address pairs stand there too,
 * and again in allowedIps, and are nobody's to serve.  A pair that is the port's own
 * address stands in ipNetworks twice: so its own are those that stand there more often
 * than among the pairs.  (Calico's agent leaves out whatever is a pair, and such a port
 * gets nothing.)  A pair with a CIDR is malformed: "10.99.0.0/24/32".
 */
#ifndef OPENSTACK_RECORD_VM_ENDPOINT_H
#define OPENSTACK_RECORD_VM_ENDPOINT_H

#include "base/address/addr.h"
#include "base/err.h"
#include "openstack/record/word.h"

#include <net/if.h>
#include <stdint.h>

#define ENDPOINT_ADDRESSES_MAX 256	/* its own */
#define ENDPOINT_NETWORKS_MAX 4096	/* entries of ipNetworks, and of allowedIps */
#define MAC_TEXT 18			/* bytes, NUL included */

struct vm_endpoint {
	char port[WORD_TEXT];		/* Neutron's id of the port, from the key */
	char network[WORD_TEXT];	/* "" where the record names none */
	char fqdn[NAME_TEXT];		/* as written, its last dot too; "" without one */
	char tap[IFNAMSIZ];
	char mac[MAC_TEXT];		/* as written, in small letters */
	struct addr *addresses;		/* owned; its own, in their order, each once */
	size_t n_addresses;
	uint64_t revision;		/* of the record */
	const char *complaint;		/* what was left out, a constant; NULL: nothing */
};

/* What an endpoint is to the one who serves. */
enum vm_endpoint_state {
	ENDPOINT_SERVED,
	ENDPOINT_ABSENT,	/* no tap, MAC or address yet: as if it were not there */
};

/*
 * `name` is what follows the prefix in the key.  ERR_CORRUPT says what is wrong.  With
 * ENDPOINT_ABSENT, *ret stays as it is.
 */
int vm_endpoint_read(struct vm_endpoint *ret, enum vm_endpoint_state *ret_state, const char *name,
		     const char *value, size_t len, struct err *e);
void vm_endpoint_done(struct vm_endpoint *p);	/* also for __cleanup */

#endif
