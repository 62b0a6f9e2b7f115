/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static int set(const char *field, const char *value)
{
	struct config_setting s = { .value = value };
	struct config_set_request r = { .settings = &s, .n = 1 };

	err_reset(&e);
	strcpy(s.field, field);
	return ipam_set_config(c.ds, &r, &e);
}

static void cool_down(struct fake_store *store __unused_arg, unsigned long commit,
		      void *arg __unused_arg)
{
	if (commit == 1)
		cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":9}");
}

START_TEST(a_field_is_set_beside_what_another_sets_meanwhile)
{
	fake_before_commit(c.store, cool_down, NULL);
	ck_assert_msg(set("strict_affinity", "true") == 0, "%s", e.text);
	ck_assert_str_eq(fake_get(c.store, KEY_CONFIG), "{\"auto_allocate_blocks\":true,"
			 "\"ipCooldownSeconds\":9,\"strict_affinity\":true}");
}
END_TEST

START_TEST(what_is_so_already_is_not_written)
{
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":9}");
	ck_assert_int_eq(set("ipCooldownSeconds", "9"), 0);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(fields_that_do_not_go_together_are_refused)
{
	ck_assert_int_eq(set("auto_allocate_blocks", "false"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_int_eq(set("no_such_field", "1"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	cluster_config(&c, "[]");
	ck_assert_int_eq(set("strict_affinity", "true"), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.config_set");
	TCase *t = tcase_create("config_set");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_field_is_set_beside_what_another_sets_meanwhile);
	tcase_add_test(t, what_is_so_already_is_not_written);
	tcase_add_test(t, fields_that_do_not_go_together_are_refused);
	return s;
}
