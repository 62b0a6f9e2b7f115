/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gateways: addresses that containers route through and that nobody is ever given.
 *
 * For each pool in which a conflist configured a gateway, the store holds an
 * IPReservation "calico-ipam-gateway-<pool>".  Its reservedCIDRs keep Calico's
 * automatic allocation away; this project also refuses them to exact requests, and
 * so does every conflist on the same pool.  Where each block is a link of its own
 * (prefix "block"), the annotation "calico-ipam/blocks" says which ordinals of
 * every block are kept: "edges" (network and broadcast address; IPv6: the
 * subnet-router anycast address, RFC 4291 2.6.1) or "first" (also the first usable
 * one, the gateway).  Calico does not read the annotation.
 */
#ifndef IPAM_ASSIGN_GATEWAY_H
#define IPAM_ASSIGN_GATEWAY_H

#include "ipam/request/candidates.h"

#define GATEWAY_RESERVATION "calico-ipam-gateway-"

struct gateway_rule {
	char pool[254];
	bool edges, first; /* of every block */
	bool recorded; /* stands in the store with all that this plan adds */
};

struct gateways {
	struct gateway_rule *rules; /* owned */
	size_t n_rules, cap_rules;
	struct reserved taken; /* owned: single addresses */
};

void gateways_done(struct gateways *g); /* also for __cleanup */

/* What the view's reservations record. */
int gateways_read(struct gateways *g, const struct view *view, struct err *e);
/* The same, for those who only count: records that do not parse are passed over. */
int gateways_read_lenient(struct gateways *g, const struct view *view, struct err *e);
/*
 * What this request adds in a pool.  ERR_CONFIG when the prefix has no room for a
 * gateway, or the one named is its network or broadcast address.
 */
int gateways_add(struct gateways *g, const struct ipam_assign_request *request,
		 const struct pool *p, struct err *e);
/* True if nobody may have this ordinal of the block. */
bool gateways_keep(const struct gateways *g, const struct pool *p, const struct block *b,
		   unsigned ordinal);

/* The recorded rule of a pool, by name; NULL: none. */
const struct gateway_rule *gateways_rule(const struct gateways *g, const char *pool);
/* True if the rule (NULL: none) keeps this ordinal of every block of this length. */
bool gateway_rule_keeps(const struct gateway_rule *rule, struct cidr block, unsigned ordinal);
/* How many addresses of the pool from first to last, both in it, the rule keeps. */
u128 gateway_rule_count(const struct gateway_rule *rule, const struct pool *p, struct addr first,
			struct addr last);

/*
 * The gateway that goes with an address; FAMILY_NONE if none is wanted.  ERR_CONFIG
 * when it lies outside the address's prefix.
 */
int gateway_of(const struct ipam_assign_request *request, const struct pool *p, struct cidr prefix,
	       struct addr *ret, struct err *e);

/*
 * Lists the reservation of a pool that the answer uses, unless it is recorded.
 * ERR_EXISTS when a container holds the gateway already.
 */
int gateways_record(struct gateways *g, struct candidates *c, struct draft *d,
		    const struct ipam_assign_request *request, const struct pool *p, struct err *e);

#endif
