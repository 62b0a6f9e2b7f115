/* SPDX-License-Identifier: Apache-2.0 */
#include "base/same.h"

#include "tests/suite.h"

#include <check.h>

#define LEN_MAX 40

START_TEST(bytes_differ_wherever_one_does)
{
	char a[LEN_MAX + 1], b[LEN_MAX + 1];

	for (size_t len = 0; len <= LEN_MAX; len++) {
		memset(a, 'x', sizeof(a));
		memcpy(b, a, sizeof(b));
		a[len] = 'y';	/* behind them */
		ck_assert(same_bytes(a, b, len));
		for (size_t i = 0; i < len; i++) {
			b[i] = '\0';
			ck_assert(!same_bytes(a, b, len));
			b[i] = 'x';
		}
	}
}
END_TEST

static const char *const texts[] = {
	"", "a", "b", "/calico/ipam/v2/handle/a", "/calico/ipam/v2/handle/b",
	"/calico/ipam/v2/handle/", "/calico/ipam/v2/handle/a\xff", "1234567", "12345678",
	"12345679", "12345678\xff", "123456781", "1234567812345678", "1234567812345678a",
	"1234\200678",
};

enum { N = sizeof(texts) / sizeof(texts[0]) };

START_TEST(texts_are_the_same_as_strcmp_has_it)
{
	for (size_t i = 0; i < N * N; i++)
		ck_assert_int_eq(same_text(texts[i / N], texts[i % N]),
				 strcmp(texts[i / N], texts[i % N]) == 0);
}
END_TEST

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

START_TEST(texts_have_the_order_that_strcmp_has)
{
	for (size_t i = 0; i < N * N; i++) {
		const char *a = texts[i / N], *b = texts[i % N];

		ck_assert_msg(sign(compare_texts(a, strlen(a), b, strlen(b))) == sign(strcmp(a, b)),
			      "\"%s\", \"%s\"", a, b);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("same");
	TCase *t = tcase_create("same");

	tcase_add_test(t, bytes_differ_wherever_one_does);
	tcase_add_test(t, texts_are_the_same_as_strcmp_has_it);
	tcase_add_test(t, texts_have_the_order_that_strcmp_has);
	suite_add_tcase(s, t);
	return s;
}
