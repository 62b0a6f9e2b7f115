/* SPDX-License-Identifier: Apache-2.0 */
/* The numbers of a store: pools, nodes, and what check finds. */
#ifndef CTL_METRICS_CLUSTER_H
#define CTL_METRICS_CLUSTER_H

#include "base/buf.h"
#include "ipam/audit/audit.h"

/* Under our names.  checked: the problems too. */
void cluster_put(const struct audit *audit, bool checked, struct buf *out);

/*
 * Under the names that Calico's kube-controllers has for the same (docs/DATA-MODEL.md 12), so
 * that dashboards and rules made for it go on: a sample for each pool and each known node, 0
 * too.  ipam_allocations_gc_candidates are the leaked addresses, and only where it is checked;
 * the counter ipam_allocations_gc_reclamations is its garbage collector's own.
 */
void cluster_put_as_calico(const struct audit *audit, bool checked, struct buf *out);

#endif
