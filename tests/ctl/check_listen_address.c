/* SPDX-License-Identifier: Apache-2.0 */
/* Where a command listens is said in few words, and it is loopback unless they say otherwise. */
#include "ctl/serve/listen_address.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

static void assert_is(const char *text, const char *printed, bool loopback)
{
	struct listen_address a;
	struct err e = { 0 };
	char out[LISTEN_ADDRESS_TEXT];

	ck_assert_msg(listen_address_parse(text, &a, &e) == 0, "%s: %s", text, e.text);
	listen_address_print(a, out);
	ck_assert_str_eq(out, printed);
	ck_assert_int_eq(listen_address_is_loopback(a), loopback);
}

static void assert_refused(const char *text, const char *words)
{
	struct listen_address a = { .port = 7 };
	struct err e = { 0 };

	ck_assert_int_lt(listen_address_parse(text, &a, &e), 0);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_msg(strstr(e.text, words) != NULL, "%s: %s", text, e.text);
	ck_assert_uint_eq(a.port, 7);
}

START_TEST(without_a_host_it_is_loopback)
{
	assert_is("9475", "127.0.0.1:9475", true);
	assert_is(":9475", "127.0.0.1:9475", true);
	assert_is("localhost:9475", "127.0.0.1:9475", true);
	assert_is("0", "127.0.0.1:0", true);
}
END_TEST

START_TEST(a_host_is_an_address_of_either_family)
{
	assert_is("127.9.9.9:65535", "127.9.9.9:65535", true);
	assert_is("[::1]:9475", "[::1]:9475", true);
	assert_is("0.0.0.0:9475", "0.0.0.0:9475", false);
	assert_is("[::]:9475", "[::]:9475", false);
	assert_is("192.0.2.1:80", "192.0.2.1:80", false);
	assert_is("[2001:db8::1]:80", "[2001:db8::1]:80", false);
}
END_TEST

START_TEST(what_is_no_address_and_port_is_refused)
{
	static const char long_host[] =
		"111111111111111111111111111111111111111111111111111111111111111111111:1";

	assert_refused("", "port");
	assert_refused(":", "port");
	assert_refused("http", "port");
	assert_refused("127.0.0.1", "port");
	assert_refused("127.0.0.1:", "port");
	assert_refused("127.0.0.1:65536", "port");
	assert_refused("127.0.0.1:9475/metrics", "port");
	assert_refused("127.0.0.1:-1", "port");
	assert_refused("127.0.0.1: 1", "port");
	assert_refused("127.0.0.1:999999999999999999999", "port");
	assert_refused("node-1:9475", "no IP address");
	assert_refused("::1:9475", "no IP address");
	assert_refused("[::1:9475", "no IP address");
	assert_refused("[]:9475", "no IP address");
	assert_refused(long_host, "no IP address");
}
END_TEST

START_TEST(a_browser_that_was_sent_by_a_name_is_told_from_who_asks_by_address)
{
	ck_assert(listen_address_is_named("127.0.0.1:9475"));
	ck_assert(listen_address_is_named("127.0.0.1"));
	ck_assert(listen_address_is_named("localhost:9475"));
	ck_assert(listen_address_is_named("localhost"));
	ck_assert(listen_address_is_named("[::1]:9475"));
	ck_assert(listen_address_is_named("[::1]"));
	ck_assert(!listen_address_is_named("evil.example:9475"));
	ck_assert(!listen_address_is_named("evil.example"));
	ck_assert(!listen_address_is_named("localhost.evil.example:9475"));
	ck_assert(!listen_address_is_named("127.0.0.1.evil.example"));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("listen_address");
	TCase *t = tcase_create("listen_address");

	suite_add_tcase(s, t);
	tcase_add_test(t, without_a_host_it_is_loopback);
	tcase_add_test(t, a_host_is_an_address_of_either_family);
	tcase_add_test(t, what_is_no_address_and_port_is_refused);
	tcase_add_test(t, a_browser_that_was_sent_by_a_name_is_told_from_who_asks_by_address);
	return s;
}
