/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster over the fake store, for the tests of the planners: pools, nodes, and
 * one-line ADDs and DELs; and a check that the store's records agree with each other.
 */
#ifndef TESTS_IPAM_FIXTURE_CLUSTER_H
#define TESTS_IPAM_FIXTURE_CLUSTER_H

#include "ipam/ipam.h"
#include "tests/fake/fake_store.h"

#define CLUSTER_SECOND 1000000000LL
#define CLUSTER_NOW (1787392800LL * CLUSTER_SECOND) /* 2026-08-22T10:00:00Z */

struct cluster {
	struct fake_store *store;
	struct datastore *ds;
	int64_t now_ns; /* rises with every request */
	struct err e; /* of the last request */
	struct ipam_assign_answer answer;
	char text[N_FAMILIES][ADDR_TEXT + 8]; /* "10.0.0.0/26" of the last ADD, "" if none */
};

void cluster_init(struct cluster *c);
void cluster_done(struct cluster *c);
/* The store has no transactions from now on. */
void cluster_in_turns(struct cluster *c);

/*
 * From now on requests of the node "a" are planned from what it saw last, in a folder that is
 * made for that.  Another handle of the store begins with what is there.
 */
void cluster_begin_mirror(struct cluster *c, char folder[32]);
void cluster_use_mirror(struct cluster *c, const char *folder);
void cluster_end_mirror(const char *folder);

/* spec: further fields of the pool's spec, as JSON with a leading comma, or "". */
void cluster_pool(struct cluster *c, const char *name, const char *cidr, const char *spec);
/* labels: a JSON object. */
void cluster_node(struct cluster *c, const char *name, const char *labels);
void cluster_config(struct cluster *c, const char *json);
void cluster_reserve(struct cluster *c, const char *name, const char *cidrs);

/* A request of node and container for the families "4", "6" or "46". */
struct ipam_assign_request cluster_request(struct cluster *c, const char *node,
					   const char *container, const char *families);
int cluster_assign(struct cluster *c, const struct ipam_assign_request *request);
/* The two in one. */
int cluster_add(struct cluster *c, const char *node, const char *container, const char *families);
int cluster_add_exact(struct cluster *c, const char *node, const char *container,
		      const char *address);
int cluster_del(struct cluster *c, const char *node, const char *container);

/* Fails the test unless handles, blocks and affinities agree (strictly: counts too). */
void cluster_assert_sound(struct cluster *c);
/*
 * The same of what a host leaves that dies between two writes of a store without
 * transactions: a handle may say more than the blocks, an affinity may not be confirmed.
 */
void cluster_assert_mendable(struct cluster *c);
/* Addresses allocated, cooling ones not counted. */
unsigned cluster_allocated(struct cluster *c);

#endif
