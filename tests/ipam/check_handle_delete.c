/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/record/keys.h"
#include "ipam/release/handle.h"
#include "tests/ipam/fixture_one_cluster.h"
#include "tests/suite.h"

#include <check.h>

#define HANDLE KEY_HANDLES "net.c1"

static int delete(uint64_t revision, bool *ret_deleted)
{
	struct handle_delete_request r = { .id = "net.c1", .revision = revision };
	struct handle_delete_answer answer = { .deleted = false };
	int rc = ipam_delete_handle(c.ds, &r, &answer, &e);

	*ret_deleted = answer.deleted;
	return rc;
}

START_TEST(a_handle_goes_only_as_it_was_judged)
{
	bool deleted;

	fake_put(c.store, HANDLE, "{}");
	ck_assert_int_eq(delete(fake_revision(c.store) + 1, &deleted), 0);
	ck_assert(!deleted);
	ck_assert_ptr_nonnull(fake_get(c.store, HANDLE));
	ck_assert_int_eq(delete(fake_revision(c.store), &deleted), 0);
	ck_assert(deleted);
	ck_assert_ptr_null(fake_get(c.store, HANDLE));
	ck_assert_int_eq(delete(1, &deleted), 0);
	ck_assert(!deleted);
}
END_TEST

static void write_it(struct fake_store *store, unsigned long commit, void *arg __unused_arg)
{
	if (commit == 1)
		fake_put(store, HANDLE, "{\"id\":\"net.c1\"}");
}

START_TEST(a_handle_that_is_written_meanwhile_stays)
{
	bool deleted;

	fake_put(c.store, HANDLE, "{}");
	fake_before_commit(c.store, write_it, NULL);
	ck_assert_int_eq(delete(fake_revision(c.store), &deleted), 0);
	ck_assert(!deleted);
	ck_assert_ptr_nonnull(fake_get(c.store, HANDLE));
}
END_TEST

START_TEST(a_handle_whose_deletion_lost_its_answer_is_deleted)
{
	bool deleted;

	fake_put(c.store, HANDLE, "{}");
	fake_lose_answer(c.store, 1);
	ck_assert_int_eq(delete(fake_revision(c.store), &deleted), 0);
	ck_assert(deleted);
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("ipam.handle_delete");
	TCase *t = tcase_create("handle_delete");

	suite_add_tcase(s, t);
	tcase_add_checked_fixture(t, one_cluster_begin, one_cluster_end);
	tcase_add_test(t, a_handle_goes_only_as_it_was_judged);
	tcase_add_test(t, a_handle_that_is_written_meanwhile_stays);
	tcase_add_test(t, a_handle_whose_deletion_lost_its_answer_is_deleted);
	return s;
}
