/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"
#include "tests/suite.h"

#include <check.h>
#include <stdbool.h>
#include <string.h>

/* Writes the rune as the table of RFC 3629 says, and returns its length. */
static size_t encode(uint32_t rune, unsigned char out[5])
{
	static const uint32_t last[] = { 0x7f, 0x7ff, 0xffff, 0x10ffff };
	static const unsigned char lead[] = { 0, 0xc0, 0xe0, 0xf0 };
	size_t len = 1;

	while (rune > last[len - 1])
		len++;
	memset(out, 0, 5);
	for (size_t i = len; i > 1; i--, rune >>= 6)
		out[i - 1] = (unsigned char)(0x80 | (rune & 0x3f));
	out[0] = (unsigned char)(lead[len - 1] | rune);
	return len;
}

/* Each assertion is a message to Check: of a million runes only one that fails is told. */
static void expect(bool holds, uint32_t rune, size_t len)
{
	if (!holds)
		ck_abort_msg("U+%04X, %zu bytes", rune, len);
}

START_TEST(every_character_has_its_length_and_comes_back)
{
	unsigned char text[5];

	for (uint32_t rune = 1; rune <= 0x10ffff; rune++) {
		size_t len = encode(rune, text);
		bool surrogate = rune >= 0xd800 && rune < 0xe000;

		expect(utf8_len(text) == (surrogate ? 0 : len), rune, len);
		expect(surrogate || utf8_rune(text, len) == rune, rune, len);
	}
}
END_TEST

START_TEST(a_character_cut_anywhere_is_none)
{
	unsigned char text[5];

	for (uint32_t rune = 0x80; rune <= 0x10ffff; rune += 0x7d)
		for (size_t len = encode(rune, text); len > 1; len--) {
			text[len - 1] = '\0';
			expect(utf8_len(text) == 0, rune, len - 1);
		}
}
END_TEST

START_TEST(a_text_is_cut_between_characters)
{
	for (size_t most = 0; most < 12; most++) {
		size_t whole = most == 0 ? 0 : most < 3 ? 1 : most < 6 ? 3 : most < 10 ? 6 : 10;

		ck_assert_uint_eq(utf8_within("aü€😀", most), whole);
	}
	ck_assert_uint_eq(utf8_within("", 5), 0);
	ck_assert_uint_le(utf8_within("\x80\x80\x80\x80\x80\x80", 5), 5);
}
END_TEST

static const char *const malformed[] = {
	"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2\x41", "\xe0\x80\x80", "\xe0\x9f\xbf",
	"\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x80\x80\x80", "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80",
	"\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
	"\xe2\x28\xa1", "\xf0\x28\x8c\xbc",
};

START_TEST(what_is_malformed_is_none)
{
	ck_assert_uint_eq(utf8_len((const unsigned char *)malformed[_i]), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("base.utf8");
	TCase *t = tcase_create("utf8");

	tcase_add_test(t, every_character_has_its_length_and_comes_back);
	tcase_add_test(t, a_character_cut_anywhere_is_none);
	tcase_add_test(t, a_text_is_cut_between_characters);
	tcase_add_loop_test(t, what_is_malformed_is_none, 0,
			    (int)(sizeof(malformed) / sizeof(malformed[0])));
	suite_add_tcase(s, t);
	return s;
}
