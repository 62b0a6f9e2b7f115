/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"
#include "ipam/record/keys.h"
#include "ipam/record/pool.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define UID "0b1e5ffa-9b6a-4f4e-a0c6-7d0f0a6b4d11"
#define HEAD(name) "{\"kind\":\"IPPool\",\"apiVersion\":\"projectcalico.org/v3\"," \
	"\"metadata\":{\"name\":\"" name "\",\"uid\":\"" UID "\"," \
	"\"creationTimestamp\":\"2026-08-22T10:00:00Z\"},"
/* As stored by calicoctl (docs/DATA-MODEL.md 5.1). */
#define CALICOS_SPEC "\"spec\":{\"cidr\":\"10.0.0.0/16\",\"vxlanMode\":\"Never\"," \
	"\"ipipMode\":\"Never\",\"blockSize\":26,\"nodeSelector\":\"all()\"," \
	"\"allowedUses\":[\"Workload\",\"Tunnel\"],\"assignmentMode\":\"Automatic\"}"

static struct err e;
static struct view view;
static struct buf out;
static struct pool pool;
static int64_t now_ns;

static void know(const char *prefix, enum range_kind kind)
{
	struct range range = { .key = prefix, .kind = kind };

	view_cover(&view, &range, 5);
}

static void setup(void)
{
	err_reset(&e);
	view_init(&view);
	know(KEY_POOLS, RANGE_PREFIX);
	know(KEY_BLOCKS_4, RANGE_PREFIX_KEYS);
	know(KEY_BLOCKS_6, RANGE_PREFIX_KEYS);
	buf_init(&out, 1 << 20);
	memset(&pool, 0, sizeof(pool));
	ck_assert_int_eq(clock_parse_rfc3339("2026-08-22T10:00:00Z", &now_ns), 0);
}

static void teardown(void)
{
	pool_done(&pool);
	view_done(&view);
	buf_done(&out);
}

static int read_text(const char *value)
{
	struct record record = { .key = KEY_POOLS "p", .value = value,
				 .value_len = strlen(value), .revision = 7 };

	pool_done(&pool);
	err_reset(&e);
	return pool_read(&record, &pool, &e);
}

static void store(const char *name, const char *spec)
{
	char key[KEY_TEXT], value[2048];

	ck_assert_int_eq(key_of_pool(name, key, &e), 0);
	snprintf(value, sizeof(value), "{\"metadata\":{\"name\":\"%s\"},\"spec\":%s}", name, spec);
	view_put(&view, key, value, strlen(value), 3);
}

static int make(struct pool_spec spec)
{
	struct pools beside __cleanup(pools_done) = { 0 };

	if (!spec.name)
		spec.name = "p";
	buf_reset(&out);
	err_reset(&e);
	ck_assert_int_eq(pools_read(&view, &beside, &e), 0);
	return pool_new(&spec, &beside, &view, UID, now_ns, &out, &e);
}

static void refused(struct pool_spec spec, enum err_kind kind, const char *word)
{
	ck_assert_int_eq(make(spec), -1);
	ck_assert_int_eq(e.kind, kind);
	ck_assert_msg(strstr(e.text, word) != NULL, "\"%s\" does not name %s", e.text, word);
	ck_assert_uint_eq(out.len, 0);
}

static void rewrite(void)
{
	const struct pool_change nothing = { 0 };
	bool changed;

	ck_assert_msg(pool_update(&pool, &nothing, &out, &changed, &e) == 0, "%s", e.text);
	ck_assert(!changed);
}

START_TEST(a_pool_comes_back_byte_for_byte)
{
	ck_assert_int_eq(read_text(HEAD("p") CALICOS_SPEC "}"), 0);
	ck_assert_str_eq(pool.name, "p");
	ck_assert_uint_eq(pool.block_len, 26);
	ck_assert_uint_eq(pool.uses, POOL_USE_WORKLOAD | POOL_USE_TUNNEL);
	ck_assert(pool.enabled && !pool.manual && !pool.disabled);
	ck_assert_str_eq(pool.node_selector, "all()");
	ck_assert_uint_eq(pool.revision, 7);
	rewrite();
	ck_assert_str_eq(out.data, HEAD("p") CALICOS_SPEC "}");
}
END_TEST

START_TEST(a_new_pool_is_stored_as_calicoctl_stores_it)
{
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/16" }), 0);
	ck_assert_str_eq(out.data, HEAD("p") CALICOS_SPEC "}");
}
END_TEST

START_TEST(all_fields_of_a_new_pool_stand_in_calicos_order)
{
	ck_assert_int_eq(make((struct pool_spec){
		.cidr = "FD00:0::/48", .block_len = 120, .node_selector = "rack == 'a'",
		.namespace_selector = "has(x)",
		.vxlan_mode = "CrossSubnet", .assignment_mode = "Manual",
		.allowed_uses = { "Workload" },
		.n_allowed_uses = 1, .nat_outgoing = true, .disabled = true,
		.disable_bgp_export = true }), 0);
	ck_assert_str_eq(out.data, HEAD("p") "\"spec\":{\"cidr\":\"fd00::/48\","
			 "\"vxlanMode\":\"CrossSubnet\",\"ipipMode\":\"Never\","
			 "\"natOutgoing\":true,\"disabled\":true,\"disableBGPExport\":true,"
			 "\"blockSize\":120,"
			 "\"nodeSelector\":\"rack == 'a'\",\"namespaceSelector\":\"has(x)\","
			 "\"allowedUses\":[\"Workload\"],"
			 "\"assignmentMode\":\"Manual\"}}");
}
END_TEST

START_TEST(absent_fields_have_their_defaults)
{
	char text[64];

	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},"
				   "\"spec\":{\"cidr\":\"fd00::1/64\"}}"), 0);
	ck_assert_uint_eq(pool.block_len, 122);
	ck_assert_uint_eq(pool.uses, POOL_USE_WORKLOAD | POOL_USE_TUNNEL);
	ck_assert_str_eq(pool.vxlan_mode, "Never");
	ck_assert_str_eq(pool.node_selector, "");
	ck_assert(cidr_is_masked(pool.cidr) && pool.enabled);
	pool_print_uses(&pool, text);
	ck_assert_str_eq(text, "[Workload Tunnel]");
}
END_TEST

START_TEST(unknown_fields_survive)
{
	static const char value[] = "{\"metadata\":{\"name\":\"p\",\"x\":[1.50]},"
		"\"spec\":{\"cidr\":\"10.0.0.0/24\",\"later\":{\"y\":null}},\"z\":1}";

	ck_assert_int_eq(read_text(value), 0);
	rewrite();
	ck_assert_str_eq(out.data, value);
}
END_TEST

START_TEST(field_names_match_without_case_and_the_last_wins)
{
	ck_assert_int_eq(read_text("{\"METADATA\":{\"Name\":\"p\"},"
				   "\"spec\":{\"CIDR\":\"10.0.0.0/24\",\"blocksize\":28,"
				   "\"blockSize\":29}}"), 0);
	ck_assert_uint_eq(pool.block_len, 29);
}
END_TEST

START_TEST(deleted_disabled_and_refused_pools_are_not_enabled)
{
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\","
				   "\"deletionTimestamp\":\"2026-08-22T10:00:00Z\"},"
				   "\"spec\":{\"cidr\":\"10.0.0.0/24\"}}"), 0);
	ck_assert(!pool.enabled && !pool.disabled);
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},"
				   "\"spec\":{\"cidr\":\"10.0.0.0/24\",\"disabled\":true}}"), 0);
	ck_assert(!pool.enabled && pool.disabled);
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},\"spec\":{\"disabled\":true,"
				   "\"cidr\":\"10.0.0.0/24\",\"disabled\":null}}"), 0);
	ck_assert(!pool.enabled && pool.disabled);
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},"
				   "\"spec\":{\"cidr\":\"10.0.0.0/24\"},\"status\":{\"conditions\":"
				   "[{\"type\":\"Other\",\"status\":\"False\"},"
				   "{\"type\":\"Allocatable\",\"status\":\"False\"}]}}"), 0);
	ck_assert(!pool.enabled);
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},"
				   "\"spec\":{\"cidr\":\"10.0.0.0/24\"},\"status\":{\"conditions\":"
				   "[{\"type\":\"Allocatable\",\"status\":\"True\"}]}}"), 0);
	ck_assert(pool.enabled);
}
END_TEST

START_TEST(a_pool_smaller_than_its_blocks_is_not_enabled)
{
	ck_assert_int_eq(read_text("{\"metadata\":{\"name\":\"p\"},"
				   "\"spec\":{\"cidr\":\"10.0.0.0/28\"}}"), 0);
	ck_assert(!pool.enabled);
}
END_TEST

START_TEST(a_pool_that_does_not_parse_is_corrupt_and_named)
{
	static const char *const bad[][2] = {
		{ "{", "byte" }, { "[]", "object" }, { "{}", "cidr" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0\"}}", "10.0.0.0" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":5}}", "cidr" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
		  "\"blockSize\":\"26\"}}", "blockSize" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
		  "\"blockSize\":-1}}", "blockSize" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
		  "\"blockSize\":122}}", "blockSize" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
		  "\"disabled\":\"no\"}}", "disabled" },
		{ "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"cidr\":\"10.0.0.0/24\","
		  "\"allowedUses\":[1]}}", "allowedUses" },
		{ "{\"metadata\":{\"name\":5},\"spec\":{\"cidr\":\"10.0.0.0/24\"}}", "name" },
	};

	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		ck_assert_int_eq(read_text(bad[i][0]), -1);
		ck_assert_int_eq(e.kind, ERR_CORRUPT);
		ck_assert_msg(strstr(e.text, bad[i][1]) && strstr(e.text, KEY_POOLS "p"), "%s",
			      e.text);
	}
}
END_TEST

/* As in Calico: pools are listed, updated and deleted by their keys. */
START_TEST(a_pool_goes_by_the_name_of_its_key)
{
	static const char *const of[] = {
		"{\"metadata\":{\"name\":\"other\"},\"spec\":{\"cidr\":\"10.0.0.0/24\"}}",
		"{\"metadata\":{},\"spec\":{\"cidr\":\"10.0.0.0/24\"}}",
		"{\"spec\":{\"cidr\":\"10.0.0.0/24\"}}",
	};

	for (size_t i = 0; i < ARRAY_LEN(of); i++) {
		ck_assert_msg(read_text(of[i]) == 0, "%s", e.text);
		ck_assert_str_eq(pool.name, "p");
	}
}
END_TEST

START_TEST(pools_come_in_order_of_their_keys_and_bad_ones_are_skipped)
{
	struct pools pools __cleanup(pools_done) = { 0 };

	store("b", "{\"cidr\":\"10.1.0.0/16\"}");
	store("a", "{\"cidr\":\"fd00::/64\"}");
	store("a.b", "{\"cidr\":\"broken\"}");
	store("a-b", "{\"cidr\":\"10.0.0.0/16\",\"disabled\":true}");
	ck_assert_int_eq(pools_read(&view, &pools, &e), 0);
	ck_assert_uint_eq(pools.n, 3);
	ck_assert_str_eq(pools.list[0].name, "a");
	ck_assert_str_eq(pools.list[1].name, "a-b");
	ck_assert_str_eq(pools.list[2].name, "b");
	ck_assert_ptr_eq(pools_by_name(&pools, "b"), &pools.list[2]);
	ck_assert_ptr_null(pools_by_name(&pools, "c"));
}
END_TEST

START_TEST(the_pool_of_an_address_is_found)
{
	struct pools pools __cleanup(pools_done) = { 0 };
	struct addr a;

	store("off", "{\"cidr\":\"10.0.0.0/16\",\"disabled\":true}");
	store("on", "{\"cidr\":\"10.1.0.0/16\"}");
	ck_assert_int_eq(pools_read(&view, &pools, &e), 0);
	ck_assert_int_eq(addr_parse("10.0.0.1", &a), 0);
	ck_assert_ptr_null(pools_holding(&pools, a, false));
	ck_assert_str_eq(pools_holding(&pools, a, true)->name, "off");
	ck_assert_int_eq(addr_parse("10.1.0.1", &a), 0);
	ck_assert_str_eq(pools_holding(&pools, a, false)->name, "on");
}
END_TEST

START_TEST(a_cidr_must_be_given_masked_and_not_link_local)
{
	refused((struct pool_spec){ .cidr = NULL }, ERR_CONFIG, "cidr");
	refused((struct pool_spec){ .cidr = "10.0.0.0" }, ERR_CONFIG, "cidr");
	refused((struct pool_spec){ .cidr = "10.0.0.1/16" }, ERR_CONFIG,
		"IP pool CIDR is not strictly masked; did you mean 10.0.0.0/16?");
	refused((struct pool_spec){ .cidr = "169.254.1.0/24" }, ERR_CONFIG, "link-local");
	refused((struct pool_spec){ .cidr = "168.0.0.0/6" }, ERR_CONFIG, "link-local");
	refused((struct pool_spec){ .cidr = "fe80::/64" }, ERR_CONFIG, "link-local");
}
END_TEST

START_TEST(block_sizes_have_bounds_and_fit_the_pool)
{
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .block_len = 19 }, ERR_CONFIG,
		"IPv4 block size must be between 20 and 32");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .block_len = 33 }, ERR_CONFIG,
		"IPv4 block size must be between 20 and 32");
	refused((struct pool_spec){ .cidr = "fd00::/64", .block_len = 115 }, ERR_CONFIG,
		"IPv6 block size must be between 116 and 128");
	refused((struct pool_spec){ .cidr = "fd00::/64", .block_len = 129 }, ERR_CONFIG,
		"IPv6 block size must be between 116 and 128");
	refused((struct pool_spec){ .cidr = "10.0.0.0/28" }, ERR_CONFIG,
		"IP pool size is too small for use with Calico IPAM. It must be equal to or "
		"greater than the block size");
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/28", .block_len = 28 }), 0);
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/28", .disabled = true }), 0);
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/16", .block_len = 20 }), 0);
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "fd00::/64", .block_len = 128 }), 0);
}
END_TEST

START_TEST(tunnel_modes_exclude_each_other)
{
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .ipip_mode = "Always",
				    .vxlan_mode = "Always" }, ERR_CONFIG, "ipipMode");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .ipip_mode = "always" }, ERR_CONFIG,
		"ipipMode");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .vxlan_mode = "On" }, ERR_CONFIG,
		"vxlanMode");
	refused((struct pool_spec){ .cidr = "fd00::/64", .ipip_mode = "CrossSubnet" }, ERR_CONFIG,
		"ipipMode");
	refused((struct pool_spec){ .cidr = "fd00::/64", .assignment_mode = "manual" }, ERR_CONFIG,
		"assignmentMode");
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/16",
						  .ipip_mode = "CrossSubnet" }), 0);
}
END_TEST

START_TEST(selectors_of_a_pool_must_parse_and_not_be_global)
{
	char text[1100];

	memset(text, '!', sizeof(text));
	strcpy(text + 1020, "all()");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .node_selector = "rack = 'a'" },
		ERR_CONFIG, "nodeSelector: selector: ");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .node_selector = "global()" },
		ERR_CONFIG, "nodeSelector");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .node_selector = text }, ERR_CONFIG,
		"1024");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .namespace_selector = "global()",
				    .allowed_uses = { "Workload" },
				    .n_allowed_uses = 1 }, ERR_CONFIG, "namespaceSelector");
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/16",
						  .node_selector = text + 1 }), 0);
}
END_TEST

START_TEST(tunnel_use_forbids_a_namespace_selector)
{
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .namespace_selector = "has(x)" },
		ERR_CONFIG, "namespaceSelector");
}
END_TEST

START_TEST(load_balancer_pools_stand_alone)
{
	struct pool_spec spec = { .cidr = "10.0.0.0/16", .allowed_uses = { "LoadBalancer" },
				  .n_allowed_uses = 1 };
	struct pool_spec with = spec;

	ck_assert_int_eq(make(spec), 0);
	with.ipip_mode = "Always";
	refused(with, ERR_CONFIG, "ipipMode");
	with = spec;
	with.disable_bgp_export = true;
	refused(with, ERR_CONFIG, "disableBGPExport");
	with = spec;
	with.node_selector = "has(x)";
	refused(with, ERR_CONFIG, "nodeSelector");
	with = spec;
	with.allowed_uses[with.n_allowed_uses++] = "Workload";
	refused(with, ERR_CONFIG, "allowedUses");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .allowed_uses = { "workload" },
				    .n_allowed_uses = 1 }, ERR_CONFIG, "\"workload\"");
}
END_TEST

START_TEST(a_pool_overlaps_no_other)
{
	store("first", "{\"cidr\":\"10.0.0.0/16\"}");
	refused((struct pool_spec){ .cidr = "10.0.128.0/24" }, ERR_EXISTS,
		"IPPool(p) CIDR overlaps with IPPool(first) CIDR 10.0.0.0/16");
	refused((struct pool_spec){ .cidr = "10.0.0.0/8" }, ERR_EXISTS,
		"IPPool(p) CIDR overlaps with IPPool(first) CIDR 10.0.0.0/16");
	refused((struct pool_spec){ .cidr = "10.9.0.0/16", .name = "first" }, ERR_EXISTS,
		"resource already exists: IPPool(first)");
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.1.0.0/16" }), 0);
}
END_TEST

START_TEST(blocks_of_another_size_forbid_a_pool)
{
	view_put_key(&view, KEY_BLOCKS_4 "10.0.0.64-26", 1);
	view_put_key(&view, KEY_BLOCKS_4 "nonsense", 1);
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .block_len = 28 }, ERR_EXISTS,
		"IPPool blocksSize conflicts with existing allocations that use a different "
		"blockSize: block 10.0.0.64/26");
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.0.0.0/16" }), 0);
	ck_assert_int_eq(make((struct pool_spec){ .cidr = "10.1.0.0/16", .block_len = 28 }), 0);
}
END_TEST

START_TEST(nothing_is_made_from_what_was_not_read)
{
	view_reset(&view);
	refused((struct pool_spec){ .cidr = "10.0.0.0/16" }, ERR_INTERNAL, "pools");
	know(KEY_POOLS, RANGE_PREFIX);
	refused((struct pool_spec){ .cidr = "10.0.0.0/16" }, ERR_INTERNAL, "blocks");
}
END_TEST

START_TEST(names_of_pools_are_checked)
{
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .name = "My_Pool" }, ERR_CONFIG,
		"My_Pool");
	refused((struct pool_spec){ .cidr = "10.0.0.0/16", .name = "" }, ERR_CONFIG, "name");
}
END_TEST

START_TEST(pools_named_after_their_cidr_have_valid_names)
{
	static const char *const cidrs[][2] = { { "10.0.0.0/16", "10-0-0-0-16" },
						{ "fd00::/64", "fd00---64" },
						{ "::1:0/112", "0--1-0-112" } };
	char name[CIDR_TEXT];
	struct cidr c;

	for (size_t i = 0; i < ARRAY_LEN(cidrs); i++) {
		ck_assert_int_eq(cidr_parse(cidrs[i][0], &c), 0);
		pool_name_of_cidr(c, name);
		ck_assert_str_eq(name, cidrs[i][1]);
		ck_assert_int_eq(make((struct pool_spec){ .cidr = cidrs[i][0], .name = name }), 0);
	}
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("pool");
	TCase *t = tcase_create("pool");

	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_pool_comes_back_byte_for_byte);
	tcase_add_test(t, a_new_pool_is_stored_as_calicoctl_stores_it);
	tcase_add_test(t, all_fields_of_a_new_pool_stand_in_calicos_order);
	tcase_add_test(t, absent_fields_have_their_defaults);
	tcase_add_test(t, unknown_fields_survive);
	tcase_add_test(t, field_names_match_without_case_and_the_last_wins);
	tcase_add_test(t, deleted_disabled_and_refused_pools_are_not_enabled);
	tcase_add_test(t, a_pool_smaller_than_its_blocks_is_not_enabled);
	tcase_add_test(t, a_pool_that_does_not_parse_is_corrupt_and_named);
	tcase_add_test(t, a_pool_goes_by_the_name_of_its_key);
	tcase_add_test(t, pools_come_in_order_of_their_keys_and_bad_ones_are_skipped);
	tcase_add_test(t, the_pool_of_an_address_is_found);
	tcase_add_test(t, a_cidr_must_be_given_masked_and_not_link_local);
	tcase_add_test(t, block_sizes_have_bounds_and_fit_the_pool);
	tcase_add_test(t, tunnel_modes_exclude_each_other);
	tcase_add_test(t, selectors_of_a_pool_must_parse_and_not_be_global);
	tcase_add_test(t, tunnel_use_forbids_a_namespace_selector);
	tcase_add_test(t, load_balancer_pools_stand_alone);
	tcase_add_test(t, a_pool_overlaps_no_other);
	tcase_add_test(t, blocks_of_another_size_forbid_a_pool);
	tcase_add_test(t, nothing_is_made_from_what_was_not_read);
	tcase_add_test(t, names_of_pools_are_checked);
	tcase_add_test(t, pools_named_after_their_cidr_have_valid_names);
	suite_add_tcase(s, t);
	return s;
}
