/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sim/actors.h"

#include "ipam/audit/audit.h"
#include "ipam/audit/repairs.h"

#include <stdio.h>

/*
 * What a crash or Calico leaves, and what an administrator wants so.  A block of another size:
 * Calico's own plugin read a pool that was then deleted and made anew (docs/RELIABILITY.md 4).
 */
static bool is_no_fault(enum problem_kind kind)
{
	if (kind == PROBLEM_BLOCK_SIZE && world.calico_came)
		return true;
	return kind == PROBLEM_POOL_UNUSABLE || kind == PROBLEM_BLOCK_STRAY ||
	       kind == PROBLEM_RELEASED_AHEAD;
}

static void mend_all(struct actor *a, const struct audit *audit)
{
	struct audit_repairs repairs;
	struct err e = {0};

	for (size_t i = 0; i < audit->n; i++)
		if (problem_is_repairable(audit->list[i].kind))
			world_tell("     %s: %s %s: %s\n", a->name,
				   problem_name(audit->list[i].kind),
				   audit->list[i].key ? audit->list[i].key : "",
				   audit->list[i].text ? audit->list[i].text : "");
	if (audit_repair(a->ds, audit->list, audit->n, host_now(a->host), NULL, NULL, &repairs,
			 &e) < 0)
		world_may_fail(a, &e);
	else if (repairs.failed)
		world_may_fail(a, &repairs.why);
}

static int read_audit(struct actor *a, bool mends, struct audit *ret)
{
	struct audit_options options = { .now_ns = host_now(a->host), .mends = mends };
	struct err e = {0};

	if (audit_read(a->ds, &options, ret, &e) == 0)
		return 0;
	world_may_fail(a, &e);
	return -1;
}

static void mend(struct actor *a)
{
	struct audit audit __cleanup(audit_done) = {0};

	/* After a question, or at once. */
	if (read_audit(a, draw(a, 2) == 0, &audit) == 0)
		mend_all(a, &audit);
}

static void prove(struct actor *a)
{
	struct audit audit __cleanup(audit_done) = {0};

	if (read_audit(a, false, &audit) < 0)
		return;
	for (size_t i = 0; i < audit.n; i++)
		if (!is_no_fault(audit.list[i].kind))
			world_lose("what a check mends is whole", "%s %s: %s",
				   problem_name(audit.list[i].kind),
				   audit.list[i].key ? audit.list[i].key : "",
				   audit.list[i].text ? audit.list[i].text : "");
}

/* A handle, with the blocks that seemed to hold something of it. */
static void mend_handle(struct actor *a)
{
	unsigned handle = draw(a, world.ledger.n_handles);
	struct cidr blocks[LEDGER_BLOCKS];
	struct repair_case r = { .request = { .subject = REPAIR_HANDLE, .blocks = blocks,
					      .handle = world.ledger.handles[handle].id,
					      .now_ns = host_now(a->host) } };
	struct err e = {0};
	unsigned done;

	for (unsigned i = 0; i < world.ledger.n_blocks; i++)
		if (ledger_held(&world.ledger, i, handle))
			blocks[r.request.n_blocks++] = world.ledger.blocks[i].cidr;
	if (ipam_repair(a->ds, &r, 1, &done, &e) < 0)
		world_may_fail(a, &e);
	else if (r.failed)
		world_may_fail(a, &r.error);
}

/* A block, or the affinity that some host has of it. */
static void mend_block(struct actor *a)
{
	unsigned host = draw(a, HOSTS);
	char owner[32];
	struct repair_case r = { .request = {
		.subject = draw(a, 3) ? REPAIR_AFFINITY : REPAIR_BLOCK, .owner = owner,
		.block = world.ledger.blocks[draw(a, world.ledger.n_blocks)].cidr,
		.now_ns = host_now(a->host),
	} };
	struct err e = {0};
	unsigned done;

	snprintf(owner, sizeof(owner), "host:%s", world.hosts[host].name);
	if (ipam_repair(a->ds, &r, 1, &done, &e) < 0)
		world_may_fail(a, &e);
	else if (r.failed)
		world_may_fail(a, &r.error);
}

/* One thing that a check has found some time ago, or a check of everything. */
void mender_begin(struct actor *a, uint64_t seed)
{
	unsigned choice = (unsigned)(seed >> 40) % 8;

	if (choice == 0)
		actor_begin(a, seed, mend, "check --mend");
	else if (choice < 5 && world.ledger.n_handles)
		actor_begin(a, seed, mend_handle, "mending a handle");
	else if (world.ledger.n_blocks)
		actor_begin(a, seed, mend_block, "mending a block");
}

void mender_begin_to_mend(struct actor *a)
{
	actor_begin(a, 1, mend, "check --mend");
}

void mender_begin_to_prove(struct actor *a)
{
	actor_begin(a, 1, prove, "check");
}
