/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/problem.h"

#include "base/clock.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name, *remedy;
	bool mendable;
} faults[N_PROBLEMS] = {
	[PROBLEM_UNREADABLE] = { "unreadable-record", "look at the record (in an export, or "
			       "by etcdctl get KEY), mend or delete it; a pool, by "
			       "calico-ipamctl pool delete NAME --force", false },
	[PROBLEM_LEAKED] = { "leaked-address", "calico-ipamctl reclaim on its node, which "
			   "verifies it; or see that nobody uses it (calico-ipamctl show --ip "
			   "ADDRESS, crictl ps -a, ip netns), then calico-ipamctl release "
			   "ADDRESS, or check --report FILE and release --from-report FILE",
			   false },
	[PROBLEM_IN_USE_NO_POOL] = { "in-use-in-no-pool", "create a pool for it, or delete what "
				   "uses it", false },
	[PROBLEM_IN_USE] = { "in-use-not-allocated", "restart what uses it, before another is "
			   "given the same address", false },
	[PROBLEM_HANDLE_LEAKED] = { "leaked-handle", "calico-ipamctl check --mend", true },
	[PROBLEM_HANDLE_COUNT] = { "handle-count", "calico-ipamctl check --mend", true },
	[PROBLEM_HANDLE_BLOCK] = { "handle-names-no-block", "calico-ipamctl check --mend", true },
	[PROBLEM_HANDLE_MISSING] = { "handle-missing", "calico-ipamctl check --mend", true },
	[PROBLEM_ATTRIBUTE_UNUSED] = { "unused-attribute", "calico-ipamctl check --mend", true },
	[PROBLEM_UNALLOCATED] = { "wrong-free-list", "calico-ipamctl check --mend", true },
	[PROBLEM_RELEASED_AHEAD] = { "released-in-the-future", "set the clocks of the nodes; it "
				   "passes by itself then", false },
	[PROBLEM_AFFINITY_NO_BLOCK] = { "affinity-without-block", "calico-ipamctl check --mend",
				      true },
	[PROBLEM_AFFINITY_FOREIGN] = { "affinity-of-another", "calico-ipamctl check --mend", true },
	[PROBLEM_AFFINITY_MISSING] = { "affinity-missing", "calico-ipamctl check --mend", true },
	[PROBLEM_AFFINITY_STATE] = { "affinity-unconfirmed", "calico-ipamctl check --mend", true },
	[PROBLEM_BLOCK_STRAY] = { "block-in-no-pool", "create a pool that holds it, or release its "
				"addresses", false },
	[PROBLEM_BLOCK_SIZE] = { "block-size", "release its addresses, so that it is deleted",
			       false },
	[PROBLEM_BLOCK_OVERLAP] = { "block-overlap", "release the addresses of one of the two",
				  false },
	[PROBLEM_DUPLICATE] = { "duplicate-address", "delete one of the two containers", false },
	[PROBLEM_POOL_UNUSABLE] = { "unusable-pool", "delete the pool, and create it as it is "
				  "meant", false },
};

const char *problem_name(enum problem_kind kind)
{
	return faults[kind].name;
}

const char *problem_remedy(enum problem_kind kind)
{
	return faults[kind].remedy;
}

bool problem_is_repairable(enum problem_kind kind)
{
	return faults[kind].mendable;
}

static void tell_unused(const struct block *b, problem_teller *tell, void *arg)
{
	struct block_use uses[BLOCK_SIZE_MAX];
	unsigned unused = b->n_attributes - block_uses(b, uses);
	char text[128];

	if (!unused)
		return;
	snprintf(text, sizeof(text), "no address points at %u of its %u attributes", unused,
		 b->n_attributes);
	tell(PROBLEM_ATTRIBUTE_UNUSED, text, arg);
}

static void tell_unallocated(const struct block *b, problem_teller *tell, void *arg)
{
	unsigned listed[BLOCK_SIZE_MAX + 1] = { 0 };
	unsigned twice = 0, held = 0, lost = 0, strange;
	char text[160];
	int n;

	for (unsigned i = 0; i < b->n_unallocated; i++)
		listed[block_listed(b, i)]++;
	strange = listed[b->size];
	for (unsigned i = 0; i < b->size; i++) {
		twice += listed[i] > 1;
		held += listed[i] && !block_is_free(b, i);
		lost += !listed[i] && block_is_free(b, i);
	}
	if (!twice && !held && !lost && !strange)
		return;
	n = snprintf(text, sizeof(text), "its list of free addresses names %u twice, %u that are "
		     "held, and lacks %u", twice, held, lost);
	if (strange)
		snprintf(text + n, sizeof(text) - (size_t)n, "; %u of its entries are no "
			 "addresses of the block", strange);
	tell(PROBLEM_UNALLOCATED, text, arg);
}

static void tell_released(const struct block *b, int64_t now_ns, problem_teller *tell, void *arg)
{
	for (unsigned i = 0; i < b->n_attributes; i++) {
		const char *at = b->attributes[i].released_at;
		char text[128];
		int64_t ns;

		if (!at || clock_parse_rfc3339(at, &ns) < 0 || ns <= now_ns)
			continue;
		snprintf(text, sizeof(text), "it has addresses released in the future, at %.40s",
			 at);
		tell(PROBLEM_RELEASED_AHEAD, text, arg);
		return;
	}
}

void block_tell_problems(const struct block *b, int64_t now_ns, problem_teller *tell, void *arg)
{
	tell_unused(b, tell, arg);
	tell_unallocated(b, tell, arg);
	tell_released(b, now_ns, tell, arg);
}
