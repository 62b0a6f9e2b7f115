/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that are kept for the next plan. */
#include "ipam/request/block_cache.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define KEY KEY_BLOCKS_4 "10.0.0.0-30"

static const char fresh[] =
	"{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:a\",\"allocations\":[null,null,null,null],"
	"\"unallocated\":[0,1,2,3],\"attributes\":null,\"sequenceNumber\":1,"
	"\"sequenceNumberForAllocation\":{},\"deleted\":false}";

static struct block_cache cache;

static struct record record_of(const char *text)
{
	return (struct record){ .key = KEY, .value = text, .value_len = strlen(text),
				.revision = 7 };
}

static struct block take(const struct record *record)
{
	struct err e = {0};
	struct block b;

	ck_assert_msg(block_cache_take(&cache, record, &b, &e) == 0, "%s", e.text);
	return b;
}

static void print(const struct block *b, struct buf *out)
{
	buf_reset(out);
	block_print(b, out);
	ck_assert(!out->failed);
}

static void keep_as_printed(struct block *b)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);

	print(b, &text);
	block_cache_keep(&cache, KEY, text.data, text.len, b);
}

START_TEST(a_block_that_was_kept_is_not_read_again)
{
	struct record record = record_of(fresh);
	struct block b = take(&record);
	const int *allocations = b.allocations;

	block_cache_keep(&cache, KEY, fresh, strlen(fresh), &b);
	ck_assert_ptr_null(b.allocations);
	record.revision = 9;
	b = take(&record);
	ck_assert_ptr_eq(b.allocations, allocations);
	ck_assert_uint_eq(b.revision, 9);
	block_done(&b);
}
END_TEST

START_TEST(a_block_is_taken_once)
{
	struct record record = record_of(fresh);
	struct block first = take(&record), second;

	block_cache_keep(&cache, KEY, fresh, strlen(fresh), &first);
	first = take(&record);
	second = take(&record);
	ck_assert_ptr_ne(first.allocations, second.allocations);
	block_done(&first);
	block_done(&second);
}
END_TEST

START_TEST(what_a_plan_has_changed_and_printed_is_what_the_next_one_takes)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	struct buf again __cleanup(buf_done) = BUF(1 << 16);
	static const struct secondary texts = { { { "node", "a" } }, 1 };
	struct record record = record_of(fresh);
	struct block b = take(&record), read;
	struct err e = {0};

	ck_assert_int_eq(block_assign(&b, 2, "net.c", &texts, &e), 0);
	block_touch(&b);
	print(&b, &text);
	keep_as_printed(&b);
	record = record_of(text.data);
	b = take(&record);
	ck_assert_int_eq(block_read(&record, &read, &e), 0);
	ck_assert_int_eq(block_assign(&b, 3, "net.c", &texts, &e), 0);
	ck_assert_int_eq(block_assign(&read, 3, "net.c", &texts, &e), 0);
	print(&b, &text);
	print(&read, &again);
	ck_assert_str_eq(text.data, again.data);
	block_done(&b);
	block_done(&read);
}
END_TEST

START_TEST(a_record_that_says_something_else_is_read)
{
	char text[sizeof(fresh)];
	struct record record = record_of(fresh);
	struct block b = take(&record);

	block_cache_keep(&cache, KEY, fresh, strlen(fresh), &b);
	memcpy(text, fresh, sizeof(fresh));
	memcpy(strstr(text, "host:a"), "host:b", 6);
	record = record_of(text);
	b = take(&record);
	ck_assert(block_is_owned_by(&b, "host:b"));
	block_done(&b);
}
END_TEST

START_TEST(what_cannot_be_read_is_corrupt_with_a_cache_too)
{
	struct record record = record_of("{}");
	struct err e = {0};
	struct block b;

	ck_assert_int_eq(block_cache_take(&cache, &record, &b, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
}
END_TEST

START_TEST(the_latest_of_a_key_is_kept)
{
	struct record record = record_of(fresh);
	struct block b;

	for (unsigned i = 0; i < BLOCK_CACHE_MAX + 1; i++) {
		b = take(&record);
		block_touch(&b);
		keep_as_printed(&b);
	}
	ck_assert_ptr_nonnull(cache.list[0].key);
	ck_assert_ptr_null(cache.list[1].key);
}
END_TEST

START_TEST(more_blocks_than_there_is_room_for_are_not_kept)
{
	struct record record = record_of(fresh);
	char key[KEY_TEXT];

	for (unsigned i = 0; i < BLOCK_CACHE_MAX + 1; i++) {
		struct block b = take(&record);

		snprintf(key, sizeof(key), KEY_BLOCKS_4 "10.1.%u.0-30", i);
		block_cache_keep(&cache, key, fresh, strlen(fresh), &b);
		ck_assert_ptr_null(b.allocations);
	}
	ck_assert_str_eq(cache.list[0].key, KEY_BLOCKS_4 "10.1.0.0-30");
}
END_TEST

START_TEST(without_a_cache_blocks_are_read)
{
	struct record record = record_of(fresh);
	struct err e = {0};
	struct block b;

	ck_assert_int_eq(block_cache_take(NULL, &record, &b, &e), 0);
	block_cache_keep(NULL, KEY, fresh, strlen(fresh), &b);
	ck_assert_ptr_null(b.allocations);
}
END_TEST

static void empty(void)
{
	block_cache_done(&cache);
}

Suite *suite(void)
{
	Suite *s = suite_create("ipam.block_cache");
	TCase *t = tcase_create("block_cache");

	tcase_add_checked_fixture(t, NULL, empty);
	tcase_add_test(t, a_block_that_was_kept_is_not_read_again);
	tcase_add_test(t, a_block_is_taken_once);
	tcase_add_test(t, what_a_plan_has_changed_and_printed_is_what_the_next_one_takes);
	tcase_add_test(t, a_record_that_says_something_else_is_read);
	tcase_add_test(t, what_cannot_be_read_is_corrupt_with_a_cache_too);
	tcase_add_test(t, the_latest_of_a_key_is_kept);
	tcase_add_test(t, more_blocks_than_there_is_room_for_are_not_kept);
	tcase_add_test(t, without_a_cache_blocks_are_read);
	suite_add_tcase(s, t);
	return s;
}
