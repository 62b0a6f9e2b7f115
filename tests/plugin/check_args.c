/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/args.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct cni_args args;
static struct err e;

static void setup(void)
{
	err_reset(&e);
}

static void teardown(void)
{
	cni_args_done(&args);
}

static const struct { const char *text; bool add; bool ok; } readings[] = {
	{ "", true, true },
	{ "IP=10.0.0.1", true, true },
	{ "IP=", true, true },
	{ "IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=web;K8S_POD_INFRA_CONTAINER_ID=x",
	  true, true },
	{ "K8S_POD_NAME=web;IgnoreUnknown=TRUE", true, true },
	{ "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web", true, false },
	{ "K8S_POD_NAMESPACE=default;K8S_POD_NAME=web", false, true },
	{ "FOO=bar", false, false },
	{ "FOO=bar;IgnoreUnknown=0", false, false },
	{ "FOO=bar;IgnoreUnknown=true", false, true },
	{ "ip=10.0.0.1", false, false },
	{ "IgnoreUnknown=yes", false, false },
	{ "IgnoreUnknown=", false, false },
	{ "IP", true, false },
	{ "IP=1=2", true, false },
	{ "IP=10.0.0.1;", true, false },
	{ ";", true, false },
	{ "=", true, false },
	{ "IP=10.0.0.300", false, false },
	{ "IP=host", true, false },
	{ "IP=10.0.0.1/26", true, true },
	{ "IP=10.0.0.1/33", true, false },
	{ "IP=10.0.0.1,fd00::1", true, true },
	{ "IP=10.0.0.1,10.0.0.2", true, false },
	{ "IP=fd00::1/64,fd00::2", true, false },
	{ "IP=10.0.0.1,", true, false },
	{ "IP=,10.0.0.1", true, false },
	{ "IP= 10.0.0.1", true, false },
	{ "IP=fe80::1%eth0", true, false },
};

START_TEST(pieces_are_accepted_and_refused_as_calico_does)
{
	int rc = cni_args_read(readings[_i].text, readings[_i].add, &args, &e);

	ck_assert_msg((rc == 0) == readings[_i].ok, "%s: %s", readings[_i].text, e.text);
	if (rc < 0)
		ck_assert_int_eq(e.kind, ERR_ENVIRONMENT);
}
END_TEST

START_TEST(the_pod_and_the_addresses_are_found)
{
	ck_assert_int_eq(cni_args_read("IgnoreUnknown=1;K8S_POD_NAMESPACE=ns;K8S_POD_NAME=web-0;"
				       "IP=10.0.0.9/26,fd00::9", true, &args, &e), 0);
	ck_assert_str_eq(args.pod, "web-0");
	ck_assert_str_eq(args.namespace_name, "ns");
	ck_assert_uint_eq((unsigned)args.exact[FAMILY_4].n, 0x0a000009);
	ck_assert_int_eq(args.exact[FAMILY_6].family, FAMILY_6);
}
END_TEST

START_TEST(the_last_of_a_kind_wins)
{
	ck_assert_int_eq(cni_args_read("IP=10.0.0.1,fd00::1;IP=10.0.0.2;IgnoreUnknown=1;"
				       "IgnoreUnknown=0", true, &args, &e), 0);
	ck_assert_uint_eq((unsigned)args.exact[FAMILY_4].n, 0x0a000002);
	ck_assert_int_eq(args.exact[FAMILY_6].family, FAMILY_NONE);
	ck_assert(!args.ignore_unknown);
}
END_TEST

START_TEST(an_error_names_the_piece)
{
	ck_assert_int_eq(cni_args_read("A=b;C=d", false, &args, &e), -1);
	ck_assert_str_eq(e.text, "CNI_ARGS: unknown args [\"A=b\" \"C=d\"]; IgnoreUnknown=1 allows "
				 "them");
	ck_assert_int_eq(cni_args_read("IP=x", false, &args, &e), -1);
	ck_assert_str_eq(e.text, "CNI_ARGS: error parsing value of pair \"IP=x\": invalid IP "
				 "address: x");
	ck_assert_int_eq(cni_args_read("IP", false, &args, &e), -1);
	ck_assert_str_eq(e.text, "CNI_ARGS: invalid pair \"IP\"");
}
END_TEST

START_TEST(the_length_is_bounded)
{
	static char text[ARGS_TEXT_MAX + 2];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	ck_assert_int_eq(cni_args_read(text, true, &args, &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "131072 bytes"));
	text[ARGS_TEXT_MAX] = '\0';
	memcpy(text, "IgnoreUnknown=1;Long=", 21);
	ck_assert_int_eq(cni_args_read(text, true, &args, &e), 0);
}
END_TEST

static const struct { const char *text, *pod, *namespace_name; } found[] = {
	{ "IP=10.0.0.300;K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web", "web", "prod" },
	{ "K8S_POD_NAMESPACE=prod;;K8S_POD_NAME=web;", "web", "prod" },
	{ "A=b=c;K8S_POD_NAME=web;IgnoreUnknown=maybe;X", "web", "" },
	{ "K8S_POD_NAMESPACE=prod;K8S_POD_NAME=web=1", "", "prod" },
	{ "K8S_POD_NAME=web;K8S_POD_NAME;K8S_POD_NAMESPACE=prod", "", "prod" },
	{ "K8S_POD_NAME=old;K8S_POD_NAME=web;K8S_POD_NAMESPACE", "web", "" },
	{ "k8s_pod_name=web;=;", "", "" },
	{ "", "", "" },
};

START_TEST(a_pods_names_are_found_beside_whatever_is_malformed)
{
	ck_assert_int_eq(cni_args_find_names(found[_i].text, &args, &e), 0);
	ck_assert_str_eq(args.pod, found[_i].pod);
	ck_assert_str_eq(args.namespace_name, found[_i].namespace_name);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.args");
	TCase *t = tcase_create("args");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, pieces_are_accepted_and_refused_as_calico_does, 0,
			    ARRAY_LEN(readings));
	tcase_add_test(t, the_pod_and_the_addresses_are_found);
	tcase_add_test(t, the_last_of_a_kind_wins);
	tcase_add_test(t, an_error_names_the_piece);
	tcase_add_test(t, the_length_is_bounded);
	tcase_add_loop_test(t, a_pods_names_are_found_beside_whatever_is_malformed, 0,
			    ARRAY_LEN(found));
	suite_add_tcase(s, t);
	return s;
}
