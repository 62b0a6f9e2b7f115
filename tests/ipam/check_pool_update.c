/* SPDX-License-Identifier: Apache-2.0 */
/* A pool's record with a change made: what changes, what stays, and what is refused. */
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define HEAD "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\",\"metadata\":{" \
	"\"name\":\"v4\",\"uid\":\"u-1\",\"creationTimestamp\":\"2020-01-01T00:00:00Z\"," \
	"\"labels\":{\"a\":\"b\"}},"
#define SPEC(fields) HEAD "\"spec\":{\"cidr\":\"10.0.0.0/24\",\"blockSize\":28," fields "}}"
#define AS_CREATED \
	SPEC("\"vxlanMode\":\"Never\",\"ipipMode\":\"Never\",\"nodeSelector\":\"all()\"," \
	     "\"allowedUses\":[\"Workload\",\"Tunnel\"],\"assignmentMode\":\"Automatic\"")

static struct err e;
static struct pool pool;
static struct buf out;
static bool changed;

static void setup(void)
{
	err_reset(&e);
	buf_init(&out, 1 << 16);
	pool = (struct pool){ 0 };
	changed = false;
}

static void teardown(void)
{
	pool_done(&pool);
	buf_done(&out);
}

static int update(const char *stored, const struct pool_change *change)
{
	struct record record = { .key = KEY_POOLS "v4", .value = stored,
				 .value_len = strlen(stored), .revision = 5 };

	pool_done(&pool);
	buf_reset(&out);
	err_reset(&e);
	ck_assert_msg(pool_read(&record, &pool, &e) == 0, "%s", e.text);
	return pool_update(&pool, change, &out, &changed, &e);
}

static void becomes(const char *stored, const struct pool_change *change, const char *record)
{
	ck_assert_msg(update(stored, change) == 0, "%s", e.text);
	ck_assert_str_eq(out.data, record);
	ck_assert_int_eq(changed, strcmp(stored, record) != 0);
}

static void refused(const char *stored, const struct pool_change *change, const char *words)
{
	changed = false;
	ck_assert_int_eq(update(stored, change), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, words) != NULL, "%s", e.text);
	ck_assert(!changed);
	ck_assert_uint_eq(out.len, 0);
}

START_TEST(what_is_named_changes_in_its_place)
{
	const struct pool_change change = {
		.node_selector = "rack == \"1\"", .vxlan_mode = "Always",
		.assignment_mode = "Manual", .allowed_uses = { "Workload" }, .n_allowed_uses = 1,
	};

	becomes(AS_CREATED, &change,
		SPEC("\"vxlanMode\":\"Always\",\"ipipMode\":\"Never\","
		     "\"nodeSelector\":\"rack == \\\"1\\\"\",\"allowedUses\":[\"Workload\"],"
		     "\"assignmentMode\":\"Manual\""));
}
END_TEST

START_TEST(what_this_project_does_not_know_survives)
{
	const struct pool_change change = { .nat_outgoing = POOL_SWITCH_ON };

	becomes(HEAD "\"spec\":{\"cidr\":\"10.0.0.0/24\",\"new\":{\"n\":18446744073709551615}},"
		"\"status\":{\"y\":[1.50,null]}}", &change,
		HEAD "\"spec\":{\"cidr\":\"10.0.0.0/24\",\"new\":{\"n\":18446744073709551615},"
		"\"natOutgoing\":true},\"status\":{\"y\":[1.50,null]}}");
}
END_TEST

START_TEST(a_change_to_what_is_there_already_is_none)
{
	const struct pool_change change = {
		.node_selector = "all()", .namespace_selector = "", .ipip_mode = "Never",
		.vxlan_mode = "Never", .assignment_mode = "Automatic",
		.allowed_uses = { "Workload", "Tunnel" }, .n_allowed_uses = 2,
		.nat_outgoing = POOL_SWITCH_OFF, .disabled = POOL_SWITCH_OFF,
		.disable_bgp_export = POOL_SWITCH_OFF,
	};

	becomes(AS_CREATED, &change, AS_CREATED);
}
END_TEST

START_TEST(a_switch_that_is_off_is_absent)
{
	static const char base[] = SPEC("\"nodeSelector\":\"all()\"");
	static const char all_on[] = SPEC("\"nodeSelector\":\"all()\",\"natOutgoing\":true,"
					  "\"disabled\":true,\"disableBGPExport\":true");
	const struct pool_change on = {
		.nat_outgoing = POOL_SWITCH_ON, .disabled = POOL_SWITCH_ON,
		.disable_bgp_export = POOL_SWITCH_ON,
	};
	const struct pool_change off = {
		.nat_outgoing = POOL_SWITCH_OFF, .disabled = POOL_SWITCH_OFF,
		.disable_bgp_export = POOL_SWITCH_OFF,
	};

	becomes(base, &on, all_on);
	becomes(all_on, &on, all_on);
	becomes(all_on, &off, base);
}
END_TEST

START_TEST(an_empty_node_selector_is_all)
{
	const struct pool_change change = { .node_selector = "" };

	becomes(SPEC("\"nodeSelector\":\"a == \\\"b\\\"\""), &change,
		SPEC("\"nodeSelector\":\"all()\""));
}
END_TEST

START_TEST(an_empty_namespace_selector_is_absent)
{
	const struct pool_change change = { .namespace_selector = "" };

	becomes(SPEC("\"allowedUses\":[\"Workload\"],\"namespaceSelector\":\"has(a)\""), &change,
		SPEC("\"allowedUses\":[\"Workload\"]"));
}
END_TEST

static const struct {
	const char *stored;
	struct pool_change change;
	const char *words;
} refusals[] = {
	{ AS_CREATED, { .vxlan_mode = "Often" }, "vxlanMode \"Often\"" },
	{ AS_CREATED, { .assignment_mode = "Sometimes" }, "assignmentMode \"Sometimes\"" },
	{ AS_CREATED, { .ipip_mode = "Always", .vxlan_mode = "CrossSubnet" }, "are both on" },
	{ SPEC("\"ipipMode\":\"Always\""), { .vxlan_mode = "Always" }, "are both on" },
	{ AS_CREATED, { .node_selector = "rack ==" }, "nodeSelector" },
	{ AS_CREATED, { .node_selector = "global()" }, "must not use global()" },
	{ AS_CREATED, { .namespace_selector = "has(a)" }, "cannot go with allowedUses Tunnel" },
	{ SPEC("\"namespaceSelector\":\"has(a)\",\"allowedUses\":[\"Workload\"]"),
	  { .allowed_uses = { "Tunnel" }, .n_allowed_uses = 1 }, "cannot go with" },
	{ AS_CREATED, { .allowed_uses = { "Work" }, .n_allowed_uses = 1 }, "allowedUses \"Work\"" },
	{ AS_CREATED, { .allowed_uses = { "Workload", "LoadBalancer" }, .n_allowed_uses = 2 },
	  "must stand alone" },
	{ SPEC("\"nodeSelector\":\"has(a)\""),
	  { .allowed_uses = { "LoadBalancer" }, .n_allowed_uses = 1 },
	  "nodeSelector must be all()" },
	{ SPEC("\"allowedUses\":[\"Workload\",\"Tunnel\",\"Workload\",\"Tunnel\"]"),
	  { .nat_outgoing = POOL_SWITCH_ON }, "more than three uses" },
	/* Not of this change, but the record would be written anew with it. */
	{ SPEC("\"nodeSelector\":\"odd ==\""), { .nat_outgoing = POOL_SWITCH_ON }, "nodeSelector" },
};

START_TEST(what_a_new_pool_could_not_have_is_refused)
{
	refused(refusals[_i].stored, &refusals[_i].change, refusals[_i].words);
}
END_TEST

START_TEST(a_pool_for_load_balancers_stays_one)
{
	static const char stored[] = SPEC("\"allowedUses\":[\"LoadBalancer\"]");
	const struct pool_change back = { .allowed_uses = { "Workload" }, .n_allowed_uses = 1 };
	const struct pool_change other = { .nat_outgoing = POOL_SWITCH_ON };

	refused(stored, &back, "cannot be changed back");
	becomes(stored, &other, SPEC("\"allowedUses\":[\"LoadBalancer\"],\"natOutgoing\":true"));
}
END_TEST

/* Blocks larger than the pool, and a selector that does not parse. */
static const char odd[] = HEAD "\"spec\":{\"cidr\":\"10.0.0.0/28\",\"blockSize\":26,"
	"\"nodeSelector\":\"odd ==\"}}";

START_TEST(whatever_else_is_wrong_a_pool_can_be_disabled)
{
	const struct pool_change off = { .disabled = POOL_SWITCH_ON };
	const struct pool_change and_more = { .disabled = POOL_SWITCH_ON, .vxlan_mode = "Never" };

	becomes(odd, &off, HEAD "\"spec\":{\"cidr\":\"10.0.0.0/28\",\"blockSize\":26,"
		"\"nodeSelector\":\"odd ==\",\"disabled\":true}}");
	refused(odd, &and_more, "nodeSelector");
}
END_TEST

START_TEST(a_pool_smaller_than_its_blocks_is_not_enabled)
{
	const struct pool_change on = { .disabled = POOL_SWITCH_OFF };

	refused(HEAD "\"spec\":{\"cidr\":\"10.0.0.0/28\",\"blockSize\":26,\"disabled\":true}}",
		&on, "IP pool size is too small for use with Calico IPAM. It must be equal to or "
		"greater than the block size");
}
END_TEST

START_TEST(ipip_is_for_ipv4_alone)
{
	const struct pool_change change = { .ipip_mode = "Always" };

	refused(HEAD "\"spec\":{\"cidr\":\"fd00::/64\"}}", &change, "must be Never for an IPv6");
}
END_TEST

#define TEST(name) tcase_add_test(t, name)

Suite *suite(void)
{
	Suite *s = suite_create("ipam.pool_update");
	TCase *t = tcase_create("pool_update");

	tcase_add_checked_fixture(t, setup, teardown);
	TEST(what_is_named_changes_in_its_place);
	TEST(what_this_project_does_not_know_survives);
	TEST(a_change_to_what_is_there_already_is_none);
	TEST(a_switch_that_is_off_is_absent);
	TEST(an_empty_node_selector_is_all);
	TEST(an_empty_namespace_selector_is_absent);
	tcase_add_loop_test(t, what_a_new_pool_could_not_have_is_refused, 0,
			    (int)ARRAY_LEN(refusals));
	TEST(a_pool_for_load_balancers_stays_one);
	TEST(whatever_else_is_wrong_a_pool_can_be_disabled);
	TEST(a_pool_smaller_than_its_blocks_is_not_enabled);
	TEST(ipip_is_for_ipv4_alone);
	suite_add_tcase(s, t);
	return s;
}
