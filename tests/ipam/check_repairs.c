/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Suspicious records by the hundred are examined and mended together: in few requests, and
 * each judged as if it were alone.
 */
#include "tests/ipam/fixture_cluster.h"
#include "tests/suite.h"

#include "ipam/audit/audit.h"
#include "ipam/audit/repairs.h"
#include "ipam/record/keys.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define PER_BLOCK 64

static struct cluster c;
static struct audit audit;
static struct audit_options options;
static struct audit_repairs repairs;
static unsigned long asked;	/* before what is counted */

static void setup(void)
{
	cluster_init(&c);
	audit = (struct audit){ 0 };
	options = (struct audit_options){ .now_ns = c.now_ns };
	cluster_pool(&c, "p4", "10.0.0.0/12", "");
	cluster_node(&c, "node-a", "{}");
	/* As etcd's. */
	fake_limit_commits(c.store, 128);
}

static void teardown(void)
{
	audit_done(&audit);
	cluster_done(&c);
}

static void put(const char *prefix, unsigned i, const char *value)
{
	char key[KEY_TEXT];

	snprintf(key, sizeof(key), "%snet.c%05u", prefix, i);
	fake_put(c.store, key, value);
}

static const char *address_of(unsigned block)
{
	static char text[32];

	snprintf(text, sizeof(text), "10.%u.%u.%u", block / 1024, block / 4 % 256, block % 4 * 64);
	return text;
}

static void put_handle(unsigned i, unsigned block, unsigned count)
{
	char value[128];

	snprintf(value, sizeof(value), "{\"block\":{\"%s/26\":%u},\"deleted\":false}",
		 address_of(block), count);
	put(KEY_HANDLES, i, value);
}

static void put_affinity(const char *node, unsigned block)
{
	char key[KEY_TEXT];

	snprintf(key, sizeof(key), KEY_HOST_AFFINITIES "%s/ipv4/block/%s-26", node,
		 address_of(block));
	fake_put(c.store, key, "{\"state\":\"confirmed\",\"deleted\":false}");
}

/* Its first `held` addresses are those of the handles from `first` on. */
static void put_block(unsigned block, unsigned first, unsigned held)
{
	struct buf text __cleanup(buf_done) = BUF(1 << 20);
	char key[KEY_TEXT];

	buf_printf(&text, "{\"cidr\":\"%s/26\",\"affinity\":\"host:node-a\",\"allocations\":[",
		   address_of(block));
	for (unsigned i = 0; i < PER_BLOCK; i++)
		i < held ? buf_printf(&text, "%s%u", i ? "," : "", i)
			 : buf_printf(&text, "%snull", i ? "," : "");
	buf_puts(&text, "],\"unallocated\":[");
	for (unsigned i = held; i < PER_BLOCK; i++)
		buf_printf(&text, "%s%u", i > held ? "," : "", i);
	buf_puts(&text, "],\"attributes\":[");
	for (unsigned i = 0; i < held; i++)
		buf_printf(&text, "%s{\"handle_id\":\"net.c%05u\",\"secondary\":{"
			   "\"node\":\"node-a\",\"ifname\":\"eth0\","
			   "\"timestamp\":\"2026-08-22 09:00:00 +0000 UTC\"}}",
			   i ? "," : "", first + i);
	buf_puts(&text, "],\"sequenceNumber\":1,\"sequenceNumberForAllocation\":{},"
		 "\"deleted\":false}");
	snprintf(key, sizeof(key), KEY_BLOCKS_4 "%s-26", address_of(block));
	fake_put(c.store, key, text.data);
	put_affinity("node-a", block);
}

/* Handles, each of which counts one address in a block that holds nothing. */
static void leak_handles(unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		if (i % PER_BLOCK == 0)
			put_block(i / PER_BLOCK, 0, 0);
		put_handle(i, i / PER_BLOCK, 1);
	}
}

/* Held through handles that have no record. */
static void lose_handles(unsigned n)
{
	for (unsigned i = 0; i < n; i += PER_BLOCK)
		put_block(i / PER_BLOCK, i, n - i < PER_BLOCK ? n - i : PER_BLOCK);
}

static void miscount_handles(unsigned n)
{
	lose_handles(n);
	for (unsigned i = 0; i < n; i++)
		put_handle(i, i / PER_BLOCK, 3);
}

static void lose_affinities(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		put_affinity("node-b", i);
}

static const struct {
	void (*make)(unsigned n);
	enum problem_kind kind;
	unsigned keys;	/* that each looks at alone */
} faults[] = {
	{ leak_handles, PROBLEM_HANDLE_LEAKED, 1 },
	{ lose_handles, PROBLEM_HANDLE_MISSING, 1 },
	{ miscount_handles, PROBLEM_HANDLE_COUNT, 1 },
	{ lose_affinities, PROBLEM_AFFINITY_NO_BLOCK, 2 },
};

static unsigned long requests(void)
{
	return fake_reads(c.store) + fake_commits(c.store);
}

static void look(void)
{
	audit_done(&audit);
	ck_assert_msg(audit_read(c.ds, &options, &audit, &c.e) == 0, "%s", c.e.text);
}

static void mend(void)
{
	ck_assert_msg(audit_repair(c.ds, audit.list, audit.n, c.now_ns, NULL, NULL, &repairs,
				   &c.e) == 0, "%s", c.e.text);
}

static void assert_found(enum problem_kind kind, unsigned n)
{
	ck_assert_uint_eq(audit.n, n);
	ck_assert_uint_eq(audit.counts[kind], n);
}

static void assert_asked(unsigned long most)
{
	ck_assert_msg(requests() - asked <= most, "%lu requests, at most %lu", requests() - asked,
		      most);
}

START_TEST(a_check_of_n_suspicions_takes_ten_requests_and_a_fiftieth_of_n)
{
	static const unsigned many[] = { 300, 1500 };

	for (unsigned i = 0; i < ARRAY_LEN(many); i++) {
		faults[_i].make(many[i]);
		asked = requests();
		look();
		assert_found(faults[_i].kind, many[i]);
		assert_asked(10 + many[i] * faults[_i].keys / 50);
	}
}
END_TEST

START_TEST(a_mend_that_need_not_ask_takes_no_more)
{
	faults[_i].make(300);
	options.mends = true;
	asked = requests();
	look();
	assert_asked(10 + 300 * faults[_i].keys / 50);
	assert_found(faults[_i].kind, 300);
	for (size_t i = 0; i < audit.n; i++)
		ck_assert(audit.list[i].mended);
	mend();
	ck_assert_uint_eq(repairs.n, 0);
	look();
	ck_assert_uint_eq(audit.n, 0);
}
END_TEST

START_TEST(what_was_found_is_mended_in_two_requests_for_each_commit)
{
	faults[_i].make(300);
	look();
	asked = requests();
	mend();
	ck_assert_uint_eq(repairs.n, 300);
	assert_asked(2 * (faults[_i].keys == 1 ? 3 : 5));
	look();
	ck_assert_uint_eq(audit.n, 0);
}
END_TEST

static unsigned long writes, block_writes;

static void count_write(struct fake_store *store __unused_arg, const char *key,
			const char *value __unused_arg, void *arg __unused_arg)
{
	writes++;
	block_writes += strncmp(key, KEY_BLOCKS_4, strlen(KEY_BLOCKS_4)) == 0;
}

/* Of which Kubernetes makes two where a record goes. */
START_TEST(without_transactions_each_handle_is_written_once_and_each_block_once)
{
	cluster_in_turns(&c);
	fake_limit_commits(c.store, 0);
	leak_handles(300);
	look();
	assert_found(PROBLEM_HANDLE_LEAKED, 300);
	writes = block_writes = 0;
	fake_after_change(c.store, count_write, NULL);
	asked = requests();
	mend();
	fake_after_change(c.store, NULL, NULL);
	ck_assert_uint_eq(repairs.n, 300);
	ck_assert_uint_eq(writes - block_writes, 300);
	ck_assert_uint_eq(block_writes, 5);
	assert_asked(3);
	look();
	ck_assert_uint_eq(audit.n, 0);
}
END_TEST

static void unreadable_among_others(void)
{
	leak_handles(300);
	put(KEY_HANDLES, 7, "{\"block\":");
	fake_put(c.store, KEY_BLOCKS_4 "10.0.0.64-26", "{\"cidr\":");
}

/* 63 of the first block; those of the second nobody can judge. */
START_TEST(a_record_that_cannot_be_read_leaves_only_those_unjudged_that_it_concerns)
{
	enum { JUDGED = 300 - 1 - PER_BLOCK };

	unreadable_among_others();
	look();
	ck_assert_uint_eq(audit.counts[PROBLEM_UNREADABLE], 2);
	ck_assert_uint_eq(audit.counts[PROBLEM_HANDLE_LEAKED], JUDGED);
	mend();
	ck_assert_uint_eq(repairs.n, JUDGED);
	look();
	ck_assert_uint_eq(audit.n, 2);
}
END_TEST

/* One that becomes unreadable between the scan and the look. */
static struct repair_case cases[PER_BLOCK];

static void put_cases(void)
{
	static char handles[PER_BLOCK][32];
	static struct cidr block;

	ck_assert_int_eq(cidr_parse("10.0.0.0/26", &block), 0);
	for (unsigned i = 0; i < PER_BLOCK; i++) {
		snprintf(handles[i], sizeof(handles[i]), "net.c%05u", i);
		cases[i] = (struct repair_case){ .request = {
			.subject = REPAIR_HANDLE, .handle = handles[i], .named = &block,
			.n_named = 1, .now_ns = c.now_ns,
		} };
	}
}

START_TEST(of_many_that_are_mended_together_one_that_cannot_be_read_fails_alone)
{
	unsigned done;

	leak_handles(PER_BLOCK);
	put(KEY_HANDLES, 7, "{\"block\":");
	put_cases();
	ck_assert_int_eq(ipam_repair(c.ds, cases, PER_BLOCK, &done, &c.e), 0);
	ck_assert_uint_eq(done, PER_BLOCK);
	for (unsigned i = 0; i < PER_BLOCK; i++)
		ck_assert(cases[i].failed == (i == 7));
	ck_assert_int_eq(cases[7].error.kind, ERR_CORRUPT);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 1);
}
END_TEST

/* The first address of the first block is given to the first handle. */
static void give_meanwhile(struct fake_store *store, unsigned long commit __unused_arg,
			   void *arg __unused_arg)
{
	fake_before_commit(store, NULL, NULL);
	put_block(0, 0, 1);
}

START_TEST(of_many_what_is_right_again_at_the_commit_is_kept)
{
	leak_handles(300);
	look();
	fake_before_commit(c.store, give_meanwhile, NULL);
	mend();
	ck_assert_uint_eq(repairs.n, 300);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 1);
	ck_assert_ptr_nonnull(fake_get(c.store, KEY_HANDLES "net.c00000"));
	look();
	ck_assert_uint_eq(audit.n, 0);
}
END_TEST

START_TEST(a_commit_whose_answer_is_lost_still_tells_what_it_mended)
{
	unsigned done;

	leak_handles(PER_BLOCK);
	put_cases();
	fake_lose_answer(c.store, 1);
	ck_assert_int_eq(ipam_repair(c.ds, cases, PER_BLOCK, &done, &c.e), 0);
	ck_assert_uint_eq(done, PER_BLOCK);
	for (unsigned i = 0; i < PER_BLOCK; i++)
		ck_assert_uint_eq(cases[i].answer.n, 1);
}
END_TEST

START_TEST(a_commit_that_is_too_large_is_halved)
{
	leak_handles(300);
	look();
	fake_limit_commits(c.store, 20);
	mend();
	ck_assert_uint_eq(repairs.n, 300);
	look();
	ck_assert_uint_eq(audit.n, 0);
}
END_TEST

/* Blocks are what is large of all that is read. */
START_TEST(large_blocks_are_read_some_at_a_time)
{
	static struct cidr blocks[100];
	struct repair_case many[ARRAY_LEN(blocks)];
	unsigned done;

	for (unsigned i = 0; i < ARRAY_LEN(blocks); i++) {
		blocks[i] = (struct cidr){ { .family = FAMILY_4, .n = 0x0a000000 + i * 4096 }, 20 };
		many[i] = (struct repair_case){ .request = {
			.subject = REPAIR_BLOCK, .block = blocks[i], .now_ns = c.now_ns,
		} };
	}
	ck_assert_int_eq(ipam_examine(c.ds, many, ARRAY_LEN(blocks), &done, &c.e), 0);
	ck_assert_uint_eq(done, 4);
}
END_TEST

START_TEST(where_the_store_does_not_answer_what_was_mended_before_is_told)
{
	leak_handles(300);
	look();
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	ck_assert_int_eq(audit_repair(c.ds, audit.list, audit.n, c.now_ns, NULL, NULL, &repairs,
				      &c.e), -1);
	ck_assert_int_eq(c.e.kind, ERR_UNAVAILABLE);
	ck_assert_uint_gt(repairs.n, 100);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 300 - repairs.n);
}
END_TEST

#define LOOP(test, list) tcase_add_loop_test(t, test, 0, (int)ARRAY_LEN(list))

Suite *suite(void)
{
	Suite *s = suite_create("repairs");
	TCase *t = tcase_create("repairs");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, setup, teardown);
	tcase_set_timeout(t, 60);
	LOOP(a_check_of_n_suspicions_takes_ten_requests_and_a_fiftieth_of_n, faults);
	LOOP(a_mend_that_need_not_ask_takes_no_more, faults);
	LOOP(what_was_found_is_mended_in_two_requests_for_each_commit, faults);
	tcase_add_test(t, without_transactions_each_handle_is_written_once_and_each_block_once);
	tcase_add_test(t, a_record_that_cannot_be_read_leaves_only_those_unjudged_that_it_concerns);
	tcase_add_test(t, of_many_that_are_mended_together_one_that_cannot_be_read_fails_alone);
	tcase_add_test(t, of_many_what_is_right_again_at_the_commit_is_kept);
	tcase_add_test(t, a_commit_whose_answer_is_lost_still_tells_what_it_mended);
	tcase_add_test(t, a_commit_that_is_too_large_is_halved);
	tcase_add_test(t, large_blocks_are_read_some_at_a_time);
	tcase_add_test(t, where_the_store_does_not_answer_what_was_mended_before_is_told);
	return s;
}
