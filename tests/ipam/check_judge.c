/* SPDX-License-Identifier: Apache-2.0 */
/* Who is dead, by what an allocation says and what its machine shows. */
#include "ipam/release/judge.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define THIS "0123456789abcdef"
#define EARLIER "fedcba9876543210"
#define HERE { .boot = THIS, .machine = "9c03e1", .here = true }

/* What is stored, what is seen, and what follows. */
struct row {
	const char *boot, *netns;
	struct judge judge;
	struct sight sight;
	enum verdict verdict;
};

static enum verdict verdict_of(const struct row *row)
{
	struct secondary secondary = {0};
	struct attribute a __cleanup(attribute_done) = {0};
	struct whereabouts w;
	struct err e = {0};

	if (row->boot)
		secondary.list[secondary.n++] = (struct secondary_text){ "boot", row->boot };
	if (row->netns)
		secondary.list[secondary.n++] = (struct secondary_text){ "netns", row->netns };
	ck_assert_int_eq(attribute_new("net.c1", NULL, &secondary, &a, &e), 0);
	whereabouts_read(&a, &w);
	return judge_allocation(&row->judge, &w, &row->sight);
}

static void judge_all(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++)
		ck_assert_msg(verdict_of(&rows[i]) == rows[i].verdict, "row %zu: %s", i,
			      verdict_texts[verdict_of(&rows[i])]);
}

START_TEST(an_earlier_boot_of_this_machine_is_dead_whatever_else_is_seen)
{
	static const struct row rows[] = {
		{ EARLIER, "3ed.9c03e1", HERE, {0}, VERDICT_EARLIER_BOOT },
		{ EARLIER, ".9c03e1", HERE, {0}, VERDICT_EARLIER_BOOT },
		{ EARLIER, "i7.9c03e1", HERE, { .namespace_there = true }, VERDICT_EARLIER_BOOT },
		{ EARLIER, "3ed.9c03e1", HERE, { .namespace_there = true }, VERDICT_EARLIER_BOOT },
		{ EARLIER, "3ed.9c03e1", HERE, { .cache = CACHE_NAMES_IT }, VERDICT_EARLIER_BOOT },
		{ EARLIER, "3ed.9c03e1", { .boot = THIS, .machine = "9c03e1" }, {0},
		  VERDICT_EARLIER_BOOT },
	};

	judge_all(rows, ARRAY_LEN(rows));
	ck_assert(verdict_is_final(VERDICT_EARLIER_BOOT));
}
END_TEST

START_TEST(an_address_that_is_in_use_is_alive_whatever_else_is_said)
{
	static const struct row rows[] = {
		{ EARLIER, "3ed.9c03e1", HERE, { .address_in_use = true }, VERDICT_ADDRESS_IN_USE },
		{ THIS, "3ed.9c03e1", HERE, { .address_in_use = true }, VERDICT_ADDRESS_IN_USE },
		{ NULL, NULL, HERE, { .address_in_use = true, .cache = CACHE_DOES_NOT },
		  VERDICT_ADDRESS_IN_USE },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(a_cookie_is_believed_from_the_place_that_made_it_alone)
{
	static const struct row rows[] = {
		{ THIS, "3ed.9c03e1", HERE, {0}, VERDICT_NAMESPACE_GONE },
		{ THIS, "3ed.9c03e1", HERE, { .cache = CACHE_NAMES_IT }, VERDICT_NAMESPACE_GONE },
		{ THIS, "3ed.9c03e1", HERE, { .namespace_there = true }, VERDICT_NAMESPACE_LIVES },
		{ THIS, "3ed.9c03e1", { .boot = THIS, .machine = "9c03e1" }, {0},
		  VERDICT_ELSEWHERE },
		{ THIS, "3ed", HERE, {0}, VERDICT_NAMESPACE_GONE },
	};

	judge_all(rows, ARRAY_LEN(rows));
	ck_assert(!verdict_is_final(VERDICT_NAMESPACE_GONE));
}
END_TEST

START_TEST(an_inode_is_believed_where_the_cache_agrees_alone)
{
	static const struct row rows[] = {
		{ THIS, "i7.9c03e1", HERE, { .cache = CACHE_DOES_NOT }, VERDICT_NAMESPACE_GONE },
		{ THIS, "i7.9c03e1", HERE, {0}, VERDICT_NO_EVIDENCE },
		{ THIS, "i7.9c03e1", HERE, { .cache = CACHE_NAMES_IT }, VERDICT_CACHE_NAMES_IT },
		{ THIS, "i7.9c03e1", HERE, { .namespace_there = true, .cache = CACHE_DOES_NOT },
		  VERDICT_NAMESPACE_LIVES },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(what_says_neither_is_judged_by_the_cache_from_the_place_alone)
{
	static const struct row rows[] = {
		{ NULL, NULL, HERE, { .cache = CACHE_DOES_NOT }, VERDICT_NOT_IN_CACHE },
		{ NULL, NULL, HERE, { .cache = CACHE_NAMES_IT }, VERDICT_CACHE_NAMES_IT },
		{ NULL, NULL, HERE, {0}, VERDICT_NO_EVIDENCE },
		{ NULL, NULL, { .boot = THIS, .machine = "9c03e1" }, { .cache = CACHE_DOES_NOT },
		  VERDICT_ELSEWHERE },
		{ THIS, ".9c03e1", HERE, {0}, VERDICT_NO_EVIDENCE },
		{ NULL, "3ed.9c03e1", HERE, {0}, VERDICT_NO_EVIDENCE },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(another_machines_are_dead_where_it_is_said_to_be_gone_alone)
{
	static const struct row rows[] = {
		{ EARLIER, "3ed.aaaaaa", HERE, {0}, VERDICT_OTHER_MACHINE },
		{ THIS, "3ed.aaaaaa", HERE, {0}, VERDICT_OTHER_MACHINE },
		{ NULL, ".aaaaaa", HERE, { .cache = CACHE_DOES_NOT }, VERDICT_OTHER_MACHINE },
		{ EARLIER, "3ed.9c03e1", { .boot = THIS, .machine = "", .here = true }, {0},
		  VERDICT_OTHER_MACHINE },
		{ EARLIER, "3ed.aaaaaa",
		  { .boot = THIS, .machine = "9c03e1", .gone_machine = "aaaaaa", .here = true },
		  {0},
		  VERDICT_MACHINE_GONE },
		{ EARLIER, "3ed.aaaaaa",
		  { .boot = THIS, .machine = "9c03e1", .gone_machine = "bbbbbb", .here = true },
		  {0},
		  VERDICT_OTHER_MACHINE },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(of_one_kernel_a_cookie_that_lives_is_alive_whatever_is_called_a_machine)
{
	static const struct row rows[] = {
		{ THIS, "3ed.aaaaaa", HERE, { .namespace_there = true }, VERDICT_NAMESPACE_LIVES },
		{ THIS, "3ed.aaaaaa",
		  { .boot = THIS, .machine = "9c03e1", .gone_machine = "aaaaaa", .here = true },
		  { .namespace_there = true }, VERDICT_NAMESPACE_LIVES },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(without_a_machine_an_earlier_boot_is_no_evidence)
{
	static const struct row rows[] = {
		{ EARLIER, "3ed", HERE, {0}, VERDICT_NO_EVIDENCE },
		{ EARLIER, NULL, HERE, {0}, VERDICT_NO_EVIDENCE },
		{ EARLIER, "3ed", { .boot = THIS, .machine = "", .here = true }, {0},
		  VERDICT_NO_EVIDENCE },
		{ EARLIER, "3ed", HERE, { .cache = CACHE_DOES_NOT }, VERDICT_NOT_IN_CACHE },
		/* Nor one of which it is not known whether it is over. */
		{ EARLIER, "3ed.9c03e1", { .boot = "", .machine = "9c03e1", .here = true }, {0},
		  VERDICT_NO_EVIDENCE },
	};

	judge_all(rows, ARRAY_LEN(rows));
}
END_TEST

START_TEST(what_is_not_understood_is_left_alone)
{
	static const struct row rows[] = {
		{ THIS, "future:7", HERE, { .cache = CACHE_DOES_NOT }, VERDICT_STRANGE },
		{ EARLIER "0", "3ed.9c03e1", HERE, {0}, VERDICT_STRANGE },
		{ "", "3ed.9c03e1", HERE, {0}, VERDICT_STRANGE },
	};

	judge_all(rows, ARRAY_LEN(rows));
	for (int v = 0; v < N_VERDICTS; v++)
		ck_assert_ptr_nonnull(verdict_texts[v]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("judge");
	TCase *t = tcase_create("judge");

	tcase_add_test(t, an_earlier_boot_of_this_machine_is_dead_whatever_else_is_seen);
	tcase_add_test(t, an_address_that_is_in_use_is_alive_whatever_else_is_said);
	tcase_add_test(t, a_cookie_is_believed_from_the_place_that_made_it_alone);
	tcase_add_test(t, an_inode_is_believed_where_the_cache_agrees_alone);
	tcase_add_test(t, what_says_neither_is_judged_by_the_cache_from_the_place_alone);
	tcase_add_test(t, another_machines_are_dead_where_it_is_said_to_be_gone_alone);
	tcase_add_test(t, of_one_kernel_a_cookie_that_lives_is_alive_whatever_is_called_a_machine);
	tcase_add_test(t, without_a_machine_an_earlier_boot_is_no_evidence);
	tcase_add_test(t, what_is_not_understood_is_left_alone);
	suite_add_tcase(s, t);
	return s;
}
