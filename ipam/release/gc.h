/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GC: what nobody is attached to any more.
 */
#ifndef IPAM_RELEASE_GC_H
#define IPAM_RELEASE_GC_H

#include "base/err.h"
#include "datastore/datastore.h"

struct ipam_attachment {
	const char *container;
	const char *ifname;
};

struct ipam_gc_request {
	const char *network, *node;
	const struct ipam_attachment *valid;
	unsigned n_valid;
	int64_t now_ns; /* entries younger than IPAM_GC_AGE_S are left alone */
};

#define IPAM_GC_AGE_S 60

struct ipam_gc_answer {
	unsigned released, conflicts;
	unsigned unreadable; /* blocks that do not parse, passed over */
	char first_unreadable[128]; /* the key of the first */
};

/*
 * GC: releases what belongs to this network and this node and is not among the
 * valid attachments.  An entry is ours by its `network` or, without one (Calico's),
 * by a handle of exactly this network and a 64-digit hexadecimal container id.
 * KubeVirt's handles and entries without a timestamp are never touched.  Goes on
 * after an error; then the answer is set, and the error tells of what was left.
 */
int ipam_gc(struct datastore *ds, const struct ipam_gc_request *request,
	    struct ipam_gc_answer *ret_answer, struct err *e);

#endif
