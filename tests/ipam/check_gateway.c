/* SPDX-License-Identifier: Apache-2.0 */
/* Recorded gateways (ipam/record/gateway.h) of any shape. */
#include "ipam/audit/audit.h"
#include "ipam/record/gateway.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define KEY KEY_RESERVATIONS GATEWAY_RESERVATION "four"

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "four", "10.0.0.0/26", "");
	cluster_node(&c, "node-a", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

static int add_with_gateway(const char *container)
{
	struct ipam_assign_request request = cluster_request(&c, "node-a", container, "4");

	request.prefix = IPAM_PREFIX_POOL;
	request.gateway.wanted = request.gateway.first = true;
	return cluster_assign(&c, &request);
}

static const char *const misshapen[] = {
	"7",
	"[]",
	"null",
	"{}",
	"{\"metadata\":{\"name\":\"x\"}}",
	"{\"spec\":null}",
	"{\"spec\":[]}",
	"{\"spec\":\"x\"}",
	"{\"spec\":{\"reservedCIDRs\":{}}}",
	"{\"spec\":{\"reservedCIDRs\":\"10.0.0.1\"}}",
	"{\"spec\":{\"reservedCIDRs\":[null]}}",
	"{\"spec\":{\"reservedCIDRs\":[1]}}",
	"{\"spec\":{\"reservedCIDRs\":[\"10.0.0.one\"]}}",
	"{\"spec\":{},\"metadata\":[]}",
	"{\"spec\":{},\"metadata\":{\"annotations\":[]}}",
	"{\"spec\":{},\"metadata\":{\"annotations\":{\"calico-ipam/blocks\":1}}}",
	"{\"spec\":{},\"metadata\":{\"annotations\":{\"calico-ipam/blocks\":null}}}",
	"{\"spec\":{},\"metadata\":{\"annotations\":{\"calico-ipam/blocks\":\"last\"}}}",
};

START_TEST(a_recorded_gateway_of_another_shape_gives_nothing_away)
{
	fake_put(c.store, KEY, misshapen[_i]);
	for (unsigned i = 0; i < 2; i++) {
		err_reset(&c.e);
		ck_assert_int_eq(i ? cluster_add(&c, "node-a", "c1", "4") : add_with_gateway("c1"),
				 -1);
		ck_assert_int_eq(c.e.kind, ERR_CORRUPT);
		ck_assert_ptr_nonnull(strstr(c.e.text, KEY));
	}
	ck_assert_str_eq(fake_get(c.store, KEY), misshapen[_i]);
	ck_assert_ptr_null(fake_key(c.store, KEY_BLOCKS_4, 0));
	ck_assert_ptr_null(fake_key(c.store, KEY_HANDLES, 0));
}
END_TEST

START_TEST(check_names_a_recorded_gateway_of_another_shape)
{
	struct audit_options options = { .now_ns = CLUSTER_NOW };
	struct audit audit __cleanup(audit_done) = { 0 };

	fake_put(c.store, KEY, misshapen[_i]);
	ck_assert_int_eq(audit_read(c.ds, &options, &audit, &c.e), 0);
	ck_assert_uint_eq(audit.counts[PROBLEM_UNREADABLE], 1);
	ck_assert_str_eq(audit.list[0].key, KEY);
}
END_TEST

/* What is written where the record has less than ours, or more. */
static const char *const sparse[][2] = {
	{ "{\"spec\":{}}",
	  "{\"spec\":{\"reservedCIDRs\":[\"10.0.0.0/32\",\"10.0.0.1/32\",\"10.0.0.63/32\"]}}" },
	{ "{\"spec\":{\"reservedCIDRs\":null,\"x\":1}}",
	  "{\"spec\":{\"reservedCIDRs\":[\"10.0.0.0/32\",\"10.0.0.1/32\",\"10.0.0.63/32\"],"
	  "\"x\":1}}" },
	{ "{\"spec\":{\"reservedCIDRs\":[\" 10.0.0.9 \",\"10.0.0.1/32\"]},\"metadata\":null,"
	  "\"y\":18446744073709551615}",
	  "{\"spec\":{\"reservedCIDRs\":[\" 10.0.0.9 \",\"10.0.0.1/32\",\"10.0.0.0/32\","
	  "\"10.0.0.9/32\",\"10.0.0.63/32\"]},\"metadata\":null,\"y\":18446744073709551615}" },
};

START_TEST(a_sparse_record_is_completed_and_what_else_it_says_stays)
{
	fake_put(c.store, KEY, sparse[_i][0]);
	ck_assert_msg(add_with_gateway("c1") == 0, "%s", c.e.text);
	ck_assert_str_eq(fake_get(c.store, KEY), sparse[_i][1]);
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.2/26");
}
END_TEST

START_TEST(an_annotation_is_written_where_there_were_none)
{
	static const char *const without[] = {
		"{\"spec\":{}}", "{\"spec\":{},\"metadata\":null}",
		"{\"spec\":{},\"metadata\":{\"annotations\":null}}",
	};
	struct ipam_assign_request request;

	fake_put(c.store, KEY, without[_i]);
	request = cluster_request(&c, "node-a", "c1", "4");
	request.gateway.wanted = request.gateway.first = true;
	ck_assert_msg(cluster_assign(&c, &request) == 0, "%s", c.e.text);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY),
				     "\"annotations\":{\"calico-ipam/blocks\":\"first\"}"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.gateway");
	TCase *t = tcase_create("gateway");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_recorded_gateway_of_another_shape_gives_nothing_away, 0,
			    (int)ARRAY_LEN(misshapen));
	tcase_add_loop_test(t, check_names_a_recorded_gateway_of_another_shape, 0,
			    (int)ARRAY_LEN(misshapen));
	tcase_add_loop_test(t, a_sparse_record_is_completed_and_what_else_it_says_stays, 0,
			    (int)ARRAY_LEN(sparse));
	tcase_add_loop_test(t, an_annotation_is_written_where_there_were_none, 0, 3);
	suite_add_tcase(s, t);
	return s;
}
