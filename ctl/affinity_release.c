/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/release/affinity.h"
#include "ipam/record/block.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One block of one owner, and what became of it. */
struct target {
	char *owner;	/* owned */
	struct cidr block;
	struct affinity_release_answer answer;
};

struct targets {
	struct target *list;	/* owned */
	size_t n, cap;
	bool force;
};

static void targets_done(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->list[i].owner);
	free(t->list);
}

static int add(struct targets *t, const char *owner, struct cidr block, struct err *e)
{
	for (size_t i = 0; i < t->n; i++)
		if (cidr_equal(t->list[i].block, block) && strcmp(t->list[i].owner, owner) == 0)
			return 0;
	if (list_room(&t->list, t->n, &t->cap) < 0)
		return err_set(e, ERR_INTERNAL, "out of memory");
	t->list[t->n] = (struct target){ .owner = strdup(owner), .block = block };
	return t->list[t->n++].owner ? 0 : err_set(e, ERR_INTERNAL, "out of memory");
}

/* Affinities under the prefix; only those of `block` unless it is NULL. */
static int add_affinities(struct targets *t, const struct view *view, const char *prefix,
			  const struct cidr *block, struct err *e)
{
	const struct record *record;
	char owner[KEY_TEXT];
	struct cidr found;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++)
		if (key_read_affinity(record->key, owner, &found) == 0 &&
		    (!block || cidr_equal(found, *block)) && add(t, owner, found, e) < 0)
			return -1;
	return 0;
}

static int find_of_node(struct store *store, struct targets *t, const char *node, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	char prefix[2 * KEY_TEXT];

	snprintf(prefix, sizeof(prefix), KEY_HOST_AFFINITIES "%.480s/", node);
	wants_add(&wants, prefix, RANGE_PREFIX_KEYS);
	if (datastore_read(store->ds, &view, &wants, e) < 0 ||
	    add_affinities(t, &view, prefix, NULL, e) < 0)
		return -1;
	return t->n ? 0 : err_set(e, ERR_NOT_FOUND, "no block belongs to node \"%s\"", node);
}

static int find_of_block(struct store *store, struct targets *t, struct cidr block, struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	struct block b __cleanup(block_done) = { 0 };
	char key[KEY_TEXT], text[CIDR_TEXT];

	key_of_block(block, key);
	wants_add(&wants, key, RANGE_KEY);
	wants_add(&wants, KEY_HOST_AFFINITIES, RANGE_PREFIX_KEYS);
	wants_add(&wants, KEY_VIRTUAL_AFFINITIES, RANGE_PREFIX_KEYS);
	if (datastore_read(store->ds, &view, &wants, e) < 0 ||
	    add_affinities(t, &view, KEY_HOST_AFFINITIES, &block, e) < 0 ||
	    add_affinities(t, &view, KEY_VIRTUAL_AFFINITIES, &block, e) < 0)
		return -1;
	if (view_peek(&view, key) && block_read(view_peek(&view, key), &b, e) < 0)
		return -1;
	if (b.affinity && add(t, b.affinity, block, e) < 0)
		return -1;
	cidr_print(block, text);
	return t->n ? 0 : err_set(e, ERR_NOT_FOUND, "block %s belongs to nobody", text);
}

static int release(struct store *store, struct targets *t, struct err *e)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct affinity_release_request request = {
			.block = t->list[i].block, .owner = t->list[i].owner, .force = t->force,
			.now_ns = clock_now_ns(),
		};

		store_go_on(store);
		if (ipam_release_affinity(store->ds, &request, &t->list[i].answer, e) < 0)
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

static void print(const struct targets *t, struct call *call)
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
	for (size_t i = 0; i < t->n; i++) {
		const struct target *at = &t->list[i];
		bool in_use = at->answer.outcome == AFFINITY_IN_USE;

		rows_add(&rows, cell_cidr(at->block), cell_text(at->owner),
			 cell_number(at->answer.held), cell_bool(!in_use),
			 cell_painted(in_use ? COLOUR_YELLOW : COLOUR_NONE,
				      cell_text(words_of(at->answer.outcome))));
	}
	rows_print(&rows, &call->out);
}

static int find(struct call *call, struct store *store, struct targets *t, struct err *e)
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
	return node ? find_of_node(store, t, node, e) : find_of_block(store, t, block, e);
}

static int affinity_release_run(struct call *call, struct err *e)
{
	struct targets t __cleanup(targets_done) = { .force = call_option(call, "force", 0) };
	struct store store __cleanup(store_close) = { 0 };

	if (find(call, &store, &t, e) < 0 || release(&store, &t, e) < 0)
		return call->wrong_use ? -1 : err_wrap(e, "affinity release");
	print(&t, call);
	for (size_t i = 0; i < t.n; i++)
		if (t.list[i].answer.outcome == AFFINITY_IN_USE)
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
