/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "ipam/record/node.h"
#include "ipam/record/reservation.h"
#include "ipam/record/config.h"
#include "ipam/record/keys.h"
#include "ipam/record/resource.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define UID "0b1e5ffa-9b6a-4f4e-a0c6-7d0f0a6b4d11"

static struct err e;
static struct view view;
static struct buf out;
static int64_t now_ns;

static void setup(void)
{
	err_reset(&e);
	view_init(&view);
	buf_init(&out, 1 << 20);
	ck_assert_int_eq(clock_parse_rfc3339("2026-08-22T10:00:00Z", &now_ns), 0);
}

static void teardown(void)
{
	view_done(&view);
	buf_done(&out);
}

static struct record record_of(const char *key, const char *value)
{
	return (struct record){ .key = key, .value = value,
				.value_len = strlen(value), .revision = 7 };
}

static struct cidr cidr(const char *text)
{
	struct cidr c;

	ck_assert_int_eq(cidr_parse(text, &c), 0);
	return c;
}

static void reserve(const char *name, const char *list)
{
	char key[KEY_TEXT], value[4096];

	ck_assert_int_eq(key_of_reservation(name, key, &e), 0);
	snprintf(value, sizeof(value), "{\"kind\":\"IPReservation\","
		 "\"spec\":{\"reservedCIDRs\":%s}}", list);
	view_put(&view, key, value, strlen(value), 1);
}

START_TEST(a_node_is_stored_with_spec_and_status)
{
	struct labels none = { 0 };

	ck_assert_int_eq(node_new(&(struct node_spec){ "node-a", &none, NULL }, UID, now_ns,
				  &out, &e), 0);
	ck_assert_str_eq(out.data, "{\"kind\":\"Node\",\"apiVersion\":\"projectcalico.org/v3\","
			 "\"metadata\":{\"name\":\"node-a\","
			 "\"uid\":\"" UID "\",\"creationTimestamp\":\"2026-08-22T10:00:00Z\"},"
			 "\"spec\":{},\"status\":{}}");
}
END_TEST

START_TEST(labels_of_a_node_stand_sorted_in_its_metadata)
{
	struct label list[] = { { "z", "1" }, { "a", "2" } };
	struct labels labels = { .list = list, .n = 2 };

	ck_assert_int_eq(node_new(&(struct node_spec){ "node-a", &labels, NULL }, UID, now_ns,
				  &out, &e), 0);
	ck_assert_ptr_nonnull(strstr(out.data, "\"2026-08-22T10:00:00Z\",\"labels\":{\"a\":\"2\","
				     "\"z\":\"1\"}}"));
}
END_TEST

START_TEST(names_are_lower_case_dns_subdomains)
{
	static const char *const good[] = { "a", "node-a", "n.example.org", "10-0-0-0-16",
					    "0--1-112", "x--y" };
	static const char *const bad[] = { "", "A", "a_b", "-a", "a-", ".a", "a.", "a..b", "a.-b",
					   "a-.b", "a/b", "ä" };
	char name[255];

	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		ck_assert_msg(resource_check_name("node", good[i], &e) == 0, "\"%s\" was refused",
			      good[i]);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		ck_assert_msg(resource_check_name("node", bad[i], &e) < 0, "\"%s\" was accepted",
			      bad[i]);
	memset(name, 'a', sizeof(name));
	name[254] = '\0';
	ck_assert_int_eq(resource_check_name("node", name, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	name[253] = '\0';
	ck_assert_int_eq(resource_check_name("node", name, &e), 0);
}
END_TEST

START_TEST(name_and_labels_are_found_and_the_rest_survives)
{
	static const char value[] = "{\"Metadata\":{\"name\":\"n\",\"labels\":{\"a\":\"b\"},"
		"\"annotations\":{\"K\":\"v\"}}}";
	struct record record = record_of("k", value);
	struct node node __cleanup(node_done) = { 0 };
	struct labels none = { 0 };
	bool changed;

	ck_assert_int_eq(node_read(&record, &node, &e), 0);
	ck_assert_str_eq(node.name, "n");
	ck_assert_str_eq(node.created, "");
	ck_assert_str_eq(labels_value(&node.labels, "a"), "b");
	ck_assert_int_eq(node_relabel(&record, &none, &out, &changed, &e), 0);
	ck_assert(!changed);
	ck_assert_str_eq(out.data, value);
}
END_TEST

START_TEST(a_node_that_does_not_parse_is_corrupt_and_named)
{
	static const char *const bad[] = { "", "{", "[]", "{\"metadata\":[]}",
					   "{\"metadata\":{\"labels\":\"x\"}}",
					   "{\"metadata\":{\"labels\":{\"a\":7}}}" };
	struct node node = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct record record = record_of(KEY_NODES "n", bad[i]);

		err_reset(&e);
		ck_assert_int_eq(node_read(&record, &node, &e), -1);
		ck_assert_int_eq(e.kind, ERR_CORRUPT);
		ck_assert_ptr_nonnull(strstr(e.text, KEY_NODES "n"));
		ck_assert_ptr_null(node.kept);
	}
}
END_TEST

START_TEST(a_label_that_is_null_is_empty_and_of_two_the_last_counts)
{
	struct record record = record_of("k", "{\"metadata\":{\"labels\":{\"a\":\"x\",\"b\":null,"
					      "\"a\":\"y\"}}}");
	struct node node __cleanup(node_done) = { 0 };

	ck_assert_int_eq(node_read(&record, &node, &e), 0);
	ck_assert_str_eq(labels_value(&node.labels, "a"), "y");
	ck_assert_str_eq(labels_value(&node.labels, "b"), "");
	ck_assert_ptr_null(labels_value(&node.labels, "c"));
}
END_TEST

START_TEST(an_absent_configuration_has_defaults)
{
	struct ipam_config c;

	ck_assert_int_eq(ipam_config_read(NULL, &c, &e), 0);
	ck_assert(!c.strict_affinity && c.auto_allocate_blocks && !c.max_blocks_per_host &&
		  !c.cooldown_s);
	ck_assert_str_eq(c.kubevirt_persistence, "Enabled");
}
END_TEST

START_TEST(an_empty_configuration_means_auto_allocation_off)
{
	struct record record = record_of(KEY_CONFIG, "{}");
	struct ipam_config c;

	ck_assert_int_eq(ipam_config_read(&record, &c, &e), 0);
	ck_assert(!c.auto_allocate_blocks);
}
END_TEST

START_TEST(configurations_come_back_byte_for_byte)
{
	static const char *const values[] = {
		"{}",
		"{\"strict_affinity\":true}",
		"{\"auto_allocate_blocks\":true,\"kubeVirtVMAddressPersistence\":\"Disabled\"}",
		("{\"strict_affinity\":true,\"auto_allocate_blocks\":true,\"maxBlocksPerHost\":20,"
		 "\"kubeVirtVMAddressPersistence\":\"Enabled\",\"ipCooldownSeconds\":60}"),
	};
	struct ipam_config c;

	for (size_t i = 0; i < ARRAY_LEN(values); i++) {
		struct record record = record_of(KEY_CONFIG, values[i]);

		buf_reset(&out);
		ck_assert_int_eq(ipam_config_read(&record, &c, &e), 0);
		ck_assert_int_eq(ipam_config_rewrite(NULL, &c, &out, &e), 0);
		ck_assert_str_eq(out.data, values[i]);
	}
}
END_TEST

START_TEST(a_configuration_of_wrong_types_is_corrupt_and_names_the_field)
{
	struct record record = record_of(KEY_CONFIG, "{\"maxBlocksPerHost\":\"20\"}");
	struct ipam_config c;

	ck_assert_int_eq(ipam_config_read(&record, &c, &e), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_ptr_nonnull(strstr(e.text, "maxBlocksPerHost"));
	ck_assert_ptr_nonnull(strstr(e.text, KEY_CONFIG));
}
END_TEST

START_TEST(reservations_are_trimmed_masked_and_sorted_and_malformed_ones_skipped)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	reserve("b", "[\" fd00::1 \",\"10.0.0.9/30\",7,\"nonsense\",null]");
	reserve("a", "[\"10.0.0.1\\n\"]");
	reserve("c", "\"no list\"");
	view_put(&view, KEY_RESERVATIONS "d", "{", 1, 1);
	ck_assert_int_eq(reserved_read(&view, &r, &e), 0);
	ck_assert_uint_eq(r.n, 3);
	ck_assert(cidr_equal(r.list[0], cidr("10.0.0.1/32")));
	ck_assert(cidr_equal(r.list[1], cidr("10.0.0.8/30")));
	ck_assert(cidr_equal(r.list[2], cidr("fd00::1/128")));
}
END_TEST

START_TEST(reserved_addresses_are_held)
{
	struct reserved r __cleanup(reserved_done) = { 0 };
	struct addr a;

	reserve("a", "[\"10.0.0.0/24\",\"10.0.0.4/30\",\"fd00::/120\"]");
	ck_assert_int_eq(reserved_read(&view, &r, &e), 0);
	ck_assert_int_eq(addr_parse("10.0.0.200", &a), 0);
	ck_assert(reserved_holds(&r, a));
	ck_assert_int_eq(addr_parse("10.0.1.0", &a), 0);
	ck_assert(!reserved_holds(&r, a));
	ck_assert_int_eq(addr_parse("fd00::ff", &a), 0);
	ck_assert(reserved_holds(&r, a));
	ck_assert_int_eq(addr_parse("fd00::100", &a), 0);
	ck_assert(!reserved_holds(&r, a));
}
END_TEST

START_TEST(several_cidrs_together_cover_a_block)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	reserve("a", "[\"10.0.0.32/27\",\"10.0.0.0/28\",\"10.0.0.16/28\",\"10.0.0.4/32\"]");
	ck_assert_int_eq(reserved_read(&view, &r, &e), 0);
	ck_assert(reserved_covers(&r, cidr("10.0.0.0/26")));
	ck_assert(reserved_covers(&r, cidr("10.0.0.40/29")));
	ck_assert(!reserved_covers(&r, cidr("10.0.0.0/25")));
	ck_assert(!reserved_covers(&r, cidr("::/96")));
}
END_TEST

START_TEST(a_gap_of_one_address_leaves_a_block_uncovered)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	reserve("a", "[\"10.0.0.0/27\",\"10.0.0.33/32\",\"10.0.0.34/31\",\"10.0.0.36/30\","
		"\"10.0.0.40/29\",\"10.0.0.48/28\"]");
	ck_assert_int_eq(reserved_read(&view, &r, &e), 0);
	ck_assert(!reserved_covers(&r, cidr("10.0.0.0/26")));
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.0.32/32"), &e), 0);
	ck_assert(reserved_covers(&r, cidr("10.0.0.0/26")));
}
END_TEST

START_TEST(huge_ranges_are_covered_without_counting)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	ck_assert_int_eq(reserved_add(&r, cidr("8000::/1"), &e), 0);
	ck_assert(reserved_covers(&r, cidr("fd00::/8")));
	ck_assert(!reserved_covers(&r, cidr("::/0")));
	ck_assert_int_eq(reserved_add(&r, cidr("::/1"), &e), 0);
	ck_assert(reserved_covers(&r, cidr("::/0")));
	ck_assert(!reserved_covers(&r, cidr("0.0.0.0/0")));
}
END_TEST

START_TEST(added_entries_stand_in_order)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	ck_assert_int_eq(reserved_add(&r, cidr("fd00::/64"), &e), 0);
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.9.0/24"), &e), 0);
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.0.7/24"), &e), 0);
	ck_assert(cidr_equal(r.list[0], cidr("10.0.0.0/24")));
	ck_assert(cidr_equal(r.list[1], cidr("10.0.9.0/24")));
	ck_assert(cidr_equal(r.list[2], cidr("fd00::/64")));
}
END_TEST

START_TEST(an_entry_that_lies_in_another_is_left_out)
{
	struct reserved r __cleanup(reserved_done) = { 0 };

	reserve("a", "[\"10.0.0.0/28\",\"10.0.0.4\",\"10.0.0.0/24\",\"10.0.0.0/24\",\"10.0.1.9\"]");
	ck_assert_int_eq(reserved_read(&view, &r, &e), 0);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.0.128/25"), &e), 0);
	ck_assert_uint_eq(r.n, 2);
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.2.0/24"), &e), 0);
	ck_assert_uint_eq(r.n, 3);
	ck_assert_int_eq(reserved_add(&r, cidr("10.0.0.0/23"), &e), 0);
	ck_assert_uint_eq(r.n, 2);
	ck_assert(cidr_equal(r.list[0], cidr("10.0.0.0/23")));
	ck_assert(cidr_equal(r.list[1], cidr("10.0.2.0/24")));
}
END_TEST

static bool all_are(const bool in[256], struct cidr c)
{
	for (u128 i = 0; i < cidr_size(c); i++)
		if (!in[cidr_nth(c, i).n & 255])
			return false;
	return true;
}

static struct cidr draw_cidr(struct cidr in)
{
	return cidr_masked((struct cidr){ cidr_nth(in, (unsigned)rand() % 256),
					  in.len + (unsigned)rand() % 9 });
}

static void put_some(struct reserved *r, struct cidr in, bool reserved[256])
{
	unsigned n = (unsigned)rand() % 16;

	for (unsigned i = 0; i < n; i++) {
		struct cidr c = draw_cidr(in);

		for (u128 k = 0; k < cidr_size(c); k++)
			reserved[cidr_nth(c, k).n & 255] = true;
		/* Those from the eighth on come later, one by one. */
		if (i == 8)
			reserved_settle(r);
		ck_assert_int_eq((i < 8 ? reserved_put : reserved_add)(r, c, &e), 0);
	}
	if (n <= 8)
		reserved_settle(r);
}

/* At both ends of both families, where numbers end. */
START_TEST(an_address_is_reserved_if_any_entry_has_it)
{
	static const char *const places[] = { "0.0.0.0/24", "255.255.255.0/24", "::/120",
					      "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ff00/120" };
	struct cidr in = cidr(places[_i]);

	srand(1);
	for (int round = 0; round < 300; round++) {
		struct reserved r __cleanup(reserved_done) = { 0 };
		bool reserved[256] = { false };

		put_some(&r, in, reserved);
		for (unsigned i = 0; i < 256; i++)
			ck_assert(reserved_holds(&r, cidr_nth(in, i)) == reserved[i]);
		for (unsigned i = 0; i < 256; i++) {
			struct cidr c = draw_cidr(in);

			ck_assert(reserved_covers(&r, c) == all_are(reserved, c));
		}
	}
}
END_TEST

static bool alike(const char *a, const char *b)
{
	char left[1024], right[1024];
	struct record one = { .key = "a", .value = left }, other = { .key = "b", .value = right };

	one.value_len = (size_t)snprintf(left, sizeof(left), "{\"kind\":\"IPPool\",%s}", a);
	other.value_len = (size_t)snprintf(right, sizeof(right), "{\"kind\":\"IPPool\",%s}", b);
	ck_assert(resource_is_alike(&one, &other) == resource_is_alike(&other, &one));
	return resource_is_alike(&one, &other);
}

#define SAID "\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/16\"%s}"

static bool spec_alike(const char *a, const char *b)
{
	char left[512], right[512];

	snprintf(left, sizeof(left), SAID, a);
	snprintf(right, sizeof(right), SAID, b);
	return alike(left, right);
}

START_TEST(resources_are_alike_whatever_a_store_gives_them_itself)
{
	ck_assert(alike("\"metadata\":{\"name\":\"p\",\"uid\":\"1\",\"creationTimestamp\":\"t\"},"
			"\"spec\":{\"a\":1,\"b\":2},\"status\":{\"x\":1}",
			"\"metadata\":{\"uid\":\"2\",\"name\":\"p\",\"generation\":3},"
			"\"spec\":{\"b\":2,\"a\":1}"));
	ck_assert(!alike("\"metadata\":{\"name\":\"p\",\"labels\":{\"a\":\"1\"}}",
			 "\"metadata\":{\"name\":\"p\"}"));
	ck_assert(!alike("\"spec\":{\"a\":1}", "\"spec\":{\"a\":2}"));
}
END_TEST

START_TEST(resources_are_alike_where_one_says_a_default_that_the_other_leaves_out)
{
	ck_assert(spec_alike(",\"natOutgoing\":false,\"namespaceSelector\":\"\"", ""));
	ck_assert(spec_alike(",\"nodeSelector\":\"all()\",\"assignmentMode\":\"Automatic\"",
			     ""));
	ck_assert(spec_alike(",\"blockSize\":122,\"allowedUses\":[\"Workload\",\"Tunnel\"]",
			     ""));
	ck_assert(!spec_alike(",\"disabled\":true", ""));
	ck_assert(!spec_alike(",\"assignmentMode\":\"Manual\"", ""));
	ck_assert(!spec_alike(",\"blockSize\":28", ""));
	ck_assert(!spec_alike(",\"nodeSelector\":\"all()\"", ",\"nodeSelector\":\"has(a)\""));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("resource");
	TCase *t = tcase_create("resource");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_node_is_stored_with_spec_and_status);
	tcase_add_test(t, labels_of_a_node_stand_sorted_in_its_metadata);
	tcase_add_test(t, names_are_lower_case_dns_subdomains);
	tcase_add_test(t, name_and_labels_are_found_and_the_rest_survives);
	tcase_add_test(t, a_node_that_does_not_parse_is_corrupt_and_named);
	tcase_add_test(t, a_label_that_is_null_is_empty_and_of_two_the_last_counts);
	tcase_add_test(t, an_absent_configuration_has_defaults);
	tcase_add_test(t, an_empty_configuration_means_auto_allocation_off);
	tcase_add_test(t, configurations_come_back_byte_for_byte);
	tcase_add_test(t, a_configuration_of_wrong_types_is_corrupt_and_names_the_field);
	tcase_add_test(t, reservations_are_trimmed_masked_and_sorted_and_malformed_ones_skipped);
	tcase_add_test(t, reserved_addresses_are_held);
	tcase_add_test(t, an_entry_that_lies_in_another_is_left_out);
	tcase_add_loop_test(t, an_address_is_reserved_if_any_entry_has_it, 0, 4);
	tcase_add_test(t, several_cidrs_together_cover_a_block);
	tcase_add_test(t, a_gap_of_one_address_leaves_a_block_uncovered);
	tcase_add_test(t, huge_ranges_are_covered_without_counting);
	tcase_add_test(t, added_entries_stand_in_order);
	tcase_add_test(t, resources_are_alike_whatever_a_store_gives_them_itself);
	tcase_add_test(t, resources_are_alike_where_one_says_a_default_that_the_other_leaves_out);
	suite_add_tcase(s, t);
	return s;
}
