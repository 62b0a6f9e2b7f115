/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/cli/command.h"
#include "ctl/cli/rows.h"
#include "ctl/cli/store.h"
#include "ipam/record/host.h"
#include "ipam/record/keys.h"

#include <stdio.h>

struct deletion {
	const char *name;
	char key[KEY_TEXT], blocks[2][KEY_TEXT];	/* prefixes of its affinities */
	bool force;
	bool tried;	/* it was there */
	size_t n_blocks;
};

static size_t count(const struct view *view, const char *prefix)
{
	size_t first = view_first(view, prefix), n = 0;

	while (view_at(view, first + n, prefix))
		n++;
	return n;
}

static int plan(struct view *view, void *arg, struct changes *changes, struct err *e)
{
	struct deletion *d = arg;

	if (!view_peek(view, d->key)) {
		/* Our own deletion, its answer lost, or somebody else's. */
		return d->tried ? 0 : err_set(e, ERR_NOT_FOUND, "node \"%s\" does not exist",
					      d->name);
	}
	d->n_blocks = count(view, d->blocks[0]) + count(view, d->blocks[1]);
	if (d->n_blocks && !d->force)
		return err_set(e, ERR_CONFLICT, "node \"%s\" has %zu block%s; give them back first "
			       "(affinity release --node %s), or leave them to it with --force",
			       d->name, d->n_blocks, d->n_blocks == 1 ? "" : "s", d->name);
	d->tried = true;
	changes_delete(changes, d->key);
	for (unsigned i = 0; !d->force && i < 2; i++)
		changes_guard_prefix(changes, d->blocks[i]);
	return 0;
}

static int make_keys(struct deletion *d, struct err *e)
{
	char owner[HOST_TEXT];

	if (key_of_node(d->name, d->key, e) < 0 || host_print(d->name, owner, e) < 0 ||
	    key_of_affinities(owner, FAMILY_4, d->blocks[0], e) < 0)
		return -1;
	return key_of_affinities(owner, FAMILY_6, d->blocks[1], e);
}

static void print(struct call *call, const struct deletion *d)
{
	bool one = d->n_blocks == 1;

	answer_print(call, FIELDS({ "deleted", cell_text(d->name) },
				  { "blocksLeft", cell_number(d->n_blocks) }),
		     "node %s deleted\n", d->name);
	if (d->n_blocks && !call->json)
		buf_printf(&call->out, "%zu block%s still belong%s to it\n", d->n_blocks,
			   one ? "" : "s", one ? "s" : "");
}

static int node_delete_run(struct call *call, struct err *e)
{
	struct deletion d = { .name = call->name, .force = call_option(call, "force", 0) };
	struct store store __cleanup(store_close) = { 0 };
	struct wants wants __cleanup(wants_done) = {0};

	if (make_keys(&d, e) < 0)
		return err_wrap(e, "node delete");
	wants_add(&wants, d.key, RANGE_KEY);
	wants_add(&wants, d.blocks[0], RANGE_PREFIX_KEYS);
	wants_add(&wants, d.blocks[1], RANGE_PREFIX_KEYS);
	if (store_open(&store, call, OPEN_TO_CREATE, e) < 0 ||
	    store_change(&store, &wants, plan, &d, e) < 0)
		return err_wrap(e, "node delete %.64s", call->name);
	print(call, &d);
	return 0;
}

const struct command node_delete_command = {
	.noun = "node",
	.verb = "delete",
	.name_argument = "NAME",
	.summary = "Forget a node, which then assigns no addresses by itself",
	.help =
	"A node that still has blocks is refused: release its addresses (release --node), then\n"
	"its blocks (affinity release --node).\n"
	"\n"
	"Examples:\n"
	"  calico-ipamctl node delete node-2\n"
	"  calico-ipamctl node delete node-2 --force\n",
	.options = {
		{ .name = "force", .help = "though it has blocks, which stay its own" },
	},
	.run = node_delete_run,
};
