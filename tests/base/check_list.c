/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>
#include <stdlib.h>

/* The sanitizer's allocator, where it is in use, ends the program instead. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "allocator_may_return_null=1";
}

struct wide {
	unsigned n;
	char text[300];
};

START_TEST(elements_stay_as_the_list_grows)
{
	struct wide *list = NULL;
	size_t n = 0, cap = 0;

	while (n < 10000) {
		ck_assert_int_eq(list_room(&list, n, &cap), 0);
		ck_assert_uint_gt(cap, n);
		list[n] = (struct wide){ .n = (unsigned)n };
		n++;
	}
	for (size_t i = 0; i < n; i++)
		ck_assert_uint_eq(list[i].n, i);
	free(list);
}
END_TEST

START_TEST(a_list_with_room_stays_where_it_is)
{
	int *list = NULL, *before;
	size_t cap = 0, room;

	ck_assert_int_eq(list_room(&list, 0, &cap), 0);
	before = list;
	room = cap;
	for (size_t n = 0; n < room; n++) {
		ck_assert_int_eq(list_room(&list, n, &cap), 0);
		ck_assert_ptr_eq(list, before);
		ck_assert_uint_eq(cap, room);
	}
	free(list);
}
END_TEST

START_TEST(a_list_of_n_is_moved_fewer_times_than_n)
{
	char *list = NULL;
	size_t cap = 0, moves = 0;

	for (size_t n = 0; n < 100000; n++) {
		size_t before = cap;

		ck_assert_int_eq(list_room(&list, n, &cap), 0);
		moves += cap != before;
	}
	ck_assert_uint_lt(moves, 30);
	free(list);
}
END_TEST

START_TEST(without_memory_the_list_stays_as_it_was)
{
	uint64_t first = 7, *list = &first;
	size_t cap = SIZE_MAX / 4;

	ck_assert_int_eq(list_room(&list, cap, &cap), -1);
	ck_assert_ptr_eq(list, &first);
	ck_assert_uint_eq(list[0], 7);
	ck_assert_uint_eq(cap, SIZE_MAX / 4);
}
END_TEST

static int compare(const void *key, const void *element)
{
	const int *a = key, *b = element;

	return (*a > *b) - (*a < *b);
}

START_TEST(a_place_is_before_the_first_that_is_not_below)
{
	static const int list[] = { 10, 20, 20, 20, 30 };
	static const struct {
		int key;
		size_t place;
	} cases[] = { { 5, 0 }, { 10, 0 }, { 15, 1 }, { 20, 1 }, { 25, 4 }, { 30, 4 }, { 35, 5 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		ck_assert_uint_eq(list_place(list, 5, &cases[i].key, compare), cases[i].place);
	ck_assert_uint_eq(list_place((const int *)NULL, 0, &list[0], compare), 0);
}
END_TEST

START_TEST(every_element_of_a_list_of_any_length_is_found)
{
	int list[40];

	for (int i = 0; i < 40; i++)
		list[i] = 2 * i;
	for (size_t n = 0; n <= 40; n++)
		for (int key = -1; key <= 80; key++) {
			size_t want = (size_t)(key + 1) / 2;

			ck_assert_uint_eq(list_place(list, n, &key, compare),
					  want < n ? want : n);
		}
}
END_TEST

static int joined;

static void count(void *kept, void *other)
{
	ck_assert_ptr_ne(kept, other);
	joined += *(int *)other;
}

START_TEST(a_settled_list_ascends_and_has_each_element_once)
{
	int list[] = { 30, 10, 20, 10, 30, 10, 5 }, one[] = { 7, 7, 7 };

	ck_assert_uint_eq(list_settle(list, 7, compare, NULL), 4);
	ck_assert_int_eq(list[0], 5);
	ck_assert_int_eq(list[1], 10);
	ck_assert_int_eq(list[2], 20);
	ck_assert_int_eq(list[3], 30);
	ck_assert_uint_eq(list_settle(one, 3, compare, count), 1);
	ck_assert_int_eq(joined, 14);
	ck_assert_uint_eq(list_settle((int *)NULL, 0, compare, count), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.list");
	TCase *t = tcase_create("list");

	tcase_add_test(t, elements_stay_as_the_list_grows);
	tcase_add_test(t, a_list_with_room_stays_where_it_is);
	tcase_add_test(t, a_list_of_n_is_moved_fewer_times_than_n);
	tcase_add_test(t, without_memory_the_list_stays_as_it_was);
	tcase_add_test(t, a_place_is_before_the_first_that_is_not_below);
	tcase_add_test(t, every_element_of_a_list_of_any_length_is_found);
	tcase_add_test(t, a_settled_list_ascends_and_has_each_element_once);
	suite_add_tcase(s, t);
	return s;
}
