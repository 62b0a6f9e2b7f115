/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A draft: the working copies that one planning run makes of the records it wants
 * to change, and the plan it fills.
 *
 * Opening a record that the view does not know notes it in plan.wants and answers
 * DRAFT_NEED; a planner goes on as far as it can, so that one request reads all
 * that is missing.  A changed block is written once, by draft_write_blocks(), after
 * the handle on assign and before it on release.
 */
#ifndef IPAM_REQUEST_DRAFT_H
#define IPAM_REQUEST_DRAFT_H

#include "ipam/record/affinity.h"
#include "ipam/record/block.h"
#include "ipam/record/config.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "ipam/request/plan.h"

#define DRAFT_BLOCKS_MAX 256 /* blocks one plan may look into */
#define DRAFT_VALUE_MAX (4 << 20) /* bytes of one record written; etcd takes 1.5 MiB */

enum draft_found { DRAFT_ABSENT, DRAFT_PRESENT, DRAFT_NEED };

struct draft_block {
	struct block block;
	char key[KEY_TEXT];
	bool fresh; /* claimed in this plan: its creation is listed already */
	bool collected; /* not as its record says: what is over was freed as it was opened */
	bool changed; /* draft_write_blocks() has to write it */
	bool written; /* and has, as it is */
	bool gone; /* deleted in this plan */
	unsigned taken; /* addresses assigned in this plan */
};

struct draft {
	struct plan *plan; /* borrowed */
	struct ipam_config config;
	int64_t now_ns;
	struct draft_block *blocks[DRAFT_BLOCKS_MAX]; /* owned */
	unsigned n_blocks;
};

void draft_init(struct draft *d, struct plan *plan, int64_t now_ns);
void draft_done(struct draft *d); /* also for __cleanup */

/* True once something is missing in the view. */
bool draft_needs(const struct draft *d);

/* Wants the key or prefix unless the view knows it; true if it does. */
bool draft_know(struct draft *d, const char *key);
bool draft_know_prefix(struct draft *d, const char *prefix, enum range_kind kind);

/* The configuration, into d->config; guards it.  The key must be known. */
int draft_read_config(struct draft *d, struct err *e);
/* The same for what only gives back: one that cannot be read counts as absent. */
int draft_read_config_if_sound(struct draft *d, struct err *e);

/*
 * The working copy of a block, collected (docs/DATA-MODEL.md 3).  DRAFT_ABSENT: it is
 * known not to exist, or was deleted in this plan.  A record that does not parse is
 * ERR_CORRUPT.
 */
int draft_open_block(struct draft *d, struct cidr cidr, enum draft_found *ret_found,
		     struct draft_block **ret_block, struct err *e);
/* Forgets a copy that the plan looked at and left as it is; b may be NULL. */
void draft_close_block(struct draft *d, struct draft_block *b);

/*
 * A handle is about to say something else of the block.  An ADD in between, which has told
 * the handle and not yet the block, must not come through: where the store has no
 * transactions, the block is written before the handle even if nothing in it changes.
 */
void draft_fence_block(struct draft *d, struct draft_block *b);
/*
 * The same of a block that is gone and cannot be written: true if it is known to be gone
 * since the handle was read.  An ADD that told the handle before that fails for want of the
 * block; one that makes it anew tells the handle after.
 */
bool draft_block_stays_gone(struct draft *d, struct cidr cidr, const char *handle_key);

/* Lists the creation of a block of the owner, with its affinity, and opens it. */
int draft_claim_block(struct draft *d, struct cidr cidr, const char *owner,
		      struct draft_block **ret_block, struct err *e);
/*
 * Lists pending, rewrite, confirmed for an affinity that is not confirmed
 * (docs/DATA-MODEL.md 9.3).
 */
int draft_confirm_block(struct draft *d, struct draft_block *b, const char *owner, struct err *e);
/*
 * Lists the release of an affinity: pendingDeletion, block deleted if empty, else
 * disowned, affinity deleted (docs/DATA-MODEL.md 11).  The affinity's key must be known.
 */
int draft_release_affinity(struct draft *d, struct draft_block *b, const char *owner,
			   struct err *e);

int draft_put_affinity(struct draft *d, const char *key, enum affinity_state state, struct err *e);
/* Appends one put of a printed record. */
int draft_put(struct draft *d, const char *key, struct buf *value, struct err *e);
/* Writes the handle, or deletes it when it is empty. */
int draft_write_handle(struct draft *d, const char *key, const struct handle *h, struct err *e);
/* Writes every changed block. */
int draft_write_blocks(struct draft *d, struct err *e);

#endif
