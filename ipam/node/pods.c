/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/pods.h"

#include "base/list.h"
#include "ipam/record/endpoint.h"
#include "ipam/record/keys.h"

#include <stdlib.h>
#include <string.h>

struct listing {
	struct node_pods pods;
	const char *node;
};

void node_pods_done(struct node_pods *pods)
{
	for (size_t i = 0; i < pods->n; i++) {
		free(pods->list[i].namespace_name);
		free(pods->list[i].name);
	}
	free(pods->list);
	*pods = (struct node_pods){ 0 };
}

static int compare(const void *left, const void *right)
{
	const struct node_pod *a = left, *b = right;

	return addr_compare(a->addr, b->addr);
}

static int add(struct node_pods *pods, const struct endpoint *endpoint, struct addr addr,
	       struct err *e)
{
	struct node_pod *pod;

	if (list_room(&pods->list, pods->n, &pods->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	pod = &pods->list[pods->n++];
	*pod = (struct node_pod){ addr, strdup(endpoint->namespace_name), strdup(endpoint->pod) };
	return pod->namespace_name && pod->name ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int look(const struct record *record, void *arg, struct err *e)
{
	struct endpoint endpoint __cleanup(endpoint_done) = { 0 };
	struct listing *l = arg;

	if (endpoint_read(record, &endpoint, e) < 0)
		return -1;
	if (!endpoint.node || !endpoint.pod || !endpoint.namespace_name ||
	    strcmp(endpoint.node, l->node) != 0)
		return 0;
	l->pods.unaddressed |= !endpoint.n;
	for (size_t i = 0; i < endpoint.n; i++)
		if (add(&l->pods, &endpoint, endpoint.list[i], e) < 0)
			return -1;
	return 0;
}

int ipam_list_pods(struct datastore *ds, const char *node, struct node_pods *ret, struct err *e)
{
	struct listing l = { .node = node };

	if (datastore_traits(ds)->pods &&
	    datastore_scan_of_node(ds, KEY_WORKLOADS, node, look, &l, e) < 0) {
		node_pods_done(&l.pods);
		return -1;
	}
	if (l.pods.n)
		qsort(l.pods.list, l.pods.n, sizeof(*l.pods.list), compare);
	*ret = l.pods;
	return 0;
}

const struct node_pod *node_pods_find(const struct node_pods *pods, struct addr a)
{
	struct node_pod wanted = { .addr = a };

	return pods->n ? bsearch(&wanted, pods->list, pods->n, sizeof(*pods->list), compare) : NULL;
}
