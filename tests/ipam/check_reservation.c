/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/cluster/resources.h"
#include "ipam/record/keys.h"
#include "ipam/reservation/reservations.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define RESERVATION KEY_RESERVATIONS "routers"
#define GATEWAYS GATEWAY_RESERVATION "pool"
#define UID "11111111-2222-4333-8444-555555555555"

static int create(const char *name)
{
	struct cidr cidrs[2];
	struct reservation_create_request r = {
		.spec = { .name = name, .cidrs = cidrs, .n_cidrs = 2 },
		.uid = UID, .now_ns = CLUSTER_NOW,
	};

	ck_assert_int_eq(cidr_parse("10.0.0.7/29", &cidrs[0]), 0);
	ck_assert_int_eq(cidr_parse("fd00::1/128", &cidrs[1]), 0);
	err_reset(&e);
	return ipam_create_reservation(c.ds, &r, &e);
}

static int delete(const char *name, bool force)
{
	struct reservation_delete_request r = { .name = name, .force = force };

	err_reset(&e);
	return ipam_delete_reservation(c.ds, &r, &e);
}

START_TEST(a_reservation_is_created_once_with_its_cidrs_masked)
{
	ck_assert_msg(create("routers") == 0, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, RESERVATION), "\"spec\":"
				     "{\"reservedCIDRs\":[\"10.0.0.0/29\",\"fd00::1/128\"]}"));
	fake_put(c.store, RESERVATION, "{}");
	ck_assert_int_eq(create("routers"), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	ck_assert_str_eq(fake_get(c.store, RESERVATION), "{}");
}
END_TEST

START_TEST(a_reservation_is_known_again_when_the_answer_of_its_creation_is_lost)
{
	fake_lose_answer(c.store, 1);
	ck_assert_msg(create("routers") == 0, "%s", e.text);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

static int update(const char *name, const char *cidr, uint64_t revision)
{
	struct cidr c4;
	struct reservation_update_request r = {
		.spec = { .name = name, .cidrs = &c4, .n_cidrs = 1 }, .terms.revision = revision,
	};
	struct reservation_update_answer answer = { 0 };

	ck_assert_int_eq(cidr_parse(cidr, &c4), 0);
	err_reset(&e);
	return ipam_update_reservation(c.ds, &r, &answer, &e) < 0 ? -1 : answer.changed;
}

START_TEST(a_reservation_is_updated_and_keeps_how_it_spells_what_stays)
{
	static const char stored[] = "{\"metadata\":{\"name\":\"routers\"},\"spec\":"
		"{\"reservedCIDRs\":[\" 10.0.0.1 \"],\"later\":1}}";

	ck_assert_int_eq(update("routers", "10.0.0.1/32", 0), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	fake_put(c.store, RESERVATION, stored);
	ck_assert_int_eq(update("routers", "10.0.0.1/32", 0), 0);
	ck_assert_str_eq(fake_get(c.store, RESERVATION), stored);
	ck_assert_int_eq(update("routers", "10.0.0.2/32", 12345), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_int_eq(update("routers", "10.0.0.2/32", 0), 1);
	ck_assert_str_eq(fake_get(c.store, RESERVATION), "{\"metadata\":{\"name\":\"routers\"},"
			 "\"spec\":{\"reservedCIDRs\":[\"10.0.0.2/32\"],\"later\":1}}");
}
END_TEST

START_TEST(an_update_of_a_revision_is_known_again_when_its_answer_is_lost)
{
	struct resource_list list __cleanup(resource_list_done) = { 0 };

	ck_assert_int_eq(create("routers"), 0);
	ck_assert_int_eq(ipam_list_resources(c.ds, RESOURCE_RESERVATION, NULL, &list, &e), 0);
	fake_lose_answer(c.store, 1);
	ck_assert_msg(update("routers", "10.0.0.2/32", list.list[0].revision) == 1, "%s", e.text);
	ck_assert_uint_eq(fake_commits(c.store), 2);
}
END_TEST

START_TEST(the_plugins_own_reservations_stay_as_they_are)
{
	cluster_reserve(&c, GATEWAYS, "[\"10.0.0.1/32\"]");
	ck_assert_int_eq(update(GATEWAYS, "10.0.0.1/32", 0), 0);
	ck_assert_int_eq(update(GATEWAYS, "10.0.0.2/32", 0), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
}
END_TEST

START_TEST(the_plugins_own_reservations_are_not_for_an_administrator)
{
	ck_assert_int_eq(create(GATEWAYS), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	cluster_reserve(&c, GATEWAYS, "[]");
	ck_assert_int_eq(delete(GATEWAYS, false), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_RESERVATIONS GATEWAYS));
	ck_assert_int_eq(delete(GATEWAYS, true), 0);
	ck_assert_ptr_null(fake_get(c.store, KEY_RESERVATIONS GATEWAYS));
}
END_TEST

START_TEST(names_that_no_resource_has_are_refused)
{
	ck_assert_int_eq(create("Routers"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_int_eq(delete("a/b", false), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_int_eq(reservation_check_name("a/b", &e), -1);
	ck_assert_int_eq(reservation_check_name("Routers", &e), 0);
}
END_TEST

START_TEST(a_reservation_is_gone_when_the_answer_of_its_deletion_is_lost)
{
	ck_assert_int_eq(delete("routers", false), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	cluster_reserve(&c, "routers", "[]");
	fake_lose_answer(c.store, 1);
	ck_assert_msg(delete("routers", false) == 0, "%s", e.text);
	ck_assert_ptr_null(fake_get(c.store, RESERVATION));
}
END_TEST

static unsigned unreadable_of(const char *cidrs, char first[RESERVATION_ENTRY_TEXT])
{
	struct reservation r __cleanup(reservation_done) = { 0 };
	struct record record = { .key = RESERVATION };

	cluster_reserve(&c, "routers", cidrs);
	record.value = fake_get(c.store, RESERVATION);
	record.value_len = strlen(record.value);
	ck_assert_msg(reservation_read(&record, &r, &e) == 0, "%s", e.text);
	return reservation_unreadable(&r, first);
}

START_TEST(entries_that_are_neither_a_cidr_nor_an_address_are_told)
{
	char first[RESERVATION_ENTRY_TEXT];

	ck_assert_uint_eq(unreadable_of("[\"10.0.0.1\",\" 10.0.0.0/24 \",\"fd00::/64\"]", first),
			  0);
	ck_assert_str_eq(first, "");
	ck_assert_uint_eq(unreadable_of("[\"10.0.0.1\",\"10.0.0.8-10.0.0.12\",8,null]", first), 3);
	ck_assert_str_eq(first, "\"10.0.0.8-10.0.0.12\"");
	ck_assert_uint_eq(unreadable_of("[8,\"10.0.0.8/33\"]", first), 2);
	ck_assert_str_eq(first, "8");
	ck_assert_uint_eq(unreadable_of("[\"0123456789012345678901234567890123456789"
					"0123456789012345678901234567890123456789\"]", first), 1);
	ck_assert_uint_eq(strlen(first), RESERVATION_ENTRY_TEXT - 1);
	ck_assert_uint_eq(unreadable_of("[\"01234567890123456789012345678901234567890123456789"
					"012345678901234567890123456\u00fc01\"]", first), 1);
	ck_assert_uint_eq(strlen(first), RESERVATION_ENTRY_TEXT - 2);
}
END_TEST

START_TEST(the_list_tells_what_of_a_reservation_reserves_nothing)
{
	struct reservation_list l __cleanup(reservation_list_done) = { 0 };

	cluster_reserve(&c, "a", "[\"10.0.0.1\"]");
	cluster_reserve(&c, "b", "[\"10.0.0.1\",\"10.0.0.2-10.0.0.3\"]");
	fake_put(c.store, KEY_RESERVATIONS "c", "{\"spec\":7}");
	ck_assert_msg(ipam_list_reservations(c.ds, &l, &e) == 0, "%s", e.text);
	ck_assert_uint_eq(l.n, 3);
	ck_assert_ptr_null(l.list[0].fault);
	ck_assert_ptr_nonnull(strstr(l.list[1].fault, "\"10.0.0.2-10.0.0.3\" is neither"));
	ck_assert_ptr_nonnull(l.list[2].unreadable);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.reservation");
	TCase *t = tcase_create("reservation");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_reservation_is_created_once_with_its_cidrs_masked);
	tcase_add_test(t, a_reservation_is_known_again_when_the_answer_of_its_creation_is_lost);
	tcase_add_test(t, a_reservation_is_updated_and_keeps_how_it_spells_what_stays);
	tcase_add_test(t, an_update_of_a_revision_is_known_again_when_its_answer_is_lost);
	tcase_add_test(t, the_plugins_own_reservations_stay_as_they_are);
	tcase_add_test(t, the_plugins_own_reservations_are_not_for_an_administrator);
	tcase_add_test(t, names_that_no_resource_has_are_refused);
	tcase_add_test(t, entries_that_are_neither_a_cidr_nor_an_address_are_told);
	tcase_add_test(t, the_list_tells_what_of_a_reservation_reserves_nothing);
	tcase_add_test(t, a_reservation_is_gone_when_the_answer_of_its_deletion_is_lost);
	return s;
}
