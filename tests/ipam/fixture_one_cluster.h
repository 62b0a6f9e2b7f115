/* SPDX-License-Identifier: Apache-2.0 */
/* For tests that each have an empty cluster, and an error of their own. */
#ifndef TESTS_IPAM_FIXTURE_ONE_CLUSTER_H
#define TESTS_IPAM_FIXTURE_ONE_CLUSTER_H

#include "tests/ipam/fixture_cluster.h"

extern struct cluster c;
extern struct err e;

/* A checked fixture. */
void one_cluster_begin(void);
void one_cluster_end(void);

#endif
