/* SPDX-License-Identifier: Apache-2.0 */
/* reclaim --node: the containers of a node that is gone for good. */
#include "ctl/reclaim/reclaim.h"

#include "ctl/cli/meant.h"
#include "ipam/affinity/affinities.h"
#include "ipam/node/nodes.h"
#include "ipam/node/pods.h"

#include <string.h>

static enum verdict judge(const struct reclaim_case *c, void *arg)
{
	const struct node_pods *pods = arg;

	return node_pods_find(pods, c->addr) ? VERDICT_ADDRESS_IN_USE : VERDICT_NODE_GONE;
}

static int check_is_gone(const struct reclaim_call *r, struct err *e)
{
	bool of_kubernetes = datastore_traits(r->store.ds)->pods, there;

	if (strcmp(r->gone_node, r->node) == 0)
		return err_set(e, ERR_CONFLICT, "node \"%.64s\" is this machine, whose containers "
			       "are judged without --node", r->gone_node);
	if (ipam_has_node(r->store.ds, r->gone_node, &there, e) < 0)
		return -1;
	if (!there)
		return 0;
	return err_set(e, ERR_CONFLICT, "node \"%.64s\" exists; where it is gone for good, delete "
		       "it first: %s", r->gone_node,
		       of_kubernetes ? "kubectl delete node" :
				       "calico-ipamctl node delete --force");
}

/* A name that is mistyped would be taken for a node of which nothing is left. */
static int check_had_something(struct reclaim_call *r, struct err *e)
{
	struct owned_blocks blocks __cleanup(owned_blocks_done) = { 0 };

	if (r->cases.n || r->cases.blocks.unreadable)
		return 0;
	if (ipam_blocks_of_node(r->store.ds, r->gone_node, &blocks, e) < 0)
		return -1;
	return blocks.n ? 0 : meant_refuse_node(&r->store, r->gone_node, e);
}

int reclaim_node_look(struct reclaim_call *r, struct err *e)
{
	struct node_pods pods __cleanup(node_pods_done) = {0};

	if (check_is_gone(r, e) < 0 || check_had_something(r, e) < 0 ||
	    ipam_list_pods(r->store.ds, r->gone_node, &pods, e) < 0)
		return -1;
	reclaim_judge(&r->cases, judge, &pods);
	return 0;
}
