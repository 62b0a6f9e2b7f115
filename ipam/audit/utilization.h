/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The utilization: how much of each pool is in use, and how much each node has of it.
 *
 * One scan of everything.  Over a datastore it streams: each block is looked at as
 * it is read and none is kept, so a store of 20,000 blocks costs no more memory than
 * one of ten.  A caller that wants more than the sums hands in a visitor.
 *
 * What is counted, for a pool:
 *
 *   total      its CIDR's addresses
 *   in use     assigned and not cooling down (tunnel and Windows' own ones too)
 *   cooling    released, and kept back by ipCooldownSeconds
 *   reserved   covered by an IPReservation, or kept of every block for a recorded
 *              gateway (gateway.h), and neither of the two above
 *   free       the rest, so that total = in use + cooling + reserved + free; none of a
 *              pool that nothing is assigned from
 *
 * whatever the block size: addresses of blocks that nobody has claimed are free.
 * Numbers have 128 bits; a total of 0 stands for 2^128 (as in cidr_size), and free
 * is then modulo 2^128 too.
 *
 * "Borrowed" (docs/DATA-MODEL.md 12): the allocation's `node` is not the host that the
 * block belongs to.
 */
#ifndef IPAM_AUDIT_UTILIZATION_H
#define IPAM_AUDIT_UTILIZATION_H

#include "datastore/datastore.h"
#include "ipam/audit/pool_index.h"
#include "ipam/record/block.h"
#include "ipam/record/config.h"
#include "ipam/record/gateway.h"
#include "ipam/record/pool.h"

struct utilization_pool {
	const struct pool *pool;	/* in utilization.pools */
	const struct gateway_rule *gateways; /* of its blocks, in utilization.gateways; or NULL */
	u128 total, in_use, cooling, reserved, free;
	uint64_t blocks, borrowed;
	uint64_t leaked;	/* of those in use: the audit's finding (audit.h), else 0 */
	u128 reserved_held;	/* reserved, but in use or cooling */
};

/* Of a node in one pool; none stands for nothing. */
struct utilization_share {
	size_t pool;	/* index in utilization.pools; pools.n: in no pool */
	uint64_t blocks, in_use, borrowed;	/* as of the node */
	uint64_t leaked;	/* as of the pool */
};

struct utilization_node {
	char *name;		/* owned */
	bool known;		/* its node object exists */
	uint64_t blocks[N_FAMILIES];	/* those that belong to it */
	uint64_t in_use;	/* by this node, wherever the block belongs to */
	uint64_t borrowed;	/* of these: in blocks that are not its own */
	struct utilization_share *shares;	/* owned; in the end ascending by pool */
	size_t n_shares, cap_shares;
};

struct utilization {
	struct pools pools;	/* owned; all that parse, disabled too, by name */
	struct pool_index pool_index;	/* owned: of them */
	struct utilization_pool *list;	/* owned; one each, in the same order */
	struct utilization_node *nodes;	/* owned; in the end ascending by name, bytewise */
	size_t n_nodes, cap_nodes;
	void *places;	/* owned, until the end: where each of them stands, by name */
	struct utilization_pool stray;	/* blocks in no pool; total, reserved and free are 0 */
	struct reserved reservations;	/* owned */
	struct gateways gateways;	/* owned */
	struct ipam_config config;
	uint64_t blocks;		/* readable ones */
	unsigned unreadable;	/* blocks that do not parse, passed over */
	size_t last_node;	/* index of the node asked for last */
};

struct utilization_visitor {
	/* A readable block, counted already; pool NULL: it lies in none.  s: as far as it is. */
	void (*block)(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg);
	/* A block that does not parse: its key, and why. */
	void (*unreadable)(const char *key, const char *why, void *arg);
	void *arg;
};

/*
 * Reads all.  The visitor may be NULL, and each function of it.  Blocks come by
 * family, in the order of their keys.  The caller frees with utilization_done().
 */
int utilization_read(struct datastore *ds, const struct utilization_visitor *visitor,
		     struct utilization *ret, struct err *e);

/* The same, but for what utilization_wants() names: that has been read, and is borrowed. */
int utilization_read_blocks(struct datastore *ds, const struct view *settings,
			    const struct utilization_visitor *visitor, struct utilization *ret,
			    struct err *e);

/*
 * The same in steps, purely: utilization_begin() over a view that knows pools, nodes,
 * reservations and configuration; utilization_add() for each record of a block;
 * utilization_end() makes up the numbers of the pools.
 */
int utilization_begin(const struct view *view, struct utilization *ret, struct err *e);
int utilization_add(struct utilization *s, const struct record *record,
		    const struct utilization_visitor *visitor, struct err *e);
void utilization_end(struct utilization *s);
void utilization_done(struct utilization *s);	/* also for __cleanup */

/* After the end: counts an address as leaked, of a node that the utilization has; NULL: of none. */
void utilization_count_leak(struct utilization *s, struct addr a, const char *node);

/* What utilization_begin() must know. */
void utilization_wants(struct wants *wants);

/* Index of the pool that holds the whole CIDR; pools.n if none does. */
size_t utilization_pool_of(const struct utilization *s, struct cidr block);
const struct utilization_node *utilization_node(const struct utilization *s, const char *name);
/* After the end: the node's part of a pool, by its index; NULL: it has none. */
const struct utilization_share *utilization_share(const struct utilization_node *node, size_t pool);

/* True if an address, of a block that lies in the pool (NULL: in none), is reserved. */
bool utilization_reserves(const struct utilization *s, const struct utilization_pool *p,
			  struct cidr block, struct addr a);

/* True if the attribute's node is not the one the block belongs to. */
bool utilization_is_borrowed(const struct block *b, const struct attribute *attribute);

/* Decimal text of what is free of a pool. */
void utilization_print_free(const struct utilization_pool *p, char out[U128_TEXT]);
/* Decimal text of a number whose 0 stands for 2^128 when `wraps`. */
void utilization_print_number(u128 n, bool wraps, char out[U128_TEXT]);

#endif
