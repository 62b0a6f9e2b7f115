/* SPDX-License-Identifier: Apache-2.0 */
/* Crowds on a store without transactions: whatever comes between two writes of theirs. */
#include "ipam/crowd/fold.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_crowd.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WRITES 16 /* no commit here has more */
#define ADDS 4
#define HELD 3 /* containers that were there before */

static struct crowd crowd;
static struct addr crowd_block;
static unsigned long commits; /* of the crowd that went last */

static void begin(void)
{
	one_cluster_begin();
	cluster_in_turns(&c);
	cluster_pool(&c, "p4", "10.0.0.0/24", "");
	cluster_pool(&c, "p6", "fd00::/64", "");
	cluster_node(&c, "a", "{}");
	cluster_node(&c, "b", "{}");
	crowd_begin(&crowd, &c);
}

static void go(void)
{
	commits = fake_commits(c.store);
	crowd_go(&crowd);
	commits = fake_commits(c.store) - commits;
}

/* Of the node's block. */
static struct addr nth_address(unsigned n)
{
	struct addr a = crowd_block;

	a.n += n;
	return a;
}

static void add_last_address(void)
{
	crowd_add_exact(&crowd, "e1", "10.0.0.0")->exact[FAMILY_4] = nth_address(63);
}

/* ADDs, and DELs of what is there, in one commit. */
static void warm_crowd(void)
{
	one_cluster_end();
	begin();
	crowd_add_many(&crowd, HELD, 'd', "46");
	crowd_go(&crowd);
	crowd_assert_none_failed(&crowd);
	crowd_block = crowd.list[0].added.address[FAMILY_4].addr;
	crowd_block.n &= ~(typeof(crowd_block.n))63;
	crowd_begin(&crowd, &c);
	crowd_add_many(&crowd, ADDS / 2, 'c', "46");
	crowd_del_many(&crowd, HELD, 'd');
	crowd_add(&crowd, "e0", "46");
	add_last_address();
}

static void assert_done(void)
{
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(cluster_allocated(&c), 7);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), ADDS);
	cluster_assert_sound(&c);
}

static void delete_all(void)
{
	static const char *const names[] = { "c0", "c1", "d0", "d1", "d2", "e0", "e1" };

	for (unsigned i = 0; i < ARRAY_LEN(names); i++)
		ck_assert_msg(cluster_del(&c, "a", names[i]) == 0, "%s", c.e.text);
	ck_assert_uint_eq(cluster_allocated(&c), 0);
	ck_assert_uint_eq(fake_count(c.store, KEY_HANDLES), 0);
}

START_TEST(a_warm_crowd_is_one_commit)
{
	warm_crowd();
	go();
	ck_assert_uint_eq(commits, 1);
	assert_done();
}
END_TEST

enum section { SAYS_MORE, IS_BLOCK, SAYS_LESS };
static enum section section;
static unsigned n_written;

static void see_write(struct fake_store *store __unused_arg, const char *key, const char *value,
		      void *arg __unused_arg)
{
	bool block = strncmp(key, KEY_HANDLES, strlen(KEY_HANDLES)) != 0;
	enum section now = block ? IS_BLOCK : value ? SAYS_MORE : SAYS_LESS;

	ck_assert_msg(now >= section, "%s is written too late", key);
	section = now;
	n_written++;
}

START_TEST(handles_that_say_more_come_before_blocks_and_those_that_say_less_behind)
{
	warm_crowd();
	section = SAYS_MORE;
	n_written = 0;
	fake_after_change(c.store, see_write, NULL);
	go();
	fake_after_change(c.store, NULL, NULL);
	ck_assert_uint_eq(n_written, ADDS + 2 + HELD);
	assert_done();
}
END_TEST

/* A block to be claimed has an order of its own. */
START_TEST(one_that_claims_a_block_is_committed_alone)
{
	crowd_add_many(&crowd, 10, 'c', "46");
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 2);
	ck_assert_uint_eq(cluster_allocated(&c), 20);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(one_that_records_a_gateway_is_committed_alone)
{
	crowd_add_many(&crowd, 3, 'd', "4");
	crowd_go(&crowd);
	crowd_begin(&crowd, &c);
	crowd_add_many(&crowd, 6, 'c', "4");
	for (unsigned i = 2; i < crowd.n; i++) {
		crowd.list[i].add.gateway.wanted = crowd.list[i].add.gateway.first = true;
		crowd.list[i].add.prefix = IPAM_PREFIX_POOL;
	}
	fake_put(c.store, KEY_POOLS "q4", "{\"spec\":{\"cidr\":\"10.7.0.0/24\"}}");
	crowd_go_and_compare(&crowd);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(two_that_write_one_handle_are_two_commits)
{
	crowd_add_many(&crowd, 2, 'd', "4");
	crowd_go(&crowd);
	crowd_begin(&crowd, &c);
	crowd_add(&crowd, "c", "4");
	crowd_del(&crowd, "d0");
	crowd_del(&crowd, "c");
	crowd_add(&crowd, "c", "4")->owner.ifname = "eth1";
	go();
	crowd_assert_none_failed(&crowd);
	ck_assert_uint_eq(commits, 3);
	ck_assert_uint_eq(cluster_allocated(&c), 2);
	cluster_assert_sound(&c);
}
END_TEST

START_TEST(a_crowd_is_whole_whichever_of_its_writes_came_too_late)
{
	for (unsigned i = 0; i < WRITES; i++) {
		warm_crowd();
		fake_refuse(c.store, 1, 1ULL << i);
		go();
		assert_done();
		delete_all();
	}
}
END_TEST

START_TEST(a_crowd_whose_answer_was_lost_after_any_write_is_done_all_the_same)
{
	for (unsigned i = 0; i < WRITES; i++) {
		warm_crowd();
		fake_break_off(c.store, 1, i);
		go();
		assert_done();
		delete_all();
	}
}
END_TEST

/* Nothing is read after this commit. */
static void die(struct fake_store *store, unsigned long commit __unused_arg,
		void *arg __unused_arg)
{
	fake_fail_read(store, 1, ERR_UNAVAILABLE);
}

START_TEST(whoever_dies_between_any_two_writes_leaves_what_a_del_repairs)
{
	for (unsigned i = 0; i < WRITES; i++) {
		warm_crowd();
		fake_break_off(c.store, 1, i);
		fake_before_commit(c.store, die, NULL);
		go();
		fake_before_commit(c.store, NULL, NULL);
		for (unsigned k = 0; k < crowd.n; k++)
			ck_assert(crowd.list[k].failed);
		cluster_assert_mendable(&c);
		delete_all();
		cluster_assert_sound(&c);
	}
}
END_TEST

START_TEST(whoever_dies_between_any_two_writes_leaves_what_the_next_crowd_does)
{
	for (unsigned i = 0; i < WRITES; i++) {
		warm_crowd();
		fake_break_off(c.store, 1, i);
		fake_before_commit(c.store, die, NULL);
		go();
		fake_before_commit(c.store, NULL, NULL);
		go();
		assert_done();
	}
}
END_TEST

static struct meanwhile {
	size_t change; /* of the crowd's first commit, before which an outsider comes */
	void (*comes)(struct datastore *ds);
} meanwhile;

static void come_between(struct fake_store *store, size_t change, void *arg __unused_arg)
{
	struct datastore *ds;

	if (change != meanwhile.change)
		return;
	fake_before_write(store, NULL, NULL);
	ds = fake_open(store);
	meanwhile.comes(ds);
	datastore_close(ds);
}

static void add_theirs(struct datastore *ds)
{
	struct ipam_assign_request r = cluster_request(&c, "b", "theirs", "");
	struct ipam_assign_answer answer;

	r.wanted[FAMILY_4] = true;
	r.exact[FAMILY_4] = nth_address(HELD);
	/* It may come first or late. */
	if (ipam_add(ds, &r, &answer, &e) < 0)
		ck_assert_int_eq(e.kind, ERR_EXISTS);
}

static void add_of_same(struct datastore *ds)
{
	struct ipam_assign_request r = cluster_request(&c, "a", "c0", "46");
	struct ipam_assign_answer answer;

	r.owner.ifname = "eth1";
	ck_assert_msg(ipam_add(ds, &r, &answer, &e) == 0, "%s", e.text);
}

static void del_of_same(struct datastore *ds)
{
	struct ipam_release_request r = {
		.owner = { "net", "d1", "eth0", "a", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns++,
	};
	struct ipam_release_answer answer;

	ck_assert_msg(ipam_release(ds, &r, &answer, &e) == 0, "%s", e.text);
}

static void del_all_theirs(void)
{
	struct ipam_release_request r = {
		.owner = { "net", "theirs", NULL, "b", "default", NULL, NULL, NULL, NULL },
		.now_ns = c.now_ns++,
	};
	struct ipam_release_answer answer;

	ck_assert_int_eq(ipam_release(c.ds, &r, &answer, &e), 0);
	r.owner.container = "c0";
	r.owner.ifname = "eth1";
	ck_assert_int_eq(ipam_release(c.ds, &r, &answer, &e), 0);
}

START_TEST(an_outsider_between_any_two_writes_takes_nothing_from_a_crowd)
{
	static void (*const comers[])(struct datastore *ds) = { add_theirs, add_of_same,
								del_of_same };

	for (unsigned i = 0; i < WRITES * ARRAY_LEN(comers); i++) {
		warm_crowd();
		meanwhile = (struct meanwhile){ i / ARRAY_LEN(comers),
						comers[i % ARRAY_LEN(comers)] };
		fake_before_write(c.store, come_between, NULL);
		go();
		fake_before_write(c.store, NULL, NULL);
		crowd_assert_none_failed(&crowd);
		cluster_assert_mendable(&c);
		del_all_theirs();
		ck_assert_uint_eq(cluster_allocated(&c), 7);
		delete_all();
		cluster_assert_sound(&c);
	}
}
END_TEST

static void lose_pool(struct fake_store *store, size_t change, void *arg)
{
	if (change == *(size_t *)arg)
		fake_delete(store, KEY_POOLS "p6");
}

static size_t change_lost;

/* The blocks of both families are written, one of them too late. */
static void lose_half(bool unheard)
{
	warm_crowd();
	change_lost = unheard ? ADDS : ADDS + 1;
	fake_before_write(c.store, lose_pool, &change_lost);
	if (unheard)
		fake_break_off(c.store, 1, ADDS + 1);
	else
		fake_refuse(c.store, 1, 1ULL << change_lost);
	go();
	fake_before_write(c.store, NULL, NULL);
}

static void assert_taken_back(void)
{
	for (unsigned i = 0; i < crowd.n; i++)
		ck_assert(crowd.list[i].failed == (crowd.list[i].verb == CROWD_ADD &&
						   crowd.list[i].add.wanted[FAMILY_6]));
	ck_assert_uint_eq(cluster_allocated(&c), 1);
	cluster_assert_sound(&c);
}

START_TEST(what_adds_wrote_half_way_is_taken_back_before_they_are_answered)
{
	lose_half(false);
	assert_taken_back();
}
END_TEST

START_TEST(what_adds_wrote_unheard_is_taken_back_too)
{
	lose_half(true);
	assert_taken_back();
}
END_TEST

/* In a pool of small blocks; the key is that of the block of "c". */
static void fill_blocks(char key[KEY_TEXT])
{
	static const char *const names[] = { "y0", "x0", "x1", "x2", "c" };

	cluster_pool(&c, "s4", "10.3.0.0/28", ",\"blockSize\":30");
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		struct ipam_assign_request r = cluster_request(&c, "a", names[i], "4");

		r.owner.ifname = "eth1";
		r.pools[FAMILY_4][r.n_pools[FAMILY_4]++] = "s4";
		ck_assert_msg(cluster_assign(&c, &r) == 0, "%s", c.e.text);
	}
	key_of_block(cidr_masked((struct cidr){ c.answer.address[FAMILY_4].addr, 30 }), key);
}

/* All that there is, as a mirror would show it. */
static void read_all(struct view *view)
{
	struct wants wants __cleanup(wants_done) = {0};

	wants_add(&wants, "/", RANGE_PREFIX);
	ck_assert_int_eq(datastore_read(c.ds, view, &wants, &e), 0);
	view->from_mirror = true;
}

START_TEST(what_one_looked_at_is_compared_though_another_was_to_write_it)
{
	struct view view __cleanup(view_done) = {0};
	struct plan p __cleanup(plan_done) = { .view = &view };
	struct folded list[2];
	const struct fold fold = { .list = list, .n = 2 };
	struct fold_answer answer = {0};
	struct ipam_assign_request *r;
	char key[KEY_TEXT];

	fill_blocks(key);
	read_all(&view);
	r = crowd_add(&crowd, "c", "4");
	r->pools[FAMILY_4][r->n_pools[FAMILY_4]++] = "s4";
	crowd_del(&crowd, "c")->owner.ifname = "eth1";
	for (unsigned i = 0; i < 2; i++)
		folded_begin(&list[i], &crowd.list[i]);
	ck_assert_int_eq(plan_fold(&p, &fold, &answer, &e), 0);
	ck_assert_int_eq(p.kind, PLAN_COMMIT);
	ck_assert_uint_eq(answer.n, 1);
	ck_assert_ptr_nonnull(view_peek(&view, key));
	ck_assert_uint_gt(view_peek(&view, key)->looked_at, 0);
	for (unsigned i = 0; i < 2; i++)
		folded_done(&list[i]);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.crowd_turns");
	TCase *t = tcase_create("crowd_turns");

	tcase_add_checked_fixture(t, begin, one_cluster_end);
	tcase_add_test(t, a_warm_crowd_is_one_commit);
	tcase_add_test(t, handles_that_say_more_come_before_blocks_and_those_that_say_less_behind);
	tcase_add_test(t, one_that_claims_a_block_is_committed_alone);
	tcase_add_test(t, one_that_records_a_gateway_is_committed_alone);
	tcase_add_test(t, two_that_write_one_handle_are_two_commits);
	tcase_add_test(t, a_crowd_is_whole_whichever_of_its_writes_came_too_late);
	tcase_add_test(t, a_crowd_whose_answer_was_lost_after_any_write_is_done_all_the_same);
	tcase_add_test(t, whoever_dies_between_any_two_writes_leaves_what_a_del_repairs);
	tcase_add_test(t, whoever_dies_between_any_two_writes_leaves_what_the_next_crowd_does);
	tcase_add_test(t, an_outsider_between_any_two_writes_takes_nothing_from_a_crowd);
	tcase_add_test(t, what_adds_wrote_half_way_is_taken_back_before_they_are_answered);
	tcase_add_test(t, what_adds_wrote_unheard_is_taken_back_too);
	tcase_add_test(t, what_one_looked_at_is_compared_though_another_was_to_write_it);
	suite_add_tcase(s, t);
	return s;
}
