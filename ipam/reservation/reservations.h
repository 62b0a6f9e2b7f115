/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reservations: addresses that automatic assignment leaves alone
 * (docs/DATA-MODEL.md 5.2).  Those named GATEWAY_RESERVATION<pool> are this project's
 * own: the gateways of a pool (gateway.h).
 *
 * Every verb may fail with the store's own errors (datastore.h), and with ERR_CONFLICT
 * after too many lost races.  A name that no reservation can have, whatever the store
 * holds, is ERR_CONFIG or ERR_LIMIT.
 */
#ifndef IPAM_RESERVATION_RESERVATIONS_H
#define IPAM_RESERVATION_RESERVATIONS_H

#include "datastore/datastore.h"
#include "ipam/record/gateway.h"
#include "ipam/record/pool.h"
#include "ipam/record/reservation.h"
#include "ipam/record/resource.h"
#include "ipam/request/plan.h"

/* That one error, without a store: the name cannot be part of a record's. */
int reservation_check_name(const char *name, struct err *e);
/* True if the name is one of this project's own, which keep gateways. */
bool reservation_is_gateways(const char *name);
/* ERR_CONFIG for these: the plugin alone creates them. */
int reservation_check_foreign(const char *name, struct err *e);

struct reservation_entry {
	const char *name, *stored;	/* the one that its record goes by; its JSON: in `view` */
	char *unreadable;	/* owned: why it cannot be read; NULL: it can */
	char *fault;		/* owned: which of its entries reserve nothing; NULL: none */
	struct reservation reservation;	/* owned; only where it can be read */
	/* What is kept of every block of a pool, and that pool; NULL: nothing, or not known. */
	const struct gateway_rule *rule;
	const struct pool *pool;
};

struct reservation_list {
	struct reservation_entry *list;	/* owned; by name, bytewise */
	size_t n, cap;
	struct gateways gateways;	/* owned: what the entries' rules are in */
	struct pools pools;		/* owned: what the entries' pools are in */
	struct view view;		/* owned */
};

/* All reservations, those too that no planner reads. */
int ipam_list_reservations(struct datastore *ds, struct reservation_list *ret, struct err *e);
void reservation_list_done(struct reservation_list *l);	/* also for __cleanup */

struct reservation_create_request {
	struct reservation_spec spec;
	char uid[UUID_TEXT];	/* a fresh random one, by which a lost answer is settled */
	int64_t now_ns;
	struct resource_terms terms;
};

/* ERR_CONFIG: the name is no resource's, or the plugin's own.  ERR_EXISTS. */
int ipam_create_reservation(struct datastore *ds,
			    const struct reservation_create_request *request, struct err *e);

struct reservation_update_request {
	struct reservation_spec spec;
	struct resource_terms terms;
};

struct reservation_update_answer {
	bool changed;	/* else it was so already */
};

/*
 * ERR_NOT_FOUND; ERR_CONFLICT: it is of another revision than was asked for; ERR_CONFIG: it is
 * the plugin's own, and would change; ERR_CORRUPT where it cannot be read.
 */
int ipam_update_reservation(struct datastore *ds,
			    const struct reservation_update_request *request,
			    struct reservation_update_answer *ret_answer, struct err *e);

struct reservation_delete_request {
	const char *name;
	bool force;	/* though it keeps a gateway */
	bool dry_run;	/* only tell whether it would be done */
};

/* ERR_NOT_FOUND; ERR_CONFLICT: it keeps a gateway, and nothing is forced. */
int ipam_delete_reservation(struct datastore *ds,
			    const struct reservation_delete_request *request, struct err *e);

/* Their planners (plan.h). */
int plan_reservation_create(struct plan *p, const struct reservation_create_request *request,
			    struct err *e);
int plan_reservation_update(struct plan *p, const struct reservation_update_request *request,
			    struct reservation_update_answer *ret, struct err *e);
int plan_reservation_delete(struct plan *p, const struct reservation_delete_request *request,
			    struct err *e);

#endif
