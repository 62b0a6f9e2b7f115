/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handles: how many addresses an owner holds in which block (docs/DATA-MODEL.md 4).
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

#endif
