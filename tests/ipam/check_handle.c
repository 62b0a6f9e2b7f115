/* SPDX-License-Identifier: Apache-2.0 */
/* Handles of any shape: docs/DATA-MODEL.md 4. */
#include "ipam/audit/audit.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define KEY KEY_HANDLES "net.c1"

static struct cluster c;
static struct err e;

static void setup(void)
{
	err_reset(&e);
	cluster_init(&c);
	cluster_pool(&c, "four", "10.0.0.0/26", "");
	cluster_node(&c, "node-a", "{}");
}

static void teardown(void)
{
	cluster_done(&c);
}

static int try_read(const char *text, struct handle *ret)
{
	struct record r = { .key = KEY, .value = text, .value_len = strlen(text) };

	return handle_read(&r, ret, &e);
}

static struct cidr net(const char *text)
{
	struct cidr cidr;

	ck_assert_int_eq(cidr_parse(text, &cidr), 0);
	return cidr;
}

static void assert_prints(const struct handle *h, const char *text)
{
	struct buf out __cleanup(buf_done) = BUF(1 << 16);

	handle_print(h, &out);
	ck_assert(!out.failed);
	ck_assert_str_eq(out.data, text);
}

static const char *const same[] = {
	"{\"block\":{},\"deleted\":false}",
	"{\"block\":{\"10.0.0.0/26\":1,\"fd00::/122\":1},\"deleted\":false}",
	"{\"block\":{\"fd00::/122\":2,\"10.0.0.0/26\":1},\"deleted\":true,\"new\":[1,null]}",
	("{\"first\":18446744073709551615,\"block\":{\"10.0.0.1/26\":3,\"odd\":-4,"
	 "\"FD00::/122\":1},\"deleted\":false}"),
};

START_TEST(a_handle_read_and_written_unchanged_is_the_same_to_the_byte)
{
	struct handle h __cleanup(handle_done) = { 0 };

	ck_assert_msg(try_read(same[_i], &h) == 0, "%s", e.text);
	assert_prints(&h, same[_i]);
}
END_TEST

START_TEST(a_new_handle_is_written_as_calico_writes_it)
{
	struct handle h __cleanup(handle_done) = { 0 };

	ck_assert_int_eq(handle_read(NULL, &h, &e), 0);
	ck_assert(handle_is_empty(&h));
	assert_prints(&h, "{\"block\":{},\"deleted\":false}");
	handle_set(&h, net("fd00::/122"), 1);
	handle_set(&h, net("10.0.0.64/26"), 1);
	handle_set(&h, net("10.0.0.128/26"), 2);
	assert_prints(&h, "{\"block\":{\"10.0.0.128/26\":2,\"10.0.0.64/26\":1,\"fd00::/122\":1},"
			  "\"deleted\":false}");
	handle_set(&h, net("10.0.0.64/26"), 0);
	ck_assert_int_eq(handle_count(&h, net("10.0.0.64/26")), 0);
	ck_assert_int_eq(handle_count(&h, net("10.0.0.128/26")), 2);
	ck_assert(!handle_is_empty(&h));
}
END_TEST

START_TEST(of_a_block_named_twice_the_last_count_is_it)
{
	struct handle h __cleanup(handle_done) = { 0 };

	ck_assert_int_eq(try_read("{\"block\":{\"10.0.0.0/26\":1,\"odd\":1,\"10.0.0.0/26\":2,"
				  "\"odd\":3,\"10.0.0.0/26\":4}}", &h), 0);
	ck_assert_int_eq(handle_count(&h, net("10.0.0.0/26")), 4);
	assert_prints(&h, "{\"block\":{\"odd\":3,\"10.0.0.0/26\":4},\"deleted\":false}");
}
END_TEST

START_TEST(of_a_field_named_twice_the_last_one_is_it)
{
	struct handle h __cleanup(handle_done) = { 0 };

	ck_assert_int_eq(try_read("{\"block\":{\"10.0.0.0/26\":1},"
				  "\"Block\":{\"fd00::/122\":2}}", &h), 0);
	ck_assert_uint_eq(h.n, 1);
	ck_assert_int_eq(handle_count(&h, net("fd00::/122")), 2);
}
END_TEST

static const char *const bad[] = {
	"", "7", "[]", "null", "{", "{\"block\":[]}", "{\"block\":7}", "{\"block\":\"x\"}",
	"{\"block\":{\"10.0.0.0/26\":\"1\"}}", "{\"block\":{\"10.0.0.0/26\":null}}",
	"{\"block\":{\"10.0.0.0/26\":1.5}}", "{\"block\":{\"x\":{}}}",
	"{\"block\":{\"10.0.0.0/26\":9223372036854775808}}", "{\"deleted\":\"false\"}",
};

START_TEST(a_handle_of_another_shape_is_an_error_that_names_its_key)
{
	struct handle h = { 0 };

	ck_assert_int_eq(try_read(bad[_i], &h), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, KEY));
	ck_assert_ptr_null(h.list);
}
END_TEST

/* The store after an ADD, with the handle as somebody else left it. */
static void put_after_add(const char *handle)
{
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), 0);
	fake_put(c.store, KEY, handle);
}

static const char *const strange[] = {
	"{\"block\":{\"10.0.0.0/26\":1,\"10.0.0.0/26\":1},\"deleted\":false}",
	"{\"block\":{\"10.0.0.0/26\":7,\"10.0.0.0/26\":1,\"10.0.0.0/26\":0},\"deleted\":false}",
	"{\"block\":{\"odd\":1,\"10.0.0.0/26\":1},\"deleted\":false}",
	"{\"block\":{\"10.0.0.0/26\":1,\"odd\":1,\"odd\":2},\"deleted\":false}",
	"{\"block\":{\"10.0.0.0/26\":1,\"10.0.0.7/26\":1,\"10.0.0.64/26\":1},\"deleted\":false}",
	"{\"block\":{\"10.0.0.0/26\":1,\"10.0.0.0/026\":1,\"\":3},\"deleted\":false}",
};

START_TEST(add_goes_on_with_a_strange_handle)
{
	char held[ADDR_TEXT + 8];

	put_after_add(strange[_i]);
	strcpy(held, c.text[FAMILY_4]);
	ck_assert_msg(cluster_add(&c, "node-a", "c1", "4") == 0, "%s", c.e.text);
	ck_assert_str_eq(c.text[FAMILY_4], held);
}
END_TEST

START_TEST(del_leaves_nothing_of_a_strange_handle)
{
	put_after_add(strange[_i]);
	ck_assert_msg(cluster_del(&c, "node-a", "c1") == 0, "%s", c.e.text);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_ptr_null(fake_get(c.store, KEY));
}
END_TEST

START_TEST(check_tells_of_a_strange_handle_and_mends_it)
{
	struct audit_options options = { .now_ns = c.now_ns };
	struct audit_repairs repairs;

	put_after_add(strange[_i]);
	for (unsigned pass = 0; pass < 2; pass++) {
		struct audit audit __cleanup(audit_done) = { 0 };

		ck_assert_int_eq(audit_read(c.ds, &options, &audit, &e), 0);
		if (pass)
			ck_assert_uint_eq(audit.n, 0);
		else if (_i)
			ck_assert_uint_gt(audit.n, 0);
		for (size_t i = 0; i < audit.n; i++)
			ck_assert_str_eq(audit.list[i].key, KEY);
		ck_assert_int_eq(audit_repair(c.ds, audit.list, audit.n, c.now_ns, NULL, NULL,
					      &repairs, &e), 0);
	}
	cluster_assert_sound(&c);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.handle");
	TCase *t = tcase_create("handle");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_handle_read_and_written_unchanged_is_the_same_to_the_byte, 0,
			    (int)ARRAY_LEN(same));
	tcase_add_test(t, a_new_handle_is_written_as_calico_writes_it);
	tcase_add_test(t, of_a_block_named_twice_the_last_count_is_it);
	tcase_add_test(t, of_a_field_named_twice_the_last_one_is_it);
	tcase_add_loop_test(t, a_handle_of_another_shape_is_an_error_that_names_its_key, 0,
			    (int)ARRAY_LEN(bad));
	tcase_add_loop_test(t, add_goes_on_with_a_strange_handle, 0, (int)ARRAY_LEN(strange));
	tcase_add_loop_test(t, del_leaves_nothing_of_a_strange_handle, 0, (int)ARRAY_LEN(strange));
	tcase_add_loop_test(t, check_tells_of_a_strange_handle_and_mends_it, 0,
			    (int)ARRAY_LEN(strange));
	suite_add_tcase(s, t);
	return s;
}
