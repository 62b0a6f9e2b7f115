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
#ifndef IPAM_RECORD_GATEWAY_H
#define IPAM_RECORD_GATEWAY_H

#include "ipam/record/keys.h"
#include "ipam/record/pool.h"
#include "ipam/record/reservation.h"

#define GATEWAY_RESERVATION "calico-ipam-gateway-"

struct gateway_rule {
	char pool[254];
	bool edges, first; /* of every block */
	bool recorded; /* stands in the store with all that this plan adds */
};

struct gateways {
	struct gateway_rule **rules; /* owned, and each of them; ascending by pool */
	size_t n_rules, cap_rules;
	struct reserved taken; /* owned: single addresses that are recorded */
	struct reserved added; /* owned: the few that a request takes beside them */
};

void gateways_done(struct gateways *g); /* also for __cleanup */
/* True if the address is taken, whatever the rules say. */
bool gateways_hold(const struct gateways *g, struct addr a);

/* The key of a pool's record. */
int gateway_key(const char *pool, char out[KEY_TEXT], struct err *e);
/*
 * Adds what one record says.  ERR_CORRUPT names its key: what is not understood of it
 * might be an address that it keeps.
 */
int gateways_read_record(struct gateways *g, const struct record *record, struct err *e);
/* What the view's reservations record; ERR_CORRUPT as above. */
int gateways_read(struct gateways *g, const struct view *view, struct err *e);
/* The same, for those who only count: records that do not parse are passed over. */
int gateways_read_lenient(struct gateways *g, const struct view *view, struct err *e);

/* The rule of a pool, by name; NULL: none. */
struct gateway_rule *gateways_rule(const struct gateways *g, const char *pool);
/* A new one, which keeps nothing, of a pool that has none. */
int gateways_add_rule(struct gateways *g, const char *pool, struct gateway_rule **ret,
		      struct err *e);
/* True if a link with this prefix has addresses of its edges and a first usable one. */
bool gateway_has_room(struct cidr prefix);
/* True if the rule (NULL: none) keeps this ordinal of every block of this length. */
bool gateway_rule_keeps(const struct gateway_rule *rule, struct cidr block, unsigned ordinal);
/* How many addresses of the pool from first to last, both in it, the rule keeps. */
u128 gateway_rule_count(const struct gateway_rule *rule, const struct pool *p, struct addr first,
			struct addr last);

/*
 * Appends the record of a pool that has a rule: the old one (NULL: none, uid and time
 * make it) and what is taken in the pool.  What this project does not know stays.
 */
int gateways_print(const struct gateways *g, const struct pool *p, const struct record *old,
		   const char *uid, int64_t now_ns, struct buf *out, struct err *e);

/* A pool that comes out of a larger one. */
struct gateway_part {
	const char *name;
	struct cidr pool, cidr;	/* the larger one's, its own */
	bool is_first;
};

/*
 * *ret: the record keeps addresses of every block, and not those of one link as large as
 * the pool.  ERR_CORRUPT.
 */
int gateway_is_of_blocks(const struct record *record, struct cidr pool, bool *ret, struct err *e);
/* Appends the part's record, made from the larger pool's. */
int gateway_print_part(const struct record *old, const struct gateway_part *part, const char *uid,
		       int64_t now_ns, struct buf *out, struct err *e);

#endif
