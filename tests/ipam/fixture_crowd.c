/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/ipam/fixture_crowd.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

void crowd_begin(struct crowd *crowd, struct cluster *c)
{
	memset(crowd, 0, sizeof(*crowd));
	crowd->c = c;
}

static struct crowd_member *join(struct crowd *crowd, enum crowd_verb verb, const char *container)
{
	struct crowd_member *m = &crowd->list[crowd->n];

	ck_assert_uint_lt(crowd->n, CROWD_MEMBERS);
	snprintf(crowd->names[crowd->n], sizeof(*crowd->names), "%s", container);
	m->verb = verb;
	return m;
}

struct ipam_assign_request *crowd_add(struct crowd *crowd, const char *container,
				      const char *families)
{
	struct crowd_member *m = join(crowd, CROWD_ADD, container);

	m->add = cluster_request(crowd->c, "a", crowd->names[crowd->n++], families);
	for (int i = 0; i < IPAM_UIDS; i++)
		snprintf(m->add.uids[i], sizeof(m->add.uids[i]),
			 "00000000-0000-4000-8000-%08u%04d", crowd->n, i);
	return &m->add;
}

struct ipam_assign_request *crowd_add_exact(struct crowd *crowd, const char *container,
					    const char *address)
{
	struct ipam_assign_request *r = crowd_add(crowd, container, "");
	struct addr a;

	ck_assert_int_eq(addr_parse(address, &a), 0);
	r->exact[a.family] = a;
	r->wanted[a.family] = true;
	return r;
}

struct ipam_release_request *crowd_del(struct crowd *crowd, const char *container)
{
	struct crowd_member *m = join(crowd, CROWD_DEL, container);
	const char *name = crowd->names[crowd->n++];

	m->del = (struct ipam_release_request){
		.owner = { "net", name, "eth0", "a", "default", NULL, NULL, NULL, NULL },
		.old_handle = name,
		.now_ns = crowd->c->now_ns++,
	};
	return &m->del;
}

void crowd_add_many(struct crowd *crowd, unsigned n, char letter, const char *families)
{
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%c%u", letter, i);
		crowd_add(crowd, name, families);
	}
}

void crowd_del_many(struct crowd *crowd, unsigned n, char letter)
{
	char name[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%c%u", letter, i);
		crowd_del(crowd, name);
	}
}

void crowd_go(struct crowd *crowd)
{
	ipam_crowd(crowd->c->ds, crowd->list, crowd->n);
}

void crowd_go_one_by_one(struct datastore *ds, struct crowd_member *list, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		struct crowd_member *m = &list[i];
		int rc = m->verb == CROWD_ADD ? ipam_add(ds, &m->add, &m->added, &m->error)
					      : ipam_release(ds, &m->del, &m->released, &m->error);

		m->failed = rc < 0;
	}
}

static void check_same_address(unsigned i, const struct ipam_assign_answer *one,
			       const struct ipam_assign_answer *other, enum family f)
{
	const struct ipam_address *a = &one->address[f], *b = &other->address[f];

	ck_assert_msg(one->has[f] == other->has[f], "member %u: IPv%u", i, family_number(f));
	if (!one->has[f])
		return;
	ck_assert_msg(addr_equal(a->addr, b->addr) && a->prefix_len == b->prefix_len &&
		      a->gateway.family == b->gateway.family &&
		      (!a->gateway.family || addr_equal(a->gateway, b->gateway)) &&
		      one->held_already[f] == other->held_already[f] &&
		      strcmp(one->pool[f], other->pool[f]) == 0,
		      "member %u: IPv%u is another one by itself", i, family_number(f));
}

static void check_same_member(unsigned i, const struct crowd_member *one,
			      const struct crowd_member *other)
{
	ck_assert_msg(one->failed == other->failed, "member %u: \"%s\", by itself \"%s\"", i,
		      one->failed ? one->error.text : "", other->failed ? other->error.text : "");
	if (one->failed) {
		ck_assert_int_eq(one->error.kind, other->error.kind);
		ck_assert_str_eq(one->error.text, other->error.text);
	} else if (one->verb == CROWD_ADD) {
		check_same_address(i, &one->added, &other->added, FAMILY_4);
		check_same_address(i, &one->added, &other->added, FAMILY_6);
	} else {
		ck_assert_uint_eq(one->released.released, other->released.released);
		ck_assert(one->released.handle_was_there == other->released.handle_was_there);
	}
}

void crowd_assert_same_records(const struct fake_store *one, const struct fake_store *other)
{
	const char *key;

	ck_assert_uint_eq(fake_count(one, ""), fake_count(other, ""));
	for (size_t i = 0; (key = fake_key(one, "", i)); i++) {
		ck_assert_msg(fake_get(other, key) != NULL, "%s is in one only", key);
		ck_assert_msg(strcmp(fake_get(one, key), fake_get(other, key)) == 0,
			      "%s: %s\nand %s", key, fake_get(one, key), fake_get(other, key));
	}
}

void crowd_go_and_compare(struct crowd *crowd)
{
	static struct crowd_member alone[CROWD_MEMBERS];
	struct fake_store *store = fake_copy(crowd->c->store);
	struct datastore *ds = fake_open(store);

	memcpy(alone, crowd->list, sizeof(alone));
	crowd_go_one_by_one(ds, alone, crowd->n);
	crowd_go(crowd);
	for (unsigned i = 0; i < crowd->n; i++)
		check_same_member(i, &crowd->list[i], &alone[i]);
	crowd_assert_same_records(crowd->c->store, store);
	datastore_close(ds);
	fake_free(store);
}

void crowd_assert_none_failed(const struct crowd *crowd)
{
	for (unsigned i = 0; i < crowd->n; i++)
		ck_assert_msg(!crowd->list[i].failed, "member %u: %s", i,
			      crowd->list[i].error.text);
}
