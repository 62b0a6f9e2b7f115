/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations: addresses that automatic assignment leaves alone
 * (docs/DATA-MODEL.md 5.2).  Those named GATEWAY_RESERVATION<pool> are this project's
 * own: the gateways of a pool (gateway.h).
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_RESERVATION_RESERVATIONS_H
#define IPAM_RESERVATION_RESERVATIONS_H

#include "datastore/datastore.h"
#include "ipam/assign/gateway.h"
#include "ipam/record/pool.h"

struct reservation_entry {
	char *name;		/* owned: the one that its record goes by */
	char *unreadable;	/* owned: why it cannot be read; NULL: it can */
	struct cJSON *resource;	/* owned: whole; NULL where it cannot be read */
	/* What is kept of every block of a pool, and that pool; NULL: nothing, or not known. */
	const struct gateway_rule *rule;
	const struct pool *pool;
};

struct reservation_list {
	struct reservation_entry *list;	/* owned; by name, bytewise */
	size_t n, cap;
	struct gateways gateways;	/* owned: what the entries' rules are in */
	struct pools pools;		/* owned: what the entries' pools are in */
};

/* All reservations, those too that no planner reads. */
int ipam_list_reservations(struct datastore *ds, struct reservation_list *ret, struct err *e);
void reservation_list_done(struct reservation_list *l);	/* also for __cleanup */

/* True if the name is one of this project's own, which keep gateways. */
bool reservation_is_gateways(const char *name);

#endif
