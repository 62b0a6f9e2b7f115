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
	IPAM_VM_KEEPS,	/* its addresses are the virtual machine's: vm */
	IPAM_VM_FREE,	/* it is a virtual machine's, whose addresses are not kept */
	IPAM_VM_HIDDEN,	/* the same, since who asks has no right to read whose it is: why */
};

struct ipam_vm_found {
	enum ipam_vm_pod pod;
	struct ipam_vm vm;	/* FREE and HIDDEN: what the pod itself says */
	struct err why;		/* HIDDEN */
};

/* By its name: the pod is called virt-launcher-... */
bool ipam_vm_may_be_of(const struct ipam_owner *owner);

/*
 * Reads whose pod it is: nothing, unless it may be a machine's; else the pod with the
 * configuration; and, unless that says that nothing is kept, the instance that controls the pod,
 * then the machine that owns that.  ERR_NOT_FOUND: the pod's instance is not there;
 * ERR_CORRUPT.
 *
 * Who asks may have no right to read the two: Calico's roles have it only since Calico keeps
 * addresses, and under an older one such pods are containers like others.  So they still are,
 * or no machine would start or end once our executable has taken the place of an older
 * Calico's (IPAM_VM_HIDDEN).  But nobody loses what he counts on for want of a right, which is
 * ERR_DENIED, until somebody gives it:
 *
 *	The store has the machine's handle.  Its next pod would get other addresses; and where
 *	its last one ends it is not known whether they are to stay.
 *
 *	The configuration says in so many words that addresses are kept (not only by saying
 *	nothing), and some are to be given (adds): they would not be kept.
 *
 * Whom the store does not know, or does not trust, has not been told that he lacks a right: that
 * is an error as any other.
 */
int ipam_vm_of_pod(struct datastore *ds, const struct ipam_owner *owner, bool adds,
		   struct ipam_vm_found *ret, struct err *e);

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
