/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/release/empty_block.h"
#include "ipam/record/host.h"

#include <string.h>

/* Only here are they looked at: a DEL that leaves its blocks in use stands on no pool. */
static int know_pools(struct draft *d, struct candidates *c, struct err *e)
{
	if (c->plan || !draft_know_prefix(d, KEY_POOLS, RANGE_PREFIX))
		return 0;
	return candidates_read(c, d, e);
}

/* The node of its affinity exists, and an enabled pool holds the block and no longer selects it. */
static int is_deselected(struct draft *d, struct candidates *c, const struct draft_block *b,
			 bool *ret, struct err *e)
{
	const char *host = host_node(b->block.affinity);
	char node[KEY_TEXT], pool[KEY_TEXT];
	const struct pool *p;
	bool selects;

	*ret = false;
	if (d->plan->one_node || !host || !block_is_empty(&b->block))
		return 0;
	if (know_pools(d, c, e) < 0)
		return -1;
	p = candidates_holding(c, b->block.cidr.base, false);
	if (!p)
		return 0;
	if (key_of_node(host, node, e) < 0 || !draft_know(d, node)) {
		err_reset(e);
		return 0;
	}
	if (!view_look_at(d->plan->view, node))
		return 0;
	node_done(&c->node);
	if (candidates_read_node(c, d, host, e) < 0 ||
	    candidates_selects_node(c, p, &selects, e) < 0 || key_of_pool(p->name, pool, e) < 0) {
		/* What cannot be read keeps its blocks; DEL must not fail for it. */
		err_reset(e);
		return 0;
	}
	*ret = !selects;
	if (*ret)
		changes_guard_key(&d->plan->changes, pool);
	return 0;
}

int empty_block_finish(struct draft *d, struct candidates *c, struct draft_block *b, struct err *e)
{
	char owner[HOST_TEXT], affinity[KEY_TEXT];
	bool deselected;

	if (!b->changed)
		return 0;
	if (!b->block.affinity && block_is_empty(&b->block)) {
		changes_delete(&d->plan->changes, b->key);
		b->gone = true;
		return 0;
	}
	if (is_deselected(d, c, b, &deselected, e) < 0)
		return -1;
	if (!deselected || !b->block.affinity)
		return 0;
	if (strlen(b->block.affinity) >= sizeof(owner) ||
	    key_of_affinity(b->block.affinity, b->block.cidr, affinity, e) < 0) {
		err_reset(e);
		return 0;
	}
	if (!draft_know(d, affinity))
		return 0;
	memcpy(owner, b->block.affinity, strlen(b->block.affinity) + 1);
	return draft_release_affinity(d, b, owner, e);
}
