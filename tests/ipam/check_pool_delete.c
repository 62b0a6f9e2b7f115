/* SPDX-License-Identifier: Apache-2.0 */
/* Deleting a pool: docs/DATA-MODEL.md 5.1 and 11. */
#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "ipam/pool/delete.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define AFFINITIES "/calico/ipam/v2/host/"

static struct cluster c;
static struct pool_delete_answer answer;
static struct err e;
static bool force;

static void setup(void)
{
	cluster_init(&c);
	force = true;
	cluster_pool(&c, "p4", "10.0.0.0/16", ",\"later\":7");
	cluster_pool(&c, "q4", "10.1.0.0/16", "");
	cluster_pool(&c, "p6", "fd00::/48", "");
	cluster_node(&c, "node-a", "{}");
	cluster_node(&c, "node-b", "{}");
	err_reset(&e);
	memset(&answer, 0, sizeof(answer));
}

static void teardown(void)
{
	cluster_done(&c);
}

static int delete(const char *name)
{
	return ipam_delete_pool(c.ds, name, force, c.now_ns, &answer, &e);
}

static void must_delete(const char *name)
{
	ck_assert_msg(delete(name) == 0, "%s", e.text);
}

/* A block of node-a with nothing in it, number n of the pool p4. */
static void put_block(struct fake_store *store, unsigned n)
{
	struct block b __cleanup(block_done) = { 0 };
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	char key[KEY_TEXT];
	struct cidr cidr = { { FAMILY_4, (u128)0x0a000000 + n * 64 }, 26 };

	ck_assert_int_eq(block_new(cidr, "host:node-a", CLUSTER_NOW, &b, &e), 0);
	block_print(&b, &text);
	key_of_block(cidr, key);
	fake_put(store, key, text.data);
}

/* With its affinity, as Calico leaves it. */
static void put_empty_block(struct fake_store *store, unsigned n)
{
	char key[KEY_TEXT];

	put_block(store, n);
	snprintf(key, sizeof(key), AFFINITIES "node-a/ipv4/block/10.0.%u.%u-26", n / 4, n % 4 * 64);
	fake_put(store, key, "{\"state\":\"confirmed\",\"deleted\":false}");
}

START_TEST(a_pool_and_its_empty_blocks_go_in_one_commit)
{
	put_empty_block(c.store, 0);
	put_empty_block(c.store, 9);
	must_delete("p4");
	ck_assert_uint_eq(fake_commits(c.store), 1);
	ck_assert_uint_eq(answer.deleted_blocks, 2);
	ck_assert_uint_eq(answer.allocated, 0);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
}
END_TEST

START_TEST(a_block_in_use_stays_without_affinity)
{
	struct record record = { .key = NULL };
	struct block b __cleanup(block_done) = { 0 };

	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), 0);
	must_delete("p4");
	ck_assert_uint_eq(answer.allocated, 1);
	ck_assert_uint_eq(answer.disowned_blocks, 1);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
	record.key = fake_key(c.store, KEY_BLOCKS_4, 0);
	record.value = fake_get(c.store, record.key);
	record.value_len = strlen(record.value);
	ck_assert_int_eq(block_read(&record, &b, &e), 0);
	ck_assert_ptr_null(b.affinity);
	ck_assert_ptr_null(b.claim_time);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 1);
}
END_TEST

START_TEST(addresses_of_a_deleted_pool_can_still_be_released)
{
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), 0);
	must_delete("p4");
	ck_assert_int_eq(cluster_del(&c, "node-a", "c1"), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(other_pools_and_families_are_left_alone)
{
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "46"), 0);
	must_delete("q4");
	ck_assert_uint_eq(answer.allocated, 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 2);
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_POOLS "p4"));
	must_delete("p6");
	ck_assert_uint_eq(answer.allocated, 1);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 1);
}
END_TEST

START_TEST(an_affinity_without_a_block_goes_too)
{
	fake_put(c.store, AFFINITIES "node-b/ipv4/block/10.0.7.0-26", "{\"state\":\"pending\","
		 "\"deleted\":false}");
	fake_put(c.store, AFFINITIES "node-b/ipv4/block/10.1.7.0-26", "{\"state\":\"pending\","
		 "\"deleted\":false}");
	must_delete("p4");
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 1);
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITIES "node-b/ipv4/block/10.1.7.0-26"));
}
END_TEST

START_TEST(the_reservation_of_its_gateway_goes_with_a_pool)
{
	static const char reservation[] =
		"{\"kind\":\"IPReservation\",\"apiVersion\":\"projectcalico.org/v3\","
		"\"metadata\":{\"name\":\"x\"},\"spec\":{\"reservedCIDRs\":[\"10.0.0.1/32\"]}}";

	fake_put(c.store, KEY_RESERVATIONS "calico-ipam-gateway-p4", reservation);
	fake_put(c.store, KEY_RESERVATIONS "calico-ipam-gateway-q4", reservation);
	fake_put(c.store, KEY_RESERVATIONS "p4", reservation);
	must_delete("p4");
	ck_assert_uint_eq(fake_commits(c.store), 1);
	ck_assert_ptr_null(fake_get(c.store, KEY_RESERVATIONS "calico-ipam-gateway-p4"));
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 2);
}
END_TEST

START_TEST(many_blocks_go_batch_by_batch_and_the_pool_last)
{
	for (unsigned i = 0; i < 2 * POOL_DELETE_BLOCKS + 5; i++)
		put_empty_block(c.store, i);
	must_delete("p4");
	ck_assert_uint_eq(fake_commits(c.store), 3);
	ck_assert_uint_eq(answer.deleted_blocks, 2 * POOL_DELETE_BLOCKS + 5);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
}
END_TEST

START_TEST(a_rehearsal_counts_what_all_batches_would_do_and_writes_nothing)
{
	for (unsigned i = 0; i < 2 * POOL_DELETE_BLOCKS + 5; i++)
		put_empty_block(c.store, i);
	ck_assert_int_eq(ipam_would_delete_pool(c.ds, "p4", false, c.now_ns, &answer, &e), 0);
	ck_assert_uint_eq(answer.deleted_blocks, 2 * POOL_DELETE_BLOCKS + 5);
	ck_assert_uint_eq(fake_commits(c.store), 0);
	ck_assert_int_eq(ipam_would_delete_pool(c.ds, "none", true, c.now_ns, &answer, &e), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
}
END_TEST

START_TEST(between_batches_the_pool_is_disabled_and_keeps_its_unknown_fields)
{
	for (unsigned i = 0; i <= POOL_DELETE_BLOCKS; i++)
		put_empty_block(c.store, i);
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert_int_eq(e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_POOLS "p4"), "\"disabled\":true"));
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_POOLS "p4"), "\"later\":7"));
	err_reset(&e);
	must_delete("p4");
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
}
END_TEST

static void add_a_block(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)arg;
	if (commit <= 4)
		put_empty_block(store, 100 + (unsigned)commit);
}

START_TEST(a_deletion_that_fails_between_batches_says_what_stands)
{
	for (unsigned i = 0; i <= POOL_DELETE_BLOCKS; i++)
		put_empty_block(c.store, i);
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert(e.may_stand);
	ck_assert_msg(strstr(e.text, "the pool is disabled now, 40 of its blocks were released"),
		      "%s", e.text);
	/* Nothing stands of a second attempt whose first part fails. */
	fake_fail_commit(c.store, 1, ERR_UNAVAILABLE);
	err_reset(&e);
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert(!e.may_stand && !strstr(e.text, "released"));
}
END_TEST

START_TEST(a_block_that_appears_meanwhile_is_not_left_behind)
{
	fake_before_commit(c.store, add_a_block, NULL);
	must_delete("p4");
	fake_before_commit(c.store, NULL, NULL);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
	ck_assert_uint_eq(answer.deleted_blocks, 4);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
}
END_TEST

#define CLAIM AFFINITIES "node-a/ipv4/block/10.0.7.0-26"
#define PENDING "{\"state\":\"pending\",\"deleted\":false}"

/* A host claims a block: its affinity first, and then the block. */
static void claim_a_block(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)arg;
	if (commit == 1)
		fake_put(store, CLAIM, PENDING);
}

static void write_the_claimed_block(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)arg;
	if (commit == 1)
		put_block(store, 28);
}

START_TEST(a_claim_that_begins_meanwhile_is_not_left_behind)
{
	fake_before_commit(c.store, claim_a_block, NULL);
	must_delete("p4");
	fake_before_commit(c.store, NULL, NULL);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
}
END_TEST

START_TEST(the_block_of_a_claim_that_ends_meanwhile_is_not_left_behind)
{
	fake_put(c.store, CLAIM, PENDING);
	fake_before_commit(c.store, write_the_claimed_block, NULL);
	must_delete("p4");
	fake_before_commit(c.store, NULL, NULL);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
	ck_assert_uint_eq(answer.deleted_blocks, 1);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
}
END_TEST

/* Nobody claims a block in a pool that is disabled. */
static void claim_while_enabled(struct fake_store *store, size_t change __unused_arg,
				void *arg __unused_arg)
{
	const char *pool = fake_get(store, KEY_POOLS "p4");

	if (pool && !strstr(pool, "\"disabled\":true"))
		put_empty_block(store, 9);
}

START_TEST(without_transactions_a_pool_is_disabled_before_its_blocks_go)
{
	cluster_in_turns(&c);
	put_empty_block(c.store, 0);
	fake_before_write(c.store, claim_while_enabled, NULL);
	must_delete("p4");
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, AFFINITIES), 0);
	ck_assert_uint_eq(answer.deleted_blocks, 2);
}
END_TEST

START_TEST(a_lost_answer_is_looked_up)
{
	put_empty_block(c.store, 0);
	fake_lose_answer(c.store, 1);
	must_delete("p4");
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
}
END_TEST

START_TEST(a_pool_that_is_not_there_is_named)
{
	ck_assert_int_eq(delete("nowhere"), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(e.text, "nowhere"));
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(a_block_that_does_not_parse_is_named_and_nothing_changed)
{
	put_empty_block(c.store, 0);
	fake_put(c.store, KEY_BLOCKS_4 "10.0.9.0-26", "{");
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, "10.0.9.0-26"));
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(a_pool_whose_addresses_are_in_use_is_deleted_by_force_only)
{
	unsigned long commits;

	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), 0);
	ck_assert_int_eq(cluster_add(&c, "node-a", "c2", "4"), 0);
	commits = fake_commits(c.store);
	force = false;
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text, "2 addresses of 10.0.0.0/16 are in use"));
	ck_assert_ptr_nonnull(strstr(e.text, "--force"));
	ck_assert_uint_eq(fake_commits(c.store), commits);
	err_reset(&e);
	must_delete("q4");
	force = true;
	must_delete("p4");
	ck_assert_uint_eq(answer.allocated, 2);
}
END_TEST

START_TEST(addresses_that_cool_down_are_in_nobodys_use)
{
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), 0);
	ck_assert_int_eq(cluster_del(&c, "node-a", "c1"), 0);
	force = false;
	must_delete("p4");
	ck_assert_uint_eq(answer.allocated, 1);
}
END_TEST

static void add_a_container(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)arg;
	if (commit == 1)
		fake_put(store, KEY_BLOCKS_4 "10.0.9.0-30",
			 "{\"cidr\":\"10.0.9.0/30\",\"affinity\":\"host:node-a\",\"allocations\":"
			 "[0,null,null,null],\"unallocated\":[1,2,3],\"attributes\":"
			 "[{\"handle_id\":\"h\"}],\"sequenceNumber\":1,"
			 "\"sequenceNumberForAllocation\":{},\"deleted\":false}");
}

START_TEST(a_container_that_comes_between_batches_is_seen)
{
	for (unsigned i = 0; i <= POOL_DELETE_BLOCKS; i++)
		put_empty_block(c.store, i);
	force = false;
	fake_before_commit(c.store, add_a_container, NULL);
	ck_assert_int_eq(delete("p4"), -1);
	fake_before_commit(c.store, NULL, NULL);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text, "1 address of 10.0.0.0/16 is in use"));
	ck_assert_ptr_nonnull(strstr(e.text, "disabled now"));
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_POOLS "p4"));
}
END_TEST

START_TEST(a_pool_that_cannot_be_read_is_deleted_by_force_only)
{
	put_empty_block(c.store, 0);
	fake_put(c.store, KEY_POOLS "p4", "{\"spec\":{\"cidr\":7}}");
	fake_put(c.store, KEY_RESERVATIONS "calico-ipam-gateway-p4", "{}");
	force = false;
	ck_assert_int_eq(delete("p4"), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY_POOLS "p4"));
	ck_assert_ptr_nonnull(strstr(e.text, "--force"));
	ck_assert_uint_eq(fake_commits(c.store), 0);
	err_reset(&e);
	force = true;
	must_delete("p4");
	ck_assert(answer.unreadable);
	ck_assert_uint_eq(fake_commits(c.store), 1);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "p4"));
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 1);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("pool_delete");
	TCase *t = tcase_create("pool_delete");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_pool_and_its_empty_blocks_go_in_one_commit);
	tcase_add_test(t, a_block_in_use_stays_without_affinity);
	tcase_add_test(t, addresses_of_a_deleted_pool_can_still_be_released);
	tcase_add_test(t, other_pools_and_families_are_left_alone);
	tcase_add_test(t, an_affinity_without_a_block_goes_too);
	tcase_add_test(t, the_reservation_of_its_gateway_goes_with_a_pool);
	tcase_add_test(t, many_blocks_go_batch_by_batch_and_the_pool_last);
	tcase_add_test(t, a_rehearsal_counts_what_all_batches_would_do_and_writes_nothing);
	tcase_add_test(t, between_batches_the_pool_is_disabled_and_keeps_its_unknown_fields);
	tcase_add_test(t, a_deletion_that_fails_between_batches_says_what_stands);
	tcase_add_test(t, a_block_that_appears_meanwhile_is_not_left_behind);
	tcase_add_test(t, a_claim_that_begins_meanwhile_is_not_left_behind);
	tcase_add_test(t, the_block_of_a_claim_that_ends_meanwhile_is_not_left_behind);
	tcase_add_test(t, without_transactions_a_pool_is_disabled_before_its_blocks_go);
	tcase_add_test(t, a_lost_answer_is_looked_up);
	tcase_add_test(t, a_pool_that_is_not_there_is_named);
	tcase_add_test(t, a_pool_whose_addresses_are_in_use_is_deleted_by_force_only);
	tcase_add_test(t, addresses_that_cool_down_are_in_nobodys_use);
	tcase_add_test(t, a_container_that_comes_between_batches_is_seen);
	tcase_add_test(t, a_pool_that_cannot_be_read_is_deleted_by_force_only);
	tcase_add_test(t, a_block_that_does_not_parse_is_named_and_nothing_changed);
	suite_add_tcase(s, t);
	return s;
}
