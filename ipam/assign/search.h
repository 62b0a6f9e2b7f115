/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One family's search for an address (docs/DATA-MODEL.md 9.2 to 9.7): the host's own
 * blocks, a new block, an empty block of another host, then an address borrowed from one.
 */
#ifndef IPAM_ASSIGN_SEARCH_H
#define IPAM_ASSIGN_SEARCH_H

#include "ipam/assign/planning.h"

struct search {
	struct assign *a;
	enum family family;
	char affinities[KEY_TEXT]; /* prefix of this host's affinities */
	char blocks[KEY_TEXT]; /* prefix of all blocks of the allowed pools */
	unsigned owned; /* affinities in allowed pools */
	unsigned releases, drops;
	bool waits; /* own blocks must be read first */
	bool found; /* an address is taken */
	bool gateway_held; /* a block with free addresses was passed over for that */
};

/*
 * Counts this host's affinities, and takes an address of its own blocks, or wants what must
 * be read first; what is wrong or deselected of them is dropped and released.
 */
int search_own(struct search *s, struct err *e);
/* Where that has found nothing.  ERR_EXHAUSTED: there is nothing, or nothing it may have. */
int search_elsewhere(struct search *s, struct err *e);

/* The allowed pool that holds the block; NULL: none does. */
const struct pool *search_pool_of(const struct search *s, struct cidr block);
/* The first ordinal in order of use that may be given away; -1: none. */
int search_usable_ordinal(struct search *s, const struct pool *p, const struct block *b);
/* A fresh block of this CIDR would have something to give. */
bool search_fresh_is_usable(struct search *s, struct cidr cidr);

/* Takes the first usable address of an open block; none, and it is not found. */
int search_take_from(struct search *s, struct draft_block *b, struct err *e);
/* The same of a block that is claimed for it. */
int search_claim(struct search *s, struct cidr cidr, struct err *e);

#endif
