/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Calico tells of the whole cluster: its ClusterInformation
 * (docs/DATA-MODEL.md 5.3), and whether the store answers at all.
 */
#ifndef IPAM_CLUSTER_INFORMATION_H
#define IPAM_CLUSTER_INFORMATION_H

#include "datastore/datastore.h"
#include "ipam/record/cluster.h"
#include "ipam/request/plan.h"

/* ERR_DECODE names a record that does not parse; or the store's own errors. */
int ipam_get_cluster(struct datastore *ds, struct cluster_information *ret, struct err *e);

/*
 * Whether Calico's plugins may give addresses and take them back, on all nodes (datastoreReady).
 * A cluster that has no ClusterInformation yet stays without.
 */
int ipam_set_cluster_ready(struct datastore *ds, bool ready, struct err *e);
int plan_cluster_ready(struct plan *p, bool ready, struct err *e);

/*
 * Asks the store for one record, and takes whatever it holds or does not: the store's
 * own errors alone.
 */
int ipam_reach(struct datastore *ds, struct err *e);

#endif
