/* SPDX-License-Identifier: Apache-2.0 */
/* Creating and updating pools in a store, while others do; the rules are check_pool's. */
#include "ipam/pool/pools.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
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
	struct labels labels = { list, 1 };
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
	tcase_add_test(t, an_update_says_whether_it_has_changed_the_pool);
	tcase_add_test(t, an_update_that_another_has_made_meanwhile_is_the_others);
	tcase_add_test(t, an_update_whose_answer_was_lost_has_changed_the_pool);
	tcase_add_test(t, a_pool_that_cannot_be_read_is_not_updated);
	return s;
}
