/* SPDX-License-Identifier: Apache-2.0 */
/* What a check finds is told with what mends that fault, and no other. */
#include "ipam/audit/problem.h"
#include "tests/suite.h"

#include <check.h>
#include <string.h>

#define MEND "calico-ipamctl check --mend"

static const struct { enum problem_kind kind; const char *name, *remedy; } rows[] = {
	{ PROBLEM_UNREADABLE, "unreadable-record", "look at the record (in an export, or by "
	  "etcdctl get KEY), mend or delete it; a pool, by calico-ipamctl pool delete NAME "
	  "--force" },
	{ PROBLEM_LEAKED, "leaked-address", "calico-ipamctl reclaim on its node, which verifies "
	  "it; or see that nobody uses it (calico-ipamctl show --ip ADDRESS, crictl ps -a, ip "
	  "netns), then calico-ipamctl release ADDRESS, or check --report FILE and release "
	  "--from-report FILE" },
	{ PROBLEM_IN_USE_NO_POOL, "in-use-in-no-pool", "create a pool for it, or delete what uses "
	  "it" },
	{ PROBLEM_IN_USE, "in-use-not-allocated", "restart what uses it, before another is given "
	  "the same address" },
	{ PROBLEM_HANDLE_LEAKED, "leaked-handle", MEND },
	{ PROBLEM_HANDLE_COUNT, "handle-count", MEND },
	{ PROBLEM_HANDLE_BLOCK, "handle-names-no-block", MEND },
	{ PROBLEM_HANDLE_MISSING, "handle-missing", MEND },
	{ PROBLEM_ATTRIBUTE_UNUSED, "unused-attribute", MEND },
	{ PROBLEM_UNALLOCATED, "wrong-free-list", MEND },
	{ PROBLEM_RELEASED_AHEAD, "released-in-the-future", "set the clocks of the nodes; it "
	  "passes by itself then" },
	{ PROBLEM_AFFINITY_NO_BLOCK, "affinity-without-block", MEND },
	{ PROBLEM_AFFINITY_FOREIGN, "affinity-of-another", MEND },
	{ PROBLEM_AFFINITY_MISSING, "affinity-missing", MEND },
	{ PROBLEM_AFFINITY_STATE, "affinity-unconfirmed", MEND },
	{ PROBLEM_BLOCK_STRAY, "block-in-no-pool", "create a pool that holds it, or release its "
	  "addresses" },
	{ PROBLEM_BLOCK_SIZE, "block-size", "release its addresses, so that it is deleted" },
	{ PROBLEM_BLOCK_OVERLAP, "block-overlap", "release the addresses of one of the two" },
	{ PROBLEM_DUPLICATE, "duplicate-address", "delete one of the two containers" },
	{ PROBLEM_POOL_UNUSABLE, "unusable-pool", "delete the pool, and create it as it is meant" },
};

START_TEST(a_problem_is_told_with_what_mends_it)
{
	enum problem_kind kind = rows[_i].kind;

	ck_assert_str_eq(problem_name(kind), rows[_i].name);
	ck_assert_str_eq(problem_remedy(kind), rows[_i].remedy);
	ck_assert(problem_is_repairable(kind) == (strcmp(problem_remedy(kind), MEND) == 0));
}
END_TEST

START_TEST(every_problem_has_a_row_here)
{
	bool found[N_PROBLEMS] = { false };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		found[rows[i].kind] = true;
	for (unsigned kind = 0; kind < N_PROBLEMS; kind++)
		ck_assert_msg(found[kind], "%s has no row", problem_name(kind));
}
END_TEST

Suite *suite(void)
{
	Suite *s = suite_create("problem");
	TCase *t = tcase_create("problem");

	tcase_add_loop_test(t, a_problem_is_told_with_what_mends_it, 0, ARRAY_LEN(rows));
	tcase_add_test(t, every_problem_has_a_row_here);
	suite_add_tcase(s, t);
	return s;
}
