/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are carried out together, on a store with transactions. */
#include "ipam/crowd/fold.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_crowd.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct crowd crowd;
static unsigned long reads, commits; /* of the crowd that went last */

static void begin(void)
{
	one_cluster_begin();
	cluster_pool(&c, "p4", "10.0.0.0/16", "");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "a", "{}");
	cluster_node(&c, "b", "{}");
	crowd_begin(&crowd, &c);
}

static void go(void)
{
	reads = fake_reads(c.store);
	commits = fake_commits(c.store);
	crowd_go(&crowd);
	reads = fake_reads(c.store) - reads;
	commits = fake_commits(c.store) - commits;
}

static void anew(void)
{
	crowd_begin(&crowd, &c);
}

START_TEST(thirty_dual_stack_adds_are_one_commit)
{
	crowd_add_many(&crowd, 30, 'c', "46");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 60);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_hundred_dels_of_two_handles_each_are_two_commits)
{
	crowd_add_many(&crowd, 100, 'c', "46");
	go();
	ck_assert_uint_eq(cluster_allocated(&c), 200);
	anew();
	crowd_del_many(&crowd, 100, 'c');
	fake_limit_commits(c.store, 128);
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}
END_TEST

START_TEST(a_crowd_asks_the_store_as_often_as_one)
{
	ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
	reads = fake_reads(c.store);
	ck_assert_int_eq(cluster_add(&c, "a", "second", "46"), 0);
	reads = fake_reads(c.store) - reads;
	commits = reads;
	crowd_add_many(&crowd, 30, 'c', "46");
	reads = fake_reads(c.store);
	crowd_go(&crowd);
	ck_assert_uint_eq(fake_reads(c.store) - reads, commits);
}
END_TEST

START_TEST(more_than_a_commit_holds_are_as_many_commits_as_they_need)
{
	crowd_add_many(&crowd, 2 * CROWD_COMMIT_MAX + 1, 'c', "4");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 3);
	ck_assert_uint_eq(cluster_allocated(&c), crowd.n);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(one_that_fails_fails_alone_with_the_error_that_it_has_by_itself)
{
	char long_name[] = "12345678901234567890123456789";

	ck_assert_int_eq(cluster_add_exact(&c, "b", "theirs", "10.0.7.7"), 0);
	crowd_add_many(&crowd, 2, 'c', "46");
	crowd_add_exact(&crowd, "exact", "10.0.7.7");
	crowd_add(&crowd, "poor", "4")->pools[FAMILY_4][0] = "none";
	crowd.list[3].add.n_pools[FAMILY_4] = 1;
	crowd_add(&crowd, "nowhere", "4")->owner.node = "z";
	crowd_add(&crowd, "a/b", "4");
	crowd_del(&crowd, long_name)->owner.network = "a/b";
	crowd_add_many(&crowd, 2, 'd', "46");
	crowd_go_and_compare(&crowd);
	for (unsigned i = 0; i < crowd.n; i++)
		ck_assert(crowd.list[i].failed == (i > 1 && i < 7));
	ck_assert_uint_eq(cluster_allocated(&c), 9);
	ck_assert_ptr_nonnull(strstr(crowd.list[2].error.text, "fake store: resource already"));
}
END_TEST

static char too_long[2000];

START_TEST(a_handle_that_is_too_long_fails_alone_too)
{
	memset(too_long, 'x', sizeof(too_long) - 1);
	crowd_add(&crowd, "c0", "4");
	crowd_add(&crowd, "c1", "4")->owner.container = too_long;
	crowd_del(&crowd, "c2")->owner.container = too_long;
	crowd_del(&crowd, "c3")->old_handle = too_long;
	crowd_add(&crowd, "c4", "4");
	crowd_go_and_compare(&crowd);
	ck_assert(!crowd.list[0].failed && !crowd.list[4].failed);
	ck_assert(crowd.list[1].failed && crowd.list[2].failed && crowd.list[3].failed);
}
END_TEST

START_TEST(what_the_first_of_a_crowd_takes_the_last_does_not_find)
{
	cluster_pool(&c, "small", "10.9.0.0/30", ",\"blockSize\":30");
	for (unsigned i = 0; i < 6; i++) {
		char name[8];

		snprintf(name, sizeof(name), "c%u", i);
		crowd_add(&crowd, name, "4")->pools[FAMILY_4][0] = "small";
		crowd.list[i].add.n_pools[FAMILY_4] = 1;
	}
	crowd_go_and_compare(&crowd);
	for (unsigned i = 0; i < crowd.n; i++)
		ck_assert(crowd.list[i].failed == (i > 3));
	ck_assert_int_eq(crowd.list[5].error.kind, ERR_EXHAUSTED);
}
END_TEST

START_TEST(a_del_does_not_overtake_the_add_of_its_container)
{
	crowd_add(&crowd, "c", "46");
	crowd_del(&crowd, "c");
	crowd_add(&crowd, "c", "4");
	crowd_add(&crowd, "c", "46");
	crowd_del(&crowd, "d");
	crowd_add(&crowd, "d", "4");
	crowd_go_and_compare(&crowd);
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(crowd.list[1].released.released, 2);
	ck_assert(crowd.list[3].added.held_already[FAMILY_4]);
	ck_assert(!crowd.list[3].added.held_already[FAMILY_6]);
	ck_assert_uint_eq(cluster_allocated(&c), 3);
}
END_TEST

/* More than one commit takes. */
static void fill_blocks(const char *container, unsigned n)
{
	char address[32];

	for (unsigned i = 0; i < n; i++) {
		snprintf(address, sizeof(address), "10.0.%u.7", i);
		ck_assert_msg(cluster_add_exact(&c, "b", container, address) == 0, "%s",
			      c.e.text);
	}
}

START_TEST(a_del_in_many_blocks_is_done_before_the_next_add_of_its_container)
{
	fill_blocks("c", 20);
	crowd_add(&crowd, "d", "4");
	crowd_del(&crowd, "c");
	crowd_add(&crowd, "c", "4");
	crowd_add(&crowd, "e", "4");
	crowd_go_and_compare(&crowd);
	ck_assert_uint_eq(crowd.list[1].released.released, 20);
	ck_assert_uint_eq(cluster_allocated(&c), 3);
}
END_TEST

START_TEST(pools_and_gateways_that_are_missing_are_made_once)
{
	static const char *const pool = "10.8.0.0/24";
	struct ipam_assign_request *r;

	fake_set_traits(c.store, true, true);
	datastore_close(c.ds);
	c.ds = fake_open(c.store);
	for (unsigned i = 0; i < 3; i++) {
		r = crowd_add(&crowd, i ? i > 1 ? "c2" : "c1" : "c0", "4");
		r->make_pools = r->gateway.wanted = r->gateway.first = true;
		r->prefix = IPAM_PREFIX_POOL;
		r->pools[FAMILY_4][r->n_pools[FAMILY_4]++] = pool;
	}
	crowd_go_and_compare(&crowd);
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 3);
	ck_assert_uint_eq(fake_count(c.store, KEY_RESERVATIONS), 1);
}
END_TEST

static void assert_all_are_served(unsigned n)
{
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(cluster_allocated(&c), n);
	cluster_assert_sound(&c);
	for (unsigned i = 0; i < crowd.n; i++) {
		struct ipam_assign_answer told = crowd.list[i].added;

		if (crowd.list[i].verb != CROWD_ADD || crowd.list[i].add.exact[FAMILY_4].family)
			continue;
		ck_assert_int_eq(cluster_assign(&c, &crowd.list[i].add), 0);
		ck_assert(c.answer.held_already[FAMILY_4]);
		ck_assert(addr_equal(c.answer.address[FAMILY_4].addr, told.address[FAMILY_4].addr));
	}
}

/* It takes what the crowd's first was about to take. */
static void come_first(struct fake_store *store, unsigned long commit __unused_arg,
		       void *arg __unused_arg)
{
	struct ipam_assign_request r = cluster_request(&c, "a", "other", "4");
	struct datastore *ds = fake_open(store);
	struct ipam_assign_answer answer;

	fake_before_commit(store, NULL, NULL);
	ck_assert_int_eq(ipam_assign(ds, &r, &answer, &e), 0);
	datastore_close(ds);
}

START_TEST(a_lost_race_is_planned_anew_for_all)
{
	ck_assert_int_eq(cluster_add(&c, "a", "first", "4"), 0);
	crowd_add_many(&crowd, 20, 'c', "4");
	fake_before_commit(c.store, come_first, NULL);
	go();
	ck_assert_uint_eq(commits, 3); /* the other's among them */
	assert_all_are_served(22);
}
END_TEST

static void mixed_crowd(void)
{
	ck_assert_int_eq(cluster_add(&c, "a", "d0", "46"), 0);
	crowd_add_many(&crowd, 10, 'c', "46");
	crowd_add_exact(&crowd, "exact", "10.0.5.5");
	crowd_del(&crowd, "d0");
}

START_TEST(a_commit_that_went_through_unheard_is_found)
{
	mixed_crowd();
	fake_lose_answer(c.store, 1);
	go();
	ck_assert_uint_eq(commits, 1);
	assert_all_are_served(21);
}
END_TEST

START_TEST(a_commit_that_was_lost_on_its_way_is_made_again)
{
	mixed_crowd();
	fake_break_off(c.store, 1, 0);
	go();
	ck_assert_uint_le(commits, 3); /* the exact address's block is read after the others */
	assert_all_are_served(21);
}
END_TEST

static void add_eth1(struct fake_store *store, const char *container, const char *families)
{
	struct ipam_assign_request r = cluster_request(&c, "a", container, families);
	struct datastore *ds = fake_open(store);
	struct ipam_assign_answer answer;

	r.owner.ifname = "eth1";
	ck_assert_int_eq(ipam_assign(ds, &r, &answer, &e), 0);
	datastore_close(ds);
}

/* Another interface of the crowd's second gets an address in the other family's block. */
static enum fake_fate add_sibling(struct fake_store *store, enum fake_step step,
				  size_t change __unused_arg, void *arg)
{
	unsigned *left = arg;

	if (step != FAKE_READS || (*left)--)
		return FAKE_GOES_ON;
	fake_at_each_step(store, NULL, NULL);
	add_eth1(store, "second", "4");
	return FAKE_GOES_ON;
}

#define READS 10 /* more than a crowd of two has, also when it is planned again */

START_TEST(no_handle_is_taken_for_older_than_its_block)
{
	for (unsigned i = 0; i < READS; i++) {
		unsigned left = i;

		one_cluster_end();
		begin();
		ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
		crowd_add(&crowd, "first", "46");
		crowd_add(&crowd, "second", "6");
		fake_break_off(c.store, 1, 0);
		fake_at_each_step(c.store, add_sibling, &left);
		go();
		fake_at_each_step(c.store, NULL, NULL);
		crowd_assert_none_failed(&crowd);
		cluster_assert_sound(&c);
	}
}
END_TEST

START_TEST(one_that_fails_after_a_lost_answer_says_that_it_may_stand)
{
	mixed_crowd();
	crowd_add(&crowd, "poor", "4")->pools[FAMILY_4][0] = "none";
	crowd.list[crowd.n - 1].add.n_pools[FAMILY_4] = 1;
	fake_lose_answer(c.store, 1);
	go();
	ck_assert(crowd.list[crowd.n - 1].failed);
	ck_assert_ptr_nonnull(strstr(crowd.list[crowd.n - 1].error.text,
				     "a commit's answer was lost"));
}
END_TEST

static enum fake_fate lose_the_first_commit(struct fake_store *store __unused_arg,
					    enum fake_step step, size_t change __unused_arg,
					    void *arg)
{
	bool *lost = arg;

	if (step != FAKE_COMMITS || *lost)
		return FAKE_GOES_ON;
	*lost = true;
	return FAKE_IS_LATE;
}

struct lateness {
	bool is_known; /* the other interface has come */
	bool is_late;
	unsigned reads; /* before which it arrives */
};

/* The first commit has lost a race to another interface, the second is late. */
static enum fake_fate come_late(struct fake_store *store, enum fake_step step,
				size_t change __unused_arg, void *arg)
{
	struct lateness *l = arg;

	if (step == FAKE_COMMITS && !l->is_known) {
		l->is_known = true;
		fake_at_each_step(store, NULL, NULL);
		add_eth1(store, "x", "6");
		fake_at_each_step(store, come_late, l);
	} else if (step == FAKE_COMMITS && !l->is_late) {
		l->is_late = true;
		return FAKE_IS_LATE;
	} else if (step == FAKE_READS && fake_late(store) && l->reads-- == 0) {
		fake_land(store, 0);
	}
	return FAKE_GOES_ON;
}

START_TEST(a_del_behind_an_add_whose_commit_comes_late_takes_back_what_that_wrote)
{
	for (unsigned i = 0; i < READS; i++) {
		struct lateness late = { .reads = i };

		one_cluster_end();
		begin();
		ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
		crowd_add_exact(&crowd, "x", "10.0.9.9");
		crowd_del(&crowd, "x");
		fake_at_each_step(c.store, come_late, &late);
		go();
		fake_at_each_step(c.store, NULL, NULL);
		fake_drop_late(c.store);
		crowd_assert_none_failed(&crowd);
		ck_assert_uint_eq(cluster_allocated(&c), 3);
		cluster_assert_sound(&c);
	}
}
END_TEST

START_TEST(one_that_fails_in_a_later_commit_than_the_lost_one_may_stand_too)
{
	bool lost = false;

	ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
	crowd_add_many(&crowd, 40, 'c', "46");
	fake_at_each_step(c.store, lose_the_first_commit, &lost);
	fake_limit_commits(c.store, 40);
	fake_fail_commit(c.store, 4, ERR_UNAVAILABLE); /* the first is late, 40 do not fit */
	go();
	fake_at_each_step(c.store, NULL, NULL);
	fake_drop_late(c.store);
	ck_assert(!crowd.list[19].failed && crowd.list[20].failed && crowd.list[39].failed);
	ck_assert(crowd.list[20].error.may_stand && crowd.list[39].error.may_stand);
}
END_TEST

static void assert_all_failed(enum err_kind kind)
{
	for (unsigned i = 0; i < crowd.n; i++) {
		ck_assert(crowd.list[i].failed);
		ck_assert_int_eq(crowd.list[i].error.kind, kind);
		ck_assert_uint_gt(strlen(crowd.list[i].error.text), 0);
	}
}

START_TEST(where_the_store_does_not_answer_all_are_told_so_after_one_request)
{
	crowd_add_many(&crowd, CROWD_COMMIT_MAX + 20, 'c', "46");
	fake_fail_read(c.store, 1, ERR_UNAVAILABLE);
	go();
	ck_assert_uint_eq(reads, 1);
	ck_assert_uint_eq(commits, 0);
	assert_all_failed(ERR_UNAVAILABLE);
}
END_TEST

START_TEST(a_commit_that_fails_is_the_failure_of_all)
{
	crowd_add_many(&crowd, 30, 'c', "46");
	fake_fail_commit(c.store, 1, ERR_UNAVAILABLE);
	go();
	ck_assert_uint_eq(commits, 1);
	assert_all_failed(ERR_UNAVAILABLE);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
}
END_TEST

START_TEST(what_an_earlier_commit_has_done_stays_done_when_the_store_fails)
{
	crowd_add_many(&crowd, CROWD_COMMIT_MAX + 20, 'c', "4");
	fake_fail_commit(c.store, 2, ERR_UNAVAILABLE);
	go();
	for (unsigned i = 0; i < crowd.n; i++)
		ck_assert(crowd.list[i].failed == (i >= CROWD_COMMIT_MAX));
	ck_assert_uint_eq(cluster_allocated(&c), CROWD_COMMIT_MAX);
}
END_TEST

START_TEST(a_commit_that_is_too_large_is_halved_until_it_fits)
{
	ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
	crowd_add_many(&crowd, 80, 'c', "46");
	fake_limit_commits(c.store, 40);
	go();
	ck_assert_uint_le(commits, 7); /* 80 and 40 do not fit, 20 do */
	fake_limit_commits(c.store, 0);
	assert_all_are_served(162);
}
END_TEST

START_TEST(the_bytes_of_a_commit_are_halved_too)
{
	ck_assert_int_eq(cluster_add(&c, "a", "first", "4"), 0);
	crowd_add_many(&crowd, 60, 'c', "4");
	fake_limit_bytes(c.store, 17000);
	go();
	fake_limit_bytes(c.store, 0);
	assert_all_are_served(61);
}
END_TEST

START_TEST(one_that_is_too_large_for_a_commit_by_itself_is_halved_once_more)
{
	fill_blocks("large", 16);
	crowd_add_many(&crowd, 2, 'c', "4");
	crowd_del(&crowd, "large");
	crowd_add_many(&crowd, 2, 'd', "4");
	fake_limit_commits(c.store, 30);
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(crowd.list[2].released.released, 16);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
}
END_TEST

START_TEST(where_none_fits_each_says_so)
{
	crowd_add_many(&crowd, 3, 'c', "4");
	fake_limit_commits(c.store, 2);
	go();
	assert_all_failed(ERR_LIMIT);
}
END_TEST

/* Each pool has one block of four addresses; the other node holds them but for one. */
static void fill_pool(const char *name, const char *cidr, unsigned n)
{
	struct ipam_assign_request r;
	char container[32];

	cluster_pool(&c, name, cidr, ",\"blockSize\":30");
	for (unsigned i = 0; i < n; i++) {
		snprintf(container, sizeof(container), "%s-%u", name, i);
		r = cluster_request(&c, "b", container, "4");
		r.pools[FAMILY_4][0] = name;
		r.n_pools[FAMILY_4] = 1;
		ck_assert_msg(cluster_assign(&c, &r) == 0, "%s", c.e.text);
	}
}

/* The crowd's second finds its pool full where it had planned to claim a block. */
static void fill_third(struct fake_store *store, unsigned long commit __unused_arg,
		       void *arg __unused_arg)
{
	struct datastore *ds = c.ds;

	fake_before_commit(store, NULL, NULL);
	c.ds = fake_open(store);
	fill_pool("r4", "172.16.2.0/30", 3);
	datastore_close(c.ds);
	c.ds = ds;
}

START_TEST(what_one_leaves_out_of_its_search_another_finds)
{
	fill_pool("p4", "172.16.0.0/30", 4);
	fill_pool("q4", "172.16.1.0/30", 4);
	cluster_pool(&c, "r4", "172.16.2.0/30", ",\"blockSize\":30");
	crowd_add(&crowd, "c0", "4")->n_pools[FAMILY_4] = 2;
	crowd.list[0].add.pools[FAMILY_4][0] = "p4";
	crowd.list[0].add.pools[FAMILY_4][1] = "q4";
	crowd_add(&crowd, "c1", "4")->n_pools[FAMILY_4] = 1;
	crowd.list[1].add.pools[FAMILY_4][0] = "r4";
	fake_before_commit(c.store, fill_third, NULL);
	go();
	ck_assert_int_eq(crowd.list[0].error.kind, ERR_EXHAUSTED);
	ck_assert_msg(!crowd.list[1].failed, "%s", crowd.list[1].error.text);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_record_that_cannot_be_decoded_is_the_failure_of_its_own_only)
{
	crowd_add_many(&crowd, 5, 'c', "4");
	fake_fail_read(c.store, 1, ERR_DECODE);
	go();
	assert_all_are_served(5);
}
END_TEST

static void remember(char folder[32])
{
	cluster_begin_mirror(&c, folder);
	ck_assert_int_eq(cluster_add(&c, "a", "first", "46"), 0);
}

START_TEST(a_warm_crowd_reads_nothing)
{
	char folder[32];

	remember(folder);
	crowd_add_many(&crowd, 30, 'c', "46");
	crowd_del(&crowd, "first");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(reads, 0);
	ck_assert_uint_eq(commits, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 60);
	anew();
	crowd_del_many(&crowd, 30, 'c');
	go();
	ck_assert_uint_eq(reads, 0);
	ck_assert_uint_eq(commits, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	cluster_assert_sound(&c);
	cluster_end_mirror(folder);
}
END_TEST

START_TEST(what_fits_is_committed_before_more_is_read)
{
	char folder[32];

	remember(folder);
	crowd_add_many(&crowd, 100, 'c', "46");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 2);
	ck_assert_uint_le(reads, 3); /* for the second block, after the first is full */
	ck_assert_uint_eq(cluster_allocated(&c), 202);
	anew();
	crowd_del_many(&crowd, 100, 'c');
	fake_limit_commits(c.store, 128);
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 2);
	ck_assert_uint_eq(reads, 0);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	cluster_assert_sound(&c);
	cluster_end_mirror(folder);
}
END_TEST

/* The mirror shows each of them as it is not any more. */
START_TEST(what_is_not_written_is_answered_from_the_store)
{
	char folder[32];

	remember(folder);
	crowd_add_exact(&crowd, "exact", "10.0.9.9");
	go();
	crowd_assert_none_failed(&crowd);
	datastore_close(c.ds);
	c.ds = fake_open(c.store);
	ck_assert_int_eq(cluster_del(&c, "a", "exact"), 0);
	ck_assert_int_eq(cluster_add(&c, "a", "late", "4"), 0);
	cluster_use_mirror(&c, folder);
	anew();
	crowd_add(&crowd, "c", "4");
	crowd_add(&crowd, "late", "4");
	crowd_add_exact(&crowd, "exact2", "10.0.9.9");
	crowd_del(&crowd, "late");
	crowd_del(&crowd, "nobody");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert(crowd.list[1].added.held_already[FAMILY_4]);
	ck_assert_uint_eq(crowd.list[3].released.released, 1);
	ck_assert_uint_ge(reads, 1);
	ck_assert_uint_eq(cluster_allocated(&c), 4);
	cluster_assert_sound(&c);
	cluster_end_mirror(folder);
}
END_TEST

static void check_read_once(unsigned n_reads, unsigned n_commits)
{
	go();
	ck_assert_uint_eq(reads, n_reads);
	ck_assert_uint_eq(commits, n_commits);
	anew();
}

START_TEST(a_crowd_that_writes_nothing_has_asked_the_store)
{
	char folder[32];

	remember(folder);
	crowd_del(&crowd, "nobody");
	crowd_del(&crowd, "nothing");
	check_read_once(1, 0);
	crowd_add(&crowd, "first", "46");
	crowd_add(&crowd, "first", "4");
	check_read_once(1, 0);
	crowd_add_many(&crowd, 3, 'c', "4");
	crowd_del(&crowd, "nobody");
	check_read_once(1, 1);
	cluster_end_mirror(folder);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.crowd");
	TCase *t = tcase_create("crowd");

	tcase_add_checked_fixture(t, begin, one_cluster_end);
	tcase_add_test(t, thirty_dual_stack_adds_are_one_commit);
	tcase_add_test(t, a_hundred_dels_of_two_handles_each_are_two_commits);
	tcase_add_test(t, a_crowd_asks_the_store_as_often_as_one);
	tcase_add_test(t, more_than_a_commit_holds_are_as_many_commits_as_they_need);
	tcase_add_test(t, one_that_fails_fails_alone_with_the_error_that_it_has_by_itself);
	tcase_add_test(t, a_handle_that_is_too_long_fails_alone_too);
	tcase_add_test(t, what_the_first_of_a_crowd_takes_the_last_does_not_find);
	tcase_add_test(t, a_del_does_not_overtake_the_add_of_its_container);
	tcase_add_test(t, a_del_in_many_blocks_is_done_before_the_next_add_of_its_container);
	tcase_add_test(t, pools_and_gateways_that_are_missing_are_made_once);
	tcase_add_test(t, a_lost_race_is_planned_anew_for_all);
	tcase_add_test(t, a_commit_that_went_through_unheard_is_found);
	tcase_add_test(t, a_commit_that_was_lost_on_its_way_is_made_again);
	tcase_add_test(t, no_handle_is_taken_for_older_than_its_block);
	tcase_add_test(t, one_that_fails_after_a_lost_answer_says_that_it_may_stand);
	tcase_add_test(t, a_del_behind_an_add_whose_commit_comes_late_takes_back_what_that_wrote);
	tcase_add_test(t, one_that_fails_in_a_later_commit_than_the_lost_one_may_stand_too);
	tcase_add_test(t, where_the_store_does_not_answer_all_are_told_so_after_one_request);
	tcase_add_test(t, a_commit_that_fails_is_the_failure_of_all);
	tcase_add_test(t, what_an_earlier_commit_has_done_stays_done_when_the_store_fails);
	tcase_add_test(t, a_commit_that_is_too_large_is_halved_until_it_fits);
	tcase_add_test(t, the_bytes_of_a_commit_are_halved_too);
	tcase_add_test(t, one_that_is_too_large_for_a_commit_by_itself_is_halved_once_more);
	tcase_add_test(t, where_none_fits_each_says_so);
	tcase_add_test(t, what_one_leaves_out_of_its_search_another_finds);
	tcase_add_test(t, a_record_that_cannot_be_decoded_is_the_failure_of_its_own_only);
	tcase_add_test(t, a_warm_crowd_reads_nothing);
	tcase_add_test(t, what_fits_is_committed_before_more_is_read);
	tcase_add_test(t, what_is_not_written_is_answered_from_the_store);
	tcase_add_test(t, a_crowd_that_writes_nothing_has_asked_the_store);
	suite_add_tcase(s, t);
	return s;
}
