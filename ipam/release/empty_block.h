/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What follows a release in a block (docs/DATA-MODEL.md 11): an empty block of
 * nobody is deleted; an empty block whose pool no longer selects its node is
 * released by its host.
 */
#ifndef IPAM_RELEASE_EMPTY_BLOCK_H
#define IPAM_RELEASE_EMPTY_BLOCK_H

#include "ipam/request/candidates.h"
#include "ipam/request/draft.h"

/* Notes what it has to know first in the draft's wants. */
int empty_block_finish(struct draft *d, struct candidates *c, struct draft_block *b, struct err *e);

#endif
