/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Crowds for the tests: members join one after the other, and are carried out together; or,
 * on a copy of the store, one by one, and what comes of both is compared.
 */
#ifndef TESTS_IPAM_FIXTURE_CROWD_H
#define TESTS_IPAM_FIXTURE_CROWD_H

#include "tests/ipam/fixture_cluster.h"

#define CROWD_MEMBERS 240

struct crowd {
	struct cluster *c;
	struct crowd_member list[CROWD_MEMBERS];
	char names[CROWD_MEMBERS][32]; /* of their containers */
	unsigned n;
};

void crowd_begin(struct crowd *crowd, struct cluster *c);

/* On the node "a"; what they return may be changed until the crowd goes. */
struct ipam_assign_request *crowd_add(struct crowd *crowd, const char *container,
				      const char *families);
struct ipam_assign_request *crowd_add_exact(struct crowd *crowd, const char *container,
					    const char *address);
struct ipam_release_request *crowd_del(struct crowd *crowd, const char *container);
/* That many, of containers that are called by the letter and a number from 0 on. */
void crowd_add_many(struct crowd *crowd, unsigned n, char letter, const char *families);
void crowd_del_many(struct crowd *crowd, unsigned n, char letter);

/* Carries it out. */
void crowd_go(struct crowd *crowd);
/* Those that it comes from are done one after the other, as by a process each. */
void crowd_go_one_by_one(struct datastore *ds, struct crowd_member *list, unsigned n);
/*
 * Carries it out and fails the test unless the same requests one by one, on a copy of the
 * store as it was, come to the same answers, errors and records.
 */
void crowd_go_and_compare(struct crowd *crowd);
/* Fails the test if a member has failed. */
void crowd_assert_none_failed(const struct crowd *crowd);
/* Fails the test unless the stores have the same records, revisions aside. */
void crowd_assert_same_records(const struct fake_store *one, const struct fake_store *other);

#endif
