/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attachments that GC is told are valid (CNI specification 1.1.0, "GC").
 *
 * `cni.dev/valid-attachments`, or where that key is absent `cni.dev/attachments`, which
 * an earlier text of the specification called it: a list of {"containerID", "ifname"}.
 * null is the empty list: nothing is attached any more.  Without either key it is not
 * known what is, and releasing all would be a guess, so that is refused.
 */
#ifndef PLUGIN_ATTACHMENTS_H
#define PLUGIN_ATTACHMENTS_H

#include "ipam/ipam.h"
#include "plugin/netconf.h"

struct attachments {
	struct ipam_attachment *list;	/* owned; its texts live as long as the tree */
	unsigned n;
};

/* ERR_CONFIG names the key, and which entry of its list is wrong. */
int attachments_read(const struct netconf *conf, struct attachments *ret, struct err *e);
void attachments_done(struct attachments *a);	/* also for __cleanup */

#endif
