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

START_TEST(texts_are_the_same_as_strcmp_has_it)
{
	static const char *const texts[] = {
		"", "a", "b", "/calico/ipam/v2/handle/a", "/calico/ipam/v2/handle/b",
		"/calico/ipam/v2/handle/", "/calico/ipam/v2/handle/a\xff", "12345678", "1234567",
	};
	size_t n = sizeof(texts) / sizeof(texts[0]);

	for (size_t i = 0; i < n * n; i++)
		ck_assert_int_eq(same_text(texts[i / n], texts[i % n]),
				 strcmp(texts[i / n], texts[i % n]) == 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("same");
	TCase *t = tcase_create("same");

	tcase_add_test(t, bytes_differ_wherever_one_does);
	tcase_add_test(t, texts_are_the_same_as_strcmp_has_it);
	suite_add_tcase(s, t);
	return s;
}
