/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests of the tests of the mirror, before whichever store: each opens it anew, as a
 * process does.  What a test finds wrong fails it.
 */
#ifndef TESTS_MIRROR_FIXTURE_REQUESTS_H
#define TESTS_MIRROR_FIXTURE_REQUESTS_H

#include "ipam/ipam.h"

/* How the test opens its store, with the mirror of a node; set once. */
extern struct datastore *(*store)(const char *node, bool mirror_off);

extern int64_t now_ns;	/* rises with every request */
extern struct err e;	/* of the last request; so are the next two */
extern struct ipam_assign_answer answer;
extern unsigned long requests;

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", e.text)

/* value NULL: deletes the key. */
void put(const char *key, const char *value);
size_t count_of(const char *prefix);
/* Of the first record under the prefix. */
uint64_t revision_of(const char *prefix);

struct ipam_owner owner(const char *node, const char *container);
/* families: "4", "6" or "46". */
struct ipam_assign_request request_of(const char *node, const char *container,
				      const char *families);
int assign(const struct ipam_assign_request *r);
int add_of(const char *node, const char *container, const char *families);
int add(const char *node, const char *container);
int del(const char *node, const char *container);
int assign_without_mirror(const struct ipam_assign_request *r);
int add_without_mirror(const char *node, const char *container);
int del_without_mirror(const char *node, const char *container);

/* assign(); answers and error are those without a mirror. */
int assign_as_without_mirror(const struct ipam_assign_request *r);

/* Of a game that MIRROR_SEED plays again. */
void draw_from(uint64_t seed);
unsigned draw(unsigned below);

/* What is alike before each store: that is put after a first ADD, and the next ADD fails so. */
void assert_notices(const char *key, const char *value, enum err_kind kind);

#endif
