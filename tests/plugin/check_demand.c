/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/demand.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct netconf conf;
static struct cni_args args;
static struct ipam_assign_request request;
static struct cJSON *routes;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	netconf_init(&conf);
	memset(&request, 0, sizeof(request));
	args = (struct cni_args){ .pod = "", .namespace_name = "" };
	routes = NULL;
}

static void teardown(void)
{
	netconf_done(&conf);
	cni_args_done(&args);
}

/* `keys` stand beside name, `ipam` within the ipam section. */
static int demand(const char *type, const char *keys, const char *ipam)
{
	char text[2048];

	teardown();
	setup();
	snprintf(text, sizeof(text), "{\"name\":\"n\",\"type\":\"%s\"%s%s,\"ipam\":{%s}}", type,
		 *keys ? "," : "", keys, ipam);
	ck_assert_msg(netconf_parse(&conf, text, strlen(text), &e) == 0 &&
		      netconf_read(&conf, &e) == 0, "%s: %s", text, e.text);
	return demand_read(&conf, &args, &request, &e) < 0 ? -1 : demand_routes(&conf, &routes, &e);
}

static const struct { const char *ipam; bool v4, v6; } switches[] = {
	{ "", true, false },
	{ "\"assign_ipv4\":\"true\",\"assign_ipv6\":\"true\"", true, true },
	{ "\"assign_ipv4\":\"false\",\"assign_ipv6\":\"true\"", false, true },
	{ "\"assign_ipv4\":\"false\",\"assign_ipv6\":\"false\"", false, false },
	{ "\"assign_ipv4\":false,\"assign_ipv6\":true", false, true },
	{ "\"assign_ipv4\":true,\"assign_ipv6\":false", true, false },
	{ "\"assign_ipv4\":null,\"ASSIGN_IPV6\":true", true, true },
};

START_TEST(families_are_switched_by_strings_and_by_booleans)
{
	ck_assert_msg(demand("bridge", "", switches[_i].ipam) == 0, "%s", e.text);
	ck_assert(request.wanted[FAMILY_4] == switches[_i].v4);
	ck_assert(request.wanted[FAMILY_6] == switches[_i].v6);
}
END_TEST

static const struct { const char *keys, *ipam, *word; enum err_kind kind; } bad[] = {
	{ "", "\"assign_ipv4\":\"yes\"", "assign_ipv4", ERR_CONFIG },
	{ "", "\"assign_ipv4\":\"True\"", "assign_ipv4", ERR_CONFIG },
	{ "", "\"assign_ipv6\":\"\"", "assign_ipv6", ERR_CONFIG },
	{ "", "\"assign_ipv6\":1", "a number", ERR_CONFIG },
	{ "", "\"assign_ipv4\":[]", "assign_ipv4", ERR_CONFIG },
	{ "", "\"ipv4_pools\":\"10.0.0.0/16\"", "ipv4_pools", ERR_DECODE },
	{ "", "\"ipv4_pools\":[1]", "ipv4_pools", ERR_CONFIG },
	{ "", "\"ipv6_pools\":[\"\"]", "ipv6_pools", ERR_CONFIG },
	{ "", "\"ipv4_pools\":[\"10.0.0.0/33\"]",
	  "error parsing pool \"10.0.0.0/33\": invalid CIDR address: 10.0.0.0/33", ERR_CONFIG },
	{ "", "\"ipv6_pools\":[\"fd00::/x\"]", "invalid CIDR address: fd00::/x", ERR_CONFIG },
	{ "", "\"prefix\":\"host\"", "prefix", ERR_CONFIG },
	{ "", "\"prefix\":26", "prefix", ERR_DECODE },
	{ "", "\"gateway\":\"10.0.0.1\"", "gateway", ERR_CONFIG },
	{ "", "\"gateway\":true", "gateway", ERR_CONFIG },
	{ "", "\"gateway\":[\"10.0.0.1/24\"]", "gateway", ERR_CONFIG },
	{ "", "\"gateway\":[\"10.0.0.1\",\"10.0.0.2\"]", "more than one IPv4", ERR_CONFIG },
	{ "", "\"gateway\":[\"fd00::1\",\"fd00::2\"]", "more than one IPv6", ERR_CONFIG },
	{ "", "\"gateway\":[1]", "gateway", ERR_CONFIG },
	{ "", "\"routes\":{}", "routes", ERR_DECODE },
	{ "", "\"routes\":[\"0.0.0.0/0\"]", "routes", ERR_CONFIG },
	{ "", "\"routes\":[{}]", "dst", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0\"}]", "0.0.0.0", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":7}]", "dst", ERR_DECODE },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"x\"}]", "gw", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"gw\":\"fd00::1\"}]", "family", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"mtu\":\"1400\"}]", "\"mtu\"", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"advmss\":[1]}]", "\"advmss\"", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"priority\":-1}]", "\"priority\"", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"table\":1.5}]", "\"table\"", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"table\":4294967296}]", "4294967295",
	  ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"scope\":{}}]", "\"scope\"", ERR_CONFIG },
	{ "", "\"routes\":[{\"dst\":\"0.0.0.0/0\",\"SCOPE\":256}]", "255", ERR_CONFIG },
	{ "\"isGateway\":\"true\"", "", "isGateway", ERR_DECODE },
	{ "\"isDefaultGateway\":1", "", "isDefaultGateway", ERR_DECODE },
	{ "\"args\":{\"cni\":{\"ips\":\"10.0.0.1\"}}", "", "args.cni.ips", ERR_DECODE },
	{ "\"args\":{\"cni\":{\"ips\":[1]}}", "", "args.cni.ips", ERR_CONFIG },
	{ "\"args\":{\"cni\":{\"ips\":[\"x\"]}}", "", "args.cni.ips", ERR_CONFIG },
	{ "\"args\":{\"cni\":7}", "", "cni", ERR_DECODE },
	{ "\"runtimeConfig\":{\"ips\":[\"10.0.0.1\",\"10.0.0.2\"]}", "", "runtimeConfig.ips",
	  ERR_CONFIG },
	{ "\"runtimeConfig\":[]", "", "runtimeConfig", ERR_DECODE },
};

START_TEST(bad_keys_are_refused_and_named)
{
	ck_assert_int_eq(demand("bridge", bad[_i].keys, bad[_i].ipam), -1);
	ck_assert_msg(e.kind == bad[_i].kind && strstr(e.text, bad[_i].word), "%s %s: %s",
		      bad[_i].keys, bad[_i].ipam, e.text);
}
END_TEST

START_TEST(pools_keep_their_order)
{
	ck_assert_int_eq(demand("bridge", "",
				"\"ipv4_pools\":[\"b\",\"10.0.0.0/16\"],\"ipv6_pools\":[\"c\"]"),
				0);
	ck_assert_uint_eq(request.n_pools[FAMILY_4], 2);
	ck_assert_str_eq(request.pools[FAMILY_4][0], "b");
	ck_assert_str_eq(request.pools[FAMILY_4][1], "10.0.0.0/16");
	ck_assert_uint_eq(request.n_pools[FAMILY_6], 1);
}
END_TEST

START_TEST(more_pools_than_the_limit_are_refused)
{
	char ipam[1024] = "\"ipv4_pools\":[\"p\"";

	for (int i = 1; i < IPAM_POOLS_MAX; i++)
		strcat(ipam, ",\"p\"");
	strcat(ipam, "]");
	ck_assert_int_eq(demand("bridge", "", ipam), 0);
	strcpy(strrchr(ipam, ']'), ",\"p\"]");
	ck_assert_int_eq(demand("bridge", "", ipam), -1);
	ck_assert_int_eq(e.kind, ERR_LIMIT);
}
END_TEST

START_TEST(of_each_family_the_first_exact_address_wins_and_no_other_family_is_wanted)
{
	const char *first = "\"args\":{\"cni\":{\"ips\":[\"10.0.0.2\"]}},"
			    "\"runtimeConfig\":{\"ips\":[\"10.0.0.3\"]}";
	const char *both = "\"args\":{\"cni\":{\"ips\":[\"10.0.0.2\"]}},"
			   "\"runtimeConfig\":{\"ips\":[\"fd00::3/64\",\"10.0.0.3\"]}";

	ck_assert_int_eq(demand("bridge", first, "\"assign_ipv6\":\"true\""), 0);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_4].n, 0x0a000002);
	ck_assert(request.wanted[FAMILY_4] && !request.wanted[FAMILY_6]);
	ck_assert_int_eq(demand("bridge", both, ""), 0);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_4].n, 0x0a000002);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_6].n, 3);
	ck_assert(request.wanted[FAMILY_4] && request.wanted[FAMILY_6]);
	ck_assert_int_eq(demand("bridge", "\"args\":{\"cni\":{\"ips\":[]}},"
					  "\"runtimeConfig\":{\"ips\":[\"fd00::3/64\"]}", ""), 0);
	ck_assert(!request.wanted[FAMILY_4] && request.wanted[FAMILY_6]);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_6].n, 3);
}
END_TEST

START_TEST(an_address_in_cni_args_beats_the_others_of_its_family)
{
	char text[] = "{\"name\":\"n\",\"args\":{\"cni\":{\"ips\":[\"10.0.0.2\"]}},"
		      "\"runtimeConfig\":{\"ips\":[\"fd00::7\"]}}";

	ck_assert_int_eq(cni_args_read("IP=fd00::9", true, &args, &e), 0);
	ck_assert_int_eq(netconf_parse(&conf, text, strlen(text), &e), 0);
	ck_assert_int_eq(netconf_read(&conf, &e), 0);
	ck_assert_int_eq(demand_read(&conf, &args, &request, &e), 0);
	ck_assert(request.wanted[FAMILY_4] && request.wanted[FAMILY_6]);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_4].n, 0x0a000002);
	ck_assert_uint_eq((unsigned)request.exact[FAMILY_6].n, 9);
}
END_TEST

static const struct { const char *type, *keys, *ipam; enum ipam_prefix prefix; } prefixes[] = {
	{ "bridge", "", "", IPAM_PREFIX_BLOCK },
	{ "bridge", "", "\"prefix\":\"block\"", IPAM_PREFIX_BLOCK },
	{ "bridge", "", "\"prefix\":\"pool\"", IPAM_PREFIX_POOL },
	{ "bridge", "\"runtimeConfig\":{\"ips\":[\"10.0.0.1\"]}", "\"prefix\":\"pool\"",
	  IPAM_PREFIX_POOL },
	{ "calico", "", "\"prefix\":\"pool\"", IPAM_PREFIX_BLOCK },
	{ "calico", "\"runtimeConfig\":{\"ips\":[\"10.0.0.1\"]}", "", IPAM_PREFIX_HOST },
};

START_TEST(the_prefix_follows_the_key_but_under_calico_calicos_rule)
{
	ck_assert_msg(demand(prefixes[_i].type, prefixes[_i].keys, prefixes[_i].ipam) == 0, "%s",
		      e.text);
	ck_assert_int_eq(request.prefix, prefixes[_i].prefix);
}
END_TEST

static const struct { const char *type, *keys, *ipam; bool wanted, first; } gateways[] = {
	{ "bridge", "", "", false, false },
	{ "bridge", "", "\"gateway\":\"first\"", true, true },
	{ "bridge", "\"isGateway\":true", "", true, true },
	{ "bridge", "\"isDefaultGateway\":true", "", true, true },
	{ "bridge", "\"isGateway\":false", "", false, false },
	{ "bridge", "\"isGateway\":true", "\"gateway\":[\"10.0.0.1\"]", true, false },
	{ "bridge", "\"isGateway\":true", "\"gateway\":[]", false, false },
	{ "calico", "\"isGateway\":true", "\"gateway\":\"first\"", false, false },
};

START_TEST(a_gateway_is_taken_from_the_key_or_implied_by_the_main_plugins)
{
	ck_assert_msg(demand(gateways[_i].type, gateways[_i].keys, gateways[_i].ipam) == 0, "%s",
		      e.text);
	ck_assert(request.gateway.wanted == gateways[_i].wanted);
	ck_assert(request.gateway.first == gateways[_i].first);
}
END_TEST

START_TEST(one_gateway_a_family_is_read)
{
	ck_assert_int_eq(demand("ptp", "", "\"gateway\":[\"fd00::1\",\"10.0.0.1\"]"), 0);
	ck_assert_uint_eq((unsigned)request.gateway.address[FAMILY_4].n, 0x0a000001);
	ck_assert_uint_eq((unsigned)request.gateway.address[FAMILY_6].n, 1);
}
END_TEST

START_TEST(routes_are_handed_on_but_not_under_calico)
{
	const char *ipam = "\"routes\":[{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"fd01::/64\","
			   "\"gw\":\"fd00::1\",\"mtu\":1400}]";

	ck_assert_msg(demand("bridge", "", ipam) == 0, "%s", e.text);
	ck_assert_uint_eq(json_count(routes), 2);
	ck_assert_int_eq(demand("calico", "", ipam), 0);
	ck_assert_ptr_null(routes);
	ck_assert_int_eq(demand("calico", "", "\"routes\":7,\"gateway\":7,\"prefix\":7"), 0);
}
END_TEST

START_TEST(windows_single_network_limits_to_one_block)
{
	ck_assert_int_eq(demand("bridge", "\"windows_use_single_network\":true", ""), 0);
	ck_assert_uint_eq(request.max_blocks, 1);
	ck_assert_int_eq(demand("bridge", "", ""), 0);
	ck_assert_uint_eq(request.max_blocks, 0);
}
END_TEST

static const struct { const char *prev; int n; const char *word; } prevs[] = {
	{ "{\"ips\":[{\"address\":\"10.0.0.5/26\"},{\"address\":\"fd00::5/122\","
	  "\"gateway\":\"fd00::1\"}]}", 2, "" },
	{ "{\"cniVersion\":\"0.4.0\",\"ips\":[{\"version\":\"4\",\"address\":\"10.0.0.5/26\"}],"
	  "\"dns\":{}}", 1, "" },
	{ "{\"ip4\":{\"ip\":\"10.0.0.5/26\"},\"ip6\":{\"ip\":\"fd00::5/122\"}}", 2, "" },
	{ "{}", 0, "" },
	{ "null", -1, "prevResult" },
	{ "7", -1, "prevResult" },
	{ "{\"ips\":{}}", -1, "ips" },
	{ "{\"ips\":[{}]}", -1, "prevResult" },
	{ "{\"ips\":[7]}", -1, "prevResult" },
	{ "{\"ips\":[{\"address\":\"x\"}]}", -1, "x" },
	{ "{\"ip4\":7}", -1, "ip4" },
};

START_TEST(the_addresses_of_prev_result_are_found_in_every_shape)
{
	struct addr found[PREV_RESULT_MAX];
	char keys[256];
	unsigned n = 99;
	int rc;

	snprintf(keys, sizeof(keys), "\"prevResult\":%s", prevs[_i].prev);
	ck_assert_int_eq(demand("bridge", keys, ""), 0);
	rc = demand_prev_result(&conf, found, &n, &e);
	if (prevs[_i].n < 0) {
		ck_assert_int_eq(rc, -1);
		ck_assert_uint_eq(n, 99);
		ck_assert_msg(strstr(e.text, prevs[_i].word) != NULL, "%s", e.text);
	} else {
		ck_assert_msg(rc == 0, "%s", e.text);
		ck_assert_int_eq(n, prevs[_i].n);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.demand");
	TCase *t = tcase_create("demand");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, families_are_switched_by_strings_and_by_booleans, 0,
			    ARRAY_LEN(switches));
	tcase_add_loop_test(t, bad_keys_are_refused_and_named, 0, ARRAY_LEN(bad));
	tcase_add_test(t, pools_keep_their_order);
	tcase_add_test(t, more_pools_than_the_limit_are_refused);
	tcase_add_test(t,
		       of_each_family_the_first_exact_address_wins_and_no_other_family_is_wanted);
	tcase_add_test(t, an_address_in_cni_args_beats_the_others_of_its_family);
	tcase_add_loop_test(t, the_prefix_follows_the_key_but_under_calico_calicos_rule, 0,
			    ARRAY_LEN(prefixes));
	tcase_add_loop_test(t, a_gateway_is_taken_from_the_key_or_implied_by_the_main_plugins, 0,
			    ARRAY_LEN(gateways));
	tcase_add_test(t, one_gateway_a_family_is_read);
	tcase_add_test(t, routes_are_handed_on_but_not_under_calico);
	tcase_add_test(t, windows_single_network_limits_to_one_block);
	tcase_add_loop_test(t, the_addresses_of_prev_result_are_found_in_every_shape, 0,
			    ARRAY_LEN(prevs));
	suite_add_tcase(s, t);
	return s;
}
