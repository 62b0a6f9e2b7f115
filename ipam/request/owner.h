/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose an allocation is (docs/DESIGN.md 3): (network, container id, interface name).
 *
 * The handle id is "<network>.<container id>", the rest stands in the allocation's
 * `secondary` attributes.
 */
#ifndef IPAM_REQUEST_OWNER_H
#define IPAM_REQUEST_OWNER_H

#include "base/clock.h"
#include "base/err.h"
#include "ipam/record/attribute.h"

#include <stdbool.h>
#include <stdint.h>

#define IPAM_HANDLE_MAX 400 /* bytes of a handle id */

/*
 * A virtual machine of KubeVirt's whose addresses stay while its pods come and go
 * (docs/DATA-MODEL.md 14).
 */
#define IPAM_VM_HANDLE_MAX 128 /* bytes */

struct ipam_vm {
	char handle[IPAM_VM_HANDLE_MAX + 1]; /* "<network>.vmi.<namespace>.<name>" */
	char name[254];
	char instance_uid[64], uid[64]; /* "": the instance is no VirtualMachine's */
	char migration_uid[64]; /* "": the pod is not one that it migrates to */
	bool ending; /* it is being deleted */
};

struct ipam_owner {
	const char *network; /* of CNI.  NULL: the node, for its IPIP tunnel: it has `node` alone */
	const char *container; /* container id */
	const char *ifname;
	const char *node; /* this host */
	const char *namespace_name; /* "default" outside Kubernetes */
	const char *pod; /* NULL outside Kubernetes */
	const struct ipam_vm *vm; /* NULL: the pod is no virtual machine's, or keeps nothing */
	/* Where the container is (base/machine/origin.h), for ADD; NULL: not told. */
	const char *boot, *netns;
};

/*
 * "<network>.<container>", the virtual machine's or the tunnel's (docs/DATA-MODEL.md 7.4);
 * ERR_LIMIT if longer than IPAM_HANDLE_MAX.
 */
int owner_handle(const struct ipam_owner *owner, char out[IPAM_HANDLE_MAX + 1], struct err *e);
/*
 * The `secondary` of a new allocation; its texts are the owner's and `now`, which is filled
 * with the time.  That of a virtual machine tells no boot and no namespace: it outlives both.
 */
void owner_secondary(const struct ipam_owner *owner, int64_t now_ns, char now[CLOCK_GO_LEN],
		     struct secondary *ret);
bool owner_is_tunnel(const struct ipam_owner *owner);
/* True if the allocation is of the ADD whose nonce is this (docs/DESIGN.md 3). */
bool owner_assigned_at(const struct attribute *attribute, int64_t now_ns);
/* True if the allocation says that it was made before; one that does not say when: false. */
bool owner_assigned_before(const struct attribute *attribute, int64_t ns);

/*
 * True if the allocation says of where the container is what the owner does, for certain: an
 * inode may have been another namespace's since.
 */
bool owner_is_where(const struct ipam_owner *owner, const struct attribute *attribute);

/* True if the attribute is of this owner: handle, network and interface (docs/DESIGN.md 3). */
bool owner_holds(const struct ipam_owner *owner, const char *handle,
		 const struct attribute *attribute);

#endif
