/* SPDX-License-Identifier: Apache-2.0 */
/* What changes between a request's read and its commit, in keys that it does not write. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/pool/delete.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"
#define AFFINITY(node) "/calico/ipam/v2/host/" node "/ipv4/block/10.0.0.0-30"
#define CONFIRMED "{\"state\":\"confirmed\",\"deleted\":false}"
#define POOL4(more)                                                                                \
	"{\"metadata\":{\"name\":\"p4\"},\"spec\":{\"cidr\":\"10.0.0.0/30\",\"blockSize\":30" more \
	"}}"
#define ONLY_ZONE_B ",\"nodeSelector\":\"zone == 'b'\""
/* A block of node-b's; ordinal 1 is held by the handle. */
#define HELD_BY(handle)                                                                            \
	"{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-b\","                                  \
	"\"allocations\":[null,0,null,null],\"unallocated\":[0,2,3],"                              \
	"\"attributes\":[{\"handle_id\":\"" handle "\"}],\"sequenceNumber\":1,"                    \
	"\"sequenceNumberForAllocation\":{\"1\":0},\"deleted\":false}"

#define ONE_HELD "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}"
#define EMPTY_OF_A(cidr)                                                                           \
	"{\"cidr\":\"" cidr "\",\"affinity\":\"host:node-a\","                                     \
	"\"allocations\":[null,null,null,null],\"unallocated\":[0,1,2,3],"                         \
	"\"attributes\":[],\"sequenceNumber\":2,"                                                  \
	"\"sequenceNumberForAllocation\":{},\"deleted\":false}"

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/30", ",\"blockSize\":30");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)

static struct meanwhile {
	const char *key;
	const char *value; /* NULL: the key is deleted */
	bool done;
} meanwhile;

static void strike(struct fake_store *store, unsigned long commit __attribute__((unused)),
		   void *arg)
{
	struct meanwhile *m = arg;

	if (m->done)
		return;
	m->done = true;
	if (m->value)
		fake_put(store, m->key, m->value);
	else
		fake_delete(store, m->key);
}

/* Before the next commit, the key gets this value. */
static void let(const char *key, const char *value)
{
	meanwhile = (struct meanwhile){ key, value, false };
	fake_before_commit(c.store, strike, &meanwhile);
}

static void assert_refused(int rc, enum err_kind kind)
{
	ck_assert_int_eq(rc, -1);
	ck_assert_msg(meanwhile.done, "%s", c.e.text);
	ck_assert_msg(c.e.kind == kind, "%s", c.e.text);
}

START_TEST(strict_affinity_forbids_to_borrow_at_once)
{
	assert_ok(cluster_add(&c, "node-b", "b1", "4"));
	let(KEY_CONFIG, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
	assert_refused(cluster_add_exact(&c, "node-a", "c1", "10.0.0.2"), ERR_CONFLICT);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_label_that_the_node_loses_closes_the_pool_to_it)
{
	cluster_node(&c, "node-a", "{\"zone\":\"b\"}");
	fake_put(c.store, KEY_POOLS "p4", POOL4(ONLY_ZONE_B));
	let(KEY_NODES "node-a", "{\"metadata\":{\"name\":\"node-a\"},\"spec\":{}}");
	assert_refused(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL);
}
END_TEST

START_TEST(a_pool_that_selects_the_node_again_keeps_its_block_after_a_del)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	fake_put(c.store, KEY_POOLS "p4", POOL4(ONLY_ZONE_B));
	let(KEY_POOLS "p4", POOL4(""));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert(meanwhile.done);
	ck_assert_ptr_nonnull(fake_get(c.store, BLOCK));
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY("node-a")));
}
END_TEST

START_TEST(a_deselected_block_whose_pool_goes_is_left_to_the_administrator)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	fake_put(c.store, KEY_POOLS "p4", POOL4(ONLY_ZONE_B));
	cluster_pool(&c, "q4", "10.1.0.0/24", "");
	let(KEY_POOLS "p4", NULL);
	assert_ok(cluster_add(&c, "node-a", "c2", "4"));
	ck_assert(meanwhile.done);
	ck_assert_ptr_nonnull(fake_get(c.store, BLOCK));
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY("node-a")));
}
END_TEST

START_TEST(an_affinity_whose_block_becomes_ours_stays)
{
	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":30");
	fake_put(c.store, BLOCK, HELD_BY("net.b1"));
	fake_put(c.store, AFFINITY("node-b"), CONFIRMED);
	fake_put(c.store, KEY_HANDLES "net.b1", ONE_HELD);
	fake_put(c.store, AFFINITY("node-a"), CONFIRMED);
	let(BLOCK, EMPTY_OF_A("10.0.0.0/30"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert(meanwhile.done);
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY("node-a")));
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.0/30");
}
END_TEST

START_TEST(a_block_of_the_handle_that_appears_is_answered_by_an_add)
{
	cluster_pool(&c, "p4", "10.0.0.0/29", ",\"blockSize\":30");
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.4-30", EMPTY_OF_A("10.0.0.4/30"));
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.4-30", CONFIRMED);
	fake_put(c.store, AFFINITY("node-b"), CONFIRMED);
	fake_put(c.store, KEY_HANDLES "net.c1", ONE_HELD);
	let(BLOCK, HELD_BY("net.c1"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert(meanwhile.done);
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.1/30");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_block_of_the_handle_that_appears_is_emptied_by_a_del)
{
	fake_put(c.store, AFFINITY("node-b"), CONFIRMED);
	fake_put(c.store, KEY_HANDLES "net.c1", ONE_HELD);
	let(BLOCK, HELD_BY("net.c1"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert(meanwhile.done);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(an_affinity_that_appears_goes_with_its_deselected_block)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	fake_put(c.store, KEY_POOLS "p4", POOL4(ONLY_ZONE_B));
	fake_delete(c.store, AFFINITY("node-a"));
	let(AFFINITY("node-a"), CONFIRMED);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert(meanwhile.done);
	ck_assert_ptr_null(fake_get(c.store, BLOCK));
	ck_assert_ptr_null(fake_get(c.store, AFFINITY("node-a")));
}
END_TEST

START_TEST(a_gateway_that_becomes_a_containers_is_none)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", "4");

	cluster_pool(&c, "p4", "10.0.0.0/28", ",\"blockSize\":30");
	ck_assert_int_eq(addr_parse("10.0.0.10", &r.exact[FAMILY_4]), 0);
	r.gateway.wanted = r.gateway.first = true;
	r.prefix = IPAM_PREFIX_POOL;
	fake_put(c.store, AFFINITY("node-b"), CONFIRMED);
	fake_put(c.store, KEY_HANDLES "net.b1", ONE_HELD);
	let(BLOCK, HELD_BY("net.b1"));
	assert_refused(cluster_assign(&c, &r), ERR_EXISTS);
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

#define GATEWAY KEY_RESERVATIONS "calico-ipam-gateway-p4"

/* c1 holds an address of p4, and its conflist has a gateway from now on. */
static struct ipam_assign_request want_gateway_too(void)
{
	struct ipam_assign_request r;

	cluster_pool(&c, "p4", "10.0.0.0/28", ",\"blockSize\":29");
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.10"));
	r = cluster_request(&c, "node-a", "c1", "4");
	r.gateway.wanted = r.gateway.first = true;
	r.prefix = IPAM_PREFIX_POOL;
	return r;
}

START_TEST(a_pool_that_goes_leaves_no_gateway)
{
	struct ipam_assign_request r = want_gateway_too();

	let(KEY_POOLS "p4", NULL);
	assert_ok(cluster_assign(&c, &r));
	ck_assert(meanwhile.done);
	ck_assert_ptr_null(fake_get(c.store, GATEWAY));
}
END_TEST

START_TEST(a_gateway_that_appears_goes_with_its_pool)
{
	struct ipam_assign_request r = want_gateway_too();
	struct pool_delete_answer answer;
	char reservation[2048];

	assert_ok(cluster_assign(&c, &r));
	snprintf(reservation, sizeof(reservation), "%s", fake_get(c.store, GATEWAY));
	fake_delete(c.store, GATEWAY);
	let(GATEWAY, reservation);
	assert_ok(ipam_delete_pool(c.ds, "p4", true, c.now_ns, &answer, &c.e));
	ck_assert(meanwhile.done);
	ck_assert_ptr_null(fake_get(c.store, GATEWAY));
}
END_TEST

START_TEST(a_block_that_appears_where_a_pool_is_made_is_seen)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", "4");

	datastore_close(c.ds);
	fake_set_traits(c.store, true, true);
	c.ds = fake_open(c.store);
	fake_delete(c.store, KEY_POOLS "p4");
	r.make_pools = true;
	r.pools[FAMILY_4][0] = "10.0.0.0/24";
	r.n_pools[FAMILY_4] = 1;
	let(BLOCK, HELD_BY("net.b1"));
	assert_refused(cluster_assign(&c, &r), ERR_EXISTS);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("meanwhile");
	TCase *t = tcase_create("meanwhile");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, strict_affinity_forbids_to_borrow_at_once);
	tcase_add_test(t, a_label_that_the_node_loses_closes_the_pool_to_it);
	tcase_add_test(t, a_pool_that_selects_the_node_again_keeps_its_block_after_a_del);
	tcase_add_test(t, a_deselected_block_whose_pool_goes_is_left_to_the_administrator);
	tcase_add_test(t, an_affinity_whose_block_becomes_ours_stays);
	tcase_add_test(t, a_block_of_the_handle_that_appears_is_answered_by_an_add);
	tcase_add_test(t, a_block_of_the_handle_that_appears_is_emptied_by_a_del);
	tcase_add_test(t, an_affinity_that_appears_goes_with_its_deselected_block);
	tcase_add_test(t, a_gateway_that_becomes_a_containers_is_none);
	tcase_add_test(t, a_pool_that_goes_leaves_no_gateway);
	tcase_add_test(t, a_gateway_that_appears_goes_with_its_pool);
	tcase_add_test(t, a_block_that_appears_where_a_pool_is_made_is_seen);
	return s;
}
