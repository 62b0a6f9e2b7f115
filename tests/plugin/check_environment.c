/* SPDX-License-Identifier: Apache-2.0 */
#include "plugin/environment.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct environment env;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	setenv("CNI_COMMAND", "ADD", 1);
	setenv("CNI_CONTAINERID", "4f2a", 1);
	setenv("CNI_NETNS", "/var/run/netns/blue", 1);
	setenv("CNI_IFNAME", "eth0", 1);
	setenv("CNI_PATH", "/opt/cni/bin", 1);
	unsetenv("CNI_ARGS");
	unsetenv("CNI_NETNS_OVERRIDE");
}

START_TEST(a_complete_environment_is_read)
{
	setenv("CNI_ARGS", "IP=10.0.0.1", 1);
	ck_assert_int_eq(environment_read(&env, &e), 0);
	ck_assert_int_eq(env.command, COMMAND_ADD);
	ck_assert_str_eq(env.container, "4f2a");
	ck_assert_str_eq(env.ifname, "eth0");
	ck_assert_str_eq(env.args, "IP=10.0.0.1");
	ck_assert(!env.netns_override);
}
END_TEST

static const struct { const char *command, *missing; } missing[] = {
	{ "ADD", "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] missing" },
	{ "CHECK", "required env variables [CNI_CONTAINERID,CNI_NETNS,CNI_IFNAME,CNI_PATH] "
		   "missing" },
	{ "DEL", "required env variables [CNI_CONTAINERID,CNI_IFNAME,CNI_PATH] missing" },
	{ "GC", "required env variables [CNI_PATH] missing" },
	{ "STATUS", "required env variables [CNI_PATH] missing" },
	{ "VERSION", NULL },
};

START_TEST(missing_variables_are_all_named_and_empty_ones_are_missing)
{
	unsetenv("CNI_CONTAINERID");
	setenv("CNI_NETNS", "", 1);
	unsetenv("CNI_IFNAME");
	unsetenv("CNI_PATH");
	setenv("CNI_COMMAND", missing[_i].command, 1);
	ck_assert_int_eq(environment_read(&env, &e), missing[_i].missing ? -1 : 0);
	if (missing[_i].missing) {
		ck_assert_int_eq(e.kind, ERR_ENVIRONMENT);
		ck_assert_str_eq(e.text, missing[_i].missing);
	}
}
END_TEST

static const struct { const char *name, *value; } bad[] = {
	{ "CNI_COMMAND", "add" }, { "CNI_COMMAND", "UPDATE" },
	{ "CNI_CONTAINERID", "-x" }, { "CNI_CONTAINERID", "a/b" }, { "CNI_CONTAINERID", "a b" },
	{ "CNI_CONTAINERID", "\xc3\xbc" }, { "CNI_CONTAINERID", "a\n" },
	{ "CNI_IFNAME", "a-name-of-16-byt" }, { "CNI_IFNAME", "." }, { "CNI_IFNAME", ".." },
	{ "CNI_IFNAME", "a/b" }, { "CNI_IFNAME", "a:b" }, { "CNI_IFNAME", "a b" },
	{ "CNI_IFNAME", "a\tb" },
};

START_TEST(names_that_are_not_allowed_are_refused_and_named)
{
	setenv(bad[_i].name, bad[_i].value, 1);
	ck_assert_int_eq(environment_read(&env, &e), -1);
	ck_assert_int_eq(e.kind, ERR_ENVIRONMENT);
	ck_assert_ptr_nonnull(strstr(e.text, bad[_i].name));
}
END_TEST

static const char *const overrides[] = { "1", "true", "TRUE", "True" };

START_TEST(only_one_and_true_override_the_namespace_check)
{
	setenv("CNI_NETNS_OVERRIDE", overrides[_i], 1);
	ck_assert_int_eq(environment_read(&env, &e), 0);
	ck_assert(env.netns_override);
	setenv("CNI_NETNS_OVERRIDE", "yes", 1);
	ck_assert_int_eq(environment_read(&env, &e), 0);
	ck_assert(!env.netns_override);
}
END_TEST

START_TEST(the_own_network_namespace_is_refused)
{
	env = (struct environment){ .netns = "/proc/self/ns/net" };
	ck_assert_int_eq(environment_refuse_own_netns(&env, &e), -1);
	ck_assert_int_eq(e.kind, ERR_OWN_NETNS);
	env.netns_override = true;
	ck_assert_int_eq(environment_refuse_own_netns(&env, &e), 0);
	env = (struct environment){ .netns = "/no/such/path" };
	ck_assert_int_eq(environment_refuse_own_netns(&env, &e), 0);
	env = (struct environment){ .netns = "/proc/self/ns/uts" };
	ck_assert_int_eq(environment_refuse_own_netns(&env, &e), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("plugin.environment");
	TCase *t = tcase_create("environment");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_test(t, a_complete_environment_is_read);
	tcase_add_loop_test(t, missing_variables_are_all_named_and_empty_ones_are_missing, 0,
			    ARRAY_LEN(missing));
	tcase_add_loop_test(t, names_that_are_not_allowed_are_refused_and_named, 0, ARRAY_LEN(bad));
	tcase_add_loop_test(t, only_one_and_true_override_the_namespace_check, 0,
			    ARRAY_LEN(overrides));
	tcase_add_test(t, the_own_network_namespace_is_refused);
	suite_add_tcase(s, t);
	return s;
}
