/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/meant.h"

#include "ipam/node/nodes.h"
#include "ipam/pool/pools.h"
#include "ipam/reservation/reservations.h"

int meant_add(const struct nearest *nearest, const char *before, struct err *e)
{
	return nearest->word ? err_add(e, "; did you mean %s%s?", before, nearest->word) : -1;
}

/* The store has answered already: that it does not now is no other error. */
int meant_pool(struct store *store, const char *name, struct err *e)
{
	struct pool_list pools __cleanup(pool_list_done) = { 0 };
	struct nearest nearest = nearest_to(name);
	struct err ignored = { 0 };

	if (e->kind != ERR_NOT_FOUND || ipam_list_pools(store->ds, &pools, &ignored) < 0)
		return -1;
	for (size_t i = 0; i < pools.n; i++)
		nearest_offer(&nearest, pools.list[i].name);
	return meant_add(&nearest, "", e);
}

int meant_node(struct store *store, const char *name, struct err *e)
{
	struct node_list nodes __cleanup(node_list_done) = { 0 };
	struct nearest nearest = nearest_to(name);
	struct err ignored = { 0 };

	if (e->kind != ERR_NOT_FOUND || ipam_list_nodes(store->ds, &nodes, &ignored) < 0)
		return -1;
	for (size_t i = 0; i < nodes.n; i++)
		nearest_offer(&nearest, nodes.list[i].node.name);
	return meant_add(&nearest, "", e);
}

int meant_refuse_node(struct store *store, const char *name, struct err *e)
{
	err_set(e, ERR_NOT_FOUND, "nothing in this store is of node \"%.80s\"", name);
	return meant_node(store, name, e);
}

int meant_reservation(struct store *store, const char *name, struct err *e)
{
	struct reservation_list list __cleanup(reservation_list_done) = { 0 };
	struct nearest nearest = nearest_to(name);
	struct err ignored = { 0 };

	if (e->kind != ERR_NOT_FOUND || ipam_list_reservations(store->ds, &list, &ignored) < 0)
		return -1;
	for (size_t i = 0; i < list.n; i++)
		nearest_offer(&nearest, list.list[i].name);
	return meant_add(&nearest, "", e);
}
