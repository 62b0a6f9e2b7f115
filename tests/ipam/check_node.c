/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/node/nodes.h"
#include "ipam/record/keys.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define NODE KEY_NODES "node-a"
#define AFFINITY KEY_HOST_AFFINITIES "node-a/ipv4/block/10.0.0.0-26"
#define UID "11111111-2222-4333-8444-555555555555"

static struct label a_gone_b_2[] = { { "a", NULL }, { "b", "2" } };

static int create(const char *name)
{
	struct node_create_request r = { .spec.name = name, .uid = UID, .now_ns = CLUSTER_NOW };

	return ipam_create_node(c.ds, &r, &e);
}

static int label(struct label *list, size_t n, bool *ret_changed)
{
	struct node_label_request r = { .name = "node-a", .labels = { .list = list, .n = n } };
	struct node_label_answer answer = { 0 };
	int rc = ipam_label_node(c.ds, &r, &answer, &e);

	*ret_changed = answer.changed;
	return rc;
}

static int update(const struct labels *labels, uint64_t revision, struct buf *after)
{
	struct node_update_request r = { .spec = { .name = "node-a", .labels = labels },
					 .terms = { .revision = revision, .after = after,
						    .dry_run = after != NULL } };
	struct node_update_answer answer = { 0 };

	err_reset(&e);
	return ipam_update_node(c.ds, &r, &answer, &e) < 0 ? -1 : answer.changed;
}

static int delete(bool force, size_t *ret_blocks)
{
	struct node_delete_request r = { .name = "node-a", .force = force };
	struct node_delete_answer answer = { 0 };
	int rc = ipam_delete_node(c.ds, &r, &answer, &e);

	*ret_blocks = answer.blocks;
	return rc;
}

START_TEST(a_node_is_created_once)
{
	ck_assert_int_eq(create("node-a"), 0);
	ck_assert_ptr_nonnull(strstr(fake_get(c.store, NODE), UID));
	fake_put(c.store, NODE, "{}");
	ck_assert_int_eq(create("node-a"), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	ck_assert_str_eq(e.text, "resource already exists: Node(node-a)");
	ck_assert_str_eq(fake_get(c.store, NODE), "{}");
}
END_TEST

START_TEST(labels_and_annotations_that_are_given_are_all_there_are)
{
	struct label list[] = { { "b", "2" }, { "a", "1" } };
	struct labels two = { .list = list, .n = 2 }, none = { 0 };
	struct buf after __cleanup(buf_done) = BUF(1 << 16);

	fake_put(c.store, NODE, "{\"metadata\":{\"labels\":{\"old\":\"x\"},\"later\":1},"
		 "\"spec\":{\"bgp\":{}}}");
	ck_assert_int_eq(update(&two, 0, &after), 1);
	ck_assert_str_eq(after.data, "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"},"
			 "\"later\":1},\"spec\":{\"bgp\":{}}}");
	ck_assert_uint_eq(fake_commits(c.store), 0);
	ck_assert_int_eq(update(&two, 0, NULL), 1);
	ck_assert_str_eq(fake_get(c.store, NODE), after.data);
	ck_assert_int_eq(update(&two, 0, NULL), 0);
	ck_assert_int_eq(update(NULL, 0, NULL), 0);
	ck_assert_int_eq(update(&none, 0, NULL), 1);
	ck_assert_str_eq(fake_get(c.store, NODE), "{\"metadata\":{\"later\":1},"
			 "\"spec\":{\"bgp\":{}}}");
}
END_TEST

START_TEST(a_node_of_another_revision_is_not_changed)
{
	struct labels none = { 0 };

	fake_put(c.store, NODE, "{\"metadata\":{\"labels\":{\"a\":\"1\"}}}");
	ck_assert_int_eq(update(&none, 12345, NULL), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_int_eq(strncmp(e.text, "update conflict: Node(node-a): ", 31), 0);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(a_node_is_known_again_when_the_answer_of_its_creation_is_lost)
{
	fake_lose_answer(c.store, 1);
	ck_assert_msg(create("node-a") == 0, "%s", e.text);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

START_TEST(no_node_has_a_name_that_cannot_be_in_a_record)
{
	ck_assert_int_eq(create("a/b"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_int_eq(create("Node"), -1);
	ck_assert_int_eq(e.kind, ERR_CONFIG);
	ck_assert_int_eq(node_check_name("", &e), -1);
	ck_assert_uint_eq(fake_commits(c.store), 0);
}
END_TEST

START_TEST(labels_are_set_and_removed_and_what_is_not_known_stays)
{
	bool changed;

	fake_put(c.store, NODE, "{\"metadata\":{\"name\":\"node-a\",\"labels\":{\"a\":\"1\"}},"
		 "\"new\":7}");
	ck_assert_msg(label(a_gone_b_2, 2, &changed) == 0, "%s", e.text);
	ck_assert(changed);
	ck_assert_str_eq(fake_get(c.store, NODE), "{\"metadata\":{\"name\":\"node-a\","
			 "\"labels\":{\"b\":\"2\"}},\"new\":7}");
	ck_assert_int_eq(label(a_gone_b_2, 2, &changed), 0);
	ck_assert(!changed);
	ck_assert_uint_eq(fake_commits(c.store), 1);
	ck_assert_int_eq(label(&(struct label){ "b", NULL }, 1, &changed), 0);
	ck_assert_ptr_null(strstr(fake_get(c.store, NODE), "labels"));
}
END_TEST

START_TEST(labels_whose_answer_was_lost_have_changed)
{
	bool changed;

	cluster_node(&c, "node-a", "{}");
	fake_lose_answer(c.store, 1);
	ck_assert_int_eq(label(&a_gone_b_2[1], 1, &changed), 0);
	ck_assert(changed);
	ck_assert_uint_eq(fake_commits(c.store), 1);
}
END_TEST

static int label_strictly(const char *key, const char *value)
{
	struct label one = { key, value };
	struct node_label_request r = { .name = "node-a", .labels = { .list = &one, .n = 1 },
					.strict = true };
	struct node_label_answer answer = { 0 };

	return ipam_label_node(c.ds, &r, &answer, &e);
}

START_TEST(strictly_no_label_is_overwritten_and_none_removed_that_is_not_there)
{
	cluster_node(&c, "node-a", "{\"a\":\"1\"}");
	ck_assert_int_eq(label_strictly("a", "1"), 0);
	ck_assert_int_eq(label_strictly("a", "2"), -1);
	ck_assert_int_eq(e.kind, ERR_EXISTS);
	ck_assert_str_eq(e.text, "failed to update label of node node-a, key a is already present. "
			 "please use '--overwrite' to set a new value.");
	ck_assert_int_eq(label_strictly("b", NULL), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	ck_assert_str_eq(e.text, "cannot remove label of node node-a, key b does not exist");
	fake_lose_answer(c.store, 1);
	ck_assert_int_eq(label_strictly("b", "2"), 0);
	fake_lose_answer(c.store, 2);
	ck_assert_int_eq(label_strictly("b", NULL), 0);
}
END_TEST

START_TEST(a_node_that_is_not_there_or_is_none_is_not_labelled)
{
	bool changed;

	ck_assert_int_eq(label(&a_gone_b_2[1], 1, &changed), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	fake_put(c.store, NODE, "{}");
	ck_assert_int_eq(label(&a_gone_b_2[1], 1, &changed), -1);
	ck_assert_int_eq(e.kind, ERR_CORRUPT);
	ck_assert_str_eq(e.text, "record " NODE " has no metadata");
}
END_TEST

START_TEST(a_node_with_blocks_is_deleted_by_force_only)
{
	size_t blocks = 9;

	cluster_node(&c, "node-a", "{}");
	fake_put(c.store, AFFINITY, "{}");
	ck_assert_int_eq(delete(false, &blocks), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(fake_get(c.store, NODE));
	ck_assert_int_eq(delete(true, &blocks), 0);
	ck_assert_uint_eq(blocks, 1);
	ck_assert_ptr_null(fake_get(c.store, NODE));
	ck_assert_ptr_nonnull(fake_get(c.store, AFFINITY));
}
END_TEST

static void claim_a_block(struct fake_store *store, unsigned long commit, void *arg __unused_arg)
{
	if (commit == 1)
		fake_put(store, AFFINITY, "{}");
}

START_TEST(a_block_that_comes_meanwhile_keeps_the_node)
{
	size_t blocks;

	cluster_node(&c, "node-a", "{}");
	fake_before_commit(c.store, claim_a_block, NULL);
	ck_assert_int_eq(delete(false, &blocks), -1);
	ck_assert_int_eq(e.kind, ERR_CONFLICT);
	ck_assert_ptr_nonnull(fake_get(c.store, NODE));
}
END_TEST

START_TEST(a_node_is_gone_when_the_answer_of_its_deletion_is_lost)
{
	size_t blocks;

	ck_assert_int_eq(delete(false, &blocks), -1);
	ck_assert_int_eq(e.kind, ERR_NOT_FOUND);
	err_reset(&e);
	cluster_node(&c, "node-a", "{}");
	fake_lose_answer(c.store, 1);
	ck_assert_msg(delete(false, &blocks) == 0, "%s", e.text);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.node");
	TCase *t = tcase_create("node");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_node_is_created_once);
	tcase_add_test(t, labels_and_annotations_that_are_given_are_all_there_are);
	tcase_add_test(t, a_node_of_another_revision_is_not_changed);
	tcase_add_test(t, a_node_is_known_again_when_the_answer_of_its_creation_is_lost);
	tcase_add_test(t, no_node_has_a_name_that_cannot_be_in_a_record);
	tcase_add_test(t, labels_are_set_and_removed_and_what_is_not_known_stays);
	tcase_add_test(t, labels_whose_answer_was_lost_have_changed);
	tcase_add_test(t, strictly_no_label_is_overwritten_and_none_removed_that_is_not_there);
	tcase_add_test(t, a_node_that_is_not_there_or_is_none_is_not_labelled);
	tcase_add_test(t, a_node_with_blocks_is_deleted_by_force_only);
	tcase_add_test(t, a_block_that_comes_meanwhile_keeps_the_node);
	tcase_add_test(t, a_node_is_gone_when_the_answer_of_its_deletion_is_lost);
	return s;
}
