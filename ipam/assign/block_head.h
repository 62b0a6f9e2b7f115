/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The head of a block's record: its text up to the list of free ordinals, which Calico
 * writes before the attributes (docs/DATA-MODEL.md 3).  It tells that a block is full
 * without reading, or having compared, the attributes, which are most of it.
 */
#ifndef IPAM_ASSIGN_BLOCK_HEAD_H
#define IPAM_ASSIGN_BLOCK_HEAD_H

#include "base/address/addr.h"
#include "datastore/view.h"

/*
 * True if every record that begins with the same *ret_len bytes is of a block of this
 * CIDR and owner ("host:<node>") without a free ordinal; an ordinal whose cooldown is
 * over counts as free only in the attributes.  False too where the text is not as
 * Calico writes it: block_read() tells.
 */
bool block_head_is_full(const struct record *record, struct cidr cidr, const char *owner,
			size_t *ret_len);

#endif
