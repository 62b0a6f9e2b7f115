/* SPDX-License-Identifier: Apache-2.0 */
/* What a dnsmasq finds in its lease file as it starts. */
#include "tests/openstack/fixture_state.h"
#include "tests/suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DUAL "d1afef68-edaf-43d2-b1a7-0d326cd22f5f"
#define VM_ONE "1795885232 1055660186 2001:db8:a::1010 vm-one " \
	"00:01:00:01:32:9d:a7:e3:fa:16:3e:ec:18:9a\n"
#define GONE "1795885232 1055660186 2001:db8:a::9999 gone " \
	"00:01:00:01:32:9d:a7:e3:fa:16:3e:ec:18:9b\n"
#define DUID "duid 00:01:00:01:32:9d:a6:01:fe:16:3e:ec:18:9a\n"
#define OF_THE_NETWORK "duid 00:04:d1:af:ef:68:ed:af:43:d2:b1:a7:0d:32:6c:d2:2f:5f\n"
#define HOSTS "fa:16:3e:ec:18:9a,tag:dhcpv6,vm-one.vms.example.org.,[2001:db8:a::1010],set:port-x\n"

static struct state s;
static struct buf out = BUF(1 << 20);

static void set_up(void)
{
	state_init(&s, STATES);
}

static void tear_down(void)
{
	state_done(&s);
	buf_done(&out);
	out = (struct buf)BUF(1 << 20);
}

static const char *leases(const char *old, const char *hosts, const struct taps *had)
{
	struct lease_past past = { old, hosts, had };

	buf_reset(&out);
	print_leases(state_network(&s, DUAL), &recorded, &past, 1000000, &out);
	ck_assert(!out.failed);
	return out.data;
}

START_TEST(each_ipv4_address_has_a_lease_from_now_on)
{
	const char *text = leases(NULL, NULL, NULL);

	ck_assert_ptr_nonnull(strstr(text, "1086400 fa:16:3e:ec:18:9a 10.28.0.10 * *\n"));
	ck_assert_ptr_nonnull(strstr(text, "1086400 fa:16:3e:c8:23:f7 10.28.0.75 * *\n"));
	ck_assert_ptr_null(strstr(text, "[")); /* no IPv6 is made up */
}
END_TEST

START_TEST(the_leases_that_calicos_agent_left_stay)
{
	struct buf theirs __cleanup(buf_done) = BUF(1 << 20);
	const char *text;

	read_recording("dnsmasq/2-end/dual/leases", &theirs);
	text = leases(theirs.data, NULL, NULL);
	ck_assert_ptr_nonnull(strstr(text, DUID));
	ck_assert_ptr_nonnull(strstr(text, VM_ONE));
	ck_assert_ptr_nonnull(strstr(text, "420516071 2001:db8:a::195 host-10-28-0-151 "
		"00:02:00:00:ab:11:00:33:bd:eb:f9:5e:19:2c\n"));
	ck_assert_ptr_nonnull(strstr(text, "1053303799 2001:db8:a::3d5 "));
	ck_assert_ptr_null(strstr(text, "1795965147"));	/* IPv4 leases begin anew */
}
END_TEST

START_TEST(a_network_without_a_duid_gets_its_own_on_each_host_the_same)
{
	ck_assert_ptr_nonnull(strstr(leases(NULL, NULL, NULL), OF_THE_NETWORK));
	ck_assert_ptr_nonnull(strstr(leases(VM_ONE, NULL, NULL), OF_THE_NETWORK));
}
END_TEST

START_TEST(a_duid_that_is_there_is_kept_and_only_one)
{
	const char *text = leases(DUID "duid 00:02\n", NULL, NULL), *at = strstr(text, "duid");

	ck_assert_ptr_nonnull(strstr(text, DUID));
	ck_assert_ptr_null(strstr(at + 1, "duid"));
}
END_TEST

START_TEST(a_lease_of_an_address_that_is_not_served_goes)
{
	ck_assert_ptr_null(strstr(leases(DUID GONE VM_ONE, NULL, NULL), "gone"));
	ck_assert_ptr_nonnull(strstr(out.data, VM_ONE));
}
END_TEST

START_TEST(a_lease_goes_where_the_address_is_another_ports_now)
{
	ck_assert_ptr_nonnull(strstr(leases(DUID VM_ONE, HOSTS, NULL), VM_ONE));
	ck_assert_ptr_null(strstr(leases(DUID VM_ONE, "fa:16:3e:00:00:01,tag:dhcpv6,x,"
		"[2001:db8:a::1010]\n",
					 NULL), "vm-one"));
}
END_TEST

static bool are_stale(const char *old, const char *hosts, const struct taps *had)
{
	struct lease_past past = { old, hosts, had };

	return leases_are_stale(state_network(&s, DUAL), &past);
}

START_TEST(a_lease_goes_where_the_tap_was_made_anew)
{
	struct tap tap = { "tapfacff401-22", 0, 0 }, other = { "tapdd060900-98", 999, 0 };
	struct taps had = { &tap, 1, 1 }, another = { &other, 1, 1 };

	state_all_taps(&s, 1500);
	state_plan(&s);
	tap.index = taps_find(&s.taps, tap.name)->index;
	ck_assert_ptr_nonnull(strstr(leases(DUID VM_ONE, HOSTS, &had), VM_ONE));
	ck_assert(!are_stale(DUID VM_ONE, HOSTS, &had));
	tap.index++;
	ck_assert_ptr_null(strstr(leases(DUID VM_ONE, HOSTS, &had), "1055660186"));
	ck_assert(are_stale(DUID VM_ONE, HOSTS, &had));
	ck_assert_ptr_nonnull(strstr(leases(DUID VM_ONE, HOSTS, &another), VM_ONE));
}
END_TEST

START_TEST(a_lease_of_another_than_has_the_address_is_stale)
{
	ck_assert(!are_stale(leases(NULL, NULL, NULL), NULL, NULL));
	ck_assert(are_stale(GONE, NULL, NULL));
	ck_assert(are_stale(VM_ONE, "fa:16:3e:00:00:01,tag:dhcpv6,x,[2001:db8:a::1010]\n", NULL));
	ck_assert(are_stale("9 fa:16:3e:00:00:01 10.28.0.158 * *\n", NULL, NULL));
	ck_assert(are_stale("9 fa:16:3e:f7:c2:b3 10.28.0.99 * *\n", NULL, NULL));
	ck_assert(!are_stale("9 fa:16:3e:f7:c2:b3 10.28.0.158 * *\n", NULL, NULL));
}
END_TEST

START_TEST(which_links_taps_are_is_written_and_read)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 16);
	struct tap away = { "tapfacff401-22", 77, 0 };
	struct taps had = { &away, 1, 1 }, read = { 0 };

	print_taps(state_network(&s, DUAL), &had, &text);
	ck_assert_str_eq(text.data, "tapfacff401-22 77\n");
	ck_assert_int_eq(taps_read(&read, "x\n\ntapb 7\ntapa 6\nalongernamethanalink 5\n"
				   "tapb 9"), 0);
	ck_assert_uint_eq(taps_find(&read, "tapb")->index, 7);
	ck_assert_uint_eq(taps_find(&read, "tapa")->index, 6);
	ck_assert_uint_eq(read.n, 2);
	free(read.list);
}
END_TEST

START_TEST(an_infinite_lease_has_no_end)
{
	struct serving infinite = recorded;
	struct lease_past past = { 0 };

	infinite.lease_s = -1;
	buf_reset(&out);
	print_leases(state_network(&s, DUAL), &infinite, &past, 1000000, &out);
	ck_assert_ptr_nonnull(strstr(out.data, "\n0 fa:16:3e:f7:c2:b3 10.28.0.158 * *\n"));
}
END_TEST

static const char *const no_leases[] = {
	"x", "\n\n\n", "1 2 3\n", "1 2 2001:db8:a::1010 name duid more\n", "duid\n",
	"duid xyzxyzxyzxyz\n",
	"1 2 2001:db8:a::1010 na\x1bme 00:01\n", "1 2 2001:db8:a::1010\n",
	"   2001:db8:a::1010  \n",
	/* torn, each of them: nobody ended the line */
	"duid 00:01:00:01:32:9d:a6:01:fe:16:3e:ec",
	"1795885232 1055660186 2001:db8:a::1010 vm-one 00:01:00:01:32:9d:a7:e3:fa:16",
	"duid 00:01:00 2001:db8:a::1010 vm-one 00:01\n", "1 two 2001:db8:a::1010 name 00:01\n",
	"1 2 2001:db8:a::1010 name na:me\n", "-1 2 2001:db8:a::1010 name 00:01\n",
	"duid 00:01:00:0\n", "duid 00:01:\n", "duid 0:1:00:01:02\n",
	"1  2001:db8:a::1010 name 00:01\n", "1 2 2001:db8:a::1010 name \n",
};

/* dnsmasq reads the rest of a word that is too long as the next one. */
START_TEST(a_line_with_a_longer_word_than_dnsmasq_reads_is_left_out)
{
	char *expected = strdup(leases(NULL, NULL, NULL)), text[2048];

	snprintf(text, sizeof(text), "1 2 2001:db8:a::1010 %0256d 00:01\n", 0);
	ck_assert_str_eq(leases(text, NULL, NULL), expected);
	snprintf(text, sizeof(text), "1 2 2001:db8:a::1010 n %0765d\n", 0);
	ck_assert_str_eq(leases(text, NULL, NULL), expected);
	snprintf(text, sizeof(text), "duid %0257d\n", 0);
	for (char *c = text + 7; *c && *c != '\n'; c += 3)
		*c = ':';
	ck_assert_str_eq(leases(text, NULL, NULL), expected);
	free(expected);
}
END_TEST

/* It would have more of them than dnsmasq starts with. */
START_TEST(an_address_has_one_lease)
{
	const char *text = leases(DUID VM_ONE VM_ONE VM_ONE, NULL, NULL);

	ck_assert_ptr_nonnull(strstr(text, VM_ONE));
	ck_assert_ptr_null(strstr(strstr(text, VM_ONE) + 1, VM_ONE));
}
END_TEST

START_TEST(lines_that_are_no_leases_are_left_out)
{
	char *expected = strdup(leases(NULL, NULL, NULL));

	ck_assert_str_eq(leases(no_leases[_i], NULL, NULL), expected);
	free(expected);
}
END_TEST

Suite *suite(void)
{
	Suite *suite = suite_create("openstack.leases");
	TCase *t = tcase_create("start");

	tcase_add_checked_fixture(t, set_up, tear_down);
	tcase_add_test(t, each_ipv4_address_has_a_lease_from_now_on);
	tcase_add_test(t, the_leases_that_calicos_agent_left_stay);
	tcase_add_test(t, a_network_without_a_duid_gets_its_own_on_each_host_the_same);
	tcase_add_test(t, a_duid_that_is_there_is_kept_and_only_one);
	tcase_add_test(t, a_lease_of_an_address_that_is_not_served_goes);
	tcase_add_test(t, a_lease_goes_where_the_address_is_another_ports_now);
	tcase_add_test(t, a_lease_goes_where_the_tap_was_made_anew);
	tcase_add_test(t, a_lease_of_another_than_has_the_address_is_stale);
	tcase_add_test(t, which_links_taps_are_is_written_and_read);
	tcase_add_test(t, an_infinite_lease_has_no_end);
	tcase_add_loop_test(t, lines_that_are_no_leases_are_left_out, 0, ARRAY_LEN(no_leases));
	tcase_add_test(t, a_line_with_a_longer_word_than_dnsmasq_reads_is_left_out);
	tcase_add_test(t, an_address_has_one_lease);
	suite_add_tcase(suite, t);
	return suite;
}
