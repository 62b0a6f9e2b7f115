/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit: each inconsistency, written into the store by hand, is found, and no
 * other; and what can be mended is sound afterwards.
 */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/audit/audit.h"
#include "ipam/record/keys.h"
#include "ipam/audit/workloads.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define BLOCK KEY_BLOCKS_4 "10.0.0.0-30"
#define AFFINITY "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.0-30"
#define HANDLE KEY_HANDLES "net.c1"
#define CONFIRMED "{\"state\":\"confirmed\",\"deleted\":false}"
#define LONG_AGO "2026-08-22T09:00:00Z"
#define ENTRY(handle) \
	"{\"handle_id\":\"" handle "\",\"secondary\":{\"ifname\":\"eth0\",\"node\":\"node-a\"," \
	"\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}"

static struct cluster c;
static struct audit audit;
static struct audit_options options;
static struct audit_repairs repairs;
static enum audit_life life_of_all;

/* cidr, affinity (with quotes, or null), allocations, unallocated, attributes */
static void put_block(const char *key, const char *cidr, const char *affinity,
		      const char *allocations, const char *unallocated, const char *attributes)
{
	char value[2048];

	snprintf(value, sizeof(value),
		 "{\"cidr\":\"%s\",\"affinity\":%s,\"affinity_claim_time\":\"" LONG_AGO "\","
		 "\"allocations\":%s,\"unallocated\":%s,\"attributes\":%s,\"sequenceNumber\":9,"
		 "\"sequenceNumberForAllocation\":{\"0\":7},\"deleted\":false}",
		 cidr, affinity, allocations, unallocated, attributes);
	fake_put(c.store, key, value);
}

static void sound_block(void)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
		  "[" ENTRY("net.c1") "]");
}

/* One pool, one node, one block with one address: nothing wrong. */
static void setup(void)
{
	cluster_init(&c);
	audit = (struct audit){ 0 };
	options = (struct audit_options){ .now_ns = c.now_ns };
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":30");
	cluster_node(&c, "node-a", "{}");
	sound_block();
	fake_put(c.store, AFFINITY, CONFIRMED);
	fake_put(c.store, HANDLE, "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
}

static void teardown(void)
{
	audit_done(&audit);
	cluster_done(&c);
}

static void look(void)
{
	audit_done(&audit);
	err_reset(&c.e);
	ck_assert_msg(audit_read(c.ds, &options, &audit, &c.e) == 0, "%s", c.e.text);
}

static void assert_clean(void)
{
	look();
	ck_assert_msg(audit.n == 0, "%s: %s %s", audit.n ? problem_name(audit.list[0].kind) : "",
		      audit.n && audit.list[0].key ? audit.list[0].key : "",
		      audit.n ? audit.list[0].text : "");
}

/* Exactly one finding, of the kind, about the key. */
static void assert_found(enum problem_kind kind, const char *key)
{
	look();
	for (size_t i = 0; i < audit.n; i++)
		ck_assert_msg(audit.list[i].kind == kind && audit.n == 1, "%zu of %zu: %s %s %s", i,
			      audit.n, problem_name(audit.list[i].kind),
			      audit.list[i].key ? audit.list[i].key : "", audit.list[i].text);
	ck_assert_uint_eq(audit.n, 1);
	ck_assert_uint_eq(audit.counts[kind], 1);
	if (key)
		ck_assert_str_eq(audit.list[0].key, key);
}

static void assert_address(const char *text)
{
	char got[ADDR_TEXT];

	addr_print(audit.list[0].addr, got);
	ck_assert_str_eq(got, text);
}

static void repair_all(void)
{
	ck_assert_msg(audit_repair(c.ds, audit.list, audit.n, c.now_ns, NULL, NULL, &repairs,
				   &c.e) == 0, "%s", c.e.text);
}

static void mend(void)
{
	ck_assert(problem_is_repairable(audit.list[0].kind));
	repair_all();
	ck_assert_uint_eq(repairs.n, audit.n);
	ck_assert_uint_eq(repairs.failed, 0);
	assert_clean();
	cluster_assert_sound(&c);
}

START_TEST(a_sound_store_has_no_findings)
{
	ck_assert_uint_eq(fake_count(c.store, KEY_ROOT), 5);
	assert_clean();
	ck_assert_uint_eq(audit.handles, 1);
	ck_assert_uint_eq(audit.affinities, 1);
	ck_assert_uint_eq(audit.utilization.blocks, 1);
}
END_TEST

START_TEST(what_the_plugin_writes_is_sound)
{
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_config(&c, "{\"auto_allocate_blocks\":true,\"ipCooldownSeconds\":60}");
	for (int i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "x%d", i);
		ck_assert_msg(cluster_add(&c, "node-a", name, "46") == 0, "%s",
			      c.e.text);
		if (i % 4 == 0)
			ck_assert_int_eq(cluster_del(&c, "node-a", name), 0);
	}
	options.now_ns = c.now_ns + CLUSTER_SECOND;
	assert_clean();
}
END_TEST

START_TEST(a_handle_that_counts_wrong_is_mended)
{
	fake_put(c.store, HANDLE, "{\"block\":{\"10.0.0.0/30\":3},\"deleted\":false}");
	assert_found(PROBLEM_HANDLE_COUNT, HANDLE);
	mend();
	ck_assert_str_eq(fake_get(c.store, HANDLE),
			 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
}
END_TEST

/* It has told the handle, and is about to write the block as it read it. */
START_TEST(a_writer_in_two_steps_does_not_come_through_once_its_handle_is_mended)
{
	uint64_t as_read = fake_revision_of(c.store, BLOCK);

	fake_put(c.store, HANDLE, "{\"block\":{\"10.0.0.0/30\":2},\"deleted\":false}");
	assert_found(PROBLEM_HANDLE_COUNT, HANDLE);
	mend();
	ck_assert_uint_ne(fake_revision_of(c.store, BLOCK), as_read);
}
END_TEST

START_TEST(a_handle_that_lacks_one_of_its_blocks_is_mended)
{
	put_block(KEY_BLOCKS_4 "10.0.0.4-30", "10.0.0.4/30", "\"host:node-a\"",
		  "[0,null,null,null]", "[1,2,3]", "[" ENTRY("net.c1") "]");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.4-30", CONFIRMED);
	assert_found(PROBLEM_HANDLE_COUNT, HANDLE);
	mend();
	ck_assert_str_eq(fake_get(c.store, HANDLE), "{\"block\":{\"10.0.0.0/30\":1,"
			 "\"10.0.0.4/30\":1},\"deleted\":false}");
}
END_TEST

START_TEST(a_handle_that_names_an_absent_block_is_mended)
{
	fake_put(c.store, HANDLE,
		 "{\"block\":{\"10.0.0.0/30\":1,\"10.0.0.8/30\":1},\"deleted\":false}");
	assert_found(PROBLEM_HANDLE_BLOCK, HANDLE);
	mend();
}
END_TEST

START_TEST(a_handle_of_no_address_is_deleted)
{
	fake_put(c.store, KEY_HANDLES "net.c9",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	assert_found(PROBLEM_HANDLE_LEAKED, KEY_HANDLES "net.c9");
	ck_assert_uint_gt(audit.list[0].revision, 0);
	mend();
	ck_assert_ptr_null(fake_get(c.store, KEY_HANDLES "net.c9"));
}
END_TEST

START_TEST(an_allocations_missing_handle_is_written_for_all_its_blocks)
{
	put_block(KEY_BLOCKS_4 "10.0.0.4-30", "10.0.0.4/30", "\"host:node-a\"", "[0,0,null,null]",
		  "[2,3]", "[" ENTRY("net.c1") "]");
	fake_put(c.store, "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.4-30", CONFIRMED);
	fake_delete(c.store, HANDLE);
	assert_found(PROBLEM_HANDLE_MISSING, HANDLE);
	mend();
	ck_assert_str_eq(fake_get(c.store, HANDLE), "{\"block\":{\"10.0.0.0/30\":1,"
			 "\"10.0.0.4/30\":2},\"deleted\":false}");
}
END_TEST

START_TEST(a_missing_handle_is_written_for_all_its_blocks_however_many)
{
	enum { BLOCKS = 64 };	/* of the pool: 10.0.0.0/24 in /30 */

	fake_delete(c.store, HANDLE);
	cluster_pool(&c, "p5", "10.0.1.0/24", ",\"blockSize\":30");
	for (unsigned i = 1; i < 2 * BLOCKS; i++) {
		char cidr[32], key[KEY_TEXT], affinity[KEY_TEXT];

		snprintf(cidr, sizeof(cidr), "10.0.%u.%u", i / BLOCKS, i % BLOCKS * 4);
		snprintf(key, sizeof(key), KEY_BLOCKS_4 "%s-30", cidr);
		snprintf(affinity, sizeof(affinity),
			 "/calico/ipam/v2/host/node-a/ipv4/block/%s-30", cidr);
		strcat(cidr, "/30");
		put_block(key, cidr, "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
			  "[" ENTRY("net.c1") "]");
		fake_put(c.store, affinity, CONFIRMED);
	}
	assert_found(PROBLEM_HANDLE_MISSING, HANDLE);
	mend();
}
END_TEST

START_TEST(an_attribute_that_stands_behind_thousands_of_unused_ones_is_in_use)
{
	enum { UNUSED = BLOCK_SIZE_MAX + 5 };
	struct buf text __cleanup(buf_done) = BUF(1 << 20);

	buf_printf(&text, "{\"cidr\":\"10.0.0.0/30\",\"affinity\":\"host:node-a\","
		   "\"allocations\":[%u,null,null,null],\"unallocated\":[1,2,3],\"attributes\":[",
		   UNUSED);
	for (unsigned i = 0; i < UNUSED; i++)
		buf_puts(&text, "{},");
	buf_puts(&text, ENTRY("net.c1") "],\"sequenceNumber\":9,"
			"\"sequenceNumberForAllocation\":{},\"deleted\":false}");
	fake_put(c.store, BLOCK, text.data);
	assert_found(PROBLEM_ATTRIBUTE_UNUSED, BLOCK);
	ck_assert_ptr_nonnull(strstr(audit.list[0].text, "4101 of its 4102 "));
	mend();
}
END_TEST

START_TEST(an_attribute_nothing_points_at_is_dropped)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
		  "[" ENTRY("net.c1") "," ENTRY("net.c2") "]");
	assert_found(PROBLEM_ATTRIBUTE_UNUSED, BLOCK);
	mend();
	ck_assert_ptr_null(strstr(fake_get(c.store, BLOCK), "net.c2"));
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK), "\"sequenceNumber\":10"));
}
END_TEST

static const char *const wrong_free_lists[] = { "[1,2,2,3]", "[0,1,2,3]", "[3,1]",
						"[2,2,2,2,2,2]", "[0,0,0,0,0,3,3]",
						"[4,3,-1,2,1]", "[1,2,3,99]" };
static const char *const right_free_lists[] = { "[1,2,3]", "[1,2,3]", "[3,1,2]",
						"[2,1,3]", "[3,1,2]",
						"[3,2,1]", "[1,2,3]" };

START_TEST(a_wrong_list_of_free_addresses_is_mended)
{
	char text[64];

	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]",
		  wrong_free_lists[_i], "[" ENTRY("net.c1") "]");
	assert_found(PROBLEM_UNALLOCATED, BLOCK);
	mend();
	snprintf(text, sizeof(text), "\"unallocated\":%s", right_free_lists[_i]);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, BLOCK), text));
}
END_TEST

START_TEST(a_release_in_the_future_is_found)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,1,null,null]", "[2,3]",
		  "[" ENTRY("net.c1") ",{\"releasedAt\":\"2027-01-01T00:00:00Z\"}]");
	assert_found(PROBLEM_RELEASED_AHEAD, BLOCK);
	ck_assert(!problem_is_repairable(PROBLEM_RELEASED_AHEAD));
}
END_TEST

static const char *const unreadable[] = {
	BLOCK, HANDLE, AFFINITY, KEY_POOLS "p4", KEY_POOLS "p9", KEY_CONFIG, KEY_HANDLES "other",
};

START_TEST(an_unreadable_record_is_named_and_nothing_is_judged_by_it)
{
	cluster_pool(&c, "p8", "10.0.0.0/24", ",\"blockSize\":30");
	fake_put(c.store, unreadable[_i], "{\"x\":");
	assert_found(PROBLEM_UNREADABLE, unreadable[_i]);
}
END_TEST

static char shown[256];

static void see_block(const struct utilization *s, const struct block *b,
		      const struct utilization_pool *pool, void *arg)
{
	char cidr[CIDR_TEXT];

	ck_assert(arg == &c && pool == &s->list[0]);
	cidr_print(b->cidr, cidr);
	snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "%s ", cidr);
}

static void see_unreadable(const char *key, const char *why, void *arg)
{
	ck_assert(arg == &c && strstr(why, key));
	snprintf(shown + strlen(shown), sizeof(shown) - strlen(shown), "not %s ", key);
}

START_TEST(who_wants_the_blocks_is_shown_each_of_them)
{
	const struct utilization_visitor visitor = { see_block, see_unreadable, &c };

	options.visitor = &visitor;
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.4-30", "{");
	shown[0] = '\0';
	look();
	ck_assert_str_eq(shown, "10.0.0.0/30 not " KEY_BLOCKS_4 "10.0.0.4-30 ");
}
END_TEST

static const char *const unreadable_cidrs[] = {
	"[\"10.0.0.8-10.0.0.12\"]", "[\"10.0.0.8/33\"]", "[\"10.0.0.8\",\"10.0.0.9 - 10.0.0.12\"]",
	"[\"10.0.0\"]", "[8]", "[null]", "[\"\"]",
};

START_TEST(an_entry_of_a_reservation_that_cannot_be_read_is_told)
{
	cluster_reserve(&c, "r", unreadable_cidrs[_i]);
	assert_found(PROBLEM_UNREADABLE, KEY_RESERVATIONS "r");
	ck_assert_ptr_nonnull(strstr(audit.list[0].text, "is neither a CIDR nor an address, and "
				     "reserves nothing"));
}
END_TEST

START_TEST(a_pool_that_is_smaller_than_its_blocks_is_told_and_has_no_free_address)
{
	cluster_pool(&c, "p5", "10.0.1.0/28", ",\"blockSize\":26");
	assert_found(PROBLEM_POOL_UNUSABLE, KEY_POOLS "p5");
	ck_assert_str_eq(audit.utilization.list[1].pool->name, "p5");
	ck_assert_uint_eq((unsigned)audit.utilization.list[1].total, 16);
	ck_assert_uint_eq((unsigned)audit.utilization.list[1].free, 0);
}
END_TEST

START_TEST(a_pool_that_is_disabled_is_no_problem_and_has_no_free_address)
{
	cluster_pool(&c, "p5", "10.0.1.0/28", ",\"blockSize\":26,\"disabled\":true");
	assert_clean();
	ck_assert_uint_eq((unsigned)audit.utilization.list[1].total, 16);
	ck_assert_uint_eq((unsigned)audit.utilization.list[1].free, 0);
}
END_TEST

START_TEST(an_index_that_points_at_no_attribute_makes_a_block_unreadable)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[4,null,null,null]", "[1,2,3]",
		  "[" ENTRY("net.c1") "]");
	assert_found(PROBLEM_UNREADABLE, BLOCK);
	ck_assert_ptr_nonnull(strstr(audit.list[0].text, "not an index"));
}
END_TEST

START_TEST(an_affinity_without_block_is_deleted)
{
	static const char key[] = "/calico/ipam/v2/host/node-a/ipv4/block/10.0.0.4-30";

	fake_put(c.store, key, "{\"state\":\"pending\",\"deleted\":false}");
	assert_found(PROBLEM_AFFINITY_NO_BLOCK, key);
	mend();
	ck_assert_ptr_null(fake_get(c.store, key));
}
END_TEST

static const char *const no_affinities[] = {
	KEY_HOST_AFFINITIES "node-a/ipv4/block/fd00::-122",
	KEY_HOST_AFFINITIES "node-a/ipv4/10.0.0.0-30",
	KEY_HOST_AFFINITIES "/ipv4/block/10.0.0.0-30",
	KEY_VIRTUAL_AFFINITIES "load-balancer/ipv6/block/10.0.0.0-30",
};

START_TEST(a_key_that_is_not_shaped_like_an_affinitys_is_passed_over)
{
	fake_put(c.store, no_affinities[_i], CONFIRMED);
	assert_clean();
	ck_assert_uint_eq(audit.affinities, 1);
}
END_TEST

START_TEST(an_affinity_of_anothers_block_is_deleted)
{
	static const char key[] = "/calico/ipam/v2/virtual/load-balancer/ipv4/block/10.0.0.0-30";

	fake_put(c.store, key, CONFIRMED);
	assert_found(PROBLEM_AFFINITY_FOREIGN, key);
	mend();
	ck_assert_ptr_null(fake_get(c.store, key));
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY));
}
END_TEST

START_TEST(a_missing_affinity_record_is_written)
{
	fake_delete(c.store, AFFINITY);
	assert_found(PROBLEM_AFFINITY_MISSING, AFFINITY);
	mend();
	ck_assert_str_eq(fake_get(c.store, AFFINITY), CONFIRMED);
}
END_TEST

static const char *const unconfirmed[] = { "pending", "pendingDeletion" };

START_TEST(an_affinity_not_confirmed_for_long_is_confirmed)
{
	char value[64];

	snprintf(value, sizeof(value), "{\"state\":\"%s\",\"deleted\":false}", unconfirmed[_i]);
	fake_put(c.store, AFFINITY, value);
	assert_found(PROBLEM_AFFINITY_STATE, AFFINITY);
	mend();
	ck_assert_str_eq(fake_get(c.store, AFFINITY), CONFIRMED);
}
END_TEST

START_TEST(a_young_claim_may_still_be_pending)
{
	fake_put(c.store, AFFINITY, "{\"state\":\"pending\",\"deleted\":false}");
	options.now_ns -= 3590 * CLUSTER_SECOND;
	look();
	ck_assert_uint_eq(audit.counts[PROBLEM_AFFINITY_STATE], 0);
}
END_TEST

START_TEST(a_block_in_no_pool_is_found)
{
	fake_delete(c.store, KEY_POOLS "p4");
	assert_found(PROBLEM_BLOCK_STRAY, BLOCK);
}
END_TEST

START_TEST(a_block_of_another_size_than_its_pools_is_found)
{
	cluster_pool(&c, "p4", "10.0.0.0/24", ",\"blockSize\":28");
	assert_found(PROBLEM_BLOCK_SIZE, BLOCK);
}
END_TEST

START_TEST(overlapping_blocks_and_an_address_allocated_twice_are_found)
{
	put_block(KEY_BLOCKS_4 "10.0.0.0-31", "10.0.0.0/31", "null", "[0,null]", "[1]",
		  "[" ENTRY("net.c2") "]");
	fake_put(c.store, KEY_HANDLES "net.c2",
		 "{\"block\":{\"10.0.0.0/31\":1},\"deleted\":false}");
	look();
	ck_assert_uint_eq(audit.n, 3);
	ck_assert_uint_eq(audit.counts[PROBLEM_BLOCK_SIZE], 1);
	ck_assert_uint_eq(audit.counts[PROBLEM_BLOCK_OVERLAP], 1);
	ck_assert_uint_eq(audit.counts[PROBLEM_DUPLICATE], 1);
	ck_assert_ptr_nonnull(strstr(audit.list[2].text, "net.c2"));
}
END_TEST

static struct audit_evidence life(const struct attribute *attribute, const void *arg)
{
	ck_assert_ptr_eq(arg, &c);
	ck_assert_ptr_nonnull(attribute_handle(attribute));
	return (struct audit_evidence){ life_of_all, "it was seen to end" };
}

START_TEST(an_address_whose_container_is_gone_is_leaked)
{
	options.life = life;
	options.life_arg = &c;
	life_of_all = LIFE_UNKNOWN;
	assert_clean();
	life_of_all = LIFE_ALIVE;
	options.endpoints = true;
	assert_clean();
	options.endpoints = false;
	life_of_all = LIFE_GONE;
	assert_found(PROBLEM_LEAKED, NULL);
	assert_address("10.0.0.0");
	ck_assert_str_eq(audit.list[0].handle, "net.c1");
	ck_assert_uint_eq(audit.list[0].sequence, 7);
	ck_assert_ptr_nonnull(strstr(audit.list[0].text, ", and it was seen to end"));
}
END_TEST

static void assert_judged(unsigned judged, unsigned unjudged, unsigned untold)
{
	assert_clean();
	ck_assert_uint_eq(audit.judged, judged);
	ck_assert_uint_eq(audit.unjudged, unjudged);
	ck_assert_uint_eq(audit.untold, untold);
}

START_TEST(that_nobody_names_a_container_is_no_evidence_and_is_counted)
{
	char text[ADDR_TEXT];

	assert_judged(0, 1, 0);
	options.life = life;
	options.life_arg = &c;
	life_of_all = LIFE_UNKNOWN;
	assert_judged(0, 1, 0);
	life_of_all = LIFE_UNTOLD;
	assert_judged(0, 1, 1);
	addr_print(audit.an_untold, text);
	ck_assert_str_eq(text, "10.0.0.0");
	life_of_all = LIFE_ALIVE;
	assert_judged(1, 0, 0);
	options.now_ns -= 3590 * CLUSTER_SECOND;
	assert_judged(0, 0, 0);
}
END_TEST

/* A Calico that does not know cooldown erases "releasedAt" when it rewrites the block. */
START_TEST(an_address_that_tells_no_owner_is_leaked)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,1,null,null]", "[2,3]",
		  "[" ENTRY("net.c1") ",{\"handle_id\":null,\"secondary\":null}]");
	assert_found(PROBLEM_LEAKED, NULL);
	assert_address("10.0.0.1");
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,1,null,null]", "[2,3]",
		  "[" ENTRY("net.c1") ",{\"handle_id\":null,\"secondary\":{\"vm\":\"x\"}}]");
	assert_clean();
}
END_TEST

START_TEST(an_allocation_of_the_last_minute_is_not_leaked)
{
	options.life = life;
	options.life_arg = &c;
	life_of_all = LIFE_GONE;
	options.now_ns -= 3590 * CLUSTER_SECOND;
	assert_clean();
}
END_TEST

static void put_endpoint(const char *name, const char *network)
{
	char key[KEY_TEXT], value[512];

	snprintf(key, sizeof(key), KEY_WORKLOADS "default/%s", name);
	snprintf(value, sizeof(value), "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"orchestrator\":"
		 "\"k8s\",\"node\":\"node-a\",\"ipNetworks\":[\"%s\"]}}", network);
	fake_put(c.store, key, value);
}

START_TEST(without_endpoints_an_address_is_information_and_with_the_switch_a_leak)
{
	put_endpoint("other", "10.0.0.200/32");
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
		  "[" ENTRY("net.c1") "]");
	fake_delete(c.store, KEY_WORKLOADS "default/other");
	assert_clean();
	ck_assert_uint_eq(audit.without_endpoint, 0);
	put_endpoint("mine", "192.0.2.1/32");
	assert_clean();
	ck_assert_uint_eq(audit.without_endpoint, 1);
	fake_delete(c.store, KEY_WORKLOADS "default/mine");
	options.endpoints = true;
	assert_found(PROBLEM_LEAKED, NULL);
	put_endpoint("mine", "10.0.0.0/32");
	assert_clean();
}
END_TEST

START_TEST(an_endpoint_whose_address_nobody_allocated_is_found)
{
	put_endpoint("e", "10.0.0.77/32");
	assert_found(PROBLEM_IN_USE, NULL);
	assert_address("10.0.0.77");
	put_endpoint("e", "10.0.0.1/32");
	assert_found(PROBLEM_IN_USE, NULL);
	put_endpoint("e", "192.0.2.1/32");
	assert_clean();
	options.endpoints = true;
	look();
	ck_assert_uint_eq(audit.counts[PROBLEM_IN_USE_NO_POOL], 1);
}
END_TEST

START_TEST(an_address_of_a_vm_of_openstacks_is_found_where_a_pool_may_give_it_away)
{
	static const char vm[] = "{\"kind\":\"WorkloadEndpoint\",\"spec\":{\"orchestrator\":"
		"\"openstack\",\"node\":\"compute-1\",\"ipNetworks\":[\"%s\","
		"\"10.99.0.0/24/32\"]}}";
	char value[256];

	options.endpoints = true;
	snprintf(value, sizeof(value), vm, "192.0.2.1/32");
	fake_put(c.store, KEY_WORKLOADS "openstack/vm", value);
	look();
	ck_assert_uint_eq(audit.counts[PROBLEM_IN_USE_NO_POOL], 0);
	options.endpoints = false;
	snprintf(value, sizeof(value), vm, "10.0.0.77/32");
	fake_put(c.store, KEY_WORKLOADS "openstack/vm", value);
	assert_found(PROBLEM_IN_USE, NULL);
	assert_address("10.0.0.77");
	fake_put(c.store, KEY_RESERVATIONS "neutrons",
		 "{\"spec\":{\"reservedCIDRs\":[\"10.0.0.64/26\"]}}");
	assert_clean();
}
END_TEST

START_TEST(a_tunnel_address_is_judged_by_its_node)
{
	static const char tunnel[] =
		"[{\"handle_id\":\"vxlan-v6-tunnel-addr-node-a\",\"secondary\":{\"node\":"
		"\"node-a\",\"type\":\"vxlanV6TunnelAddress\"}}]";

	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
		  tunnel);
	fake_delete(c.store, HANDLE);
	fake_put(c.store, KEY_HANDLES "vxlan-v6-tunnel-addr-node-a",
		 "{\"block\":{\"10.0.0.0/30\":1},\"deleted\":false}");
	options.endpoints = true;
	assert_found(PROBLEM_LEAKED, NULL);
	fake_put(c.store, KEY_NODES "node-a", "{\"kind\":\"Node\",\"metadata\":{\"name\":"
		 "\"node-a\"},\"spec\":{\"ipv6VXLANTunnelAddr\":\"10.0.0.0\"},\"status\":{}}");
	assert_clean();
}
END_TEST

#define POD_ENTRY(more) \
	"[{\"handle_id\":\"net.c1\",\"secondary\":{" more "\"namespace\":\"web\",\"node\":" \
	"\"node-a\",\"pod\":\"front\",\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}]"

static void put_held(const char *attributes)
{
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,null,null,null]", "[1,2,3]",
		  attributes);
}

/* Of pod "front" in namespace "web". */
static void put_pod(const char *node, const char *networks)
{
	char value[512];

	snprintf(value, sizeof(value), "{\"kind\":\"WorkloadEndpoint\",\"metadata\":{\"namespace\":"
		 "\"web\"},\"spec\":{\"node\":\"%s\",\"pod\":\"front\",\"ipNetworks\":[%s]}}", node,
		 networks);
	fake_put(c.store, KEY_WORKLOADS "web/e", value);
}

/* A store that has all pods: none, but a sound cluster. */
static void have_pods(void)
{
	datastore_close(c.ds);
	fake_has_pods(c.store);
	c.ds = fake_open(c.store);
	put_held(POD_ENTRY("\"ifname\":\"eth0\","));
}

static void assert_leaked(const char *words)
{
	assert_found(PROBLEM_LEAKED, NULL);
	assert_address("10.0.0.0");
	ck_assert_msg(strstr(audit.list[0].text, words) != NULL, "%s", audit.list[0].text);
}

START_TEST(where_the_store_has_all_pods_an_address_is_its_pods_or_leaked)
{
	have_pods();
	assert_leaked("its pod is not there");
	put_pod("node-a", "\"10.0.0.0/32\"");
	assert_clean();
	put_pod("node-a", "\"192.0.2.7/32\"");
	assert_leaked("its pod has another address");
	put_pod("node-b", "\"192.0.2.7/32\"");
	assert_leaked("its pod is on another node");
	fake_delete(c.store, KEY_NODES "node-a");
	put_pod("node-a", "\"192.0.2.7/32\"");
	look();
	ck_assert_uint_eq(audit.counts[PROBLEM_LEAKED], 1);
	ck_assert_ptr_nonnull(strstr(audit.list[0].text, "its node is not there"));
	ck_assert_uint_eq(audit.utilization.list[0].leaked, 1);
	ck_assert_uint_eq(utilization_node(&audit.utilization, "node-a")->shares[0].leaked, 1);
}
END_TEST

START_TEST(a_pod_of_which_no_address_is_known_yet_keeps_what_it_holds)
{
	have_pods();
	put_pod("node-a", "");
	assert_clean();
}
END_TEST

START_TEST(of_another_interface_of_a_pod_that_is_there_nothing_is_known)
{
	have_pods();
	put_pod("node-a", "\"192.0.2.7/32\"");
	put_held(POD_ENTRY("\"ifname\":\"net1\","));
	assert_clean();
	put_held(POD_ENTRY(""));
	assert_leaked("its pod has another address");
}
END_TEST

START_TEST(a_virtual_machine_keeps_its_address_without_a_pod)
{
	have_pods();
	put_held(POD_ENTRY("\"vmi-name\":\"vm\","));
	assert_clean();
}
END_TEST

START_TEST(pods_judge_no_container_that_is_none)
{
	have_pods();
	sound_block();
	assert_clean();
	fake_delete(c.store, KEY_NODES "node-a");
	assert_leaked("its node is not there");
}
END_TEST

START_TEST(a_node_that_knows_a_container_to_live_is_believed_before_the_pods)
{
	have_pods();
	options.life = life;
	options.life_arg = &c;
	life_of_all = LIFE_ALIVE;
	assert_clean();
	life_of_all = LIFE_UNKNOWN;
	assert_leaked("its pod is not there");
	life_of_all = LIFE_UNTOLD;
	assert_leaked("its pod is not there");
}
END_TEST

START_TEST(where_the_store_has_all_nodes_a_tunnels_address_is_a_nodes_or_leaked)
{
	have_pods();
	put_held("[{\"handle_id\":\"net.c1\",\"secondary\":{\"node\":\"node-a\",\"type\":"
		 "\"vxlanTunnelAddress\"}}]");
	assert_leaked("no node has this tunnel address");
	fake_put(c.store, KEY_NODES "node-a", "{\"kind\":\"Node\",\"metadata\":{\"name\":"
		 "\"node-a\"},\"spec\":{\"ipv4VXLANTunnelAddr\":\"10.0.0.0\"},\"status\":{}}");
	assert_clean();
}
END_TEST

static void assign_meanwhile(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)commit;
	(void)arg;
	fake_before_commit(store, NULL, NULL);
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,0,0,null]", "[3]",
		  "[" ENTRY("net.c1") "]");
	fake_put(store, HANDLE, "{\"block\":{\"10.0.0.0/30\":3},\"deleted\":false}");
}

START_TEST(what_others_change_while_it_is_mended_is_kept)
{
	fake_put(c.store, HANDLE, "{\"block\":{\"10.0.0.0/30\":2},\"deleted\":false}");
	assert_found(PROBLEM_HANDLE_COUNT, HANDLE);
	fake_before_commit(c.store, assign_meanwhile, NULL);
	repair_all();
	assert_clean();
	ck_assert_str_eq(fake_get(c.store, HANDLE),
			 "{\"block\":{\"10.0.0.0/30\":3},\"deleted\":false}");
}
END_TEST

/* Calico writes the handle first: the block that it counts already comes then. */
static void block_follows_its_handle(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)commit;
	(void)arg;
	fake_before_commit(store, NULL, NULL);
	put_block(BLOCK, "10.0.0.0/30", "\"host:node-a\"", "[0,0,null,null]", "[2,3]",
		  "[" ENTRY("net.c1") "]");
}

START_TEST(a_handle_is_not_mended_by_a_block_that_changes_meanwhile)
{
	static const char handle[] = "{\"block\":{\"10.0.0.0/30\":2},\"deleted\":false}";

	fake_put(c.store, HANDLE, handle);
	assert_found(PROBLEM_HANDLE_COUNT, HANDLE);
	fake_before_commit(c.store, block_follows_its_handle, NULL);
	repair_all();
	ck_assert_str_eq(fake_get(c.store, HANDLE), handle);
	assert_clean();
}
END_TEST

static void block_follows_its_affinity(struct fake_store *store, unsigned long commit, void *arg)
{
	(void)commit;
	(void)arg;
	fake_before_commit(store, NULL, NULL);
	sound_block();
}

START_TEST(an_affinity_whose_block_comes_meanwhile_is_kept)
{
	fake_delete(c.store, BLOCK);
	fake_delete(c.store, HANDLE);
	assert_found(PROBLEM_AFFINITY_NO_BLOCK, AFFINITY);
	fake_before_commit(c.store, block_follows_its_affinity, NULL);
	repair_all();
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY));
}
END_TEST

static unsigned seen_allocations;

static void see_allocation(const struct audit_allocation *a, void *arg)
{
	ck_assert_ptr_eq(arg, &c);
	ck_assert(a->in_use);
	ck_assert(!a->borrowed && !a->cooling);
	seen_allocations++;
}

START_TEST(each_allocation_is_shown_once)
{
	seen_allocations = 0;
	options.allocation = see_allocation;
	options.arg = &c;
	assert_clean();
	ck_assert_uint_eq(seen_allocations, 1);
}
END_TEST

#define LOOP(test, list) tcase_add_loop_test(t, test, 0, (int)ARRAY_LEN(list))

Suite *suite(void)
{
	Suite *s = suite_create("audit");
	TCase *t = tcase_create("audit");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_add_test(t, a_sound_store_has_no_findings);
	tcase_add_test(t, what_the_plugin_writes_is_sound);
	tcase_add_test(t, a_handle_that_counts_wrong_is_mended);
	tcase_add_test(t, a_writer_in_two_steps_does_not_come_through_once_its_handle_is_mended);
	tcase_add_test(t, a_handle_that_lacks_one_of_its_blocks_is_mended);
	tcase_add_test(t, a_handle_that_names_an_absent_block_is_mended);
	tcase_add_test(t, a_handle_of_no_address_is_deleted);
	tcase_add_test(t, an_allocations_missing_handle_is_written_for_all_its_blocks);
	tcase_add_test(t, a_missing_handle_is_written_for_all_its_blocks_however_many);
	tcase_add_test(t, an_attribute_that_stands_behind_thousands_of_unused_ones_is_in_use);
	tcase_add_test(t, an_attribute_nothing_points_at_is_dropped);
	LOOP(a_wrong_list_of_free_addresses_is_mended, wrong_free_lists);
	tcase_add_test(t, a_release_in_the_future_is_found);
	LOOP(an_unreadable_record_is_named_and_nothing_is_judged_by_it, unreadable);
	tcase_add_test(t, who_wants_the_blocks_is_shown_each_of_them);
	LOOP(an_entry_of_a_reservation_that_cannot_be_read_is_told, unreadable_cidrs);
	tcase_add_test(t, a_pool_that_is_smaller_than_its_blocks_is_told_and_has_no_free_address);
	tcase_add_test(t, a_pool_that_is_disabled_is_no_problem_and_has_no_free_address);
	tcase_add_test(t, an_index_that_points_at_no_attribute_makes_a_block_unreadable);
	tcase_add_test(t, an_affinity_without_block_is_deleted);
	LOOP(a_key_that_is_not_shaped_like_an_affinitys_is_passed_over, no_affinities);
	tcase_add_test(t, an_affinity_of_anothers_block_is_deleted);
	tcase_add_test(t, a_missing_affinity_record_is_written);
	LOOP(an_affinity_not_confirmed_for_long_is_confirmed, unconfirmed);
	tcase_add_test(t, a_young_claim_may_still_be_pending);
	tcase_add_test(t, a_block_in_no_pool_is_found);
	tcase_add_test(t, a_block_of_another_size_than_its_pools_is_found);
	tcase_add_test(t, overlapping_blocks_and_an_address_allocated_twice_are_found);
	tcase_add_test(t, an_address_whose_container_is_gone_is_leaked);
	tcase_add_test(t, that_nobody_names_a_container_is_no_evidence_and_is_counted);
	tcase_add_test(t, an_address_that_tells_no_owner_is_leaked);
	tcase_add_test(t, an_allocation_of_the_last_minute_is_not_leaked);
	tcase_add_test(t, without_endpoints_an_address_is_information_and_with_the_switch_a_leak);
	tcase_add_test(t, an_endpoint_whose_address_nobody_allocated_is_found);
	tcase_add_test(t, an_address_of_a_vm_of_openstacks_is_found_where_a_pool_may_give_it_away);
	tcase_add_test(t, a_tunnel_address_is_judged_by_its_node);
	tcase_add_test(t, where_the_store_has_all_pods_an_address_is_its_pods_or_leaked);
	tcase_add_test(t, a_pod_of_which_no_address_is_known_yet_keeps_what_it_holds);
	tcase_add_test(t, of_another_interface_of_a_pod_that_is_there_nothing_is_known);
	tcase_add_test(t, a_virtual_machine_keeps_its_address_without_a_pod);
	tcase_add_test(t, pods_judge_no_container_that_is_none);
	tcase_add_test(t, a_node_that_knows_a_container_to_live_is_believed_before_the_pods);
	tcase_add_test(t, where_the_store_has_all_nodes_a_tunnels_address_is_a_nodes_or_leaked);
	tcase_add_test(t, what_others_change_while_it_is_mended_is_kept);
	tcase_add_test(t, a_handle_is_not_mended_by_a_block_that_changes_meanwhile);
	tcase_add_test(t, an_affinity_whose_block_comes_meanwhile_is_kept);
	tcase_add_test(t, each_allocation_is_shown_once);
	return s;
}
