/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/progress.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/block.h"
#include "ipam/record/handle.h"
#include "ipam/record/keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
	struct cidr block;
	char *owner;	/* owned: "host:<node>" */
	const char *state;
	enum { BLOCK_MISSING, BLOCK_OWN, BLOCK_OTHERS } whose;
	unsigned held;	/* addresses assigned or cooling down */
	char *claimed;	/* owned, or NULL */
};

struct affinities {
	struct row *list;	/* owned */
	size_t n;
	uint64_t seen;
	struct progress progress;
};

static void affinities_done(struct affinities *a)
{
	for (size_t i = 0; i < a->n; i++) {
		free(a->list[i].owner);
		free(a->list[i].claimed);
	}
	free(a->list);
}

static int compare_blocks(const void *left, const void *right)
{
	const struct row *a = left, *b = right;

	return cidr_compare(a->block, b->block);
}

static int compare_rows(const void *left, const void *right)
{
	const struct row *a = left, *b = right;
	int order = strcmp(a->owner, b->owner);

	return order ? order : compare_blocks(left, right);
}

static const char *state_of(const struct record *record)
{
	static const char *const names[] = { "confirmed", "pending", "pendingDeletion" };
	enum affinity_state state;
	struct err unreadable = { 0 };

	return affinity_read(record, &state, &unreadable) < 0 ? "unreadable" : names[state];
}

static int add_rows(struct affinities *r, const struct view *view, const char *prefix,
		    struct err *e)
{
	const struct record *record;
	char owner[KEY_TEXT];
	struct cidr block;

	for (size_t i = view_first(view, prefix); (record = view_at(view, i, prefix)); i++) {
		if (key_read_affinity(record->key, owner, &block) < 0)
			continue;
		r->list[r->n] = (struct row){ .block = block, .owner = strdup(owner),
					      .state = state_of(record) };
		if (!r->list[r->n].owner)
			return err_set(e, ERR_INTERNAL, "out of memory");
		r->n++;
	}
	return 0;
}

static int read_affinities(struct store *store, const char *node, struct affinities *r,
			   struct err *e)
{
	struct wants wants __cleanup(wants_done) = {0};
	struct view view __cleanup(view_done) = {0};
	char prefix[2 * KEY_TEXT];

	snprintf(prefix, sizeof(prefix), KEY_HOST_AFFINITIES "%.480s%s", node ? node : "",
		 node ? "/" : "");
	wants_add(&wants, prefix, RANGE_PREFIX);
	if (!node)
		wants_add(&wants, KEY_VIRTUAL_AFFINITIES, RANGE_PREFIX);
	if (datastore_read(store->ds, &view, &wants, e) < 0)
		return -1;
	r->list = calloc(view.n_records + 1, sizeof(*r->list));
	if (!r->list)
		return err_set(e, ERR_INTERNAL, "out of memory");
	if (add_rows(r, &view, prefix, e) < 0)
		return -1;
	return node ? 0 : add_rows(r, &view, KEY_VIRTUAL_AFFINITIES, e);
}

static void note_block(struct row *row, const struct block *b)
{
	row->whose = block_is_owned_by(b, row->owner) ? BLOCK_OWN : BLOCK_OTHERS;
	row->held = b->size - b->n_unallocated;
	free(row->claimed);
	row->claimed = NULL;
	if (row->whose == BLOCK_OWN && b->claim_time)
		row->claimed = strdup(b->claim_time);
}

/* Rows are sorted by block: several may name the same. */
static int look(const struct record *record, void *arg, struct err *e)
{
	struct affinities *r = arg;
	struct block b __cleanup(block_done) = { 0 };
	struct err unreadable = { 0 };
	struct row wanted = { 0 }, *row;

	(void)e;
	progress_tell(&r->progress, ++r->seen, 0);
	if (key_cidr(record->key, KEY_BLOCKS_4, &wanted.block) < 0 &&
	    key_cidr(record->key, KEY_BLOCKS_6, &wanted.block) < 0)
		return 0;
	row = bsearch(&wanted, r->list, r->n, sizeof(*row), compare_blocks);
	if (!row || block_read(record, &b, &unreadable) < 0)
		return 0;
	while (row > r->list && compare_blocks(row - 1, &wanted) == 0)
		row--;
	for (; row < r->list + r->n && compare_blocks(row, &wanted) == 0; row++)
		note_block(row, &b);
	return 0;
}

static int read_all(struct call *call, struct affinities *r, struct err *e)
{
	struct store store __cleanup(store_close) = { 0 };
	int rc;

	if (store_open(&store, call, OPEN_TO_LOOK, e) < 0 ||
	    read_affinities(&store, call_option(call, "node", 0), r, e) < 0)
		return -1;
	if (!r->n)
		return 0;
	qsort(r->list, r->n, sizeof(*r->list), compare_blocks);
	progress_begin(&r->progress, "blocks read");
	rc = datastore_scan(store.ds, KEY_BLOCKS_4, look, r, e);
	if (rc == 0)
		rc = datastore_scan(store.ds, KEY_BLOCKS_6, look, r, e);
	progress_end(&r->progress);
	qsort(r->list, r->n, sizeof(*r->list), compare_rows);
	return rc;
}

static void print(const struct affinities *a, struct call *call)
{
	static const struct column columns[] = {
		{ .heading = "BLOCK", .name = "block" },
		{ .heading = "OWNER", .name = "owner" },
		{ .heading = "STATE", .name = "state" },
		{ .name = "blockIs" },
		{ .heading = ">HELD", .name = "held" },
		{ .heading = "CLAIMED", .name = "claimed" },
		{ .heading = "REMARK" },
	};
	static const char *const whose[] = { "missing", "own", "another's" };
	static const char *const remarks[] = { "no such block", "", "the block is another's" };
	struct rows rows __cleanup(rows_done) = { 0 };

	rows_init(&rows, call, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < a->n; i++) {
		const struct row *row = &a->list[i];

		rows_add(&rows, cell_cidr(row->block), cell_text(row->owner), cell_text(row->state),
			 cell_text(whose[row->whose]), cell_number(row->held),
			 cell_text(row->claimed),
			 cell_painted(COLOUR_YELLOW, cell_text(remarks[row->whose])));
	}
	rows_print(&rows, &call->out);
}

static int affinity_list_run(struct call *call, struct err *e)
{
	struct affinities affinities __cleanup(affinities_done) = { 0 };

	if (read_all(call, &affinities, e) < 0)
		return err_wrap(e, "affinity list");
	print(&affinities, call);
	return 0;
}

const struct command affinity_list_command = {
	.noun = "affinity",
	.verb = "list",
	.summary = "List which block belongs to which node",
	.help =
	"HELD counts the block's addresses that are assigned or cool down, by whatever node.\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl affinity list\n"
	"  calico-ipamctl affinity list --node node-1 -o json\n",
	.options = {
		{ .name = "node", .argument = "NODE", .help = "only those of this node" },
	},
	.run = affinity_list_run,
};
