/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/affinity/affinities.h"

#include <stdlib.h>

/* Blocks with their owners, and what became of each. */
struct releases {
	struct owned_blocks of;
	struct affinity_release_answer *answers;	/* owned */
};

static void releases_done(struct releases *r)
{
	owned_blocks_done(&r->of);
	free(r->answers);
}

static int find_of_node(struct store *store, struct releases *r, const char *node, struct err *e)
{
	if (ipam_blocks_of_node(store->ds, node, &r->of, e) < 0)
		return -1;
	return r->of.n ? 0 : err_set(e, ERR_NOT_FOUND, "no block belongs to node \"%s\"", node);
}

static int find_of_block(struct store *store, struct releases *r, struct cidr block, struct err *e)
{
	char text[CIDR_TEXT];

	if (ipam_owners_of_block(store->ds, block, &r->of, e) < 0)
		return -1;
	cidr_print(block, text);
	return r->of.n ? 0 : err_set(e, ERR_NOT_FOUND, "block %s belongs to nobody", text);
}

static int release(struct store *store, struct releases *r, bool force, struct err *e)
{
	r->answers = calloc(r->of.n + 1, sizeof(*r->answers));
	if (!r->answers)
		return err_set(e, ERR_INTERNAL, "out of memory");
	for (size_t i = 0; i < r->of.n; i++) {
		struct affinity_release_request request = {
			.block = r->of.list[i].block, .owner = r->of.list[i].owner,
			.force = force, .now_ns = clock_now_ns(),
		};

		store_go_on(store);
		if (ipam_release_affinity(store->ds, &request, &r->answers[i], e) < 0)
			return -1;
	}
	return 0;
}

static const char *words_of(enum affinity_outcome outcome)
{
	static const char *const words[] = {
		[AFFINITY_NOTHING] = "was released already",
		[AFFINITY_IN_USE] = "kept: in use",
		[AFFINITY_ALONE] = "affinity deleted",
		[AFFINITY_BLOCK_DELETED] = "block deleted",
		[AFFINITY_BLOCK_DISOWNED] = "block without owner",
	};

	return words[outcome];
}

static void print(const struct releases *r, struct call *call)
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
			 cell_number(answer->held), cell_bool(!in_use),
			 cell_painted(in_use ? COLOUR_YELLOW : COLOUR_NONE,
				      cell_text(words_of(answer->outcome))));
	}
	rows_print(&rows, &call->out);
}

static int find(struct call *call, struct store *store, struct releases *r, struct err *e)
{
	const char *node = call_option(call, "node", 0);
	struct cidr block;

	if (!call->name == !node)
		return call_wrong_use(call, e, "give either a block or --node NODE");
	if (!node && (cidr_parse(call->name, &block) < 0 || !cidr_is_masked(block)))
		return call_wrong_use(call, e, "\"%.64s\" must be a block, such as 10.86.0.64/26",
				      call->name);
	if (store_open(store, call, OPEN_TO_CREATE, e) < 0)
		return -1;
	return node ? find_of_node(store, r, node, e) : find_of_block(store, r, block, e);
}

static int affinity_release_run(struct call *call, struct err *e)
{
	struct releases r __cleanup(releases_done) = { 0 };
	struct store store __cleanup(store_close) = { 0 };

	if (find(call, &store, &r, e) < 0 ||
	    release(&store, &r, call_option(call, "force", 0), e) < 0)
		return call->wrong_use ? -1 : err_wrap(e, "affinity release");
	print(&r, call);
	for (size_t i = 0; i < r.of.n; i++)
		if (r.answers[i].outcome == AFFINITY_IN_USE)
			call->status = STATUS_CONFLICT;
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
	"  calico-ipamctl affinity release --node node-2\n"
	"  calico-ipamctl affinity release --node node-2 --force\n",
	.options = {
		{ .name = "node", .argument = "NODE", .help = "all blocks of this node" },
		{ .name = "force", .help = "though addresses are in use" },
	},
	.run = affinity_release_run,
};
