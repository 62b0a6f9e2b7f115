/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/mirror/fixture_requests.h"

#include "ipam/request/loop.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

struct datastore *(*store)(const char *node, bool mirror_off);
int64_t now_ns;
struct err e;
struct ipam_assign_answer answer;
unsigned long requests;

static uint64_t random_state;

void put(const char *key, const char *value)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct view view __cleanup(view_done) = {0};
	struct wants wants __cleanup(wants_done) = {0};
	struct changes changes __cleanup(changes_done) = {0};
	enum commit_outcome outcome;

	wants_add(&wants, key, RANGE_KEY);
	if (value)
		changes_put(&changes, key, value, strlen(value));
	else
		changes_delete(&changes, key);
	assert_ok(datastore_read(ds, &view, &wants, &e));
	assert_ok(datastore_commit(ds, &view, &changes, &outcome, &e));
	ck_assert_int_eq(outcome, COMMIT_DONE);
}

static void read_all(const char *prefix, struct view *view)
{
	struct datastore *ds __cleanup(datastore_closep) = store("node-x", true);
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, prefix, RANGE_PREFIX);
	assert_ok(datastore_read(ds, view, &wants, &e));
}

size_t count_of(const char *prefix)
{
	struct view view __cleanup(view_done) = {0};

	read_all(prefix, &view);
	return view.n_records;
}

uint64_t revision_of(const char *prefix)
{
	struct view view __cleanup(view_done) = {0};

	read_all(prefix, &view);
	ck_assert_uint_gt(view.n_records, 0);
	return view.records[0].revision;
}

struct ipam_owner owner(const char *node, const char *container)
{
	return (struct ipam_owner){ "net", container, "eth0", node, "default", NULL, NULL,
				    NULL, NULL };
}

struct ipam_assign_request request_of(const char *node, const char *container,
				      const char *families)
{
	return (struct ipam_assign_request){
		.owner = owner(node, container),
		.wanted = { [FAMILY_4] = strchr(families, '4') != NULL,
			    [FAMILY_6] = strchr(families, '6') != NULL },
		.now_ns = now_ns++,
	};
}

static int assign_with(const struct ipam_assign_request *r, bool mirror_off)
{
	struct datastore *ds __cleanup(datastore_closep) = store(r->owner.node, mirror_off);
	int rc;

	err_reset(&e);
	answer = (struct ipam_assign_answer){0};
	rc = ipam_add(ds, r, &answer, &e);
	requests = datastore_requests(ds);
	return rc;
}

int assign(const struct ipam_assign_request *r)
{
	return assign_with(r, false);
}

int assign_without_mirror(const struct ipam_assign_request *r)
{
	return assign_with(r, true);
}

int add_of(const char *node, const char *container, const char *families)
{
	struct ipam_assign_request r = request_of(node, container, families);

	return assign(&r);
}

int add(const char *node, const char *container)
{
	return add_of(node, container, "46");
}

int add_without_mirror(const char *node, const char *container)
{
	struct ipam_assign_request r = request_of(node, container, "46");

	return assign_without_mirror(&r);
}

static int del_with(const char *node, const char *container, bool mirror_off)
{
	struct datastore *ds __cleanup(datastore_closep) = store(node, mirror_off);
	struct ipam_release_request r = { .owner = owner(node, container),
					  .old_handle = container,
					  .now_ns = now_ns++ };
	struct ipam_release_answer released;
	int rc;

	err_reset(&e);
	rc = ipam_release(ds, &r, &released, &e);
	requests = datastore_requests(ds);
	return rc;
}

int del(const char *node, const char *container)
{
	return del_with(node, container, false);
}

int del_without_mirror(const char *node, const char *container)
{
	return del_with(node, container, true);
}

static void rehearse(const struct ipam_assign_request *r, struct ipam_assign_answer *ret,
		     struct loop *loop)
{
	struct datastore *ds __cleanup(datastore_closep) = store(r->owner.node, true);

	loop_init(loop, ds);
	loop->plan.rehearsal = true;
	while (loop_goes_on(loop))
		loop_turn(loop, plan_assign(&loop->plan, r, ret, &loop->error));
}

int assign_as_without_mirror(const struct ipam_assign_request *r)
{
	struct loop loop __cleanup(loop_done) = {0};
	struct ipam_assign_answer want = {0};
	struct err want_e = {0};
	int want_rc, rc;

	rehearse(r, &want, &loop);
	want_rc = loop_result(&loop, &want_e);
	rc = assign(r);
	ck_assert_msg(rc == want_rc, "with the mirror %d (%s), without %d (%s)", rc, e.text,
		      want_rc, want_e.text);
	ck_assert_int_eq(e.kind, want_e.kind);
	for (enum family f = FAMILY_4; rc == 0 && f < N_FAMILIES; f++) {
		ck_assert(answer.has[f] == want.has[f]);
		ck_assert(!answer.has[f] ||
			  addr_equal(answer.address[f].addr, want.address[f].addr));
	}
	return rc;
}

void draw_from(uint64_t seed)
{
	const char *given = getenv("MIRROR_SEED");

	random_state = given ? strtoull(given, NULL, 10) : seed;
}

unsigned draw(unsigned below)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (unsigned)((random_state >> 11) % below);
}

void assert_notices(const char *key, const char *value, enum err_kind kind)
{
	assert_ok(add("node-a", "c1"));
	put(key, value);
	ck_assert_int_eq(add("node-a", "c2"), -1);
	ck_assert_int_eq(e.kind, kind);
}
