/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "create_node": true: an ADD on a node that the store does not know makes it known, as
 * `calico-ipamctl node create` does without labels, and is tried again.  Off by default, since a
 * node that was deleted would come back with its next container.
 */
#ifndef PLUGIN_OWN_NODE_H
#define PLUGIN_OWN_NODE_H

#include "plugin/netconf.h"

#include "base/clock.h"

/*
 * Whether the configuration asks for it, and the store is one where it may: on Kubernetes nodes
 * are kubelet's, and the key has no effect.
 */
bool own_node_wanted(const struct netconf *conf);

/*
 * After an ADD failed with e.  1: the node was absent and is made, by this call or meanwhile by
 * another; e is reset, and the ADD may be tried again.  0: that was not the cause, and e is as
 * it was.  -1: it could not be made, and e says why.
 * A node that is there may have come meanwhile, or never been the cause: that is tried once,
 * which *tried, false at first, keeps.
 */
int own_node_make(const struct netconf *conf, const char *node, struct deadline deadline,
		  bool *tried, struct err *e);

#endif
