/* SPDX-License-Identifier: Apache-2.0 */
#include "base/b64.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static const struct {
	const char *bytes, *text;
} rfc4648[] = {
	{ "", "" }, { "f", "Zg==" }, { "fo", "Zm8=" }, { "foo", "Zm9v" },
	{ "foob", "Zm9vYg==" }, { "fooba", "Zm9vYmE=" }, { "foobar", "Zm9vYmFy" },
};

START_TEST(the_examples_of_rfc_4648_hold_both_ways)
{
	struct buf b __cleanup(buf_done) = BUF(100);
	struct buf back __cleanup(buf_done) = BUF(100);

	b64_encode(&b, rfc4648[_i].bytes, strlen(rfc4648[_i].bytes));
	ck_assert_str_eq(b.data, rfc4648[_i].text);
	ck_assert_uint_eq(b.len, B64_LEN(strlen(rfc4648[_i].bytes)));
	ck_assert_int_eq(b64_decode(&back, b.data, b.len), 0);
	ck_assert_str_eq(back.data, rfc4648[_i].bytes);
}
END_TEST

START_TEST(any_bytes_of_any_length_survive)
{
	struct buf text __cleanup(buf_done) = BUF(20000);
	struct buf back __cleanup(buf_done) = BUF(20000);
	unsigned char bytes[7000];

	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (unsigned char)(i * 7 + i / 256);
	for (size_t len = 0; len <= sizeof(bytes); len += len < 20 || len > 3060 ? 1 : 101) {
		buf_reset(&text);
		buf_reset(&back);
		b64_encode(&text, bytes, len);
		ck_assert_int_eq(b64_decode(&back, text.data, text.len), 0);
		ck_assert_uint_eq(back.len, len);
		ck_assert_mem_eq(back.data, bytes, len);
		if (len > 3080 && len < 6900)
			len += 500;
	}
}
END_TEST

static const char *const malformed[] = {
	"Z", "Zg", "Zg=", "Zg==Zg==", "Z===", "====", "Zm9=", "Zh==", "Zm 9v", "Zm9v\n", "Zm-_",
	"=Zm9",
};

START_TEST(malformed_text_is_refused)
{
	struct buf b __cleanup(buf_done) = BUF(100);

	ck_assert_int_eq(b64_decode(&b, malformed[_i], strlen(malformed[_i])), -1);
}
END_TEST

START_TEST(a_full_buffer_says_so)
{
	struct buf b __cleanup(buf_done) = BUF(7);

	b64_encode(&b, "foobar", 6);
	ck_assert(b.failed);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.b64");
	TCase *t = tcase_create("b64");

	tcase_add_loop_test(t, the_examples_of_rfc_4648_hold_both_ways, 0, ARRAY_LEN(rfc4648));
	tcase_add_test(t, any_bytes_of_any_length_survive);
	tcase_add_loop_test(t, malformed_text_is_refused, 0, ARRAY_LEN(malformed));
	tcase_add_test(t, a_full_buffer_says_so);
	suite_add_tcase(s, t);
	return s;
}
