/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of one node's blocks, under names of their own: of a cluster others tell more. */
#ifndef CTL_METRICS_OWN_H
#define CTL_METRICS_OWN_H

#include "base/buf.h"
#include "ipam/audit/own_blocks.h"

void own_put(const struct own_blocks *own, const char *node, struct buf *out);

#endif
