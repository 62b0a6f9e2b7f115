/* SPDX-License-Identifier: Apache-2.0 */
/* Pools and blocks of a file and of a store that overlap. */
#include "ctl/transfer/clashes.h"
#include "ipam/record/keys.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

struct cJSON;

struct cJSON *__real_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated);
struct cJSON *__wrap_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated);

static struct clashes clashes;
static struct buf lines;
static struct err e;
static bool no_memory;

struct cJSON *__wrap_cJSON_ParseWithLengthOpts(const char *text, size_t len, const char **end,
					       int terminated)
{
	return no_memory ? NULL : __real_cJSON_ParseWithLengthOpts(text, len, end, terminated);
}

static void setup(void)
{
	clashes = (struct clashes){ 0 };
	buf_init(&lines, 4096);
	e = (struct err){ 0 };
	no_memory = false;
}

static void teardown(void)
{
	clashes_done(&clashes);
	buf_done(&lines);
}

static int note(enum clash_side side, const char *key, const char *value)
{
	const struct record record = { .key = key, .value = value, .value_len = strlen(value) };

	return clashes_note(&clashes, &record, side, &e);
}

static void pool(enum clash_side side, const char *name, const char *cidr, unsigned block_len)
{
	char key[KEY_TEXT], value[256];

	snprintf(key, sizeof(key), KEY_POOLS "%s", name);
	snprintf(value, sizeof(value), "{\"kind\":\"IPPool\",\"metadata\":{\"name\":\"%s\"},"
		 "\"spec\":{\"cidr\":\"%s\",\"blockSize\":%u}}", name, cidr, block_len);
	ck_assert_msg(note(side, key, value) == 0, "%s", e.text);
}

static void block(enum clash_side side, const char *cidr)
{
	char key[KEY_TEXT];

	snprintf(key, sizeof(key), KEY_BLOCKS_4 "%s", cidr);
	ck_assert_msg(note(side, key, "{}") == 0, "%s", e.text);
}

static void assert_found(uint64_t n)
{
	ck_assert_uint_eq(clashes_find(&clashes, 100, &lines), n);
}

START_TEST(pools_of_both_sides_overlap_whichever_is_wider)
{
	pool(CLASH_FILE, "a", "10.0.0.0/16", 26);
	pool(CLASH_STORE, "b", "10.0.3.0/24", 26);
	pool(CLASH_STORE, "c", "10.1.0.0/16", 26);
	pool(CLASH_FILE, "d", "10.1.0.0/24", 26);
	pool(CLASH_FILE, "e", "10.2.0.0/16", 26);
	assert_found(2);
	ck_assert_str_eq(lines.data, KEY_POOLS "a in the file, " KEY_POOLS "b in the store\n"
			 KEY_POOLS "d in the file, " KEY_POOLS "c in the store\n");
}
END_TEST

START_TEST(what_one_side_has_by_itself_is_not_told)
{
	pool(CLASH_FILE, "a", "10.0.0.0/16", 26);
	pool(CLASH_FILE, "b", "10.0.3.0/24", 26);
	block(CLASH_FILE, "10.0.3.0-28");
	pool(CLASH_STORE, "c", "10.1.0.0/16", 26);
	block(CLASH_STORE, "10.1.0.0-28");
	assert_found(0);
}
END_TEST

/* The wider one of the same side hides none that lies in a later one. */
START_TEST(of_pools_within_pools_none_is_missed)
{
	pool(CLASH_FILE, "a", "10.0.0.0/8", 26);
	pool(CLASH_FILE, "b", "10.0.0.0/16", 26);
	pool(CLASH_STORE, "c", "10.0.0.0/24", 26);
	pool(CLASH_STORE, "d", "10.255.0.0/24", 26);
	assert_found(2);
}
END_TEST

START_TEST(blocks_go_with_a_pool_of_their_size_alone)
{
	block(CLASH_FILE, "10.0.0.0-26");
	block(CLASH_FILE, "10.0.0.64-28");
	pool(CLASH_STORE, "a", "10.0.0.0/24", 26);
	assert_found(1);
	ck_assert_ptr_nonnull(strstr(lines.data, "10.0.0.64-28 in the file"));
}
END_TEST

START_TEST(blocks_of_two_sizes_overlap)
{
	block(CLASH_STORE, "10.0.0.0-26");
	block(CLASH_FILE, "10.0.0.32-28");
	block(CLASH_FILE, "10.0.0.64-26");
	assert_found(1);
}
END_TEST

START_TEST(more_than_are_wanted_are_counted)
{
	block(CLASH_STORE, "10.0.0.0-26");
	block(CLASH_FILE, "10.0.0.0-28");
	block(CLASH_FILE, "10.0.0.16-28");
	ck_assert_uint_eq(clashes_find(&clashes, 1, &lines), 2);
	ck_assert_ptr_null(strstr(lines.data, "10.0.0.16-28"));
}
END_TEST

START_TEST(an_unreadable_pool_is_none_but_one_that_memory_lacks_for_is_an_error)
{
	ck_assert_int_eq(note(CLASH_FILE, KEY_POOLS "a", "[]"), 0);
	ck_assert_int_eq(note(CLASH_FILE, "/calico/other", "[]"), 0);
	ck_assert_uint_eq(clashes.n, 0);
	no_memory = true;
	ck_assert_int_eq(note(CLASH_FILE, KEY_POOLS "a", "{}"), -1);
	ck_assert_int_eq(e.kind, ERR_INTERNAL);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ctl.clashes");
	TCase *t = tcase_create("clashes");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, pools_of_both_sides_overlap_whichever_is_wider);
	tcase_add_test(t, what_one_side_has_by_itself_is_not_told);
	tcase_add_test(t, of_pools_within_pools_none_is_missed);
	tcase_add_test(t, blocks_go_with_a_pool_of_their_size_alone);
	tcase_add_test(t, blocks_of_two_sizes_overlap);
	tcase_add_test(t, more_than_are_wanted_are_counted);
	tcase_add_test(t, an_unreadable_pool_is_none_but_one_that_memory_lacks_for_is_an_error);
	suite_add_tcase(s, t);
	return s;
}
