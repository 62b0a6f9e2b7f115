/* SPDX-License-Identifier: Apache-2.0 */
/* Creating and updating pools in a store, while others do; the rules are check_pool's. */
#include "ipam/pool/pools.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <stdio.h>
#include <string.h>

#define POOL KEY_POOLS "a"
#define UID "11111111-2222-4333-8444-555555555555"

static int create(const char *name)
{
	struct pool_create_request r = { .spec = { .name = name, .cidr = "10.0.0.0/24" },
					 .uid = UID, .now_ns = CLUSTER_NOW };

	err_reset(&e);
	return ipam_create_pool(c.ds, &r, &e);
}

#define MANY 250

static struct pool_creation many[MANY];

/* The first n of 10.0.0.0/24, 10.0.1.0/24 and so on, in order of their names. */
static void want_pools(unsigned n)
{
	static char names[MANY][16], cidrs[MANY][CIDR_TEXT];

	for (unsigned i = 0; i < n; i++) {
		struct pool_create_request *r = &many[i].request;

		snprintf(names[i], sizeof(names[i]), "p%03u", i);
		snprintf(cidrs[i], sizeof(cidrs[i]), "10.0.%u.0/24", i);
		many[i].error = (struct err){ 0 };
		*r = (struct pool_create_request){ .spec = { .name = names[i], .cidr = cidrs[i] },
						   .now_ns = CLUSTER_NOW };
		snprintf(r->uid, sizeof(r->uid), "11111111-2222-4333-8444-%012u", i);
	}
}

static void all_are_there(unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		ck_assert_msg(!many[i].error.kind, "%s", many[i].error.text);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), n);
}

static int disable(bool *ret_changed)
{
	struct pool_update_request r = { .name = "a", .change.disabled = POOL_SWITCH_ON };
	struct pool_update_answer answer = { 0 };
	int rc;

	err_reset(&e);
	rc = ipam_update_pool(c.ds, &r, &answer, &e);
	*ret_changed = answer.changed;
	return rc;
}

static void create_another(struct fake_store *store __unused_arg, unsigned long commit,
			   void *arg __unused_arg)
{
	if (commit == 1)
		cluster_pool(&c, "b", "10.0.0.0/16", "");
}

static void disable_before(struct fake_store *store __unused_arg, unsigned long commit,
			   void *arg __unused_arg)
{
	if (commit == 1)
		cluster_pool(&c, "a", "10.0.0.0/24", ",\"disabled\":true");
}

static int change(struct pool_change change, uint64_t revision, struct buf *after)
{
	struct pool_update_request r = { .name = "a", .change = change,
					 .terms = { .revision = revision, .after = after,
						    .dry_run = after != NULL } };
	struct pool_update_answer answer = { 0 };

	err_reset(&e);
	return ipam_update_pool(c.ds, &r, &answer, &e) < 0 ? -1 : answer.changed;
}

START_TEST(a_setting_that_says_the_default_changes_nothing)
{
	struct pool_change all = { .node_selector = "all()", .namespace_selector = "",
				   .ipip_mode = "Never", .vxlan_mode = "",
				   .assignment_mode = "Automatic",
				   .allowed_uses = { "Workload", "Tunnel" }, .n_allowed_uses = 2,
				   .cidr = "10.0.0.0/24", .block_len = 26,
				   .nat_outgoing = POOL_SWITCH_OFF };

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	ck_assert_msg(change(all, 0, NULL) == 0, "%s", e.text);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(cidr_and_block_size_are_refused_in_calicos_words)
{
	cluster_pool(&c, "a", "10.0.0.0/24", "");
	ck_assert_int_eq(change((struct pool_change){ .cidr = "10.0.0.0/25" }, 0, NULL), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "IPPool CIDR cannot be modified"));
	ck_assert_int_eq(change((struct pool_change){ .block_len = 27 }, 0, NULL), -1);
	ck_assert_ptr_nonnull(strstr(e.text, "IPPool BlockSize cannot be modified"));
}
END_TEST

START_TEST(a_pool_of_another_revision_is_not_changed)
{
	struct pool_change nat = { .nat_outgoing = POOL_SWITCH_ON };

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	ck_assert_int_eq(change(nat, 12345, NULL), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_int_eq(strncmp(e.text, "update conflict: IPPool(a): ", 28), 0);
}
END_TEST

START_TEST(a_rehearsal_tells_the_record_and_writes_nothing)
{
	struct buf after __cleanup(buf_done) = BUF(1 << 16);
	struct label list[] = { { "a", "1" } };
	struct labels labels = { .list = list, .n = 1 };
	struct pool_change wanted = { .nat_outgoing = POOL_SWITCH_ON, .labels = &labels };

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	ck_assert_int_eq(change(wanted, 0, &after), 1);
	ck_assert_ptr_nonnull(strstr(after.data, "\"natOutgoing\":true"));
	ck_assert_ptr_nonnull(strstr(after.data, "\"labels\":{\"a\":\"1\"}"));
	ck_assert_uint_eq(fake_commits(c.store), 0);
	ck_assert_int_eq(change(wanted, 0, NULL), 1);
	ck_assert_str_eq(fake_get(c.store, POOL), after.data);
}
END_TEST

START_TEST(a_pool_is_created_once)
{
	ck_assert_msg(create("a") == 0, "%s", e.text);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, POOL), UID));
	ck_assert_int_eq(create("b"), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	ck_assert_int_eq(create("a/b"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 1);
}
END_TEST

START_TEST(a_pool_that_comes_meanwhile_is_not_overlapped)
{
	fake_before_commit(c.store, create_another, NULL);
	ck_assert_int_eq(create("a"), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	ck_assert_ptr_null(fake_get(c.store, POOL));
}
END_TEST

START_TEST(a_pool_is_known_again_when_the_answer_of_its_creation_is_lost)
{
	fake_lose_answer(c.store, 1);
	ck_assert_msg(create("a") == 0, "%s", e.text);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

START_TEST(many_pools_are_created_by_one_reading_for_each_hundred)
{
	want_pools(MANY);
	ipam_create_pools(c.ds, many, MANY);
	all_are_there(MANY);
	ck_assert_uint_eq(fake_commits(c.store), 3);
	ck_assert_uint_eq(fake_reads(c.store), 3);
}
END_TEST

START_TEST(of_several_pools_each_is_beside_those_before_it)
{
	want_pools(4);
	many[1].request.spec.cidr = "10.0.0.0/25";
	many[2].request.spec.name = many[0].request.spec.name;
	ipam_create_pools(c.ds, many, 4);
	ck_assert(!many[0].error.kind && !many[3].error.kind);
	ck_assert_int_eq(many[1].error.kind, ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(many[1].error.text, "IPPool(p001) CIDR overlaps with "
				     "IPPool(p000) CIDR 10.0.0.0/24"));
	ck_assert_int_eq(many[2].error.kind, ERR_EXISTS);
	ck_assert_ptr_nonnull(strstr(many[2].error.text, "already exists: IPPool(p000)"));
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 2);
}
END_TEST

static void create_among_them(struct fake_store *store __unused_arg, unsigned long commit,
			      void *arg __unused_arg)
{
	if (commit == 1)
		cluster_pool(&c, "b", "10.0.2.0/26", "");
}

START_TEST(a_pool_that_comes_meanwhile_is_overlapped_by_none_of_several)
{
	fake_before_commit(c.store, create_among_them, NULL);
	want_pools(4);
	ipam_create_pools(c.ds, many, 4);
	ck_assert_int_eq(many[2].error.kind, ERR_EXISTS);
	ck_assert(!many[0].error.kind && !many[1].error.kind && !many[3].error.kind);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 4);
}
END_TEST

START_TEST(several_pools_are_known_again_when_the_answer_of_their_creation_is_lost)
{
	fake_lose_answer(c.store, 1);
	want_pools(3);
	ipam_create_pools(c.ds, many, 3);
	all_are_there(3);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

/* The first commit is lost, with another's pool in its place or with the store from then on. */
enum loss { BESIDE_ANOTHERS_POOL, WITH_THE_STORE };

static bool is_lost;

static enum fake_fate lose_the_first_commit(struct fake_store *store __unused_arg,
					    enum fake_step step, size_t change __unused_arg,
					    void *arg)
{
	const enum loss *loss = arg;

	if (is_lost)
		return *loss == WITH_THE_STORE ? FAKE_IS_REFUSED : FAKE_GOES_ON;
	if (step != FAKE_COMMITS)
		return FAKE_GOES_ON;
	is_lost = true;
	if (*loss == BESIDE_ANOTHERS_POOL)
		cluster_pool(&c, "b", "10.0.0.0/16", "");
	return FAKE_IS_LOST;
}

static void says_that_it_may_stand(const struct err *error)
{
	const char *words = strstr(error->text, "may have gone through");

	ck_assert_msg(error->may_stand && words && !strstr(words + 1, "may have gone through"),
		      "%d: %s", error->kind, error->text);
}

START_TEST(a_pool_whose_creation_fails_after_a_lost_answer_may_stand)
{
	enum loss loss = (enum loss)_i;

	is_lost = false;
	fake_at_each_step(c.store, lose_the_first_commit, &loss);
	ck_assert_int_eq(create("a"), -1);
	says_that_it_may_stand(&e);
}
END_TEST

START_TEST(of_several_pools_each_that_may_stand_says_so)
{
	enum loss loss = (enum loss)_i;

	is_lost = false;
	want_pools(3);
	many[1].request.spec.cidr = "no CIDR";
	fake_at_each_step(c.store, lose_the_first_commit, &loss);
	ipam_create_pools(c.ds, many, 3);
	says_that_it_may_stand(&many[0].error);
	says_that_it_may_stand(&many[2].error);
	/* It was in no commit. */
	ck_assert(many[1].error.kind && !many[1].error.may_stand &&
		  !strstr(many[1].error.text, "may have gone through"));
}
END_TEST

START_TEST(more_pools_than_one_commit_takes_are_several_commits)
{
	fake_limit_commits(c.store, 2);
	want_pools(5);
	ipam_create_pools(c.ds, many, 5);
	all_are_there(5);
}
END_TEST

START_TEST(what_the_store_refuses_of_several_pools_is_tried_alone)
{
	fake_fail_commit(c.store, 1, ERR_REFUSED);
	want_pools(3);
	ipam_create_pools(c.ds, many, 3);
	all_are_there(3);
}
END_TEST

START_TEST(one_pool_that_the_store_does_not_take_leaves_the_others)
{
	char selector[601];

	snprintf(selector, sizeof(selector), "a == \"%0590d\"", 0);
	fake_limit_bytes(c.store, 900);
	want_pools(4);
	many[1].request.spec.node_selector = selector;
	ipam_create_pools(c.ds, many, 4);
	ck_assert(!many[0].error.kind && !many[2].error.kind && !many[3].error.kind);
	ck_assert_int_eq(many[1].error.kind, ERR_LIMIT);
	ck_assert_uint_eq(fake_count(c.store, KEY_POOLS), 3);
}
END_TEST

START_TEST(several_pools_are_created_where_there_are_no_transactions)
{
	fake_set_traits(c.store, false, false);
	fake_break_off(c.store, 1, 1);
	want_pools(4);
	ipam_create_pools(c.ds, many, 4);
	all_are_there(4);
}
END_TEST

START_TEST(an_update_says_whether_it_has_changed_the_pool)
{
	bool changed;

	ck_assert_int_eq(disable(&changed), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	cluster_pool(&c, "a", "10.0.0.0/24", "");
	ck_assert_msg(disable(&changed) == 0, "%s", e.text);
	ck_assert(changed);
	ck_assert_int_eq(disable(&changed), 0);
	ck_assert(!changed);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

START_TEST(an_update_that_another_has_made_meanwhile_is_the_others)
{
	bool changed;

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	fake_before_commit(c.store, disable_before, NULL);
	ck_assert_int_eq(disable(&changed), 0);
	ck_assert(!changed);
}
END_TEST

START_TEST(an_update_whose_answer_was_lost_has_changed_the_pool)
{
	bool changed;

	cluster_pool(&c, "a", "10.0.0.0/24", "");
	fake_lose_answer(c.store, 1);
	ck_assert_int_eq(disable(&changed), 0);
	ck_assert(changed);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

START_TEST(a_pool_that_cannot_be_read_is_not_updated)
{
	bool changed;

	fake_put(c.store, POOL, "{");
	ck_assert_int_eq(disable(&changed), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.pool_create");
	TCase *t = tcase_create("pool_create");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_setting_that_says_the_default_changes_nothing);
	tcase_add_test(t, cidr_and_block_size_are_refused_in_calicos_words);
	tcase_add_test(t, a_pool_of_another_revision_is_not_changed);
	tcase_add_test(t, a_rehearsal_tells_the_record_and_writes_nothing);
	tcase_add_test(t, a_pool_is_created_once);
	tcase_add_test(t, a_pool_that_comes_meanwhile_is_not_overlapped);
	tcase_add_test(t, a_pool_is_known_again_when_the_answer_of_its_creation_is_lost);
	tcase_add_test(t, many_pools_are_created_by_one_reading_for_each_hundred);
	tcase_add_test(t, of_several_pools_each_is_beside_those_before_it);
	tcase_add_test(t, a_pool_that_comes_meanwhile_is_overlapped_by_none_of_several);
	tcase_add_test(t, several_pools_are_known_again_when_the_answer_of_their_creation_is_lost);
	tcase_add_loop_test(t, a_pool_whose_creation_fails_after_a_lost_answer_may_stand,
			    BESIDE_ANOTHERS_POOL, WITH_THE_STORE + 1);
	tcase_add_loop_test(t, of_several_pools_each_that_may_stand_says_so,
			    BESIDE_ANOTHERS_POOL, WITH_THE_STORE + 1);
	tcase_add_test(t, more_pools_than_one_commit_takes_are_several_commits);
	tcase_add_test(t, what_the_store_refuses_of_several_pools_is_tried_alone);
	tcase_add_test(t, one_pool_that_the_store_does_not_take_leaves_the_others);
	tcase_add_test(t, several_pools_are_created_where_there_are_no_transactions);
	tcase_add_test(t, an_update_says_whether_it_has_changed_the_pool);
	tcase_add_test(t, an_update_that_another_has_made_meanwhile_is_the_others);
	tcase_add_test(t, an_update_whose_answer_was_lost_has_changed_the_pool);
	tcase_add_test(t, a_pool_that_cannot_be_read_is_not_updated);
	return s;
}
