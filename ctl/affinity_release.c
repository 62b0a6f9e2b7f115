/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/confirm.h"
#include "ctl/cli/meant.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/affinity/affinities.h"

#include <stdlib.h>

/* Blocks with their owners, and what became of each. */
struct releases {
	struct store store;
	struct owned_blocks of;
	struct affinity_release_answer *answers;	/* owned */
};

static void releases_done(struct releases *r)
{
	owned_blocks_done(&r->of);
	free(r->answers);
	store_close(&r->store);
}

static int find_of_node(struct releases *r, const char *node, struct err *e)
{
	if (ipam_blocks_of_node(r->store.ds, node, &r->of, e) < 0)
		return -1;
	if (r->of.n)
		return 0;
	err_set(e, ERR_NOT_FOUND, "no block belongs to node \"%s\"", node);
	return meant_node(&r->store, node, e);
}

static int find_of_block(struct releases *r, struct cidr block, struct err *e)
{
	char text[CIDR_TEXT];

	if (ipam_owners_of_block(r->store.ds, block, &r->of, e) < 0)
		return -1;
	cidr_print(block, text);
	return r->of.n ? 0 : err_set(e, ERR_NOT_FOUND, "block %s belongs to nobody", text);
}

static const char *words_of(enum affinity_outcome outcome, bool dry)
{
	static const char *const words[][2] = {
		[AFFINITY_NOTHING] = { "was released already", "is released already" },
		[AFFINITY_IN_USE] = { "kept: in use", "would be kept: in use" },
		[AFFINITY_ALONE] = { "affinity deleted", "affinity would be deleted" },
		[AFFINITY_BLOCK_DELETED] = { "block deleted", "block would be deleted" },
		[AFFINITY_BLOCK_DISOWNED] = { "block without owner",
					      "block would be without owner" },
	};

	return words[outcome][dry];
}

static void print(const struct releases *r, bool dry, struct call *call)
{
	static const struct column columns[] = {
		{ .heading = "BLOCK", .name = "block" },
		{ .heading = "OWNER", .name = "owner" },
		{ .heading = ">HELD", .name = "held" },
		{ .name = "released" },
		{ .heading = "RESULT", .name = "result" },
	};
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < r->of.n; i++) {
		const struct owned_block *at = &r->of.list[i];
		const struct affinity_release_answer *answer = &r->answers[i];
		bool in_use = answer->outcome == AFFINITY_IN_USE;

		rows_add(&rows, cell_cidr(at->block), cell_text(at->owner),
			 cell_number(answer->held), cell_bool(!in_use && !dry),
			 cell_painted(in_use ? COLOUR_YELLOW : COLOUR_NONE,
				      cell_text(words_of(answer->outcome, dry))));
	}
	rows_print(&rows, &call->out);
}

static int release_one(struct releases *r, size_t i, bool force, bool dry, struct err *e)
{
	struct affinity_release_request request = {
		.block = r->of.list[i].block, .owner = r->of.list[i].owner,
		.force = force, .dry_run = dry, .now_ns = clock_now_ns(),
	};

	store_go_on(&r->store);
	return ipam_release_affinity(r->store.ds, &request, &r->answers[i], e);
}

static size_t count_kept(const struct releases *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->of.n; i++)
		n += r->answers[i].outcome == AFFINITY_IN_USE;
	return n;
}

static int tell_released(const struct releases *r, size_t n, struct err *e)
{
	size_t released = 0;

	for (size_t i = 0; i < n; i++)
		released += r->answers[i].outcome > AFFINITY_IN_USE;
	return released ? err_wrap(e, "%zu of %zu blocks were released, then", released, r->of.n)
			: -1;
}

static int release(struct call *call, bool dry, void *arg, struct err *e)
{
	bool force = call_option(call, "force", 0);
	struct releases *r = arg;
	size_t kept;

	for (size_t i = 0; i < r->of.n; i++)
		if (release_one(r, i, force, dry, e) < 0)
			return dry ? -1 : tell_released(r, i, e);
	print(r, dry, call);
	kept = count_kept(r);
	if (kept)
		call->status = STATUS_CONFLICT;
	return kept == r->of.n ? CONFIRM_NOTHING : CONFIRM_SOMETHING;
}

static int find(struct call *call, struct releases *r, struct err *e)
{
	const char *node = call_option(call, "node", 0);
	struct cidr block;

	if (!call->name == !node)
		return call_wrong_use(call, e, "give either a block or --node NODE");
	if (!node && (cidr_parse(call->name, &block) < 0 || !cidr_is_masked(block)))
		return call_wrong_use(call, e, "\"%.64s\" must be a block, such as 10.86.0.64/26",
				      call->name);
	if (store_open(&r->store, call, OPEN_TO_CHANGE, e) < 0 ||
	    (node ? find_of_node(r, node, e) : find_of_block(r, block, e)) < 0)
		return -1;
	r->answers = calloc(r->of.n + 1, sizeof(*r->answers));
	return r->answers ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

static int affinity_release_run(struct call *call, struct err *e)
{
	struct releases r __cleanup(releases_done) = { 0 };

	if (find(call, &r, e) < 0 ||
	    confirm_and_do(call, "Take these from their owners?", release, &r, e) < 0)
		return call->wrong_use ? -1 : err_wrap(e, "affinity release");
	return 0;
}

const struct command affinity_release_command = {
	.noun = "affinity",
	.verb = "release",
	.name_argument = "BLOCK",
	.name_optional = true,
	.summary = "Take a block, or all blocks of a node, from its owner",
	.help =
	"An empty block is deleted, so that any node can claim it.  One with addresses in use is\n"
	"kept, and the exit status is 4; with --force it is left without an owner: its\n"
	"addresses stay assigned, and it is deleted when the last is released.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl affinity release 10.86.0.64/26\n"
	"  calico-ipamctl affinity release --node node-2 --dry-run\n"
	"  calico-ipamctl affinity release --node node-2 --force --yes\n",
	.options = {
		{ .name = "node", .argument = "NODE", .help = "all blocks of this node" },
		{ .name = "force", .help = "though addresses are in use" },
		CONFIRM_OPTIONS,
	},
	.run = affinity_release_run,
};
