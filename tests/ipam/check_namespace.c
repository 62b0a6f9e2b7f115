/* SPDX-License-Identifier: Apache-2.0 */
/* Pools for some namespaces, on a store that has namespaces. */
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct cluster c;

static void begin(void)
{
	cluster_init(&c);
	datastore_close(c.ds);
	fake_has_namespaces(c.store);
	c.ds = fake_open(c.store);

	cluster_pool(&c, "blue", "10.1.0.0/24", ",\"namespaceSelector\":\"colour == 'blue'\"");
	cluster_node(&c, "a", "{}");
}

static void end(void)
{
	cluster_done(&c);
}

static void namespace(const char *name, const char *labels)
{
	char key[KEY_TEXT], value[256];

	snprintf(key, sizeof(key), KEY_NAMESPACES "%s", name);
	snprintf(value, sizeof(value), "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"%s\","
		 "\"labels\":%s}}", name, labels);
	fake_put(c.store, key, value);
}

static int add_in(const char *name)
{
	struct ipam_assign_request r = cluster_request(&c, "a", "c1", "4");

	r.owner.namespace_name = name;
	return cluster_assign(&c, &r);
}

START_TEST(a_pool_is_for_the_namespaces_that_it_selects)
{
	namespace("sky", "{\"colour\":\"blue\"}");
	ck_assert_msg(add_in("sky") == 0, "%s", c.e.text);
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "blue");
}
END_TEST

START_TEST(other_namespaces_get_none_of_it)
{
	namespace("grass", "{\"colour\":\"green\"}");
	ck_assert_int_eq(add_in("grass"), -1);
	ck_assert_int_eq(c.e.kind, ERR_POOL);
	ck_assert_ptr_nonnull(strstr(c.e.text, "pool \"blue\" is for other namespaces"));
}
END_TEST

START_TEST(a_namespace_that_is_not_there_is_told_in_kubernetes_words)
{
	ck_assert_int_eq(add_in("nowhere"), -1);
	ck_assert_int_eq(c.e.kind, ERR_NOT_FOUND);
	ck_assert_ptr_nonnull(strstr(c.e.text, "namespaces \"nowhere\" not found"));
}
END_TEST

START_TEST(whoever_is_in_no_namespace_is_in_default)
{
	namespace("default", "{\"colour\":\"blue\"}");
	ck_assert_msg(add_in(NULL) == 0, "%s", c.e.text);
}
END_TEST

START_TEST(no_namespace_is_read_where_no_pool_selects_any)
{
	cluster_pool(&c, "blue", "10.1.0.0/24", "");
	ck_assert_msg(add_in("nowhere") == 0, "%s", c.e.text);
}
END_TEST

START_TEST(a_pool_that_does_not_qualify_asks_for_no_namespace)
{
	cluster_pool(&c, "blue", "10.1.0.0/24", ",\"nodeSelector\":\"rack == 'b'\","
		     "\"namespaceSelector\":\"colour == 'blue'\"");
	cluster_pool(&c, "any", "10.2.0.0/24", "");
	ck_assert_msg(add_in("nowhere") == 0, "%s", c.e.text);
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "any");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("namespace");
	TCase *t = tcase_create("namespaces");

	tcase_add_checked_fixture(t, begin, end);
	tcase_add_test(t, a_pool_is_for_the_namespaces_that_it_selects);
	tcase_add_test(t, other_namespaces_get_none_of_it);
	tcase_add_test(t, a_namespace_that_is_not_there_is_told_in_kubernetes_words);
	tcase_add_test(t, whoever_is_in_no_namespace_is_in_default);
	tcase_add_test(t, no_namespace_is_read_where_no_pool_selects_any);
	tcase_add_test(t, a_pool_that_does_not_qualify_asks_for_no_namespace);
	suite_add_tcase(s, t);
	return s;
}
