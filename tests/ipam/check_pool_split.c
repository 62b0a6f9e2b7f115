/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/keys.h"
#include "ipam/pool/split.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define GATEWAYS KEY_RESERVATIONS "calico-ipam-gateway-"
#define POOL(cidr) "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"v4\",\"uid\":\"old\"," \
	"\"creationTimestamp\":\"2020-01-01T00:00:00Z\",\"labels\":{\"a\":\"b\"}}," \
	"\"spec\":{\"cidr\":\"" cidr "\",\"blockSize\":28,\"newField\":[1]},\"status\":{}}"

static struct view view;
static struct plan the_plan;
static struct pool_split_request split;
static struct pool_split_answer answer;
static struct err e;

static void know(const char *prefix, enum range_kind kind)
{
	struct range range = { .key = prefix, .kind = kind };

	view_cover(&view, &range, 5);
}

static void put(const char *key, const char *value)
{
	view_put(&view, key, value, strlen(value), 5);
}

static void put_block(const char *cidr)
{
	char key[200];

	snprintf(key, sizeof(key), KEY_BLOCKS_4 "%s", cidr);
	view_put_key(&view, key, 5);
}

static void setup(void)
{
	err_reset(&e);
	view_init(&view);
	the_plan = (struct plan){ .view = &view };
	know(KEY_POOLS, RANGE_PREFIX);
	know(KEY_RESERVATIONS, RANGE_PREFIX);
	know(KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	know(KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	put(KEY_POOLS "v4", POOL("10.0.0.0/24"));
	split = (struct pool_split_request){ .name = "v4", .into = 26 };
	for (int i = 0; i < POOL_SPLIT_MAX; i++)
		snprintf(split.uids[i], UUID_TEXT, "uid-%d", i);
}

static void teardown(void)
{
	plan_done(&the_plan);
	view_done(&view);
}

static int plan(void)
{
	plan_reset(&the_plan);
	err_reset(&e);
	return plan_pool_split(&the_plan, &split, &answer, &e);
}

static void refused(enum err_kind kind, const char *words)
{
	ck_assert_int_eq(plan(), -1);
	ck_assert_int_eq(e.kind, kind);
	ck_assert_msg(strstr(e.text, words) != NULL, "%s", e.text);
	ck_assert_uint_eq(the_plan.changes.n, 0);
}

static const char *value_of(const char *key)
{
	const struct change *c = changes_last(&the_plan.changes, key);

	ck_assert_msg(c && c->value, "%s is not written", key);
	return c->value;
}

static bool is_guarded(const char *key, bool prefix)
{
	const struct changes *changes = &the_plan.changes;

	for (size_t i = 0; i < changes->n_bases; i++)
		if (changes->bases[i].prefix == prefix && !strcmp(changes->bases[i].key, key))
			return true;
	return false;
}

START_TEST(the_parts_fill_the_pool_in_order)
{
	static const char *const cidrs[] = { "10.0.0.0/26", "10.0.0.64/26", "10.0.0.128/26",
					     "10.0.0.192/26" };
	char text[CIDR_TEXT], name[20];

	ck_assert_int_eq(plan(), 0);
	ck_assert_uint_eq(answer.n, 4);
	for (unsigned i = 0; i < 4; i++) {
		cidr_print(answer.parts[i].cidr, text);
		ck_assert_str_eq(text, cidrs[i]);
		snprintf(name, sizeof(name), "v4-%u", i);
		ck_assert_str_eq(answer.parts[i].name, name);
	}
}
END_TEST

START_TEST(a_part_has_all_of_the_pool_but_name_uid_and_cidr)
{
	ck_assert_int_eq(plan(), 0);
	ck_assert_str_eq(value_of(KEY_POOLS "v4-1"),
			 "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"v4-1\",\"uid\":\"uid-1\","
			 "\"creationTimestamp\":\"1970-01-01T00:00:00Z\",\"labels\":{\"a\":\"b\"}},"
			 "\"spec\":{\"cidr\":\"10.0.0.64/26\",\"blockSize\":28,\"newField\":[1]}}");
	ck_assert_ptr_null(changes_last(&the_plan.changes, KEY_POOLS "v4")->value);
}
END_TEST

START_TEST(no_block_affinity_or_handle_is_written)
{
	put_block("10.0.0.16-28");
	ck_assert_int_eq(plan(), 0);
	for (size_t i = 0; i < the_plan.changes.n; i++)
		ck_assert_int_eq(strncmp(the_plan.changes.list[i].key, KEY_POOLS,
					 strlen(KEY_POOLS)), 0);
	ck_assert_uint_eq(answer.parts[0].blocks, 1);
	ck_assert_uint_eq(answer.parts[1].blocks, 0);
}
END_TEST

START_TEST(pools_and_gateway_are_guarded)
{
	ck_assert_int_eq(plan(), 0);
	ck_assert(is_guarded(KEY_POOLS, true));
	ck_assert(is_guarded(GATEWAYS "v4", false));
}
END_TEST

START_TEST(a_block_that_no_part_holds_is_in_the_way)
{
	put_block("10.0.0.0-25");
	refused(ERR_CONFLICT, "block 10.0.0.0/25 does not lie within one part; split into /25");
}
END_TEST

START_TEST(blocks_of_other_pools_are_not_in_the_way)
{
	put_block("10.0.1.0-24");
	put(KEY_BLOCKS_4 "odd", "");
	ck_assert_int_eq(plan(), 0);
}
END_TEST

START_TEST(the_length_lies_between_pool_and_block)
{
	split.into = 24;
	refused(ERR_CONFIG, "cannot be split into /24");
	split.into = 29;
	refused(ERR_CONFIG, "at least as large as its blocks of /28");
	split.into = 28;
	ck_assert_int_eq(plan(), 0);
	ck_assert_uint_eq(answer.n, 16);
	ck_assert_str_eq(answer.parts[3].name, "v4-03");
}
END_TEST

START_TEST(sixty_four_parts_are_enough)
{
	put(KEY_POOLS "v4", POOL("10.0.0.0/20"));
	split.into = 26;
	ck_assert_int_eq(plan(), 0);
	ck_assert_uint_eq(answer.n, 64);
	split.into = 27;
	refused(ERR_LIMIT, "more than 64 parts");
}
END_TEST

START_TEST(a_pool_of_the_whole_ipv6_is_split_too)
{
	put(KEY_POOLS "v4", "{\"metadata\":{\"name\":\"v4\"},\"spec\":{\"cidr\":\"::/0\"}}");
	split.into = 1;
	ck_assert_int_eq(plan(), 0);
	ck_assert_ptr_nonnull(strstr(value_of(KEY_POOLS "v4-1"), "\"8000::/1\""));
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused)
{
	put(KEY_POOLS "v4-3", POOL("10.1.0.0/24"));
	ck_assert_int_eq(plan(), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	view_remove(&view, KEY_POOLS "v4-3");
	put(GATEWAYS "v4-0", "{}");
	ck_assert_int_eq(plan(), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
}
END_TEST

START_TEST(a_pool_that_is_missing_broken_or_going_is_refused)
{
	put(KEY_POOLS "v4", "{\"metadata\":{\"name\":\"v4\",\"deletionTimestamp\":\"x\"},"
	    "\"spec\":{\"cidr\":\"10.0.0.0/24\"}}");
	refused(ERR_CONFLICT, "being deleted");
	put(KEY_POOLS "v4", "{");
	refused(ERR_CORRUPT, KEY_POOLS "v4");
	view_remove(&view, KEY_POOLS "v4");
	refused(ERR_NOT_FOUND, "resource does not exist: IPPool(v4)");
}
END_TEST

START_TEST(a_plan_that_was_committed_lists_nothing_more)
{
	view_remove(&view, KEY_POOLS "v4");
	put(KEY_POOLS "v4-0", "{\"metadata\":{\"uid\":\"uid-0\"}}");
	ck_assert_int_eq(plan(), 0);
	ck_assert_uint_eq(the_plan.changes.n, 0);
}
END_TEST

START_TEST(gateways_of_blocks_go_with_their_parts)
{
	put(GATEWAYS "v4", "{\"kind\":\"IPReservation\",\"metadata\":{\"name\":\"x\",\"uid\":\"u\","
	    "\"creationTimestamp\":\"c\",\"annotations\":{\"calico-ipam/blocks\":\"first\"}},"
	    "\"spec\":{\"reservedCIDRs\":[\"10.0.0.65/32\",\"10.0.0.128/25\",\"odd\"]}}");
	ck_assert_int_eq(plan(), 0);
	ck_assert(answer.gateways);
	ck_assert_str_eq(value_of(GATEWAYS "v4-1"),
			 "{\"kind\":\"IPReservation\",\"metadata\":"
			 "{\"name\":\"calico-ipam-gateway-v4-1\",\"uid\":\"uid-5\","
			 "\"creationTimestamp\":\"1970-01-01T00:00:00Z\",\"annotations\":"
			 "{\"calico-ipam/blocks\":\"first\"}},"
			 "\"spec\":{\"reservedCIDRs\":[\"10.0.0.65/32\"]}}");
	ck_assert_ptr_nonnull(strstr(value_of(GATEWAYS "v4-0"), "[\"odd\"]"));
	ck_assert_ptr_nonnull(strstr(value_of(GATEWAYS "v4-2"), "[\"10.0.0.128/26\"]"));
	ck_assert_ptr_nonnull(strstr(value_of(GATEWAYS "v4-3"), "[\"10.0.0.192/26\"]"));
	ck_assert_ptr_null(changes_last(&the_plan.changes, GATEWAYS "v4")->value);
	put(KEY_POOLS "v4", POOL("10.0.0.0/20"));
	split.into = 26;
	refused(ERR_LIMIT, "more than 32 parts");
}
END_TEST

START_TEST(a_gateway_of_the_whole_pool_is_in_the_way)
{
	put(GATEWAYS "v4", "{\"metadata\":{\"annotations\":{\"calico-ipam/blocks\":\"first\"}},"
	    "\"spec\":{\"reservedCIDRs\":[\"10.0.0.0/32\",\"10.0.0.1/32\"]}}");
	refused(ERR_CONFLICT, "ipam.prefix \"pool\"");
	put(GATEWAYS "v4", "{\"spec\":{\"reservedCIDRs\":[\"10.0.0.1/32\"]}}");
	refused(ERR_CONFLICT, "calico-ipam-gateway-v4");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.pool_split");
	TCase *t = tcase_create("split");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, the_parts_fill_the_pool_in_order);
	tcase_add_test(t, a_part_has_all_of_the_pool_but_name_uid_and_cidr);
	tcase_add_test(t, no_block_affinity_or_handle_is_written);
	tcase_add_test(t, pools_and_gateway_are_guarded);
	tcase_add_test(t, a_block_that_no_part_holds_is_in_the_way);
	tcase_add_test(t, blocks_of_other_pools_are_not_in_the_way);
	tcase_add_test(t, the_length_lies_between_pool_and_block);
	tcase_add_test(t, sixty_four_parts_are_enough);
	tcase_add_test(t, a_pool_of_the_whole_ipv6_is_split_too);
	tcase_add_test(t, a_name_that_is_taken_is_refused);
	tcase_add_test(t, a_pool_that_is_missing_broken_or_going_is_refused);
	tcase_add_test(t, a_plan_that_was_committed_lists_nothing_more);
	tcase_add_test(t, gateways_of_blocks_go_with_their_parts);
	tcase_add_test(t, a_gateway_of_the_whole_pool_is_in_the_way);
	suite_add_tcase(s, t);
	return s;
}
