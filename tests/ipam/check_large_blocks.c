/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of 4096 addresses, full, as Calico and this project write them in a cluster. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "base/buf.h"
#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "ipam/pool/delete.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define KEY_OF_BLOCK KEY_BLOCKS_4 "10.0.0.0-20"
#define ETCD_BYTES (1400 << 10) /* of a commit */
#define NETWORK "k8s-pod-network"

static struct cluster c;

static void container_of(unsigned i, char out[80])
{
	snprintf(out, 80, "%064x", i);
}

static void add_attribute(struct buf *out, unsigned i)
{
	char container[80];

	container_of(i, container);
	buf_printf(out,
		   "%s{\"handle_id\":\"" NETWORK ".%s\",\"secondary\":{\"ifname\":\"eth0\","
		   "\"namespace\":\"production\",\"network\":\"" NETWORK "\",\"node\":"
		   "\"ip-10-0-0-1.internal\",\"pod\":\"web-7c5ddbdf54-%05u\",\"timestamp\":"
		   "\"2026-08-22 09:00:00.123456789 +0000 UTC\"}}",
		   i ? "," : "", container, i);
}

/* A block of node-a's, 10.0.<third>.0/20, of which the first `held` addresses are. */
static void put_block(unsigned third, unsigned held)
{
	struct buf text __cleanup(buf_done) = BUF(8 << 20);
	char key[KEY_TEXT];

	buf_printf(&text, "{\"cidr\":\"10.0.%u.0/20\",\"affinity\":\"host:node-a\","
		   "\"allocations\":[", third);
	for (unsigned i = 0; i < BLOCK_SIZE_MAX; i++)
		buf_printf(&text, i < held ? "%s%u" : "%snull", i ? "," : "", i);
	buf_puts(&text, "],\"unallocated\":[");
	for (unsigned i = held; i < BLOCK_SIZE_MAX; i++)
		buf_printf(&text, "%s%u", i > held ? "," : "", i);
	buf_puts(&text, "],\"attributes\":[");
	for (unsigned i = 0; i < held; i++)
		add_attribute(&text, i);
	buf_puts(&text, "],\"sequenceNumber\":5000,\"sequenceNumberForAllocation\":{},"
			"\"deleted\":false}");
	ck_assert(!text.failed);
	snprintf(key, sizeof(key), KEY_BLOCKS_4 "10.0.%u.0-20", third);
	fake_put(c.store, key, text.data);
	snprintf(key, sizeof(key), KEY_HOST_AFFINITIES "node-a/ipv4/block/10.0.%u.0-20", third);
	fake_put(c.store, key, "{\"state\":\"confirmed\",\"deleted\":false}");
}

static void setup(void)
{
	char container[80], key[KEY_TEXT];

	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/20", ",\"blockSize\":20");
	cluster_node(&c, "node-a", "{}");
	put_block(0, BLOCK_SIZE_MAX);
	container_of(BLOCK_SIZE_MAX - 1, container);
	snprintf(key, sizeof(key), KEY_HANDLES NETWORK ".%s", container);
	fake_put(c.store, key, "{\"block\":{\"10.0.0.0/20\":1},\"deleted\":false}");
}

static void teardown(void)
{
	cluster_done(&c);
}

static unsigned free_of_block(void)
{
	struct block b __cleanup(block_done) = {0};
	struct record record = { .key = KEY_OF_BLOCK };

	record.value = fake_get(c.store, KEY_OF_BLOCK);
	record.value_len = strlen(record.value);
	ck_assert_msg(block_read(&record, &b, &c.e) == 0, "%s", c.e.text);
	return b.n_unallocated;
}

START_TEST(a_full_block_gives_an_address_back_and_out_again)
{
	char container[80];
	struct ipam_release_request r = { .now_ns = CLUSTER_NOW };
	struct ipam_release_answer answer;

	container_of(BLOCK_SIZE_MAX - 1, container);
	r.owner = (struct ipam_owner){ NETWORK, container, "eth0", "node-a", "production", NULL,
					NULL, NULL, NULL };
	ck_assert_msg(ipam_release(c.ds, &r, &answer, &c.e) == 0, "%s", c.e.text);
	ck_assert_uint_eq(answer.released, 1);
	ck_assert_uint_eq(free_of_block(), 1);
	ck_assert_msg(cluster_add(&c, "node-a", "c1", "4") == 0, "%s", c.e.text);
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.15.255/20");
}
END_TEST

START_TEST(of_two_full_blocks_a_del_releases_one_after_the_other)
{
	char container[80], key[KEY_TEXT];
	struct ipam_release_request r = { .now_ns = CLUSTER_NOW };
	struct ipam_release_answer answer;

	put_block(16, BLOCK_SIZE_MAX);
	container_of(BLOCK_SIZE_MAX - 1, container);
	snprintf(key, sizeof(key), KEY_HANDLES NETWORK ".%s", container);
	fake_put(c.store, key,
		 "{\"block\":{\"10.0.0.0/20\":1,\"10.0.16.0/20\":1},\"deleted\":false}");
	fake_limit_bytes(c.store, ETCD_BYTES);
	r.owner = (struct ipam_owner){ NETWORK, container, "eth0", "node-a", "production", NULL,
					NULL, NULL, NULL };
	ck_assert_msg(ipam_release(c.ds, &r, &answer, &c.e) == 0, "%s", c.e.text);
	ck_assert_uint_eq(answer.released, 2);
	ck_assert_ptr_null(fake_get(c.store, key));
}
END_TEST

START_TEST(a_full_block_is_disowned_with_its_pool)
{
	struct pool_delete_answer answer;

	ck_assert_msg(ipam_delete_pool(c.ds, "p4", true, CLUSTER_NOW, &answer, &c.e) == 0,
		      "%s", c.e.text);
	ck_assert_uint_eq(answer.disowned_blocks, 1);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_OF_BLOCK), "\"affinity\":null"));
}
END_TEST

START_TEST(a_pool_of_large_blocks_is_deleted_in_commits_that_etcd_takes)
{
	struct pool_delete_answer answer;

	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "wide", "10.0.0.0/18", ",\"blockSize\":20");
	put_block(0, 1000);
	put_block(16, BLOCK_SIZE_MAX);
	put_block(32, 1000);
	fake_limit_bytes(c.store, ETCD_BYTES);
	ck_assert_msg(ipam_delete_pool(c.ds, "wide", true, CLUSTER_NOW, &answer, &c.e) == 0,
		      "%s", c.e.text);
	ck_assert_uint_eq(answer.disowned_blocks, 3);
}
END_TEST

#define MANY 100000U

static void print_crowded(struct buf *out)
{
	buf_puts(out, "{\"cidr\":\"10.0.0.0/31\",\"allocations\":[0,0],\"unallocated\":[],"
		 "\"attributes\":[{\"handle_id\":\"h\",");
	for (unsigned i = 0; i < MANY; i++)
		buf_puts(out, "\"s\":0,");
	buf_puts(out, "\"secondary\":{\"namespace\":\"in\",\"pod\":\"one\"},"
		 "\"alternateOwnerAttrs\":{");
	for (unsigned i = 0; i < MANY; i++)
		buf_printf(out, "\"%u\":\"\",", i);
	buf_puts(out, "\"namespace\":\"in\",\"pod\":\"two\"}}]}");
}

/* Each address of a block may point at one attribute, and each asks it for several. */
START_TEST(a_text_is_soon_found_behind_all_else_that_an_allocation_says)
{
	struct buf text __cleanup(buf_done) = BUF(8 << 20);
	struct record record = { .key = KEY_BLOCKS_4 "10.0.0.0-31", .revision = 1 };
	struct block b __cleanup(block_done) = {0};
	const struct attribute *a;
	clock_t begun = clock();

	print_crowded(&text);
	record.value = text.data;
	record.value_len = text.len;
	ck_assert_msg(block_read(&record, &b, &c.e) == 0, "%s", c.e.text);
	a = block_attribute(&b, 1);
	for (unsigned i = 0; i < MANY; i++) {
		ck_assert_str_eq(attribute_secondary(a, "pod"), "one");
		ck_assert(attribute_names_owner(a) && attribute_has_owner(a, ATTRIBUTE_ACTIVE));
		ck_assert(attribute_owner_is_pod(a, ATTRIBUTE_ACTIVE, "in", "one"));
		ck_assert(attribute_owner_is_pod(a, ATTRIBUTE_ALTERNATE, "in", "two"));
	}
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("large blocks");
	TCase *t = tcase_create("large blocks");

	suite_add_tcase(s, t);
	tcase_set_timeout(t, 60);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_full_block_gives_an_address_back_and_out_again);
	tcase_add_test(t, of_two_full_blocks_a_del_releases_one_after_the_other);
	tcase_add_test(t, a_full_block_is_disowned_with_its_pool);
	tcase_add_test(t, a_pool_of_large_blocks_is_deleted_in_commits_that_etcd_takes);
	tcase_add_test(t, a_text_is_soon_found_behind_all_else_that_an_allocation_says);
	return s;
}
