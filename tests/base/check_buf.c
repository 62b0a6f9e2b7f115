/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(a_new_buffer_is_the_empty_text)
{
	struct buf b __cleanup(buf_done) = BUF(10);

	ck_assert_str_eq(b.data, "");
	ck_assert_uint_eq(b.len, 0);
	buf_add(&b, NULL, 0);
	buf_printf(&b, "%s", "");
	ck_assert(!b.failed);
	ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(a_buffer_grows_and_stays_a_text)
{
	struct buf b __cleanup(buf_done) = BUF(100000);

	for (int i = 0; i < 10000; i++) {
		buf_putc(&b, 'a');
		buf_puts(&b, "bc");
		ck_assert_uint_eq(strlen(b.data), b.len);
	}
	buf_printf(&b, "%d-%s", 42, "x");
	ck_assert_uint_eq(b.len, 30004);
	ck_assert_str_eq(b.data + 29999, "c42-x");
	ck_assert(!b.failed);
}
END_TEST

START_TEST(a_buffer_holds_any_byte)
{
	struct buf b __cleanup(buf_done) = BUF(10);

	buf_add(&b, "a\0b", 3);
	buf_putc(&b, '\0');
	ck_assert_uint_eq(b.len, 4);
	ck_assert_mem_eq(b.data, "a\0b\0", 5);
}
END_TEST

START_TEST(the_limit_can_be_reached)
{
	struct buf b __cleanup(buf_done) = BUF(5);

	buf_puts(&b, "abc");
	buf_printf(&b, "%s", "de");
	ck_assert(!b.failed);
	ck_assert_str_eq(b.data, "abcde");
	buf_puts(&b, "");
	ck_assert(!b.failed);
}
END_TEST

START_TEST(what_would_pass_the_limit_is_dropped_with_all_that_follows)
{
	struct buf b __cleanup(buf_done) = BUF(5);

	buf_puts(&b, "abc");
	buf_puts(&b, "def");
	ck_assert(b.failed && b.full);
	buf_putc(&b, 'd');
	buf_printf(&b, "e");
	ck_assert(b.failed);
	ck_assert_str_eq(b.data, "abc");
	buf_reset(&b);
	ck_assert(!b.failed && !b.full);
}
END_TEST

START_TEST(a_printf_beyond_the_limit_is_dropped_whole)
{
	struct buf b __cleanup(buf_done) = BUF(5);

	buf_printf(&b, "%s", "abcdef");
	ck_assert(b.failed);
	ck_assert_str_eq(b.data, "");
}
END_TEST

START_TEST(a_printf_that_fits_the_memory_but_not_the_limit_is_dropped_whole)
{
	struct buf b __cleanup(buf_done) = BUF(5);

	buf_puts(&b, "abc");
	buf_printf(&b, "%d", 345);
	ck_assert(b.failed);
	ck_assert_str_eq(b.data, "abc");
	ck_assert_uint_eq(b.len, 3);
}
END_TEST

START_TEST(a_printf_is_whole_at_every_room)
{
	for (size_t used = 0; used <= 130; used++) {
		struct buf b __cleanup(buf_done) = BUF(1000);

		for (size_t i = 0; i < used; i++)
			buf_putc(&b, '-');
		buf_printf(&b, "%s", "0123456789");
		ck_assert_uint_eq(b.len, used + 10);
		ck_assert_str_eq(b.data + used, "0123456789");
	}
}
END_TEST

START_TEST(a_buffer_of_no_bytes_takes_none)
{
	struct buf b __cleanup(buf_done) = BUF(0);

	buf_add(&b, "", 0);
	ck_assert(!b.failed);
	buf_putc(&b, 'a');
	ck_assert(b.failed);
}
END_TEST

START_TEST(a_length_beyond_all_memory_fails)
{
	struct buf b __cleanup(buf_done) = BUF(SIZE_MAX);

	buf_puts(&b, "abc");
	buf_add(&b, "x", SIZE_MAX - 3);
	ck_assert(b.failed);
	ck_assert_str_eq(b.data, "abc");
	buf_reset(&b);
	buf_add(&b, "x", SIZE_MAX / 2 + 2);
	ck_assert(b.failed);
}
END_TEST

START_TEST(a_reset_buffer_works_again)
{
	struct buf b __cleanup(buf_done) = BUF(3);

	buf_puts(&b, "abc");
	buf_puts(&b, "d");
	buf_reset(&b);
	ck_assert(!b.failed);
	ck_assert_str_eq(b.data, "");
	buf_puts(&b, "xyz");
	ck_assert_str_eq(b.data, "xyz");
	buf_puts(&b, "!");
	ck_assert(b.failed);
}
END_TEST

START_TEST(numbers_are_printed_in_full)
{
	struct buf b __cleanup(buf_done) = BUF(64);

	buf_number(&b, 0);
	buf_putc(&b, ' ');
	buf_number(&b, 1090);
	buf_putc(&b, ' ');
	buf_number(&b, UINT64_MAX);
	ck_assert_str_eq(b.data, "0 1090 18446744073709551615");
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("buf");
	TCase *t = tcase_create("buf");

	tcase_add_test(t, a_new_buffer_is_the_empty_text);
	tcase_add_test(t, a_buffer_grows_and_stays_a_text);
	tcase_add_test(t, a_buffer_holds_any_byte);
	tcase_add_test(t, the_limit_can_be_reached);
	tcase_add_test(t, what_would_pass_the_limit_is_dropped_with_all_that_follows);
	tcase_add_test(t, a_printf_beyond_the_limit_is_dropped_whole);
	tcase_add_test(t, a_printf_that_fits_the_memory_but_not_the_limit_is_dropped_whole);
	tcase_add_test(t, a_printf_is_whole_at_every_room);
	tcase_add_test(t, a_buffer_of_no_bytes_takes_none);
	tcase_add_test(t, a_length_beyond_all_memory_fails);
	tcase_add_test(t, a_reset_buffer_works_again);
	tcase_add_test(t, numbers_are_printed_in_full);
	suite_add_tcase(s, t);
	return s;
}
