/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ledger: what the store holds, read record by record as it changes, so that the
 * invariants (invariants.h) can be asked after every step and cost what has changed.
 *
 * Hosts are known by number, blocks and handles by their place here; a place is never
 * taken away, what is deleted is not `there`.
 */
#ifndef TESTS_SIM_LEDGER_H
#define TESTS_SIM_LEDGER_H

#include "base/address/addr.h"
#include "ipam/record/affinity.h"

#include <stdint.h>

#define LEDGER_HOSTS 4
#define LEDGER_SLOTS 8 /* addresses of a block */
#define LEDGER_BLOCKS 160
#define LEDGER_HANDLES 160
#define LEDGER_ENTRIES 24 /* blocks that a handle names */
#define LEDGER_POOLS 16
#define LEDGER_RESERVATIONS 8
#define LEDGER_CIDRS 4 /* of a reservation */
#define LEDGER_NAME 96

enum slot_state { SLOT_FREE, SLOT_HELD, SLOT_COOLING };

struct slot {
	enum slot_state state;
	int handle; /* of a held one; -1: it has none */
	int host;	/* by `node` of its attribute; -1: none of ours */
	char ifname[16];
	int64_t released_ns; /* of a cooling one: what its record says */
};

enum { OWNER_NONE = -1, OWNER_OTHER = -2 };

struct ledger_block {
	struct cidr cidr;
	bool there;
	bool unreadable;
	int owner; /* a host's number, or OWNER_ */
	int64_t claimed_ns; /* 0: has no claim time */
	unsigned size;
	uint64_t sequence;
	struct slot slots[LEDGER_SLOTS];
	char fault[80]; /* in itself; "": none */
	enum affinity_state states[LEDGER_HOSTS]; /* of the hosts' affinities, where there */
	bool has_affinity[LEDGER_HOSTS], unreadable_affinity[LEDGER_HOSTS];
};

struct ledger_handle {
	char id[LEDGER_NAME];
	bool there, unreadable;
	unsigned n;
	struct {
		unsigned block;
		int64_t count;
	} entries[LEDGER_ENTRIES];
};

struct ledger_pool {
	char name[LEDGER_NAME];
	bool there, unreadable, enabled;
	struct cidr cidr;
	unsigned block_len;
	char selector[32];
};

struct ledger_reservation {
	char name[LEDGER_NAME];
	bool there;
	unsigned n;
	struct cidr cidrs[LEDGER_CIDRS];
};

struct ledger {
	const char *hosts[LEDGER_HOSTS]; /* borrowed names */
	unsigned n_hosts;
	struct ledger_block blocks[LEDGER_BLOCKS];
	unsigned n_blocks;
	struct ledger_handle handles[LEDGER_HANDLES];
	unsigned n_handles;
	struct ledger_pool pools[LEDGER_POOLS];
	unsigned n_pools;
	struct ledger_reservation reservations[LEDGER_RESERVATIONS];
	unsigned n_reservations;
	bool is_even[LEDGER_HOSTS], has_node[LEDGER_HOSTS];
	bool strict, auto_allocate;
};

enum ledger_kind {
	LEDGER_OTHER,
	LEDGER_BLOCK,
	LEDGER_AFFINITY,
	LEDGER_HANDLE,
	LEDGER_POOL,
	LEDGER_RESERVATION,
	LEDGER_NODE,
	LEDGER_CONFIG,
};

/* A record that changed: what kind it is, and its place; of an affinity that of its block. */
struct ledger_change {
	enum ledger_kind kind;
	unsigned at;
	int host; /* of an affinity or a node */
};

/* What a key speaks of; a place is made for it. */
struct ledger_change ledger_locate(struct ledger *l, const char *key);
/* Reads the record anew; value NULL: it is deleted. */
void ledger_read(struct ledger *l, struct ledger_change what, const char *key, const char *value);
/* A store that was restored is read from the start. */
void ledger_forget(struct ledger *l);

unsigned ledger_block_at(struct ledger *l, struct cidr cidr);
unsigned ledger_handle_at(struct ledger *l, const char *id);
int ledger_host(const struct ledger *l, const char *name);
/* The block that is there and holds the address; NULL: none. */
struct ledger_block *ledger_block_of(struct ledger *l, struct addr a);
struct slot *ledger_slot_of(struct ledger *l, struct addr a);
/* How many addresses of the block the handle holds. */
unsigned ledger_held(const struct ledger *l, unsigned block, unsigned handle);
/* What the handle says of the block. */
int64_t ledger_said(const struct ledger *l, unsigned handle, unsigned block);
const struct ledger_pool *ledger_pool_of(const struct ledger *l, struct addr a);
bool ledger_selects(const struct ledger *l, const struct ledger_pool *p, int host);
bool ledger_reserves(const struct ledger *l, struct addr a);

#endif
