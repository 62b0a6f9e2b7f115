/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ipam/fixture_one_cluster.h"

struct cluster c;
struct err e;

void one_cluster_begin(void)
{
	err_reset(&e);
	cluster_init(&c);
}

void one_cluster_end(void)
{
	cluster_done(&c);
}
