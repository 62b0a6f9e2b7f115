/* SPDX-License-Identifier: Apache-2.0 */
/* Automatic and exact assignment: docs/DATA-MODEL.md 9 and 10, and the project's rules. */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "base/node_name.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

static struct cluster c;

static void setup(void)
{
	cluster_init(&c);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "node-a", "{\"zone\":\"a\"}");
	cluster_node(&c, "node-b", "{\"zone\":\"b\"}");
}

static void teardown(void)
{
	cluster_done(&c);
}

#define assert_ok(call) ck_assert_msg((call) == 0, "%s", c.e.text)
#define assert_fails(call, of_kind, words)                                                         \
	do {                                                                                       \
		ck_assert_int_eq((call), -1);                                                      \
		ck_assert_msg(strstr(c.e.text, words) != NULL, "\"%s\" lacks \"%s\"", c.e.text,    \
			      words);                                                              \
		ck_assert_int_eq(c.e.kind, of_kind);                                               \
	} while (0)

static size_t blocks_of(const char *node)
{
	char prefix[KEY_TEXT];

	snprintf(prefix, sizeof(prefix), "/calico/ipam/v2/host/%s/ipv4/block/", node);
	return fake_count(c.store, prefix);
}

START_TEST(both_families_are_one_commit)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_str_ne(c.text[FAMILY_4], "");
	ck_assert_str_ne(c.text[FAMILY_6], "");
	ck_assert_uint_eq(fake_commits(c.store), 1);
	cluster_assert_sound(&c);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(an_add_with_a_block_at_hand_reads_twice_and_commits_once)
{
	unsigned long reads;

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	reads = fake_reads(c.store);
	assert_ok(cluster_add(&c, "node-a", "c2", "46"));
	ck_assert_uint_eq(fake_reads(c.store) - reads, 2);
	ck_assert_uint_eq(fake_commits(c.store), 2);
}
END_TEST

START_TEST(own_blocks_are_read_before_the_pools_are_looked_at)
{
	unsigned long reads;

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	fake_put(c.store, KEY_POOLS "p4", "{\"metadata\":{\"name\":\"p4\"},\"spec\":{}}");
	fake_delete(c.store, KEY_POOLS "p6");
	reads = fake_reads(c.store);
	assert_fails(cluster_add(&c, "node-a", "c2", "46"), ERR_CORRUPT, "cannot find");
	ck_assert_uint_eq(fake_reads(c.store) - reads, 2);
}
END_TEST

START_TEST(a_repeated_add_returns_what_is_held)
{
	char first[64];

	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	strcpy(first, c.text[FAMILY_4]);
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_str_eq(c.text[FAMILY_4], first);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
}
END_TEST

START_TEST(a_repeated_add_adds_only_the_missing_family)
{
	char first[64];

	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	strcpy(first, c.text[FAMILY_4]);
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_str_eq(c.text[FAMILY_4], first);
	ck_assert_str_ne(c.text[FAMILY_6], "");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(another_interface_of_the_container_gets_its_own_address)
{
	struct ipam_assign_request r;
	char first[64];

	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	strcpy(first, c.text[FAMILY_4]);
	r = cluster_request(&c, "node-a", "c1", "4");
	r.owner.ifname = "eth1";
	assert_ok(cluster_assign(&c, &r));
	ck_assert_str_ne(c.text[FAMILY_4], first);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(entries_without_ifname_count_as_held_and_are_released)
{
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-28",
		 "{\"cidr\":\"10.0.0.0/28\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[0,null,null,null,null,null,null,null,null,null,null,null,null,"
		 "null,null,null],"
		 "\"unallocated\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15],\"attributes\":[{\"handle_"
		 "id\":\"net.c1\","
		 "\"secondary\":{\"node\":\"node-a\"}}],\"sequenceNumber\":1,"
		 "\"sequenceNumberForAllocation\":{\"0\":0},\"deleted\":false}");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-28",
		 "{\"state\":\"confirmed\",\"deleted\":false}");
	fake_put(c.store, KEY_HANDLES "net.c1",
		 "{\"block\":{\"10.0.0.0/28\":1},\"deleted\":false}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.0/28");
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(nothing_stays_assigned_when_one_family_fails)
{
	fake_delete(c.store, KEY_POOLS "p6");
	assert_fails(cluster_add(&c, "node-a", "c1", "46"), ERR_POOL,
		     "cannot find a qualified ippool");
	ck_assert_uint_eq(fake_count(c.store, "/calico/ipam/"), 0);
}
END_TEST

START_TEST(a_new_block_is_claimed_with_a_confirmed_affinity)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	ck_assert_str_eq(fake_get(c.store,
				  fake_key(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/", 0)),
			 "{\"state\":\"confirmed\",\"deleted\":false}");
	ck_assert_ptr_nonnull(
	    strstr(fake_get(c.store, KEY_HANDLES "net.c1"), "/28\":1},\"deleted\":false}"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(own_blocks_are_used_before_new_ones_are_claimed)
{
	char container[16];

	for (int i = 0; i < 16; i++) {
		snprintf(container, sizeof(container), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", container, "4"));
	}
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	assert_ok(cluster_add(&c, "node-a", "c16", "4"));
	ck_assert_uint_eq(blocks_of("node-a"), 2);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(hosts_claim_different_blocks)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_ok(cluster_add(&c, "node-b", "c2", "4"));
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	ck_assert_uint_eq(blocks_of("node-b"), 1);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 2);
}
END_TEST

START_TEST(the_search_for_a_block_looks_only_at_blocks_near_its_pools)
{
	unsigned long before;
	char key[KEY_TEXT];

	for (int i = 0; i < 50; i++) {
		snprintf(key, sizeof(key), KEY_BLOCKS_4 "10.77.%d.0-28", i);
		fake_put(c.store, key, "{}");
	}
	before = fake_records_read(c.store);
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_lt(fake_records_read(c.store) - before, 50);
}
END_TEST

START_TEST(an_affinity_without_its_block_is_used_first)
{
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.32-28",
		 "{\"state\":\"pending\",\"deleted\":false}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.32/28");
	cluster_assert_sound(&c);
}
END_TEST

static void put_block(const char *key_cidr, const char *cidr, const char *affinity,
		      const char *claimed)
{
	char key[KEY_TEXT], value[1024];

	snprintf(key, sizeof(key), KEY_BLOCKS_4 "%s", key_cidr);
	snprintf(value, sizeof(value),
		 "{\"cidr\":\"%s\",\"affinity\":%s,\"affinity_claim_time\":\"%s\","
		 "\"allocations\":[null,null,null,null],\"unallocated\":[0,1,2,3],\"attributes\":"
		 "null,"
		 "\"sequenceNumber\":5,\"sequenceNumberForAllocation\":{},\"deleted\":false}",
		 cidr, affinity, claimed);
	fake_put(c.store, key, value);
}

static void small_pool(void)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "small", "10.1.0.0/30", ",\"blockSize\":30");
}

START_TEST(an_affinity_of_another_hosts_block_is_dropped)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "two", "10.1.0.0/29", ",\"blockSize\":30");
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", "2026-08-22T10:00:00Z");
	fake_put(c.store, "/calico/ipam/v2/host/node-b/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"confirmed\"}");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"pending\"}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.4/30");
	ck_assert_ptr_null(fake_get(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.1.0.0-30"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_unconfirmed_affinity_is_confirmed_with_a_rewrite_of_its_block)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-a\"", "2026-08-22T10:00:00Z");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"pendingDeletion\",\"deleted\":false}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_ptr_nonnull(
	    strstr(fake_get(c.store, KEY_BLOCKS_4 "10.1.0.0-30"),
		   "\"sequenceNumber\":7,\"sequenceNumberForAllocation\":{\"0\":6}"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_empty_block_claimed_a_minute_ago_is_taken_over)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", "2026-08-22T09:58:59Z");
	fake_put(c.store, "/calico/ipam/v2/host/node-b/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"confirmed\"}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(blocks_of("node-b"), 0);
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_block_claimed_within_the_minute_is_borrowed_from_not_taken)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", "2026-08-22T09:59:30Z");
	fake_put(c.store, "/calico/ipam/v2/host/node-b/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"confirmed\"}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(blocks_of("node-b"), 1);
	ck_assert_uint_eq(blocks_of("node-a"), 0);
	cluster_assert_sound(&c);
}
END_TEST

/* It is 10:00:00; an empty block of node-b was claimed then. */
static void add_beside_a_claim_of(const char *claimed)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", claimed);
	fake_put(c.store, "/calico/ipam/v2/host/node-b/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"confirmed\"}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	cluster_assert_sound(&c);
}

START_TEST(the_minute_before_a_take_over_is_one_to_the_nanosecond)
{
	add_beside_a_claim_of("2026-08-22T09:59:00.000000001Z");
	ck_assert_uint_eq(blocks_of("node-b"), 1);
	ck_assert_uint_eq(blocks_of("node-a"), 0);
}
END_TEST

START_TEST(a_block_is_taken_over_when_its_minute_is_full)
{
	add_beside_a_claim_of("2026-08-22T09:59:00Z");
	ck_assert_uint_eq(blocks_of("node-b"), 0);
	ck_assert_uint_eq(blocks_of("node-a"), 1);
}
END_TEST

START_TEST(with_strict_affinity_nothing_is_borrowed)
{
	small_pool();
	cluster_config(&c, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", "2026-08-22T09:59:30Z");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_EXHAUSTED,
		     "No more free affine blocks and strict affinity enabled");
}
END_TEST

START_TEST(a_block_without_affinity_is_borrowed_from)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "null", "2020-01-01T00:00:00Z");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.0/30");
}
END_TEST

START_TEST(an_exhausted_pool_is_an_error_that_names_it_and_writes_nothing)
{
	uint64_t revision;

	small_pool();
	for (const char *i = "1\0"
			     "2\0"
			     "3\0"
			     "4\0";
	     *i; i += 2)
		assert_ok(cluster_add(&c, "node-a", i, "4"));
	revision = fake_revision(c.store);
	assert_fails(cluster_add(&c, "node-b", "c5", "46"), ERR_EXHAUSTED,
		     "No IPs available in pools: [10.1.0.0/30]");
	ck_assert_uint_eq(fake_revision(c.store), revision);
}
END_TEST

START_TEST(the_block_limit_ends_the_search_without_borrowing)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "two", "10.1.0.0/31", ",\"blockSize\":32");
	cluster_config(&c, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true,"
			   "\"maxBlocksPerHost\":1}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_fails(cluster_add(&c, "node-a", "c2", "4"), ERR_EXHAUSTED,
		     "cannot allocate new block due to per host block limit");
}
END_TEST

START_TEST(twenty_blocks_are_the_limit_where_none_is_set)
{
	char container[16];

	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "many", "10.1.0.0/26", ",\"blockSize\":32");
	for (int i = 0; i < 20; i++) {
		snprintf(container, sizeof(container), "c%d", i);
		assert_ok(cluster_add(&c, "node-a", container, "4"));
	}
	assert_fails(cluster_add(&c, "node-a", "c20", "4"), ERR_EXHAUSTED, "limit 20");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_empty_configuration_object_turns_auto_allocation_off)
{
	cluster_config(&c, "{}");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_EXHAUSTED,
		     "failed to find or claim a block");
}
END_TEST

START_TEST(reserved_addresses_are_passed_over_and_keep_their_place)
{
	small_pool();
	cluster_reserve(&c, "r", "[\"10.1.0.0/31\"]");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.2/30");
	ck_assert_ptr_nonnull(
	    strstr(fake_get(c.store, KEY_BLOCKS_4 "10.1.0.0-30"), "\"unallocated\":[0,1,3]"));
}
END_TEST

/* Calico writes such a list back as it is, and ends in a panic where it comes to such an entry. */
START_TEST(what_is_no_ordinal_in_a_free_list_is_passed_over_and_keeps_its_place)
{
	small_pool();
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.1.0.0-30",
		 "{\"state\":\"confirmed\"}");
	fake_put(c.store, KEY_BLOCKS_4 "10.1.0.0-30",
		 "{\"cidr\":\"10.1.0.0/30\",\"affinity\":\"host:node-a\","
		 "\"allocations\":[null,null,null,null],\"unallocated\":[4,-1,2,0,4096,1,3],"
		 "\"attributes\":[],\"deleted\":false}");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.2/30");
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_BLOCKS_4 "10.1.0.0-30"),
				     "\"unallocated\":[4,-1,0,4096,1,3]"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, KEY_BLOCKS_4 "10.1.0.0-30"),
				     "\"unallocated\":[4,-1,0,4096,1,3,2]"));
}
END_TEST

START_TEST(wholly_reserved_blocks_are_not_claimed)
{
	fake_delete(c.store, KEY_POOLS "p6");
	cluster_pool(&c, "big", "fd01::/48", "");
	cluster_reserve(&c, "r", "[\"fd01::/49\",\"fd01:0:0:8000::/50\",\"fd01:0:0:c000::/51\"]");
	assert_ok(cluster_add(&c, "node-a", "c1", "6"));
	ck_assert_msg(strncmp(c.text[FAMILY_6], "fd01:0:0:e", 10) == 0 ||
			  strncmp(c.text[FAMILY_6], "fd01:0:0:f", 10) == 0,
		      "%s", c.text[FAMILY_6]);
}
END_TEST

START_TEST(exact_requests_ignore_reservations)
{
	cluster_reserve(&c, "r", "[\"10.0.0.0/24\"]");
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.5"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.5/32");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(node_selectors_choose_pools)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "a", "10.1.0.0/24", ",\"nodeSelector\":\"zone == 'a'\"");
	cluster_pool(&c, "b", "10.2.0.0/24", ",\"nodeSelector\":\"zone == 'b'\"");
	assert_ok(cluster_add(&c, "node-b", "c1", "4"));
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "b");
}
END_TEST

START_TEST(a_node_no_pool_selects_is_told_so)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "a", "10.1.0.0/24", ",\"nodeSelector\":\"zone == 'x'\"");
	assert_fails(cluster_add(&c, "node-b", "c1", "4"), ERR_POOL,
		     "no configured Calico pools for node node-b (IPv4), whose labels are "
		     "{\"zone\":\"b\"}: pool \"a\" is for nodes with zone == 'x'");
	cluster_pool(&c, "m", "10.2.0.0/24", ",\"assignmentMode\":\"Manual\"");
	cluster_node(&c, "node-b", "{}");
	assert_fails(cluster_add(&c, "node-b", "c1", "4"), ERR_POOL,
		     "node node-b (IPv4), which has no labels: pool \"a\" is for nodes with "
		     "zone == 'x'; pool \"m\" is Manual, so it must be named in ipv4_pools");
}
END_TEST

START_TEST(of_more_pools_than_an_error_holds_some_are_named)
{
	char spec[400], name[16], cidr[32];

	fake_delete(c.store, KEY_POOLS "p4");
	for (unsigned i = 0; i < 9; i++) {
		snprintf(name, sizeof(name), "a%u", i);
		snprintf(cidr, sizeof(cidr), "10.1.%u.0/24", i);
		snprintf(spec, sizeof(spec), ",\"nodeSelector\":\"zone == '%0*d'\"",
			 i ? 20 : 300, 0);
		cluster_pool(&c, name, cidr, spec);
	}
	assert_fails(cluster_add(&c, "node-b", "c1", "4"), ERR_POOL,
		     ": pool \"a0\" is for other nodes; pool \"a1\" is for nodes with zone == '0");
	ck_assert_ptr_nonnull(strstr(c.e.text, "; and others"));
	ck_assert_ptr_null(strstr(c.e.text, "a8"));
}
END_TEST

START_TEST(an_invalid_selector_in_one_pool_fails_the_allocation)
{
	cluster_pool(&c, "x", "10.9.0.0/24", ",\"nodeSelector\":\"zone ==\"");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL, "pool \"x\": nodeSelector");
}
END_TEST

START_TEST(a_missing_node_object_fails_automatic_but_not_exact_assignment)
{
	assert_fails(cluster_add(&c, "node-x", "c1", "4"), ERR_NOT_FOUND, "node-x");
	assert_ok(cluster_add_exact(&c, "node-x", "c1", "10.0.0.5"));
}
END_TEST

START_TEST(pools_for_other_uses_are_passed_over)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "t", "10.1.0.0/24", ",\"allowedUses\":[\"Tunnel\"]");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL,
		     "cannot find a qualified ippool, no pools match the required use (Workload)");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "10.1.0.5"), ERR_POOL,
		     "IP address 10.1.0.5 is in IP pool \"t\", which is not allowed for use "
		     "\"Workload\" (allowedUses: [Tunnel])");
}
END_TEST

START_TEST(manual_pools_are_used_only_when_asked_for)
{
	struct ipam_assign_request r;

	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "m", "10.1.0.0/24", ",\"assignmentMode\":\"Manual\"");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL, "no configured");
	r = cluster_request(&c, "node-a", "c1", "4");
	r.pools[FAMILY_4][0] = "m";
	r.n_pools[FAMILY_4] = 1;
	assert_ok(cluster_assign(&c, &r));
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "m");
}
END_TEST

static int ask(const char *pool, enum family family)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1",
						       family == FAMILY_4 ? "4" : "6");

	r.pools[family][0] = pool;
	r.n_pools[family] = 1;
	return cluster_assign(&c, &r);
}

START_TEST(asked_for_pools_are_found_by_name_and_by_cidr_with_host_bits)
{
	assert_ok(ask("10.0.0.77/24", FAMILY_4));
	assert_ok(ask("p6", FAMILY_6));
}
END_TEST

START_TEST(asked_for_pools_that_are_unfit_are_named)
{
	cluster_pool(&c, "off", "10.5.0.0/24", ",\"disabled\":true");
	assert_fails(ask("nope", FAMILY_4), ERR_CONFIG,
		     "ipv4_pools: error parsing pool \"nope\": invalid CIDR address: nope: "
		     "the given pool (nope) does not exist, or is not enabled");
	assert_fails(ask("p6", FAMILY_4), ERR_CONFIG, "other IP family");
	assert_fails(ask("fd00::/64", FAMILY_4), ERR_CONFIG, "other IP family");
	assert_fails(ask("10.0.0.0/25", FAMILY_4), ERR_CONFIG, "10.0.0.0/25");
	assert_fails(ask("off", FAMILY_4), ERR_CONFIG, "disabled");
}
END_TEST

START_TEST(an_asked_for_pool_with_a_long_name_is_cut_between_characters)
{
	char name[128];

	snprintf(name, sizeof(name), "%099d\u00fc.", 0);
	assert_fails(ask(name, FAMILY_4), ERR_CONFIG, "0) does not exist, or is not enabled");
	assert_fails(ask(name, FAMILY_4), ERR_CONFIG, "0\": invalid CIDR address: 000");
	assert_fails(ask(name, FAMILY_4), ERR_CONFIG, "0: the given pool (000");
}
END_TEST

START_TEST(of_a_disabled_pool_is_told_what_enables_it)
{
	cluster_pool(&c, "off", "10.5.0.0/24", ",\"disabled\":true");
	assert_fails(ask("off", FAMILY_4), ERR_CONFIG,
		     "the given pool (10.5.0.0/24) does not exist, or is not enabled: pool "
		     "\"off\" is disabled; enable it: calico-ipamctl pool enable off");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "10.5.0.9"), ERR_POOL,
		     "pool \"off\", which holds it, is disabled; enable it: calico-ipamctl pool "
		     "enable off");
	fake_delete(c.store, KEY_POOLS "p4");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL,
		     "there is no enabled IPv4 pool; enable one: calico-ipamctl pool enable off");
	cluster_pool(&c, "off", "10.5.0.0/30", "");
	assert_fails(ask("off", FAMILY_4), ERR_CORRUPT,
		     "pool \"off\" (10.5.0.0/30) is smaller than its blocks");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "10.5.0.1"), ERR_CORRUPT,
		     "pool \"off\" (10.5.0.0/30) is smaller than its blocks");
}
END_TEST

START_TEST(an_asked_for_cidr_that_overlaps_a_pool_names_it_and_what_to_do)
{
	assert_fails(ask("10.0.0.0/25", FAMILY_4), ERR_CONFIG,
		     "ipv4_pools: 10.0.0.0/25 overlaps pool \"p4\" (10.0.0.0/24); ask for that, or "
		     "delete or split it");
	assert_fails(ask("10.0.0.0/16", FAMILY_4), ERR_CONFIG,
		     "ipv4_pools: 10.0.0.0/16 overlaps pool \"p4\" (10.0.0.0/24); ask for that, or "
		     "delete it");
	ck_assert_ptr_null(strstr(c.e.text, "split"));
	assert_fails(ask("10.1.0.0/16", FAMILY_4), ERR_CONFIG,
		     "the given pool (10.1.0.0/16) does not exist, or is not enabled");
}
END_TEST

START_TEST(an_address_asked_for_as_a_pool_is_completed)
{
	assert_fails(ask("10.0.0.0", FAMILY_4), ERR_CONFIG,
		     "invalid CIDR address: 10.0.0.0: the given pool (10.0.0.0) does not exist, "
		     "or is not enabled; "
		     "did you mean 10.0.0.0/24?");
	assert_fails(ask("fd00::", FAMILY_6), ERR_CONFIG, "did you mean fd00::/64?");
	assert_fails(ask("10.1.0.0", FAMILY_4), ERR_CONFIG,
		     "the given pool (10.1.0.0) does not exist, or is not enabled; a CIDR needs "
		     "its prefix length");
	cluster_pool(&c, "10.1.0.0", "10.9.0.0/24", "");
	assert_ok(ask("10.1.0.0", FAMILY_4));
}
END_TEST

START_TEST(a_pool_with_a_namespace_selector_is_an_error_that_names_it)
{
	cluster_pool(&c, "ns", "10.5.0.0/24", ",\"namespaceSelector\":\"team == 'x'\"");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL,
		     "pool \"ns\" has a namespaceSelector");
	assert_ok(ask("p4", FAMILY_4));
}
END_TEST

START_TEST(an_exact_address_is_strict)
{
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "fd00::99"));
	ck_assert_str_eq(c.text[FAMILY_6], "fd00::99/128");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "fd00::99"), ERR_EXISTS,
		     "Address already assigned in block");
	assert_fails(cluster_add_exact(&c, "node-b", "c2", "fd00::99"), ERR_EXISTS,
		     "handle net.c1");
	assert_fails(cluster_add_exact(&c, "node-b", "c2", "192.168.0.1"), ERR_POOL,
		     "is not in a configured pool");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(two_exact_addresses_are_both_assigned_or_none)
{
	struct ipam_assign_request r;

	assert_ok(cluster_add_exact(&c, "node-b", "c0", "10.0.0.9"));
	r = cluster_request(&c, "node-a", "c1", "46");
	ck_assert_int_eq(addr_parse("10.0.0.9", &r.exact[FAMILY_4]), 0);
	ck_assert_int_eq(addr_parse("fd00::9", &r.exact[FAMILY_6]), 0);
	assert_fails(cluster_assign(&c, &r), ERR_EXISTS, "10.0.0.9");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	ck_assert_int_eq(addr_parse("10.0.0.10", &r.exact[FAMILY_4]), 0);
	assert_ok(cluster_assign(&c, &r));
	ck_assert_uint_eq(cluster_allocated(&c), 3);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_strict_cluster_gives_exact_addresses_from_own_blocks_only)
{
	small_pool();
	cluster_config(&c, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-b\"", "2026-08-22T09:59:30Z");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "10.1.0.1"), ERR_CONFLICT,
		     "Block host affinity does not match");
	put_block("10.1.0.0-30", "10.1.0.0/30", "null", "2026-08-22T09:59:30Z");
	assert_fails(cluster_add_exact(&c, "node-a", "c1", "10.1.0.1"), ERR_CONFLICT,
		     "Attempt to assign from block 10.1.0.0/30 with no affinity");
}
END_TEST

START_TEST(a_cooling_address_cannot_be_asked_for)
{
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.0.0.9"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	assert_fails(cluster_add_exact(&c, "node-a", "c2", "10.0.0.9"), ERR_EXISTS, "cooling down");
	c.now_ns += 62 * CLUSTER_SECOND;
	assert_ok(cluster_add_exact(&c, "node-a", "c2", "10.0.0.9"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_unreadable_own_block_is_an_error_that_names_its_key)
{
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-28",
		 "{\"state\":\"confirmed\"}");
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.0-28", "{oops");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_CORRUPT, KEY_BLOCKS_4 "10.0.0.0-28");
}
END_TEST

/* Interleavings. */
static void steal(struct fake_store *store, unsigned long commit, void *arg)
{
	if (commit == 1)
		fake_put(store, arg, "{\"state\":\"confirmed\",\"deleted\":false}");
}

START_TEST(a_lost_race_is_planned_again)
{
	fake_before_commit(c.store, steal, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-28");
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_uint_ge(fake_commits(c.store), 2);
	ck_assert_str_eq(c.text[FAMILY_4], "10.0.0.0/28");
	fake_before_commit(c.store, NULL, NULL);
	cluster_assert_sound(&c);
}
END_TEST

static void disable_pool(struct fake_store *store, unsigned long commit,
			 void *arg __attribute__((unused)))
{
	if (commit == 1)
		fake_delete(store, KEY_POOLS "p4");
}

START_TEST(a_pool_that_goes_away_meanwhile_gives_no_address)
{
	fake_before_commit(c.store, disable_pool, NULL);
	assert_fails(cluster_add(&c, "node-a", "c1", "46"), ERR_POOL,
		     "cannot find a qualified ippool");
	ck_assert_uint_eq(fake_count(c.store, "/calico/ipam/"), 0);
}
END_TEST

static void new_reservation(struct fake_store *store, unsigned long commit,
			    void *arg __attribute__((unused)))
{
	if (commit == 1)
		fake_put(store, KEY_RESERVATIONS "late",
			 "{\"metadata\":{\"name\":\"late\"},\"spec\":{\"reservedCIDRs\":[\"10.1.0."
			 "0/31\"]}}");
}

START_TEST(a_reservation_made_meanwhile_is_respected)
{
	small_pool();
	fake_before_commit(c.store, new_reservation, NULL);
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.2/30");
}
END_TEST

START_TEST(a_lost_answer_is_found_again_not_assigned_twice)
{
	fake_lose_answer(c.store, 1);
	assert_ok(cluster_add(&c, "node-a", "c1", "46"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	fake_lose_answer(c.store, 1);
	assert_ok(cluster_add_exact(&c, "node-a", "c2", "10.0.0.77"));
	ck_assert_uint_eq(cluster_allocated(&c), 3);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_error_of_the_store_is_passed_on_and_nothing_is_written)
{
	fake_fail_commit(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "46"), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
	ck_assert_uint_eq(fake_count(c.store, "/calico/ipam/"), 0);
}
END_TEST

START_TEST(a_failure_after_a_lost_answer_says_that_it_may_have_gone_through)
{
	fake_lose_answer(c.store, 1);
	fake_fail_read(c.store, 3, ERR_DEADLINE);
	assert_fails(cluster_add(&c, "node-a", "c1", "46"), ERR_DEADLINE,
		     "may have gone through: ");
	ck_assert_ptr_nonnull(strstr(c.e.text, "; see what stands (calico-ipamctl show), and "
				     "repeat it"));
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

/* Every prefix of the ordered changes is a state that a repeated ADD or DEL mends. */
START_TEST(a_store_without_transactions_may_break_off_anywhere)
{
	for (size_t applied = 0; applied < 12; applied++) {
		teardown();
		setup();
		fake_break_off(c.store, 1, applied);
		assert_ok(cluster_add(&c, "node-a", "c1", "46"));
		cluster_assert_sound(&c);
		ck_assert_uint_eq(cluster_allocated(&c), 2);
		fake_break_off(c.store, 1, applied);
		assert_ok(cluster_del(&c, "node-a", "c1"));
		assert_ok(cluster_del(&c, "node-a", "c1"));
		ck_assert_uint_eq(cluster_allocated(&c), 0);
		ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
	}
}
END_TEST

START_TEST(an_affinity_outside_its_selector_is_released_when_empty)
{
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	assert_ok(cluster_del(&c, "node-a", "c1"));
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28,\"nodeSelector\":\"zone == 'b'\"");
	cluster_pool(&c, "q4", "10.8.0.0/24", "");
	assert_ok(cluster_add(&c, "node-a", "c2", "4"));
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "q4");
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	ck_assert_uint_eq(fake_count(c.store, KEY_BLOCKS_4), 1);
	cluster_assert_sound(&c);
}
END_TEST

/* Gateways. */
static int add_with_gateway(const char *container, enum ipam_prefix prefix, const char *gateway)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", container, "46");

	r.prefix = prefix;
	r.gateway.wanted = true;
	r.gateway.first = !gateway;
	if (gateway) {
		r.wanted[FAMILY_6] = false;
		ck_assert_int_eq(addr_parse(gateway, &r.gateway.address[FAMILY_4]), 0);
	}
	return cluster_assign(&c, &r);
}

static const char *gateway_text(enum family family)
{
	static char text[ADDR_TEXT];

	addr_print(c.answer.address[family].gateway, text);
	return text;
}

START_TEST(the_first_address_of_the_pool_is_its_gateway_and_nobodys)
{
	small_pool();
	fake_delete(c.store, KEY_POOLS "p6");
	cluster_pool(&c, "s6", "fd01::/126", ",\"blockSize\":126");
	assert_ok(add_with_gateway("c1", IPAM_PREFIX_POOL, NULL));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.2/30");
	ck_assert_str_eq(gateway_text(FAMILY_4), "10.1.0.1");
	ck_assert_str_eq(c.text[FAMILY_6], "fd01::2/126");
	ck_assert_str_eq(gateway_text(FAMILY_6), "fd01::1");
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 2);
	assert_fails(cluster_add(&c, "node-a", "c2", "4"), ERR_EXHAUSTED, "No IPs available");
	assert_fails(cluster_add_exact(&c, "node-a", "c2", "10.1.0.1"), ERR_EXISTS, "gateway");
	assert_fails(cluster_add_exact(&c, "node-a", "c2", "10.1.0.3"), ERR_EXISTS, "broadcast");
	assert_fails(cluster_add_exact(&c, "node-a", "c2", "fd01::"), ERR_EXISTS, "network");
	assert_ok(cluster_add_exact(&c, "node-a", "c2", "fd01::3"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(with_prefix_block_every_block_has_its_gateway)
{
	small_pool();
	assert_ok(add_with_gateway("c1", IPAM_PREFIX_BLOCK, NULL));
	ck_assert_str_eq(c.text[FAMILY_4], "10.1.0.2/30");
	ck_assert_str_eq(gateway_text(FAMILY_4), "10.1.0.1");
	assert_fails(cluster_add(&c, "node-a", "c2", "4"), ERR_EXHAUSTED, "No IPs available");
	assert_fails(cluster_add_exact(&c, "node-a", "c2", "10.1.0.1"), ERR_EXISTS, "gateway");
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_gateway_outside_the_prefix_is_refused_before_anything_is_assigned)
{
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, "10.77.0.1"), ERR_CONFIG,
		     "lies outside 10.0.0.0/24");
	ck_assert_uint_eq(fake_count(c.store, "/calico/ipam/"), 0);
}
END_TEST

START_TEST(a_gateway_that_is_no_hosts_address_is_refused_before_anything_is_assigned)
{
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, "10.0.0.255"), ERR_CONFIG,
		     "ipam.gateway: 10.0.0.255 is the broadcast address of 10.0.0.0/24");
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, "10.0.0.0"), ERR_CONFIG,
		     "ipam.gateway: 10.0.0.0 is the network address of 10.0.0.0/24");
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_BLOCK, "10.0.0.31"), ERR_CONFIG,
		     "ipam.gateway: 10.0.0.31 is the broadcast address of 10.0.0.16/28");
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_BLOCK, "10.0.0.16"), ERR_CONFIG,
		     "ipam.gateway: 10.0.0.16 is the network address of 10.0.0.16/28");
	ck_assert_uint_eq(fake_count(c.store, "/calico/ipam/"), 0);
	assert_ok(add_with_gateway("c1", IPAM_PREFIX_POOL, "10.0.0.31"));
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, "10.0.0.255"), ERR_CONFIG,
		     "broadcast");
}
END_TEST

START_TEST(status_refuses_what_add_would_refuse_of_a_gateway)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", "c1", "4");

	r.prefix = IPAM_PREFIX_POOL;
	r.gateway.wanted = true;
	ck_assert_int_eq(addr_parse("10.0.0.255", &r.gateway.address[FAMILY_4]), 0);
	assert_fails(ipam_status(c.ds, &r, &c.e), ERR_CONFIG, "broadcast");
	ck_assert_int_eq(addr_parse("10.0.0.254", &r.gateway.address[FAMILY_4]), 0);
	assert_ok(ipam_status(c.ds, &r, &c.e));
}
END_TEST

START_TEST(a_gateway_that_a_container_holds_is_refused)
{
	assert_ok(cluster_add_exact(&c, "node-b", "c0", "10.0.0.1"));
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, NULL), ERR_EXISTS, "10.0.0.1");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(a_second_request_finds_the_gateway_recorded)
{
	uint64_t revision;

	assert_ok(add_with_gateway("c1", IPAM_PREFIX_POOL, NULL));
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 2);
	revision = fake_revision(c.store);
	assert_ok(add_with_gateway("c2", IPAM_PREFIX_POOL, NULL));
	ck_assert_uint_eq(fake_revision(c.store), revision + 1);
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 2);
}
END_TEST

START_TEST(a_prefix_without_room_for_a_gateway_is_refused)
{
	fake_delete(c.store, KEY_POOLS "p4");
	cluster_pool(&c, "tiny", "10.1.0.0/31", ",\"blockSize\":31");
	assert_fails(add_with_gateway("c1", IPAM_PREFIX_POOL, NULL), ERR_CONFIG, "too small");
}
END_TEST

/* A store of one machine. */
START_TEST(a_store_of_one_machine_honours_the_labels_of_a_node_that_is_there)
{
	datastore_close(c.ds);
	fake_set_traits(c.store, true, true);
	c.ds = fake_open(c.store);
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"nodeSelector\":\"zone == 'a'\"");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	fake_delete(c.store, KEY_NODES "node-a");
	assert_fails(cluster_add(&c, "node-a", "c2", "4"), ERR_POOL, "no configured");
}
END_TEST

START_TEST(a_store_of_one_machine_makes_pools_from_the_conflist)
{
	struct ipam_assign_request r;

	fake_delete(c.store, KEY_POOLS "p4");
	fake_delete(c.store, KEY_POOLS "p6");
	fake_delete(c.store, KEY_NODES "node-a");
	datastore_close(c.ds);
	fake_set_traits(c.store, true, true);
	c.ds = fake_open(c.store);
	r = cluster_request(&c, "node-a", "c1", "46");
	r.make_pools = true;
	r.pools[FAMILY_4][0] = "10.80.0.0/28";
	r.pools[FAMILY_6][0] = "fd80::/64";
	r.n_pools[FAMILY_4] = r.n_pools[FAMILY_6] = 1;
	assert_ok(cluster_assign(&c, &r));
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 2);
	ck_assert_uint_eq(fake_commits(c.store), 1);
	ck_assert_ptr_nonnull(
	    strstr(fake_get(c.store, KEY_POOLS "10-80-0-0-28"), "\"blockSize\":28"));
	cluster_assert_sound(&c);
	r.pools[FAMILY_4][0] = "10.80.0.0/24";
	r.owner.container = "c2";
	assert_fails(cluster_assign(&c, &r), ERR_CONFIG, "10.80.0.0/24");
}
END_TEST

/* What a reader found. */
static int ask_one_machine(const char *node_ip, const char *pool, const char *container)
{
	struct ipam_assign_request r = cluster_request(&c, "node-a", container, "4");

	r.make_pools = true;
	r.pools[FAMILY_4][0] = pool;
	r.n_pools[FAMILY_4] = 1;
	if (node_ip)
		ck_assert_int_eq(addr_parse(node_ip, &r.exact[FAMILY_4]), 0);
	return cluster_assign(&c, &r);
}

static void make_overlapping_pool(struct fake_store *store, unsigned long commit,
				  void *arg __attribute__((unused)))
{
	if (commit == 1)
		fake_put(store, KEY_POOLS "small",
			 "{\"metadata\":{\"name\":\"small\"},\"spec\":{\"cidr\":\"10.80.0.0/28\","
			 "\"blockSize\":28}}");
}

START_TEST(a_pool_made_meanwhile_is_noticed_by_an_exact_request)
{
	datastore_close(c.ds);
	fake_set_traits(c.store, true, true);
	c.ds = fake_open(c.store);
	fake_before_commit(c.store, make_overlapping_pool, NULL);
	ck_assert_int_eq(ask_one_machine("10.80.0.3", "10.80.0.0/16", "c1"), 0);
	fake_before_commit(c.store, NULL, NULL);
	ck_assert_ptr_null(fake_get(c.store, KEY_POOLS "10-80-0-0-16"));
	ck_assert_str_eq(c.answer.pool[FAMILY_4], "small");
}
END_TEST

START_TEST(a_containers_address_is_never_the_gateway_of_an_exact_request)
{
	struct ipam_assign_request r;

	small_pool();
	assert_ok(cluster_add_exact(&c, "node-a", "c1", "10.1.0.1"));
	r = cluster_request(&c, "node-a", "c2", "4");
	ck_assert_int_eq(addr_parse("10.1.0.2", &r.exact[FAMILY_4]), 0);
	r.gateway.wanted = r.gateway.first = true;
	assert_fails(cluster_assign(&c, &r), ERR_EXISTS, "10.1.0.1 is already assigned");
	ck_assert_uint_eq(cluster_allocated(&c), 1);
}
END_TEST

START_TEST(the_gateway_of_a_held_address_is_recorded_too)
{
	small_pool();
	fake_delete(c.store, KEY_POOLS "p6");
	cluster_pool(&c, "s6", "fd01::/126", ",\"blockSize\":126");
	assert_ok(cluster_add_exact(&c, "node-a", "x", "10.1.0.2"));
	assert_ok(cluster_del(&c, "node-a", "x"));
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	if (strcmp(c.text[FAMILY_4], "10.1.0.1/30") == 0) {
		assert_ok(cluster_add(&c, "node-a", "c2", "4"));
		assert_ok(cluster_del(&c, "node-a", "c1"));
		assert_ok(add_with_gateway("c2", IPAM_PREFIX_POOL, NULL));
	} else {
		assert_ok(add_with_gateway("c1", IPAM_PREFIX_POOL, NULL));
	}
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 2);
	assert_fails(cluster_add_exact(&c, "node-a", "c3", "10.1.0.1"), ERR_EXISTS, "gateway");
}
END_TEST

START_TEST(what_cannot_be_read_of_other_pools_fails_nobody)
{
	cluster_pool(&c, "q4", "10.8.0.0/24", ",\"nodeSelector\":\"zone == 'b'\"");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.8.0.0-26",
		 "{\"state\":\"confirmed\"}");
	fake_put(c.store, KEY_BLOCKS_4 "10.8.0.0-26", "noise");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	cluster_pool(&c, "q4", "10.8.0.0/24", ",\"nodeSelector\":\"zone ==\"");
	assert_ok(ask("p4", FAMILY_4));
}
END_TEST

START_TEST(an_unreadable_affinity_of_an_own_block_is_written_anew)
{
	small_pool();
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-a\"", "2026-08-22T10:00:00Z");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.1.0.0-30", "noise");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(an_own_block_whose_affinity_is_lost_is_confirmed_again)
{
	small_pool();
	cluster_config(&c, "{\"strict_affinity\":true,\"auto_allocate_blocks\":true}");
	put_block("10.1.0.0-30", "10.1.0.0/30", "\"host:node-a\"", "2026-08-22T10:00:00Z");
	assert_ok(cluster_add(&c, "node-a", "c1", "4"));
	ck_assert_uint_eq(blocks_of("node-a"), 1);
	cluster_assert_sound(&c);
}
END_TEST

static void add_case(Suite *s, const char *name, const TTest *const *tests)
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, setup, teardown);
	for (; *tests; tests++)
		tcase_add_test(t, *tests);
	suite_add_tcase(s, t);
}

static void add_own_and_new_blocks(Suite *s)
{
	add_case(s, "own and new blocks",
		 (const TTest *[]){ both_families_are_one_commit,
				    an_add_with_a_block_at_hand_reads_twice_and_commits_once,
				    own_blocks_are_read_before_the_pools_are_looked_at,
			 a_repeated_add_returns_what_is_held,
				    a_repeated_add_adds_only_the_missing_family,
				    another_interface_of_the_container_gets_its_own_address,
				    entries_without_ifname_count_as_held_and_are_released,
				    nothing_stays_assigned_when_one_family_fails,
				    a_new_block_is_claimed_with_a_confirmed_affinity,
				    own_blocks_are_used_before_new_ones_are_claimed,
				    hosts_claim_different_blocks,
				    the_search_for_a_block_looks_only_at_blocks_near_its_pools,
				    an_affinity_without_its_block_is_used_first, NULL });
}

static void add_other_hosts(Suite *s)
{
	add_case(s, "other hosts",
		 (const TTest *[]){
		     an_affinity_of_another_hosts_block_is_dropped,
		     an_unconfirmed_affinity_is_confirmed_with_a_rewrite_of_its_block,
		     an_empty_block_claimed_a_minute_ago_is_taken_over,
		     a_block_claimed_within_the_minute_is_borrowed_from_not_taken,
		     the_minute_before_a_take_over_is_one_to_the_nanosecond,
		     a_block_is_taken_over_when_its_minute_is_full,
		     with_strict_affinity_nothing_is_borrowed,
		     a_block_without_affinity_is_borrowed_from,
		     an_exhausted_pool_is_an_error_that_names_it_and_writes_nothing,
		     the_block_limit_ends_the_search_without_borrowing,
		     twenty_blocks_are_the_limit_where_none_is_set,
		     an_empty_configuration_object_turns_auto_allocation_off, NULL });
}

static void add_pools(Suite *s)
{
	add_case(s, "pools",
		 (const TTest *[]){
		     reserved_addresses_are_passed_over_and_keep_their_place,
		     what_is_no_ordinal_in_a_free_list_is_passed_over_and_keeps_its_place,
		     wholly_reserved_blocks_are_not_claimed, exact_requests_ignore_reservations,
		     node_selectors_choose_pools, a_node_no_pool_selects_is_told_so,
		     an_invalid_selector_in_one_pool_fails_the_allocation,
		     a_missing_node_object_fails_automatic_but_not_exact_assignment,
		     pools_for_other_uses_are_passed_over,
		     manual_pools_are_used_only_when_asked_for,
		     asked_for_pools_are_found_by_name_and_by_cidr_with_host_bits,
		     asked_for_pools_that_are_unfit_are_named,
				    an_asked_for_pool_with_a_long_name_is_cut_between_characters,
				    of_a_disabled_pool_is_told_what_enables_it,
				    of_more_pools_than_an_error_holds_some_are_named,
				    an_asked_for_cidr_that_overlaps_a_pool_names_it_and_what_to_do,
				    an_address_asked_for_as_a_pool_is_completed,
		     a_pool_with_a_namespace_selector_is_an_error_that_names_it, NULL });
}

static void add_exact(Suite *s)
{
	add_case(s, "exact",
		 (const TTest *[]){ an_exact_address_is_strict,
				    two_exact_addresses_are_both_assigned_or_none,
				    a_strict_cluster_gives_exact_addresses_from_own_blocks_only,
				    a_cooling_address_cannot_be_asked_for,
				    an_unreadable_own_block_is_an_error_that_names_its_key, NULL });
}

static void add_races(Suite *s)
{
	add_case(s, "races",
		 (const TTest *[]){
		     a_lost_race_is_planned_again, a_pool_that_goes_away_meanwhile_gives_no_address,
		     a_reservation_made_meanwhile_is_respected,
		     a_lost_answer_is_found_again_not_assigned_twice,
		     an_error_of_the_store_is_passed_on_and_nothing_is_written,
		     a_failure_after_a_lost_answer_says_that_it_may_have_gone_through,
		     a_store_without_transactions_may_break_off_anywhere,
		     an_affinity_outside_its_selector_is_released_when_empty, NULL });
}

START_TEST(a_name_that_no_node_can_have_is_named_and_not_called_missing)
{
	assert_fails(cluster_add(&c, "NodeA", "c1", "4"), ERR_CONFIG,
		     "name of the node \"NodeA\" must");
	assert_fails(cluster_add(&c, "node_1", "c1", "4"), ERR_CONFIG, "set nodename");
	/* Whoever wrote it there all the same has it. */
	cluster_node(&c, "node_1", "{}");
	assert_ok(cluster_add(&c, "node_1", "c1", "4"));
	fake_set_traits(c.store, true, true);
	datastore_close(c.ds);
	c.ds = fake_open(c.store);
	assert_ok(cluster_add(&c, "NodeA", "c2", "4"));
}
END_TEST

START_TEST(an_error_names_the_store_once)
{
	fake_delete(c.store, KEY_POOLS "p4");
	assert_fails(cluster_add(&c, "node-a", "c1", "4"), ERR_POOL, "cannot find");
	ck_assert_int_eq(strncmp(c.e.text, "fake store: cannot find", 23), 0);
	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	ck_assert_int_eq(cluster_add(&c, "node-a", "c1", "4"), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
	ck_assert_ptr_null(strstr(c.e.text + 1, "fake store"));
	assert_fails(cluster_add(&c, "node-c", "c1", "4"), ERR_NOT_FOUND,
		     "fake store: resource does not exist: Node(node-c): node ");
}
END_TEST

START_TEST(the_command_that_makes_a_node_known_is_told_whole)
{
	char node[NODE_NAME_MAX + 1], handle[401], command[NODE_NAME_MAX + 64];

	memset(node, 'n', NODE_NAME_MAX);
	node[NODE_NAME_MAX] = '\0';
	memset(handle, 'h', sizeof(handle) - 1);
	handle[sizeof(handle) - 1] = '\0';
	snprintf(command, sizeof(command), "calico-ipamctl node create %s", node);
	ck_assert_int_eq(cluster_add(&c, node, "c1", "4"), -1);
	err_wrap(&c.e, "assign %s", handle);
	ck_assert_msg(strstr(c.e.text, command), "%s", c.e.text);
}
END_TEST

static void add_gateways(Suite *s)
{
	add_case(s, "gateways",
		 (const TTest *[]){
		     the_first_address_of_the_pool_is_its_gateway_and_nobodys,
		     with_prefix_block_every_block_has_its_gateway,
		     a_gateway_outside_the_prefix_is_refused_before_anything_is_assigned,
		     a_gateway_that_is_no_hosts_address_is_refused_before_anything_is_assigned,
		     status_refuses_what_add_would_refuse_of_a_gateway,
		     a_gateway_that_a_container_holds_is_refused,
		     a_second_request_finds_the_gateway_recorded,
		     a_prefix_without_room_for_a_gateway_is_refused,
		     a_store_of_one_machine_honours_the_labels_of_a_node_that_is_there,
		     a_store_of_one_machine_makes_pools_from_the_conflist, NULL });
}

static void add_review(Suite *s)
{
	add_case(s, "what a reader found",
		 (const TTest *[]){ an_error_names_the_store_once,
				    the_command_that_makes_a_node_known_is_told_whole,
				    a_name_that_no_node_can_have_is_named_and_not_called_missing,
				    a_pool_made_meanwhile_is_noticed_by_an_exact_request,
				    a_containers_address_is_never_the_gateway_of_an_exact_request,
				    the_gateway_of_a_held_address_is_recorded_too,
				    what_cannot_be_read_of_other_pools_fails_nobody,
				    an_unreadable_affinity_of_an_own_block_is_written_anew,
				    an_own_block_whose_affinity_is_lost_is_confirmed_again, NULL });
}

Suite *suite(void)
{
	Suite *s = suite_create("assign");

	add_own_and_new_blocks(s);
	add_other_hosts(s);
	add_pools(s);
	add_exact(s);
	add_races(s);
	add_gateways(s);
	add_review(s);
	return s;
}
