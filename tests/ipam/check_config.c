/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/config.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct record record_of(const char *text)
{
	return (struct record){ .key = KEY_CONFIG, .value = text,
				.value_len = strlen(text) };
}

static struct ipam_config read_text(const char *text)
{
	struct record record = record_of(text ? text : "");
	struct ipam_config c;
	struct err e = { 0 };

	ck_assert_msg(ipam_config_read(text ? &record : NULL, &c, &e) == 0, "%s", e.text);
	return c;
}

static void refused(struct ipam_config c, const char *words)
{
	struct err e = { 0 };

	ck_assert_int_eq(ipam_config_check(&c, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_ptr_nonnull(strstr(e.text, words));
}

START_TEST(addresses_must_come_from_somewhere)
{
	refused((struct ipam_config){ 0 },
		"Cannot disable 'StrictAffinity' and 'AutoAllocateBlocks' at the same time: "
		"auto_allocate_blocks=false needs strict_affinity=true");
	refused((struct ipam_config){ .auto_allocate_blocks = true, .max_blocks_per_host = 1 },
		"MaxBlocksPerHost requires StrictAffinity to be enabled: ");
}
END_TEST

START_TEST(rules_that_go_together_are_accepted)
{
	struct ipam_config good[] = {
		{ .strict_affinity = true },
		{ .auto_allocate_blocks = true },
		{ .strict_affinity = true, .auto_allocate_blocks = true, .max_blocks_per_host = 9 },
	};
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_msg(ipam_config_check(&good[i], &e) == 0, "%s", e.text);
}
END_TEST

START_TEST(values_out_of_range_are_refused_by_name)
{
	static const char *const bad[][2] = {
		{ "strict_affinity", "yes" }, { "strict_affinity", "" },
		{ "auto_allocate_blocks", "True" }, { "maxBlocksPerHost", "-1" },
		{ "maxBlocksPerHost", "1000001" }, { "maxBlocksPerHost", "1e3" },
		{ "ipCooldownSeconds", "1201" }, { "ipCooldownSeconds", "99999999999999999999" },
		{ "ipCooldownSeconds", " 1" }, { "kubeVirtVMAddressPersistence", "enabled" },
		{ "kubeVirtVMAddressPersistence", "" }, { "strict_afinity", "true" },
	};
	struct ipam_config c = { .kubevirt_persistence = "" };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err e = { 0 };

		ck_assert_int_eq(ipam_config_set(&c, bad[i][0], bad[i][1], &e), -1);
		ck_assert_int_eq(e.kind, ERR_CONFIG);
		ck_assert_ptr_nonnull(strstr(e.text, bad[i][0]));
	}
}
END_TEST

START_TEST(a_field_is_taken_in_each_spelling_and_a_slip_is_told_the_nearest)
{
	static const char *const spellings[] = {
		"strict_affinity", "strictAffinity", "strictaffinity", "StrictAffinity",
	};
	struct ipam_config other = { .kubevirt_persistence = "" };
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		struct ipam_config c = { .kubevirt_persistence = "" };

		ck_assert_int_eq(ipam_config_set(&c, spellings[i], "true", &e), 0);
		ck_assert(c.strict_affinity && !c.auto_allocate_blocks);
	}
	ck_assert_int_eq(ipam_config_set(&other, "max_blocks_per_host", "3", &e), 0);
	ck_assert_int_eq(other.max_blocks_per_host, 3);
	ck_assert_int_eq(ipam_config_set(&other, "autoAllocateBlock", "true", &e), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "did you mean auto_allocate_blocks?"));
	ck_assert_int_eq(ipam_config_set(&other, "frobs", "true", &e), -1);
	ck_assert_ptr_null(strstr(e.text, "did you mean"));
}
END_TEST

START_TEST(every_field_can_be_set)
{
	static const char *const settings[][2] = {
		{ "strict_affinity", "true" }, { "auto_allocate_blocks", "false" },
		{ "maxBlocksPerHost", "1000000" }, { "ipCooldownSeconds", "1200" },
		{ "kubeVirtVMAddressPersistence", "Disabled" },
	};
	struct ipam_config c = read_text(NULL);
	struct err e = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(settings); i++)
		ck_assert_int_eq(ipam_config_set(&c, settings[i][0], settings[i][1], &e), 0);
	ck_assert(c.strict_affinity && !c.auto_allocate_blocks);
	ck_assert_int_eq(c.max_blocks_per_host, 1000000);
	ck_assert_int_eq(c.cooldown_s, 1200);
	ck_assert_str_eq(ipam_config_persistence(&c), "Disabled");
}
END_TEST

static void rewritten(const char *old, const char *now)
{
	struct record record = record_of(old ? old : "");
	struct ipam_config c = read_text(old);
	struct buf text __cleanup(buf_done) = BUF(4096);
	struct err e = { 0 };

	c.strict_affinity = true;
	ck_assert_int_eq(ipam_config_rewrite(old ? &record : NULL, &c, &text, &e), 0);
	ck_assert_str_eq(text.data, now);
}

START_TEST(without_a_record_the_defaults_that_are_not_zero_are_written_out)
{
	rewritten(NULL, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,"
		  "\"kubeVirtVMAddressPersistence\":\"Enabled\"}");
}
END_TEST

START_TEST(an_empty_record_keeps_meaning_no_automatic_blocks)
{
	rewritten("{}", "{\"strict_affinity\":true}");
}
END_TEST

START_TEST(unknown_fields_survive_in_their_place_and_zero_values_go)
{
	rewritten("{\"newField\":{\"a\":[1]},\"ipCooldownSeconds\":7,\"maxBlocksPerHost\":0,"
		  "\"other\":9007199254740993,\"kubeVirtVMAddressPersistence\":\"Enabled\"}",
		  "{\"newField\":{\"a\":[1]},\"ipCooldownSeconds\":7,\"other\":9007199254740993,"
		  "\"kubeVirtVMAddressPersistence\":\"Enabled\",\"strict_affinity\":true}");
}
END_TEST

START_TEST(a_record_that_is_no_object_is_not_overwritten)
{
	struct record record = record_of("[1]");
	struct ipam_config c = read_text(NULL);
	struct buf text __cleanup(buf_done) = BUF(4096);
	struct err e = { 0 };

	ck_assert_int_eq(ipam_config_rewrite(&record, &c, &text, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.ipam_config");
	TCase *t = tcase_create("config");

	tcase_add_test(t, addresses_must_come_from_somewhere);
	tcase_add_test(t, rules_that_go_together_are_accepted);
	tcase_add_test(t, values_out_of_range_are_refused_by_name);
	tcase_add_test(t, a_field_is_taken_in_each_spelling_and_a_slip_is_told_the_nearest);
	tcase_add_test(t, every_field_can_be_set);
	tcase_add_test(t, without_a_record_the_defaults_that_are_not_zero_are_written_out);
	tcase_add_test(t, an_empty_record_keeps_meaning_no_automatic_blocks);
	tcase_add_test(t, unknown_fields_survive_in_their_place_and_zero_values_go);
	tcase_add_test(t, a_record_that_is_no_object_is_not_overwritten);
	suite_add_tcase(s, t);
	return s;
}
