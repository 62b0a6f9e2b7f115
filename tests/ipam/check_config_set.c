/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/config.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct config_set_answer answer;

static int set(const char *field, const char *value)
{
	struct config_setting s = { .value = value };
	struct config_set_request r = { .settings = &s, .n = 1 };

	err_reset(&e);
	strcpy(s.field, field);
	return ipam_set_config(c.ds, &r, &answer, &e);
}

static int say(const char *cooldown, uint64_t revision, bool dry_run)
{
	struct config_setting s = { "ipCooldownSeconds", cooldown };
	struct config_set_request r = { .settings = &s, .n = 1, .unless_in_force = true,
					.revision = revision, .dry_run = dry_run };

	err_reset(&e);
	return ipam_set_config(c.ds, &r, &answer, &e);
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

START_TEST(what_is_in_force_need_not_be_written)
{
	ck_assert_msg(say("0", 0, false) == 0, "%s", e.text);
	ck_assert(!answer.changed);
	ck_assert_uint_eq(fake_commits(c.store), 0);
	ck_assert_int_eq(say("7", 0, true), 0);
	ck_assert(answer.changed && !answer.before.cooldown_s && answer.after.cooldown_s == 7);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(what_is_in_force_may_be_said_again_though_it_is_against_a_rule)
{
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":20,"
		       "\"ipCooldownSeconds\":9}");
	ck_assert_msg(say("9", 0, false) == 0, "%s", e.text);
	ck_assert(!answer.changed);
	ck_assert_int_eq(say("8", 0, false), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(a_configuration_of_another_revision_is_not_changed)
{
	struct ipam_config config;
	uint64_t revision = 0;

	ck_assert_int_eq(say("7", 99, false), 0);
	ck_assert_int_eq(ipam_get_config(c.ds, &config, &revision, &e), 0);
	ck_assert_int_eq(say("8", revision + 1, false), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(strstr(e.text, "update conflict: IPAMConfiguration(default)"));
	ck_assert_msg(say("8", revision, false) == 0, "%s", e.text);
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
	tcase_add_test(t, what_is_in_force_need_not_be_written);
	tcase_add_test(t, what_is_in_force_may_be_said_again_though_it_is_against_a_rule);
	tcase_add_test(t, a_configuration_of_another_revision_is_not_changed);
	tcase_add_test(t, fields_that_do_not_go_together_are_refused);
	return s;
}
