/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Virtual machines of KubeVirt's, whose addresses stay while their pods come and go
 * (docs/DATA-MODEL.md 14).  Only Kubernetes' API knows them.
 */
#ifndef IPAM_VM_VM_H
#define IPAM_VM_VM_H

#include "base/err.h"
#include "datastore/datastore.h"
#include "ipam/request/owner.h"
#include "ipam/request/plan.h"

enum ipam_vm_pod {
	IPAM_VM_NONE,	/* the pod is no virtual machine's, or this store knows of none */
	IPAM_VM_GONE,	/* there is no such pod */
	IPAM_VM_KEEPS,	/* its addresses are the virtual machine's: *ret_vm */
	IPAM_VM_FREE,	/* it is a virtual machine's, whose addresses are not kept */
};

/* By its name: the pod is called virt-launcher-... */
bool ipam_vm_may_be_of(const struct ipam_owner *owner);

/*
 * Reads whose pod it is: nothing, unless it may be a machine's; else the pod with
 * the configuration, then the instance that controls it, then the machine that owns that.
 * ERR_NOT_FOUND: the pod's instance is not there; ERR_CORRUPT.
 */
int ipam_vm_of_pod(struct datastore *ds, const struct ipam_owner *owner,
		   enum ipam_vm_pod *ret_pod, struct ipam_vm *ret_vm, struct err *e);

/*
 * The id of its handle: what stands behind "<network>.vmi." is a hash where the whole would be
 * longer than IPAM_VM_HANDLE_MAX.  ERR_LIMIT: even so.
 */
int ipam_vm_handle(const char *network, const char *namespace_name, const char *name,
		   char out[IPAM_VM_HANDLE_MAX + 1], struct err *e);

struct vm_leave_request {
	const struct ipam_owner *owner;	/* with its vm */
	int64_t now_ns;
};

struct vm_leave_answer {
	unsigned left;	/* addresses that had this pod as one of their owners */
};

/*
 * DEL of such a pod: it is no longer an owner of the machine's addresses; they stay, until
 * the machine is being deleted and no pod owns them.
 */
int ipam_vm_leave(struct datastore *ds, const struct vm_leave_request *request,
		  struct vm_leave_answer *ret_answer, struct err *e);

/* Its planner (plan.h). */
int plan_vm_leave(struct plan *p, const struct vm_leave_request *request,
		  struct vm_leave_answer *ret_answer, struct err *e);

#endif
