/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The IPAM configuration of the cluster (ipam/record/config.h).
 *
 * Every verb may fail with the store's own errors (datastore.h).
 */
#ifndef IPAM_CLUSTER_CONFIG_H
#define IPAM_CLUSTER_CONFIG_H

#include "datastore/datastore.h"
#include "ipam/record/config.h"

/* What is in force: Calico's defaults where nothing is stored.  ERR_CORRUPT. */
int ipam_get_config(struct datastore *ds, struct ipam_config *ret, struct err *e);

#endif
