/* SPDX-License-Identifier: Apache-2.0 */
#include "base/address/addr.h"
#include "base/attr.h"
#include "tests/suite.h"

#include <check.h>
#include <stdint.h>

static struct cidr cidr(const char *text)
{
	struct cidr c;

	ck_assert_msg(cidr_parse(text, &c) == 0, "%s does not parse", text);
	return c;
}

static struct addr addr(const char *text)
{
	struct addr a;

	ck_assert_msg(addr_parse(text, &a) == 0, "%s does not parse", text);
	return a;
}

static void prints_as(const char *text, const char *want)
{
	char out[ADDR_TEXT];

	addr_print(addr(text), out);
	ck_assert_str_eq(out, want);
}

START_TEST(addresses_print_as_go_prints_them)
{
	prints_as("10.0.0.1", "10.0.0.1");
	prints_as("255.255.255.255", "255.255.255.255");
	prints_as("0:0:0:0:0:0:0:0", "::");
	prints_as("::1", "::1");
	prints_as("FD00::", "fd00::");
	prints_as("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	prints_as("1:0:0:2:0:0:0:3", "1:0:0:2::3");
	prints_as("fd00:0:0:0:defe:d3d7:156e:ae80", "fd00::defe:d3d7:156e:ae80");
	prints_as("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		  "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}
END_TEST

START_TEST(one_group_of_zeros_is_not_compressed)
{
	prints_as("1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7");
	prints_as("0:1:2:3:4:5:6:7", "0:1:2:3:4:5:6:7");
	prints_as("1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0");
}
END_TEST

START_TEST(addresses_with_an_ipv4_tail_print_in_hexadecimal)
{
	prints_as("::1.2.3.4", "::102:304");
	prints_as("64:ff9b::1.2.3.4", "64:ff9b::102:304");
}
END_TEST

START_TEST(an_ipv4_mapped_address_is_ipv4)
{
	ck_assert_int_eq(addr("::ffff:1.2.3.4").family, FAMILY_4);
	prints_as("::ffff:1.2.3.4", "1.2.3.4");
	prints_as("::ffff:102:304", "1.2.3.4");
}
END_TEST

START_TEST(what_is_not_exactly_one_address_is_refused)
{
	static const char *const bad[] = {
		"", " ", "10.0.0", "10.0.0.1 ", " 10.0.0.1", "10.0.0.01", "010.0.0.1", "10.0.0.256",
		"10.0.0.1.2",
		"10.0.0.1/32", "0x10.0.0.1", "1", ":", ":::", "1::2::3", "fe80::1%eth0", "12345::",
		"1:2:3:4:5:6:7",
		"1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "g::", "[::1]", "::1.2.3", "::01.2.3.4",
		"1.2.3.4::", "-1.0.0.0",
	};
	struct addr a = { FAMILY_NONE, 7 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(addr_parse(bad[i], &a) < 0, "\"%s\" was accepted", bad[i]);
	ck_assert_msg(a.n == 7, "the output was touched");
}
END_TEST

START_TEST(cidrs_keep_their_host_bits_until_masked)
{
	char out[CIDR_TEXT];

	cidr_print(cidr("10.0.0.5/26"), out);
	ck_assert_str_eq(out, "10.0.0.5/26");
	ck_assert(!cidr_is_masked(cidr("10.0.0.5/26")));
	cidr_print(cidr_masked(cidr("10.0.0.69/26")), out);
	ck_assert_str_eq(out, "10.0.0.64/26");
	cidr_print(cidr_masked(cidr("fd00::ffff/122")), out);
	ck_assert_str_eq(out, "fd00::ffc0/122");
	cidr_print(cidr_masked(cidr("fd00::1/0")), out);
	ck_assert_str_eq(out, "::/0");
}
END_TEST

START_TEST(malformed_cidrs_are_refused)
{
	static const char *const bad[] = { "", "/", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33",
					   "10.0.0.0/-1", "10.0.0.0/+8",
					   "10.0.0.0/8 ", "10.0.0.0/8/8", "fd00::/129",
					   "fd00::/4294967296", "/8", "10.0/8",
					   "fd00:0000:0000:0000:0000:0000:0000:0000:0000:0000/64" };
	struct cidr c;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(cidr_parse(bad[i], &c) < 0, "\"%s\" was accepted", bad[i]);
}
END_TEST

START_TEST(a_mapped_cidr_is_ipv4_if_it_lies_in_the_mapped_range)
{
	char out[CIDR_TEXT];

	cidr_print(cidr("::ffff:10.0.0.0/120"), out);
	ck_assert_str_eq(out, "10.0.0.0/24");
	ck_assert_int_eq(cidr("::ffff:10.0.0.0/90").base.family, FAMILY_6);
}
END_TEST

START_TEST(a_bare_address_stands_for_itself_when_read_leniently)
{
	struct cidr c;

	ck_assert_int_eq(cidr_parse_lenient("10.0.0.1", &c), 0);
	ck_assert_uint_eq(c.len, 32);
	ck_assert_int_eq(cidr_parse_lenient("fd00::1", &c), 0);
	ck_assert_uint_eq(c.len, 128);
	ck_assert_int_eq(cidr_parse_lenient("fd00::/64", &c), 0);
	ck_assert_uint_eq(c.len, 64);
	ck_assert_int_lt(cidr_parse_lenient("fd00", &c), 0);
}
END_TEST

START_TEST(key_forms_are_masked_with_a_dash_and_come_back)
{
	char out[CIDR_TEXT];
	struct cidr c;

	cidr_print_key(cidr("10.0.0.5/26"), out);
	ck_assert_str_eq(out, "10.0.0.0-26");
	cidr_print_key(cidr("fd00::/122"), out);
	ck_assert_str_eq(out, "fd00::-122");
	ck_assert_int_eq(cidr_parse_key("fd00::-122", &c), 0);
	ck_assert(cidr_equal(c, cidr("fd00::/122")));
}
END_TEST

START_TEST(key_forms_of_another_shape_are_refused)
{
	static const char *const bad[] = { "", "-", "10.0.0.0", "10.0.0.0/26", "10.0.0.1-26",
					   "10.0.0.0-26-1", "FD00::-122",
					   "fd00:0::-122", "10.0.0.0-026", "10.0.0.0-33" };
	struct cidr c;

	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(cidr_parse_key(bad[i], &c) < 0, "\"%s\" was accepted", bad[i]);
}
END_TEST

START_TEST(holding_and_overlapping_go_by_prefix_and_family)
{
	ck_assert(cidr_holds(cidr("10.0.0.0/26"), addr("10.0.0.63")));
	ck_assert(!cidr_holds(cidr("10.0.0.0/26"), addr("10.0.0.64")));
	ck_assert(!cidr_holds(cidr("::/0"), addr("10.0.0.1")));
	ck_assert(cidr_holds(cidr("0.0.0.0/0"), addr("255.255.255.255")));
	ck_assert(cidr_holds_cidr(cidr("fd00::/48"), cidr("fd00:0:0:7::/64")));
	ck_assert(!cidr_holds_cidr(cidr("fd00::/64"), cidr("fd00::/48")));
	ck_assert(cidr_overlaps(cidr("fd00::/64"), cidr("fd00::/48")));
	ck_assert(!cidr_overlaps(cidr("10.0.0.0/25"), cidr("10.0.0.128/25")));
}
END_TEST

START_TEST(sizes_and_ends_reach_over_128_bits)
{
	char out[ADDR_TEXT];

	ck_assert(cidr_size(cidr("10.0.0.0/26")) == 64);
	ck_assert(cidr_size(cidr("0.0.0.0/0")) == (u128)1 << 32);
	ck_assert(cidr_size(cidr("fd00::/48")) == (u128)1 << 80);
	ck_assert(cidr_size(cidr("fd00::1/128")) == 1);
	ck_assert(cidr_size(cidr("::/0")) == 0);
	addr_print(cidr_last(cidr("fd00::/64")), out);
	ck_assert_str_eq(out, "fd00::ffff:ffff:ffff:ffff");
	addr_print(cidr_last(cidr("10.0.0.5/26")), out);
	ck_assert_str_eq(out, "10.0.0.63");
	addr_print(cidr_first(cidr("10.0.0.5/26")), out);
	ck_assert_str_eq(out, "10.0.0.0");
	addr_print(cidr_nth(cidr("fd00::/48"), (u128)1 << 64), out);
	ck_assert_str_eq(out, "fd00:0:0:1::");
}
END_TEST

START_TEST(addresses_and_cidrs_have_one_order)
{
	static const char *const ascending[] = {
		"0.0.0.0/0", "0.0.0.0/32", "9.255.255.255/32", "10.0.0.0/8", "10.0.0.0/26",
		"10.0.0.1/26", "255.255.255.255/32", "::/0", "::1/128", "fd00::/64",
		"fd00::/122", "fd00:0:0:1::/64",
	};

	for (size_t i = 0; i < ARRAY_LEN(ascending); i++)
		for (size_t k = 0; k < ARRAY_LEN(ascending); k++) {
			struct cidr a = cidr(ascending[i]), b = cidr(ascending[k]);
			int order = cidr_compare(a, b), of_bases = addr_compare(a.base, b.base);

			ck_assert_int_eq((order > 0) - (order < 0), (i > k) - (i < k));
			ck_assert(i <= k || of_bases >= 0);
			ck_assert_int_eq(of_bases == 0, addr_equal(a.base, b.base));
		}
}
END_TEST

START_TEST(numbers_of_128_bits_print_in_decimal)
{
	char out[U128_TEXT];

	u128_print(0, out);
	ck_assert_str_eq(out, "0");
	u128_print((u128)1 << 80, out);
	ck_assert_str_eq(out, "1208925819614629174706176");
	u128_print(~(u128)0, out);
	ck_assert_str_eq(out, "340282366920938463463374607431768211455");
}
END_TEST

START_TEST(every_printed_address_reads_back_as_itself)
{
	uint64_t x = 88172645463325252ULL;
	char out[ADDR_TEXT];

	for (int i = 0; i < 100000; i++) {
		struct addr a = { FAMILY_6, 0 };

		for (int g = 0; g < 8; g++) {
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			a.n = a.n << 16 | (x & 3 ? 0 : (x >> 20) & 0xffff);
		}
		if (a.n >> 32 == 0xffff)
			a.family = FAMILY_4, a.n = (uint32_t)a.n;
		addr_print(a, out);
		ck_assert_msg(addr_equal(a, addr(out)), "%s is not what was printed", out);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("addr");
	TCase *t = tcase_create("addr");

	tcase_add_test(t, addresses_print_as_go_prints_them);
	tcase_add_test(t, one_group_of_zeros_is_not_compressed);
	tcase_add_test(t, addresses_with_an_ipv4_tail_print_in_hexadecimal);
	tcase_add_test(t, an_ipv4_mapped_address_is_ipv4);
	tcase_add_test(t, what_is_not_exactly_one_address_is_refused);
	tcase_add_test(t, cidrs_keep_their_host_bits_until_masked);
	tcase_add_test(t, malformed_cidrs_are_refused);
	tcase_add_test(t, a_mapped_cidr_is_ipv4_if_it_lies_in_the_mapped_range);
	tcase_add_test(t, a_bare_address_stands_for_itself_when_read_leniently);
	tcase_add_test(t, key_forms_are_masked_with_a_dash_and_come_back);
	tcase_add_test(t, key_forms_of_another_shape_are_refused);
	tcase_add_test(t, holding_and_overlapping_go_by_prefix_and_family);
	tcase_add_test(t, sizes_and_ends_reach_over_128_bits);
	tcase_add_test(t, addresses_and_cidrs_have_one_order);
	tcase_add_test(t, numbers_of_128_bits_print_in_decimal);
	tcase_add_test(t, every_printed_address_reads_back_as_itself);
	suite_add_tcase(s, t);
	return s;
}
