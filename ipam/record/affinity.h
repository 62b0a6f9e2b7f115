/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Affinities: which host a block belongs to (docs/DATA-MODEL.md 4).
 */
#ifndef IPAM_RECORD_AFFINITY_H
#define IPAM_RECORD_AFFINITY_H

#include "base/buf.h"
#include "base/err.h"
#include "datastore/view.h"

enum affinity_state { AFFINITY_CONFIRMED, AFFINITY_PENDING, AFFINITY_PENDING_DELETION };

/* An empty value or state (old data) is confirmed.  ERR_CORRUPT names the key. */
int affinity_read(const struct record *record, enum affinity_state *ret, struct err *e);
/* The record's text with the state set; record NULL: a new one. */
void affinity_print(const struct record *record, enum affinity_state state, struct buf *out);

#endif
