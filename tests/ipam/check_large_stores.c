/* SPDX-License-Identifier: Apache-2.0 */
/* Records of which there are hundreds of thousands take time by their number, not its square. */
#include "ipam/affinity/affinities.h"
#include "ipam/assign/block_order.h"
#include "ipam/audit/index.h"
#include "ipam/audit/utilization.h"
#include "ipam/audit/workloads.h"
#include "ipam/record/gateway.h"
#include "ipam/record/keys.h"
#include "ipam/record/node.h"
#include "tests/ipam/fixture_crowd.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MANY 200000U
#define FIRST 0x0a000000U /* 10.0.0.0 */
#define TEXT_MAX (64 << 20)

static struct cluster c;
static struct err e;
static clock_t begun;

static void setup(void)
{
	cluster_init(&c);
	err_reset(&e);
	begun = clock();
}

static void teardown(void)
{
	cluster_done(&c);
}

static void assert_was_soon(void)
{
	ck_assert_int_lt(clock() - begun, LINEAR_MAX_S * CLOCKS_PER_SEC);
}

static struct addr nth(unsigned n)
{
	return (struct addr){ FAMILY_4, FIRST + n };
}

/* So many CIDRs of this length beside each other from 10.0.0.0 on, the last one first. */
static void print_reservation(struct buf *out, unsigned n, unsigned len)
{
	char text[CIDR_TEXT];

	buf_puts(out, "{\"metadata\":{},\"spec\":{\"reservedCIDRs\":[");
	for (unsigned i = n; i-- > 0;) {
		cidr_print((struct cidr){ nth(i << (32 - len)), len }, text);
		buf_printf(out, "%s\"%s\"", i == n - 1 ? "" : ",", text);
	}
	buf_puts(out, "]}}");
	ck_assert(!out->failed);
}

static void reserve_in(struct view *view, unsigned n, unsigned len)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

	print_reservation(&text, n, len);
	view_put(view, KEY_RESERVATIONS "r", text.data, text.len, 1);
}

START_TEST(many_reserved_addresses_are_soon_looked_up)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	reserve_in(&view, MANY, 32);
	ck_assert_msg(reserved_read(&view, &r, &e) == 0, "%s", e.text);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert(reserved_holds(&r, nth(i)));
	ck_assert(!reserved_holds(&r, nth(MANY)));
	ck_assert(reserved_covers(&r, (struct cidr){ nth(0), 16 }));
	assert_was_soon();
}
END_TEST

static struct block_order order_over(const struct pool *pool, struct reserved *r,
				     struct view *view, unsigned n)
{
	struct block_order order;

	reserve_in(view, n, pool->block_len);
	ck_assert_msg(reserved_read(view, r, &e) == 0, "%s", e.text);
	block_order_init(&order, pool, "node-a", r);
	return order;
}

START_TEST(a_pool_whose_blocks_are_reserved_one_by_one_is_soon_walked)
{
	const struct pool pool = { .cidr = { { FAMILY_4, FIRST }, 9 }, .block_len = 26 };
	struct reserved r __cleanup(reserved_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct block_order order = order_over(&pool, &r, &view, 1 << 17);
	struct cidr block;

	ck_assert(!block_order_next(&order, &block));
	assert_was_soon();
}
END_TEST

START_TEST(the_one_block_that_is_not_reserved_is_found)
{
	const struct pool pool = { .cidr = { { FAMILY_4, FIRST }, 9 }, .block_len = 26 };
	struct reserved r __cleanup(reserved_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct block_order order = order_over(&pool, &r, &view, (1 << 17) - 1);
	struct cidr block;

	ck_assert(block_order_next(&order, &block));
	ck_assert(cidr_equal(block, (struct cidr){ nth(((1 << 17) - 1) << 6), 26 }));
	ck_assert(!block_order_next(&order, &block));
	assert_was_soon();
}
END_TEST

START_TEST(many_taken_addresses_are_soon_read_and_more_are_recorded)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	struct ipam_assign_request request;
	const char *key = KEY_RESERVATIONS GATEWAY_RESERVATION "four";

	cluster_pool(&c, "four", "10.0.0.0/8", "");
	cluster_node(&c, "node-a", "{}");
	print_reservation(&text, MANY, 32);
	fake_put(c.store, key, text.data);
	request = cluster_request(&c, "node-a", "c1", "4");
	request.prefix = IPAM_PREFIX_POOL;
	request.gateway.wanted = request.gateway.first = true;
	ck_assert_msg(cluster_assign(&c, &request) == 0, "%s", c.e.text);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, key),
				     "\"10.0.0.0/32\",\"10.255.255.255/32\"]"));
	assert_was_soon();
}
END_TEST

static void rule_key(unsigned n, char key[KEY_TEXT])
{
	snprintf(key, KEY_TEXT, KEY_RESERVATIONS GATEWAY_RESERVATION "pool-%06u", n);
}

START_TEST(the_gateways_of_many_pools_are_soon_found)
{
	static const char value[] = "{\"spec\":{}}";
	struct gateways g __cleanup(gateways_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	struct gateway_rule *rule;
	char key[KEY_TEXT];

	for (unsigned i = 0; i < MANY; i++) {
		rule_key(i, key);
		view_put(&view, key, value, sizeof(value) - 1, 1);
	}
	ck_assert_msg(gateways_read(&g, &view, &e) == 0, "%s", e.text);
	for (unsigned i = 0; i < MANY; i++) {
		rule_key(i, key);
		rule = gateways_rule(&g, strstr(key, "pool-"));
		ck_assert(rule && strcmp(rule->pool, strstr(key, "pool-")) == 0);
	}
	ck_assert_ptr_null(gateways_rule(&g, "pool"));
	ck_assert_ptr_null(gateways_rule(&g, "pool-000000x"));
	assert_was_soon();
}
END_TEST

static void print_name(char out[16], unsigned n)
{
	snprintf(out, 16, "n-%06u", n);
}

/* A block of 4,096 addresses, each of another node. */
static void print_block(struct buf *out, unsigned at)
{
	char name[16];

	buf_printf(out, "{\"cidr\":\"10.%u.%u.0/20\",\"affinity\":null,\"allocations\":[", at / 16,
		   at % 16 * 16);
	for (unsigned i = 0; i < BLOCK_SIZE_MAX; i++)
		buf_printf(out, i ? ",%u" : "%u", i);
	buf_puts(out, "],\"unallocated\":[],\"attributes\":[");
	for (unsigned i = 0; i < BLOCK_SIZE_MAX; i++) {
		print_name(name, MANY - 1 - (at * BLOCK_SIZE_MAX + i) % MANY);
		buf_printf(out, "%s{\"handle_id\":\"h\",\"secondary\":{\"node\":\"%s\"}}",
			   i ? "," : "", name);
	}
	buf_puts(out, "],\"deleted\":false}");
}

START_TEST(the_nodes_that_blocks_name_are_soon_counted_in_any_order)
{
	struct utilization s __cleanup(utilization_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT], name[16];
	struct record record = { .key = key, .revision = 1 };

	ck_assert_msg(utilization_begin(&view, &s, &e) == 0, "%s", e.text);
	for (unsigned at = 0; at < MANY / BLOCK_SIZE_MAX + 1; at++) {
		struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);

		key_of_block((struct cidr){ nth(at << 12), 20 }, key);
		print_block(&text, at);
		record.value = text.data;
		record.value_len = text.len;
		ck_assert_msg(utilization_add(&s, &record, NULL, &e) == 0, "%s", e.text);
	}
	utilization_end(&s);
	ck_assert_uint_eq(s.unreadable, 0);
	ck_assert_uint_eq(s.n_nodes, MANY);
	for (unsigned i = 0; i < MANY; i++) {
		print_name(name, i);
		ck_assert_str_eq(s.nodes[i].name, name);
		ck_assert_uint_ge(s.nodes[i].in_use, 1);
	}
	ck_assert_ptr_eq(utilization_node(&s, "n-000001"), &s.nodes[1]);
	assert_was_soon();
}
END_TEST

#define POOLS 100000U

static void put_pools(struct view *view)
{
	char key[KEY_TEXT], text[CIDR_TEXT], value[256];

	for (unsigned i = 0; i < POOLS; i++) {
		cidr_print((struct cidr){ nth(i << 6), 26 }, text);
		snprintf(key, sizeof(key), KEY_POOLS "p-%06u", i);
		snprintf(value, sizeof(value), "{\"metadata\":{\"name\":\"p-%06u\"},\"spec\":"
			 "{\"cidr\":\"%s\"}}", i, text);
		view_put(view, key, value, strlen(value), 1);
	}
}

START_TEST(the_pool_of_a_block_is_soon_found_among_many)
{
	struct utilization s __cleanup(utilization_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };

	put_pools(&view);
	ck_assert_msg(utilization_begin(&view, &s, &e) == 0, "%s", e.text);
	for (unsigned i = 0; i < 4 * POOLS; i++)
		ck_assert_uint_eq(utilization_pool_of(&s, (struct cidr){ nth(i << 4), 28 }), i / 4);
	ck_assert_uint_eq(utilization_pool_of(&s, (struct cidr){ nth(POOLS << 6), 28 }), POOLS);
	assert_was_soon();
}
END_TEST

/* Of the many pools one block each, all of one node, the last one first. */
START_TEST(a_nodes_part_of_each_of_many_pools_is_soon_counted)
{
	struct utilization s __cleanup(utilization_done) = { 0 };
	struct view view __cleanup(view_done) = { 0 };
	char key[KEY_TEXT], text[CIDR_TEXT], value[256];
	size_t right = 0;
	int failed = 0;

	put_pools(&view);
	ck_assert_msg(utilization_begin(&view, &s, &e) == 0, "%s", e.text);
	for (unsigned i = POOLS; i-- > 0;) {
		struct cidr block = { nth(i << 6), 32 };
		struct record record = { .key = key, .value = value, .revision = 1 };

		key_of_block(block, key);
		cidr_print(block, text);
		record.value_len = (size_t)snprintf(value, sizeof(value), "{\"cidr\":\"%s\","
			"\"affinity\":\"host:n\",\"allocations\":[null],\"unallocated\":[0],"
			"\"attributes\":[]}", text);
		failed += utilization_add(&s, &record, NULL, &e);
	}
	ck_assert_msg(failed == 0, "%s", e.text);
	utilization_end(&s);
	ck_assert_uint_eq(s.n_nodes, 1);
	ck_assert_uint_eq(s.nodes[0].n_shares, POOLS);
	for (unsigned i = 0; i < POOLS; i++)
		utilization_count_leak(&s, nth(i << 6), "n");
	for (size_t i = 0; i < POOLS; i++) {
		const struct utilization_share *share = utilization_share(&s.nodes[0], i);

		right += share && share->blocks == 1 && share->leaked == 1;
	}
	ck_assert_uint_eq(right, POOLS);
	ck_assert_ptr_null(utilization_share(&s.nodes[0], POOLS));
	assert_was_soon();
}
END_TEST

START_TEST(the_nodes_of_many_endpoints_are_soon_read_in_any_order)
{
	struct workloads u __cleanup(workloads_done) = { 0 };
	char key[KEY_TEXT], value[128], name[16];

	for (unsigned i = 0; i < MANY; i++) {
		print_name(name, MANY - 1 - i);
		snprintf(key, sizeof(key), KEY_WORKLOADS "%06u", i);
		snprintf(value, sizeof(value), "{\"spec\":{\"node\":\"%s\",\"ipNetworks\":[]}}",
			 name);
		fake_put(c.store, key, value);
	}
	ck_assert_msg(workloads_read(c.ds, &u, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(u.n_nodes, MANY);
	ck_assert(workloads_has_node(&u, "n-000001"));
	ck_assert(!workloads_has_node(&u, "n-00000x"));
	assert_was_soon();
}
END_TEST

/* From fd00::1:1000:0:0 on, whose keys ascend as they do. */
static struct cidr nth_of_ipv6(unsigned n)
{
	u128 middle = ((u128)(1 + n / 0xf000) << 16) + 0x1000 + n % 0xf000;

	return (struct cidr){ { FAMILY_6, ((u128)0xfd00 << 112) + (middle << 32) }, 122 };
}

START_TEST(the_blocks_of_a_node_are_soon_listed)
{
	struct owned_blocks owned __cleanup(owned_blocks_done) = { 0 };
	char key[KEY_TEXT];
	unsigned right = 0;

	for (unsigned i = 0; i < MANY; i++) {
		key_of_affinity("host:n", nth_of_ipv6(i), key, &e);
		fake_put(c.store, key, "{\"state\":\"confirmed\"}");
	}
	ck_assert_msg(ipam_blocks_of_node(c.ds, "n", &owned, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(owned.n, MANY);
	for (unsigned i = 0; i < MANY; i++)
		right += cidr_equal(owned.list[i].block, nth_of_ipv6(i));
	ck_assert_uint_eq(right, MANY);
	assert_was_soon();
}
END_TEST

START_TEST(a_handle_of_many_blocks_is_soon_judged)
{
	const unsigned n = 500000;
	struct audit_index index __cleanup(audit_index_done) = { 0 };
	struct attribute attribute __cleanup(attribute_done) = { 0 };
	struct handle h __cleanup(handle_done) = { .list = calloc(n, sizeof(*h.list)), .n = n };
	int allocation = 0;
	struct block b = { .size = 1, .allocations = &allocation, .attributes = &attribute,
			   .n_attributes = 1 };

	ck_assert_int_eq(attribute_new("h", NULL, NULL, &attribute, &e), 0);
	for (unsigned i = 0; i < n; i++) {
		b.cidr = (struct cidr){ nth(i), 32 };
		audit_index_add_block(&index, &b);
		h.list[i] = (struct handle_entry){ .block = b.cidr, .count = 1,
						   .names_block = true, .canonical = true };
	}
	audit_index_close(&index);
	audit_index_add_handle(&index, "h", &h);
	ck_assert_uint_eq(index.n_suspects, 0);
	h.list[n / 2].count = 2;
	audit_index_add_handle(&index, "h", &h);
	ck_assert_uint_eq(index.n_suspects, 1);
	assert_was_soon();
}
END_TEST

/* "before" and "behind" each of so many names, the last one first. */
static void print_names(struct buf *out, const char *before, const char *behind,
			const char *between)
{
	char name[16];

	for (unsigned i = MANY; i-- > 0;) {
		print_name(name, i);
		buf_printf(out, "%s%s%s%s", before, name, behind, i ? between : "");
	}
}

START_TEST(a_selector_of_many_labels_is_soon_matched)
{
	struct buf node __cleanup(buf_done) = BUF(TEXT_MAX);
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	struct record record = { .key = KEY_NODES "a", .revision = 1 };
	struct selector *s __cleanup(selector_freep) = NULL;
	struct node a __cleanup(node_done) = { 0 };

	buf_puts(&node, "{\"metadata\":{\"labels\":{");
	print_names(&node, "\"", "\":\"x\"", ",");
	buf_puts(&node, "}}}");
	record.value = node.data;
	record.value_len = node.len;
	ck_assert_msg(node_read(&record, &a, &e) == 0, "%s", e.text);
	print_names(&text, "has(", ")", " && ");
	ck_assert_msg(selector_parse(text.data, &s, &e) == 0, "%s", e.text);
	ck_assert(selector_matches(s, &a.labels));
	assert_was_soon();
}
END_TEST

START_TEST(a_text_is_soon_found_among_many_of_an_allocation)
{
	struct buf text __cleanup(buf_done) = BUF(TEXT_MAX);
	struct record record = { .key = KEY_BLOCKS_4 "10.0.0.0-31", .revision = 1 };
	struct block b __cleanup(block_done) = { 0 };

	buf_puts(&text, "{\"cidr\":\"10.0.0.0/31\",\"allocations\":[0,0],\"unallocated\":[],"
		 "\"attributes\":[{\"handle_id\":\"h\",\"secondary\":{\"node\":\"one\",");
	print_names(&text, "\"", "\":\"x\"", ",");
	buf_puts(&text, ",\"node\":\"two\"}}]}");
	record.value = text.data;
	record.value_len = text.len;
	ck_assert_msg(block_read(&record, &b, &e) == 0, "%s", e.text);
	for (unsigned i = 0; i < MANY; i++) {
		ck_assert_str_eq(attribute_secondary(block_attribute(&b, 1), "node"), "two");
		ck_assert_ptr_null(attribute_secondary(block_attribute(&b, 1), "pod"));
	}
	assert_was_soon();
}
END_TEST

static void make_late(void)
{
	cluster_pool(&c, "four", "10.0.0.0/16", "");
	cluster_node(&c, "a", "{}");
	datastore_set_deadline(c.ds, deadline_in_ms(0));
}

START_TEST(a_search_ends_at_its_deadline)
{
	make_late();
	ck_assert_int_eq(cluster_add(&c, "a", "c1", "4"), -1);
	ck_assert_int_eq(c.e.kind, ERR_DEADLINE);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_crowd_ends_at_its_deadline)
{
	static struct crowd crowd;

	make_late();
	crowd_begin(&crowd, &c);
	crowd_add_many(&crowd, 3, 'c', "4");
	crowd_go(&crowd);
	for (unsigned i = 0; i < 3; i++) {
		ck_assert(crowd.list[i].failed);
		ck_assert_int_eq(crowd.list[i].error.kind, ERR_DEADLINE);
	}
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_crowd_that_only_releases_ends_at_its_deadline)
{
	static struct crowd crowd;

	make_late();
	crowd_begin(&crowd, &c);
	crowd_del_many(&crowd, 3, 'c');
	crowd_go(&crowd);
	for (unsigned i = 0; i < 3; i++)
		ck_assert_int_eq(crowd.list[i].error.kind, ERR_DEADLINE);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.large_stores");
	TCase *t = tcase_create("large_stores");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, many_reserved_addresses_are_soon_looked_up);
	tcase_add_test(t, a_pool_whose_blocks_are_reserved_one_by_one_is_soon_walked);
	tcase_add_test(t, the_one_block_that_is_not_reserved_is_found);
	tcase_add_test(t, many_taken_addresses_are_soon_read_and_more_are_recorded);
	tcase_add_test(t, the_gateways_of_many_pools_are_soon_found);
	tcase_add_test(t, the_nodes_that_blocks_name_are_soon_counted_in_any_order);
	tcase_add_test(t, the_pool_of_a_block_is_soon_found_among_many);
	tcase_add_test(t, a_nodes_part_of_each_of_many_pools_is_soon_counted);
	tcase_add_test(t, the_nodes_of_many_endpoints_are_soon_read_in_any_order);
	tcase_add_test(t, the_blocks_of_a_node_are_soon_listed);
	tcase_add_test(t, a_handle_of_many_blocks_is_soon_judged);
	tcase_add_test(t, a_selector_of_many_labels_is_soon_matched);
	tcase_add_test(t, a_text_is_soon_found_among_many_of_an_allocation);
	tcase_add_test(t, a_search_ends_at_its_deadline);
	tcase_add_test(t, a_crowd_ends_at_its_deadline);
	tcase_add_test(t, a_crowd_that_only_releases_ends_at_its_deadline);
	suite_add_tcase(s, t);
	return s;
}
