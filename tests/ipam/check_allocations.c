/* SPDX-License-Identifier: Apache-2.0 */
/* What several selections have in common, in the order of addresses. */
#include "ipam/audit/allocations.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static struct allocations one, other;
static struct err e;

static void setup(void)
{
	one = other = (struct allocations){ 0 };
	err_reset(&e);
}

static void teardown(void)
{
	allocations_done(&one);
	allocations_done(&other);
}

static void add(struct allocations *s, const char *address, const char *handle, uint64_t sequence)
{
	struct allocation selected = { .handle = handle, .sequence = sequence,
				     .allocated = true };

	ck_assert_int_eq(addr_parse(address, &selected.addr), 0);
	ck_assert_int_eq(allocations_add(s, &selected, &e), 0);
}

/* The addresses of `one`, with a blank between them. */
static void assert_left(const char *want)
{
	char got[500] = "", text[ADDR_TEXT];

	for (size_t i = 0; i < one.n; i++) {
		addr_print(one.list[i].addr, text);
		strcat(got, i ? " " : "");
		strcat(got, text);
	}
	ck_assert_str_eq(got, want);
}

START_TEST(addresses_are_sorted_ipv4_first)
{
	add(&one, "fd00::2", "h", 1);
	add(&one, "10.0.0.10", "h", 1);
	add(&one, "fd00::1", "h", 1);
	add(&one, "10.0.0.9", "h", 1);
	allocations_sort(&one);
	assert_left("10.0.0.9 10.0.0.10 fd00::1 fd00::2");
	allocations_sort(&other);
	ck_assert_uint_eq(other.n, 0);
}
END_TEST

START_TEST(only_what_both_have_alike_is_kept)
{
	add(&one, "10.0.0.1", "h", 1);
	add(&one, "10.0.0.2", "of another handle", 1);
	add(&one, "10.0.0.3", "h", 1);
	add(&one, "10.0.0.4", NULL, 1);
	add(&one, "10.0.0.5", NULL, 1);
	add(&one, "10.0.0.6", "h", 1);
	add(&one, "fd00::1", "h", UINT64_MAX);
	add(&other, "10.0.0.0", "h", 1);
	add(&other, "10.0.0.1", "h", 1);
	add(&other, "10.0.0.2", "h", 1);
	add(&other, "10.0.0.3", "h", 2);
	add(&other, "10.0.0.4", NULL, 1);
	add(&other, "10.0.0.5", "h", 1);
	add(&other, "fd00::1", "h", UINT64_MAX);
	allocations_keep_common(&one, &other);
	assert_left("10.0.0.1 10.0.0.4 fd00::1");
	ck_assert_uint_eq(other.n, 7);
}
END_TEST

START_TEST(with_an_empty_selection_nothing_is_common)
{
	add(&one, "10.0.0.1", "h", 1);
	allocations_keep_common(&other, &one);
	ck_assert_uint_eq(other.n, 0);
	allocations_keep_common(&one, &other);
	ck_assert_uint_eq(one.n, 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.selection");
	TCase *t = tcase_create("selection");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, addresses_are_sorted_ipv4_first);
	tcase_add_test(t, only_what_both_have_alike_is_kept);
	tcase_add_test(t, with_an_empty_selection_nothing_is_common);
	suite_add_tcase(s, t);
	return s;
}
