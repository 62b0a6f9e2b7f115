/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: how many addresses an owner holds in which block; and affinities: which
 * host a block belongs to (docs/DATA-MODEL.md 4).
 */
#ifndef IPAM_RECORD_HANDLE_H
#define IPAM_RECORD_HANDLE_H

#include "base/json.h"
#include "datastore/view.h"
#include "ipam/record/addr.h"

struct handle {
	struct cJSON *root;	/* owned: the record, unknown fields included */
	struct cJSON *blocks;	/* in root: CIDR text -> count */
};

/* ERR_CORRUPT names the key.  record NULL: a new, empty handle. */
int handle_read(const struct record *record, struct handle *ret, struct err *e);
void handle_print(const struct handle *h, struct buf *out);
void handle_done(struct handle *h); /* also for __cleanup */

int64_t handle_count(const struct handle *h, struct cidr block);
/* The count becomes n; 0 removes the block. */
void handle_set(struct handle *h, struct cidr block, int64_t n);
bool handle_is_empty(const struct handle *h);

enum affinity_state { AFFINITY_CONFIRMED, AFFINITY_PENDING, AFFINITY_PENDING_DELETION };

/* An empty value or state (old data) is confirmed.  ERR_CORRUPT names the key. */
int affinity_read(const struct record *record, enum affinity_state *ret, struct err *e);
/* The record's text with the state set; record NULL: a new one. */
void affinity_print(const struct record *record, enum affinity_state state, struct buf *out);

#endif
