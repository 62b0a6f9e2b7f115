/* SPDX-License-Identifier: Apache-2.0 */
/* What a block says of its allocations, in any shape: docs/DATA-MODEL.md 3. */
#include "ipam/record/block.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY KEY_BLOCKS_4 "10.0.0.0-30"

static struct err e;

static void setup(void)
{
	err_reset(&e);
}

static int try_read(struct block *ret, const char *attributes, const char *sequences)
{
	char value[2048];
	struct record r = { .key = KEY, .value = value };

	r.value_len = (size_t)snprintf(value, sizeof(value), "{\"cidr\":\"10.0.0.0/30\","
				       "\"affinity\":null,\"allocations\":[0,null,null,null],"
				       "\"unallocated\":[1,2,3],\"attributes\":[%s],"
				       "\"sequenceNumber\":7,"
				       "\"sequenceNumberForAllocation\":%s,\"deleted\":false}",
				       attributes, sequences);
	return block_read(&r, ret, &e);
}

static const char *const misshapen[][2] = {
	{ "7", "must be an object" },
	{ "null", "must be an object" },
	{ "{\"handle_id\":7}", "handle_id" },
	{ "{\"handle_id\":{}}", "handle_id" },
	{ "{\"handle_id\":\"a\",\"handle_id\":[]}", "handle_id" },
	{ "{\"secondary\":[]}", "secondary" },
	{ "{\"secondary\":\"x\"}", "secondary" },
	{ "{\"secondary\":{\"node\":7}}", "node" },
	{ "{\"secondary\":{\"node\":{}}}", "node" },
	{ "{\"alternateOwnerAttrs\":1}", "alternateOwnerAttrs" },
	{ "{\"releasedAt\":1787392800}", "releasedAt" },
};

START_TEST(an_attribute_of_another_shape_is_an_error_that_names_key_and_field)
{
	struct block b = { 0 };

	ck_assert_int_eq(try_read(&b, misshapen[_i][0], "{}"), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY));
	ck_assert_ptr_nonnull(strstr(e.text, "attributes"));
	ck_assert_ptr_nonnull(strstr(e.text, misshapen[_i][1]));
}
END_TEST

static const struct {
	const char *before, *behind; /* of the text in the attribute */
	const char *named;
} long_texts[] = {
	{ "{\"handle_id\":\"", "\",\"secondary\":{}}", "handle_id" },
	{ "{\"x\":1,\"handle_id\":\"", "\"}", "handle_id" },
	{ "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"", "\"}}", "node" },
	{ "{\"secondary\":{\"pod\":\"", "\",\"a\":\"\"}}", "pod" },
	{ "{\"releasedAt\":\"", "\"}", "releasedAt" },
	{ "{\"x\":1,\"releasedAt\":\"", "\"}", "releasedAt" },
};

static int try_read_long(struct block *ret, int which, int len)
{
	char attribute[ATTRIBUTE_TEXT_MAX + 128];

	snprintf(attribute, sizeof(attribute), "%s%0*d%s", long_texts[which].before, len, 0,
		 long_texts[which].behind);
	return try_read(ret, attribute, "{}");
}

/* Each address of a block may point at it, and who lists them copies it for each. */
START_TEST(a_text_longer_than_any_name_is_an_error_that_says_so)
{
	struct block b __cleanup(block_done) = { 0 };

	ck_assert_int_eq(try_read_long(&b, _i, ATTRIBUTE_TEXT_MAX + 1), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY));
	ck_assert_ptr_nonnull(strstr(e.text, long_texts[_i].named));
	ck_assert_ptr_nonnull(strstr(e.text, "has 1025 bytes"));
	err_reset(&e);
	ck_assert_msg(try_read_long(&b, _i, ATTRIBUTE_TEXT_MAX) == 0, "%s", e.text);
}
END_TEST

static const char *const same[][2] = {
	{ "{}", "{}" },
	{ "{\"handle_id\":null,\"secondary\":null,\"releasedAt\":null}", "null" },
	{ "{\"new\":{\"n\":18446744073709551615},\"secondary\":{\"b\":\"1\",\"a\":null}}",
	  "{\"0\":18446744073709551615}" },
	{ "{\"handle_id\":\"\\r<\\u2028\"}", "{\"0\":0,\"1\":1,\"2\":2}" },
	{ "{\"releasedAt\":\"2026-08-22T10:00:00Z\"}", "{\"0\":7,\"4\":5,\"01\":1,\"x\":9}" },
};

START_TEST(what_a_block_says_is_written_as_it_was_read)
{
	struct block b __cleanup(block_done) = { 0 };
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	char wanted[512];

	ck_assert_msg(try_read(&b, same[_i][0], same[_i][1]) == 0, "%s", e.text);
	block_print(&b, &out);
	snprintf(wanted, sizeof(wanted), "\"attributes\":[%s],\"sequenceNumber\":7,"
		 "\"sequenceNumberForAllocation\":%s,", same[_i][0], same[_i][1]);
	wanted[strcspn(wanted, "<")] = '\0';
	ck_assert_msg(strstr(out.data, wanted) != NULL, "%s\nlacks\n%s", out.data, wanted);
}
END_TEST

START_TEST(a_block_that_is_printed_again_and_again_says_the_same)
{
	static const struct secondary texts = { { { "node", "\"<n>\"" } }, 1 };
	struct buf first __cleanup(buf_done) = BUF(1 << 16);
	struct buf again __cleanup(buf_done) = BUF(1 << 16);
	struct block b __cleanup(block_done) = { 0 };

	ck_assert_msg(try_read(&b, same[_i][0], same[_i][1]) == 0, "%s", e.text);
	ck_assert_int_eq(block_assign(&b, 2, "h", &texts, &e), 0);
	block_print(&b, &first);
	for (unsigned i = 0; i < 3; i++) {
		buf_reset(&again);
		block_print(&b, &again);
		ck_assert_str_eq(again.data, first.data);
	}
	ck_assert_ptr_nonnull(b.attributes[1].text);
}
END_TEST

START_TEST(what_a_later_attribute_says_is_none_that_was_printed_before)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	struct block b __cleanup(block_done) = { 0 };
	unsigned attribute;

	ck_assert_int_eq(try_read(&b, "{\"handle_id\":\"gone\"}", "{}"), 0);
	block_print(&b, &out);
	block_print(&b, &out);
	ck_assert_int_eq(block_begin_release(&b, 0, &attribute, &e), 0);
	block_release(&b, 0, attribute);
	block_collect(&b, 60, 0);
	buf_reset(&out);
	block_print(&b, &out);
	ck_assert_ptr_null(strstr(out.data, "gone"));
	ck_assert_ptr_nonnull(strstr(out.data, "releasedAt"));
}
END_TEST

static const char *const numbers[] = { "{\"0\":-1}", "{\"0\":\"1\"}", "{\"0\":1.5}", "[]",
				       "{\"0\":18446744073709551616}", "{\"x\":{}}", "7" };

START_TEST(sequence_numbers_of_another_shape_are_an_error_that_names_the_key)
{
	struct block b = { 0 };

	ck_assert_int_eq(try_read(&b, "{}", numbers[_i]), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY));
	ck_assert_ptr_nonnull(strstr(e.text, "sequenceNumberForAllocation"));
}
END_TEST

START_TEST(sequence_numbers_are_written_in_the_order_of_their_texts)
{
	struct block b __cleanup(block_done) = { 0 };
	struct buf out __cleanup(buf_done) = BUF(1 << 16);
	struct cidr cidr;

	ck_assert_int_eq(cidr_parse("10.0.0.0/24", &cidr), 0);
	ck_assert_int_eq(block_new(cidr, "host:a", 0, &b, &e), 0);
	for (unsigned i = 0; i < 3; i++)
		block_set_sequence_of(&b, (const unsigned[]){ 255, 2, 10 }[i], i);
	block_set_sequence_of(&b, 0, 9);
	block_set_sequence_of(&b, 1, 8);
	block_set_sequence_of(&b, 25, 7);
	block_print(&b, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "{\"0\":9,\"1\":8,\"10\":2,\"2\":1,\"25\":7,"
				     "\"255\":0}"));
}
END_TEST

START_TEST(an_attribute_is_shared_whatever_the_order_of_its_texts)
{
	static const struct secondary mine = { { { "node", "n" }, { "pod", "p" } }, 2 };
	static const struct {
		const char *text;
		bool shared;
	} stored[] = {
		{ "{\"handle_id\":\"h\",\"secondary\":{\"pod\":\"p\",\"node\":\"n\"}}", true },
		{ "{\"secondary\":{\"node\":\"x\",\"node\":\"n\",\"pod\":\"p\"},"
		  "\"handle_id\":\"h\"}",
		  true },
		{ "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\"}}", false },
		{ "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"\",\"node\":\"n\",\"pod\":\"p\"}}",
		  false },
		{ "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\",\"pod\":null}}", false },
		{ "{\"handle_id\":\"h\",\"secondary\":null}", false },
		{ "{\"handle_id\":\"h\"}", false },
		{ "{\"handle_id\":\"h\\r\",\"secondary\":{\"node\":\"n\",\"pod\":\"p\"}}", false },
		{ "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\",\"pod\":\"p\"},"
		  "\"alternateOwnerAttrs\":null}", false },
		{ "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\",\"pod\":\"p\"},"
		  "\"releasedAt\":null}", false },
	};

	for (size_t i = 0; i < ARRAY_LEN(stored); i++) {
		struct block b __cleanup(block_done) = { 0 };

		ck_assert_msg(try_read(&b, stored[i].text, "{}") == 0, "%s", e.text);
		ck_assert_int_eq(block_assign(&b, 1, "h", &mine, &e), 0);
		ck_assert_int_eq(block_assign(&b, 2, "h", &mine, &e), 0);
		ck_assert_msg(b.n_attributes == (stored[i].shared ? 1 : 2), "%s", stored[i].text);
		ck_assert_int_eq(b.allocations[1], b.allocations[2]);
	}
}
END_TEST

/* Each twice: as it is printed, and in another spelling that says the same. */
static const char *const spelled[][2] = {
	{ "{\"handle_id\":\"h\",\"secondary\":{}}", "{ \"handle_id\":\"h\",\"secondary\":{}}" },
	{ "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\",\"b\":\"\"}}",
	  "{\"handle_id\":\"h\",\"secondary\":{\"b\":\"\",\"a\":\"1\"}}" },
	{ "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\"}}",
	  "{\"Handle_ID\":\"h\",\"secondary\":{\"a\":\"0\",\"a\":\"1\"}}" },
	{ "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\"},\"releasedAt\":\"x\"}",
	  "{\"releasedAt\":\"x\",\"handle_id\":\"\\u0068\",\"secondary\":{\"a\":\"1\"}}" },
	{ "{\"releasedAt\":\"2026-08-22T10:00:00Z\"}",
	  "{\"handle_id\":null,\"releasedAt\":\"2026-08-22T10:00:00Z\"}" },
};

static void assert_texts(const char *one, const char *other)
{
	ck_assert_str_eq(one ? one : "absent", other ? other : "absent");
}

START_TEST(an_attribute_says_the_same_however_it_is_spelled)
{
	struct block one __cleanup(block_done) = { 0 }, other __cleanup(block_done) = { 0 };
	struct buf out __cleanup(buf_done) = BUF(1 << 10);
	const struct attribute *a, *b;

	ck_assert_int_eq(try_read(&one, spelled[_i][0], "{}"), 0);
	ck_assert_int_eq(try_read(&other, spelled[_i][1], "{}"), 0);
	a = block_attribute(&one, 0);
	b = block_attribute(&other, 0);
	ck_assert_ptr_null(a->kept);
	ck_assert_ptr_nonnull(b->kept);
	assert_texts(attribute_handle(a), attribute_handle(b));
	assert_texts(attribute_released_at(a), attribute_released_at(b));
	assert_texts(attribute_secondary(a, "a"), attribute_secondary(b, "a"));
	assert_texts(attribute_secondary(a, "b"), attribute_secondary(b, "b"));
	ck_assert_int_eq(attribute_names_owner(a), attribute_names_owner(b));
	attribute_print(a, &out);
	ck_assert_str_eq(out.data, spelled[_i][0]);
}
END_TEST

START_TEST(what_says_more_than_another_does_not_equal_it)
{
	struct block one __cleanup(block_done) = { 0 }, other __cleanup(block_done) = { 0 };

	ck_assert_int_eq(try_read(&one, "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\"}}", "{}"),
			 0);
	ck_assert_int_eq(try_read(&other, "{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\"},"
				  "\"alternateOwnerAttrs\":{\"a\":\"2\"}}", "{}"), 0);
	ck_assert(!attribute_equal(&one.attributes[0], &other.attributes[0]));
	ck_assert(!attribute_equal(&other.attributes[0], &one.attributes[0]));
	block_done(&other);
	ck_assert_int_eq(try_read(&other, "{\"secondary\":{\"a\":\"1\"},\"handle_id\":\"h\"}",
				  "{}"), 0);
	ck_assert(attribute_equal(&one.attributes[0], &other.attributes[0]));
}
END_TEST

/* None of these would be written so by what makes a new attribute. */
static const char *const needs_a_tree[] = {
	"{\"handle_id\":\"h\"}",
	"{\"secondary\":{}}",
	"{\"handle_id\":\"h\",\"secondary\":{},\"x\":1}",
	"{\"handle_id\":\"h\",\"secondary\":{\"a\":null}}",
	"{\"handle_id\":\"\xc3\xa9\",\"secondary\":{}}",
	"{\"handle_id\":\"a&b\",\"secondary\":{}}",
	"{\"handle_id\":\"h\",\"secondary\":{\"a\":\"1\"},\"alternateOwnerAttrs\":{\"a\":\"2\"}}",
	"{\"handle_id\":\"h\",\"secondary\":{\"01\":\"\",\"02\":\"\",\"03\":\"\",\"04\":\"\","
	"\"05\":\"\",\"06\":\"\",\"07\":\"\",\"08\":\"\",\"09\":\"\",\"10\":\"\",\"11\":\"\","
	"\"12\":\"\",\"13\":\"\"}}",
};

START_TEST(what_is_not_ours_in_an_attribute_stays)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 10);
	struct block b __cleanup(block_done) = { 0 };

	ck_assert_int_eq(try_read(&b, needs_a_tree[_i], "{}"), 0);
	ck_assert_ptr_nonnull(b.attributes[0].kept);
	attribute_print(&b.attributes[0], &out);
	if (!strchr(needs_a_tree[_i], '&'))
		ck_assert_str_eq(out.data, needs_a_tree[_i]);
}
END_TEST

START_TEST(a_copy_equals_and_lives_alone)
{
	static const struct secondary mine = { { { "node", "n" } }, 1 };
	struct attribute read_one __cleanup(attribute_done) = { 0 };
	struct attribute new_one __cleanup(attribute_done) = { 0 };

	for (unsigned i = 0; i < 2; i++) {
		struct block b __cleanup(block_done) = { 0 };

		ck_assert_int_eq(try_read(&b, "{\"handle_id\":\"h\",\"secondary\":{\"node\":\"n\"},"
					  "\"x\":1}", "{}"), 0);
		ck_assert_int_eq(block_assign(&b, 1, "h2", &mine, &e), 0);
		ck_assert_int_eq(attribute_copy(block_attribute(&b, i), i ? &new_one : &read_one,
						&e), 0);
		ck_assert(attribute_equal(block_attribute(&b, i), i ? &new_one : &read_one));
		ck_assert(!attribute_equal(block_attribute(&b, !i), i ? &new_one : &read_one));
	}
	ck_assert_str_eq(attribute_handle(&read_one), "h");
	ck_assert_str_eq(attribute_secondary(&read_one, "node"), "n");
	ck_assert_str_eq(attribute_handle(&new_one), "h2");
	ck_assert_str_eq(attribute_secondary(&new_one, "node"), "n");
	ck_assert(attribute_names_owner(&new_one));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.attribute");
	TCase *t = tcase_create("attribute");

	tcase_add_checked_fixture(t, setup, NULL);
	tcase_add_loop_test(t, an_attribute_of_another_shape_is_an_error_that_names_key_and_field,
			    0, (int)ARRAY_LEN(misshapen));
	tcase_add_loop_test(t, a_text_longer_than_any_name_is_an_error_that_says_so, 0,
			    (int)ARRAY_LEN(long_texts));
	tcase_add_loop_test(t, what_a_block_says_is_written_as_it_was_read, 0,
			    (int)ARRAY_LEN(same));
	tcase_add_loop_test(t, a_block_that_is_printed_again_and_again_says_the_same, 0,
			    ARRAY_LEN(same));
	tcase_add_test(t, what_a_later_attribute_says_is_none_that_was_printed_before);
	tcase_add_loop_test(t, sequence_numbers_of_another_shape_are_an_error_that_names_the_key, 0,
			    (int)ARRAY_LEN(numbers));
	tcase_add_test(t, sequence_numbers_are_written_in_the_order_of_their_texts);
	tcase_add_test(t, an_attribute_is_shared_whatever_the_order_of_its_texts);
	tcase_add_loop_test(t, an_attribute_says_the_same_however_it_is_spelled, 0,
			    ARRAY_LEN(spelled));
	tcase_add_test(t, what_says_more_than_another_does_not_equal_it);
	tcase_add_loop_test(t, what_is_not_ours_in_an_attribute_stays, 0, ARRAY_LEN(needs_a_tree));
	tcase_add_test(t, a_copy_equals_and_lives_alone);
	suite_add_tcase(s, t);
	return s;
}
