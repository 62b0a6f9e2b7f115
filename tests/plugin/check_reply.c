/* SPDX-License-Identifier: Apache-2.0 */
#include "base/json.h"
#include "plugin/reply.h"
#include "plugin/route.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct ipam_assign_answer answer;
static struct buf out;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	buf_init(&out, REPLY_MAX);
	memset(&answer, 0, sizeof(answer));
}

static void teardown(void)
{
	buf_done(&out);
}

static void give(const char *text, const char *gateway)
{
	struct cidr c;
	enum family f;

	ck_assert_int_eq(cidr_parse(text, &c), 0);
	f = c.base.family;
	answer.has[f] = true;
	answer.address[f] = (struct ipam_address){ .addr = c.base, .prefix_len = c.len };
	if (gateway)
		ck_assert_int_eq(addr_parse(gateway, &answer.address[f].gateway), 0);
}

static void expect_result(enum cni_version version, bool calico, const char *routes,
			  const char *want)
{
	struct cJSON *tree __cleanup(json_freep) = routes ? json_parse(routes, strlen(routes), &e) :
			NULL;

	ck_assert_msg(reply_result(version, &answer, calico, tree, &out, &e) == 0, "%s", e.text);
	ck_assert_str_eq(out.data, want);
}

START_TEST(calicos_result_at_1_0_0_has_one_route_an_address)
{
	give("10.0.0.5/26", NULL);
	give("fd00::5/122", NULL);
	expect_result(CNI_1_0_0, true, NULL,
		"{\n    \"cniVersion\": \"1.0.0\",\n    \"ips\": [\n        {\n            "
		"\"address\": \"10.0.0.5/26\"\n"
		"        },\n        {\n            \"address\": \"fd00::5/122\"\n        }\n    "
		"],\n    \"routes\": [\n"
		"        {\n            \"dst\": \"10.0.0.5/26\"\n        },\n        {\n          "
		"  \"dst\": \"fd00::5/122\"\n"
		"        }\n    ]\n}");
}
END_TEST

START_TEST(up_to_0_4_0_an_address_tells_its_version_and_dns_stands)
{
	give("10.0.0.5/32", NULL);
	expect_result(CNI_0_3_1, true, NULL,
		"{\n    \"cniVersion\": \"0.3.1\",\n    \"ips\": [\n        {\n            "
		"\"version\": \"4\",\n"
		"            \"address\": \"10.0.0.5/32\"\n        }\n    ],\n    \"routes\": [\n  "
		"      {\n"
		"            \"dst\": \"10.0.0.5/32\"\n        }\n    ],\n    \"dns\": {}\n}");
}
END_TEST

START_TEST(at_0_2_0_each_family_has_its_object_with_its_routes)
{
	give("10.0.0.5/26", NULL);
	give("fd00::5/122", NULL);
	expect_result(CNI_0_2_0, true, NULL,
		"{\n    \"cniVersion\": \"0.2.0\",\n    \"ip4\": {\n        \"ip\": "
		"\"10.0.0.5/26\",\n        \"routes\": [\n"
		"            {\n                \"dst\": \"10.0.0.5/26\"\n            }\n        "
		"]\n    },\n    \"ip6\": {\n"
		"        \"ip\": \"fd00::5/122\",\n        \"routes\": [\n            {\n"
		"                \"dst\": \"fd00::5/122\"\n            }\n        ]\n    },\n    "
		"\"dns\": {}\n}");
}
END_TEST

START_TEST(other_main_plugins_get_gateways_and_the_configured_routes)
{
	give("10.0.0.5/16", "10.0.0.1");
	expect_result(CNI_1_1_0, false,
		      "[{\"dst\":\"0.0.0.0/0\",\"gw\":\"10.0.0.1\",\"mtu\":1400}]",
		"{\n    \"cniVersion\": \"1.1.0\",\n    \"ips\": [\n        {\n            "
		"\"address\": \"10.0.0.5/16\",\n"
		"            \"gateway\": \"10.0.0.1\"\n        }\n    ],\n    \"routes\": [\n     "
		"   {\n"
		"            \"dst\": \"0.0.0.0/0\",\n            \"gw\": \"10.0.0.1\",\n          "
		"  \"mtu\": 1400\n"
		"        }\n    ]\n}");
}
END_TEST

START_TEST(of_a_route_only_the_keys_that_are_known_are_copied)
{
	give("10.0.0.5/16", NULL);
	expect_result(CNI_1_1_0, false,
		      "[{\"x\":[[7]],\"Priority\":5,\"dst\":\"0.0.0.0/0\",\"gw\":\"\",\"mtu\":null,"
		      "\"advmss\":1360,\"table\":254,\"scope\":0}]",
		"{\n    \"cniVersion\": \"1.1.0\",\n    \"ips\": [\n        {\n            "
		"\"address\": \"10.0.0.5/16\"\n        }\n    ],\n    \"routes\": [\n        {\n"
		"            \"dst\": \"0.0.0.0/0\",\n            \"advmss\": 1360,\n"
		"            \"priority\": 5,\n            \"table\": 254,\n"
		"            \"scope\": 0\n        }\n    ]\n}");
}
END_TEST

START_TEST(the_longest_routes_in_the_greatest_number_fit_into_a_result)
{
	static const char route[] =
		"{\"dst\":\"1111:2222:3333:4444:5555:6666:7777:8888/128\","
		"\"gw\":\"1111:2222:3333:4444:5555:6666:7777:9999\",\"mtu\":4294967295,"
		"\"advmss\":4294967295,\"priority\":4294967295,\"table\":4294967295,"
		"\"scope\":255}";
	struct cJSON *list __cleanup(json_freep) = json_new_array();

	give("10.0.0.5/16", "10.0.0.1");
	give("1111:2222:3333:4444:5555:6666:7777:1/64", NULL);
	for (int i = 0; i < ROUTES_MAX; i++) {
		struct cJSON *one = json_parse(route, strlen(route), &e);

		ck_assert_msg(one && route_check(one, &e) == 0, "%s", e.text);
		json_append(list, one);
	}
	for (int version = 0; version < N_CNI_VERSIONS; version++) {
		buf_reset(&out);
		ck_assert_msg(reply_result((enum cni_version)version, &answer, false, list, &out,
					   &e) == 0, "%s", e.text);
		ck_assert_uint_lt(out.len, ROUTES_MAX * ROUTE_TEXT_MAX);
	}
}
END_TEST

START_TEST(at_0_1_0_configured_routes_are_dealt_out_by_family)
{
	give("10.0.0.5/16", "10.0.0.1");
	give("fd00::5/64", NULL);
	expect_result(CNI_0_1_0, false, "[{\"dst\":\"::/0\"},{\"dst\":\"0.0.0.0/0\"}]",
		"{\n    \"cniVersion\": \"0.1.0\",\n    \"ip4\": {\n        \"ip\": "
		"\"10.0.0.5/16\",\n"
		"        \"gateway\": \"10.0.0.1\",\n        \"routes\": [\n            {\n"
		"                \"dst\": \"0.0.0.0/0\"\n            }\n        ]\n    },\n    "
		"\"ip6\": {\n"
		"        \"ip\": \"fd00::5/64\",\n        \"routes\": [\n            {\n           "
		"     \"dst\": \"::/0\"\n"
		"            }\n        ]\n    },\n    \"dns\": {}\n}");
}
END_TEST

static const struct { enum cni_version version; const char *want; } empties[] = {
	{ CNI_0_1_0, NULL },
	{ CNI_0_2_0, NULL },
	{ CNI_0_3_0, "{\n    \"cniVersion\": \"0.3.0\",\n    \"dns\": {}\n}" },
	{ CNI_0_4_0, "{\n    \"cniVersion\": \"0.4.0\",\n    \"dns\": {}\n}" },
	{ CNI_1_0_0, "{\n    \"cniVersion\": \"1.0.0\"\n}" },
	{ CNI_1_1_0, "{\n    \"cniVersion\": \"1.1.0\"\n}" },
};

START_TEST(a_result_without_addresses_is_an_error_under_0_1_0_and_0_2_0_only)
{
	if (empties[_i].want) {
		expect_result(empties[_i].version, true, NULL, empties[_i].want);
	} else {
		ck_assert_int_eq(reply_result(empties[_i].version, &answer, true, NULL, &out, &e),
				 -1);
		ck_assert_uint_eq(out.len, 0);
	}
}
END_TEST

static const struct { enum err_kind kind; int code; } codes[] = {
	{ ERR_VERSION, 1 }, { ERR_UNSUPPORTED, 2 }, { ERR_ENVIRONMENT, 4 }, { ERR_IO, 5 },
			{ ERR_DECODE, 6 },
	{ ERR_CONFIG, 7 }, { ERR_OWN_NETNS, 8 }, { ERR_UNAVAILABLE, 11 }, { ERR_DEADLINE, 11 },
	{ ERR_NO_SPACE, 11 }, { ERR_REFUSED, 11 },
	{ ERR_NOT_READY, 50 }, { ERR_UNKNOWN_OUTCOME, 999 }, { ERR_DENIED, 999 },
	{ ERR_CORRUPT, 999 },
	{ ERR_EXHAUSTED, 999 }, { ERR_POOL, 999 }, { ERR_EXISTS, 999 }, { ERR_NOT_FOUND, 999 },
	{ ERR_CONFLICT, 999 }, { ERR_LIMIT, 999 }, { ERR_INTERNAL, 999 }, { ERR_NONE, 999 },
};

START_TEST(each_kind_of_error_has_its_code)
{
	ck_assert_int_eq(reply_code(codes[_i].kind), codes[_i].code);
}
END_TEST

static const enum err_kind answered[] = { ERR_NO_SPACE, ERR_REFUSED, ERR_DENIED };

START_TEST(of_a_store_that_has_answered_nobody_is_told_to_start_it)
{
	struct buf text __cleanup(buf_done) = BUF(REPLY_MAX);
	struct err why = { .kind = ERR_UNAVAILABLE, .text = "x" };

	reply_error(CNI_1_0_0, &why, NULL, &text);
	ck_assert_ptr_nonnull(strstr(text.data, "check that the datastore is running"));
	why.kind = answered[_i];
	buf_reset(&text);
	reply_error(CNI_1_0_0, &why, NULL, &text);
	ck_assert_ptr_null(strstr(text.data, "is running"));
	ck_assert_ptr_nonnull(strstr(text.data, "\"details\""));
}
END_TEST

START_TEST(an_error_carries_version_code_message_and_details)
{
	err_set(&e, ERR_VERSION, "incompatible CNI versions\n");
	reply_error(CNI_1_1_0, &e, "config is \"9\"", &out);
	ck_assert_str_eq(out.data, "{\n    \"cniVersion\": \"1.1.0\",\n    \"code\": 1,\n"
				   "    \"msg\": \"incompatible CNI versions\",\n    \"details\": "
				   "\"config is \\\"9\\\"\"\n}");
	buf_reset(&out);
	err_set(&e, ERR_CONFLICT, "held by another");
	reply_error(CNI_0_3_1, &e, NULL, &out);
	ck_assert_str_eq(out.data, "{\n    \"cniVersion\": \"0.3.1\",\n    \"code\": 999,\n    "
				   "\"msg\": \"held by another\"\n}");
}
END_TEST

static const struct { const char *text, *want; } bytes[] = {
	{ "gr\xc3\xbc\xc3\x9f", "gr\xc3\xbc\xc3\x9f" },
	{ "cut \xc3", "cut \xef\xbf\xbd" },
	{ "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\x01\x1f", "\\u0001\\u001f" },
};

START_TEST(a_message_is_valid_utf8_whatever_it_quotes)
{
	err_set(&e, ERR_CONFLICT, "%s", bytes[_i].text);
	reply_error(CNI_1_1_0, &e, NULL, &out);
	ck_assert_msg(strstr(out.data, bytes[_i].want) != NULL, "%s", out.data);
}
END_TEST

START_TEST(version_lists_all_and_echoes_the_one_asked_with)
{
	reply_version("0.4.0", &out);
	ck_assert_str_eq(out.data, "{\"cniVersion\":\"0.4.0\",\"supportedVersions\":[\"0.1.0\","
				   "\"0.2.0\",\"0.3.0\","
				   "\"0.3.1\",\"0.4.0\",\"1.0.0\",\"1.1.0\"]}\n");
	buf_reset(&out);
	reply_version("", &out);
	ck_assert_ptr_nonnull(strstr(out.data, "{\"cniVersion\":\"1.1.0\""));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.reply");
	TCase *t = tcase_create("reply");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, calicos_result_at_1_0_0_has_one_route_an_address);
	tcase_add_test(t, up_to_0_4_0_an_address_tells_its_version_and_dns_stands);
	tcase_add_test(t, at_0_2_0_each_family_has_its_object_with_its_routes);
	tcase_add_test(t, other_main_plugins_get_gateways_and_the_configured_routes);
	tcase_add_test(t, of_a_route_only_the_keys_that_are_known_are_copied);
	tcase_add_test(t, the_longest_routes_in_the_greatest_number_fit_into_a_result);
	tcase_add_test(t, at_0_1_0_configured_routes_are_dealt_out_by_family);
	tcase_add_loop_test(t, a_result_without_addresses_is_an_error_under_0_1_0_and_0_2_0_only, 0,
			    ARRAY_LEN(empties));
	tcase_add_loop_test(t, each_kind_of_error_has_its_code, 0, ARRAY_LEN(codes));
	tcase_add_loop_test(t, of_a_store_that_has_answered_nobody_is_told_to_start_it, 0,
			    (int)ARRAY_LEN(answered));
	tcase_add_test(t, an_error_carries_version_code_message_and_details);
	tcase_add_loop_test(t, a_message_is_valid_utf8_whatever_it_quotes, 0, ARRAY_LEN(bytes));
	tcase_add_test(t, version_lists_all_and_echoes_the_one_asked_with);
	suite_add_tcase(s, t);
	return s;
}
