/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/host.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static char key[KEY_TEXT];
static struct err e;

static void setup(void)
{
	err_reset(&e);
	strcpy(key, "untouched");
}

static struct cidr cidr(const char *text)
{
	struct cidr c;

	ck_assert_int_eq(cidr_parse(text, &c), 0);
	return c;
}

START_TEST(keys_are_those_of_the_data_model)
{
	ck_assert_int_eq(key_of_pool("p", key, &e), 0);
	ck_assert_str_eq(key, "/calico/resources/v3/projectcalico.org/ippools/p");
	ck_assert_int_eq(key_of_reservation("r", key, &e), 0);
	ck_assert_str_eq(key, "/calico/resources/v3/projectcalico.org/ipreservations/r");
	ck_assert_int_eq(key_of_node("node-a", key, &e), 0);
	ck_assert_str_eq(key, "/calico/resources/v3/projectcalico.org/nodes/node-a");
	ck_assert_int_eq(key_of_handle("net1.4f2a", key, &e), 0);
	ck_assert_str_eq(key, "/calico/ipam/v2/handle/net1.4f2a");
}
END_TEST

START_TEST(blocks_are_keyed_by_their_masked_cidr)
{
	key_of_block(cidr("10.0.0.5/26"), key);
	ck_assert_str_eq(key, "/calico/ipam/v2/assignment/ipv4/block/10.0.0.0-26");
	key_of_block(cidr("fd00::/122"), key);
	ck_assert_str_eq(key, "/calico/ipam/v2/assignment/ipv6/block/fd00::-122");
}
END_TEST

START_TEST(blocks_of_a_cidr_share_the_parts_that_all_its_addresses_share)
{
	static const struct {
		const char *cidr, *prefix;
	} t[] = {
		{ "0.0.0.0/0", "ipv4/block/" },
		{ "172.16.0.0/7", "ipv4/block/" },
		{ "172.16.0.0/12", "ipv4/block/172." },
		{ "172.16.0.0/16", "ipv4/block/172.16." },
		{ "172.16.32.0/23", "ipv4/block/172.16." },
		{ "10.0.0.0/24", "ipv4/block/10.0.0." },
		{ "10.0.0.7/32", "ipv4/block/10.0.0." },
		{ "::/0", "ipv6/block/" },
		{ "fd00::/8", "ipv6/block/" },
		{ "fd00:1::/100", "ipv6/block/fd00:1:" },
		{ "fd00::1:0/112", "ipv6/block/fd00:" },
		{ "2001:db8:a:b:c:d:e:f/128", "ipv6/block/2001:db8:a:b:c:d:e:" },
		{ "::1:0:0/96", "ipv6/block/" },
	};

	for (size_t i = 0; i < ARRAY_LEN(t); i++) {
		key_of_blocks_in(cidr(t[i].cidr), key);
		ck_assert_str_eq(key + strlen("/calico/ipam/v2/assignment/"), t[i].prefix);
	}
}
END_TEST

/* Zeros may be written out or not: the prefix must fit both. */
START_TEST(every_block_of_a_cidr_begins_with_its_prefix)
{
	static const char *const cidrs[] = { "10.1.0.0/13",       "192.168.4.0/22",  "fd00:1::/48",
					     "2001:db8:0:1::/64", "fd00:0:0:1::/64", "fd00::/108" };
	char block_key[KEY_TEXT];

	for (size_t i = 0; i < ARRAY_LEN(cidrs); i++) {
		struct cidr pool = cidr(cidrs[i]), block = pool;
		unsigned bits = family_bits(pool.base.family);

		key_of_blocks_in(pool, key);
		block.len = bits - 6;
		for (unsigned host = 6; host < bits - pool.len; host++) {
			block.base.n = pool.base.n | (u128)1 << host;
			key_of_block(block, block_key);
			ck_assert_msg(strncmp(block_key, key, strlen(key)) == 0,
				      "%s lies outside %s", block_key, key);
		}
	}
}
END_TEST

START_TEST(affinities_are_keyed_by_owner_and_family)
{
	ck_assert_int_eq(key_of_affinities("host:node-a", FAMILY_4, key, &e), 0);
	ck_assert_str_eq(key, "/calico/ipam/v2/host/node-a/ipv4/block/");
	ck_assert_int_eq(key_of_affinity("host:node-a", cidr("fd00::/122"), key, &e), 0);
	ck_assert_str_eq(key, "/calico/ipam/v2/host/node-a/ipv6/block/fd00::-122");
	ck_assert_int_eq(key_of_affinity("virtual:load-balancer", cidr("10.0.0.0/26"), key, &e), 0);
	ck_assert_str_eq(key, "/calico/ipam/v2/virtual/load-balancer/ipv4/block/10.0.0.0-26");
}
END_TEST

START_TEST(an_owner_of_another_kind_has_no_affinities)
{
	ck_assert_int_eq(key_of_affinities("node-a", FAMILY_4, key, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_str_eq(key, "untouched");
}
END_TEST

START_TEST(names_that_would_leave_their_folder_are_refused)
{
	static const char *const bad[] = { "", "a/b", "/", "a\nb", "a\x7f", "\x1b[0m" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_int_eq(key_of_node(bad[i], key, &e), -1);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
		ck_assert_ptr_nonnull(strstr(e.text, "node"));
	}
	ck_assert_int_eq(key_of_handle("a/b", key, &e), -1);
	ck_assert_int_eq(key_of_affinities("host:a/b", FAMILY_6, key, &e), -1);
	ck_assert_int_eq(key_of_pool(NULL, key, &e), -1);
	ck_assert_str_eq(key, "untouched");
}
END_TEST

START_TEST(a_key_ends_at_the_stores_limit)
{
	char name[VIEW_KEY_MAX + 1];
	size_t room = VIEW_KEY_MAX - strlen(KEY_HANDLES);

	memset(name, 'a', sizeof(name));
	name[room] = '\0';
	ck_assert_int_eq(key_of_handle(name, key, &e), 0);
	ck_assert_uint_eq(strlen(key), VIEW_KEY_MAX);
	name[room] = 'a';
	name[room + 1] = '\0';
	ck_assert_int_eq(key_of_handle(name, key, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

START_TEST(a_cidr_comes_back_from_its_key)
{
	struct cidr c;

	ck_assert_int_eq(key_cidr(KEY_BLOCKS_6 "fd00::-122", key_of_blocks(FAMILY_6), &c), 0);
	ck_assert(cidr_equal(c, cidr("fd00::/122")));
	ck_assert_int_eq(key_cidr(KEY_BLOCKS_4 "x", KEY_BLOCKS_4, &c), -1);
	ck_assert_int_eq(key_cidr(KEY_BLOCKS_6 "fd00::-122", KEY_BLOCKS_4, &c), -1);
}
END_TEST

START_TEST(a_host_owns_blocks_by_its_nodes_name)
{
	char owner[HOST_TEXT], longest[HOST_TEXT];

	ck_assert_int_eq(host_print("node-a", owner, &e), 0);
	ck_assert_str_eq(owner, "host:node-a");
	ck_assert_str_eq(host_node(owner), "node-a");
	ck_assert_ptr_null(host_node("virtual:lb"));
	ck_assert_ptr_null(host_node("host"));
	ck_assert_ptr_null(host_node(NULL));
	memset(longest, 'n', sizeof(longest));
	longest[HOST_TEXT - sizeof(HOST_PREFIX)] = '\0';
	ck_assert_int_eq(host_print(longest, owner, &e), 0);
	ck_assert_str_eq(host_node(owner), longest);
	strcat(longest, "n");
	ck_assert_int_eq(host_print(longest, owner, &e), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("keys");
	TCase *t = tcase_create("keys");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, keys_are_those_of_the_data_model);
	tcase_add_test(t, blocks_are_keyed_by_their_masked_cidr);
	tcase_add_test(t, blocks_of_a_cidr_share_the_parts_that_all_its_addresses_share);
	tcase_add_test(t, every_block_of_a_cidr_begins_with_its_prefix);
	tcase_add_test(t, affinities_are_keyed_by_owner_and_family);
	tcase_add_test(t, an_owner_of_another_kind_has_no_affinities);
	tcase_add_test(t, names_that_would_leave_their_folder_are_refused);
	tcase_add_test(t, a_key_ends_at_the_stores_limit);
	tcase_add_test(t, a_cidr_comes_back_from_its_key);
	tcase_add_test(t, a_host_owns_blocks_by_its_nodes_name);
	suite_add_tcase(s, t);
	return s;
}
