/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/request/candidates.h"

#include "base/terminal/shell_word.h"
#include "ipam/record/node.h"
#include "ipam/record/resource.h"
#include "ipam/record/selector.h"
#include "ipam/request/pool_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void candidates_done(struct candidates *c)
{
	if (c->plan && c->plan->others_follow)
		pool_cache_keep(c->plan->pools, c->plan->view, &c->all);
	else
		pools_done(&c->all);
	for (unsigned i = 0; i < c->n_made; i++)
		pool_done(&c->made[i]);
	node_done(&c->node);
	for (enum family f = FAMILY_4; f < N_FAMILIES; f++)
		free(c->allowed[f]);
	*c = (struct candidates){0};
}

int candidates_read(struct candidates *c, const struct draft *d, struct err *e)
{
	if (pool_cache_take(d->plan->pools, d->plan->view, &c->all, e) < 0)
		return -1;
	c->plan = d->plan;
	return 0;
}

static int tell_no_node(const struct draft *d, const char *node, struct err *e)
{
	char word[SHELL_WORD_SHORT];

	/* Kubernetes' own, where its namespaces are: no command of ours makes one. */
	if (d->plan->namespaces)
		return err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%.100s): node "
			       "\"%.100s\" is not in the store; set nodename to one of those of: "
			       "kubectl get nodes", node, node);
	return err_set(e, ERR_NOT_FOUND, "resource does not exist: Node(%.64s): node \"%.64s\" "
		       "is not in the store; start calico-node on it, or: calico-ipamctl node "
		       "create %s", node, node, shell_word(node, word, sizeof(word)));
}

int candidates_read_node(struct candidates *c, struct draft *d, const char *node, struct err *e)
{
	const struct record *record;
	char key[KEY_TEXT];

	if (key_of_node(node, key, e) < 0)
		return -1;
	changes_guard_key(&d->plan->changes, key);
	record = view_look_at(d->plan->view, key);
	if (record)
		return node_read(record, &c->node, e);
	if (d->plan->one_node)
		return 0;
	if (resource_check_name("node", node, e) < 0)
		return err_set(e, ERR_CONFIG, "%.400s; set nodename to such a name", e->text);
	return tell_no_node(d, node, e);
}

const struct pool *candidates_holding(const struct candidates *c, struct addr a, bool disabled_too)
{
	for (unsigned i = 0; i < c->n_made; i++)
		if (cidr_holds(c->made[i].cidr, a))
			return &c->made[i];
	return pools_holding(&c->all, a, disabled_too);
}

bool candidates_allows(const struct candidates *c, enum family family, struct cidr block)
{
	for (unsigned i = 0; i < c->n_allowed[family]; i++)
		if (cidr_holds_cidr(c->allowed[family][i]->cidr, block))
			return true;
	return false;
}

int candidates_match(const struct pool *p, const char *field, const char *selector,
		     const struct labels *labels, bool *ret, struct err *e)
{
	struct selector *s __cleanup(selector_freep) = NULL;

	if (selector_parse(selector, &s, e) < 0) {
		e->kind = ERR_POOL;
		return err_wrap(e, "pool \"%s\": %s", p->name, field);
	}
	*ret = selector_matches(s, labels);
	return 0;
}

int candidates_selects_node(const struct candidates *c, const struct pool *p, bool *ret,
			    struct err *e)
{
	return candidates_match(p, "nodeSelector", p->node_selector, &c->node.labels, ret, e);
}

int candidates_locate_block(const struct candidates *c, struct draft *d, struct addr a,
			    struct cidr *ret)
{
	const struct pool *p = candidates_holding(c, a, true);

	if (p) {
		*ret = cidr_masked((struct cidr){ a, p->block_len });
		return 1;
	}
	if (!draft_know_prefix(d, key_of_blocks(a.family), RANGE_PREFIX_KEYS))
		return -1;
	return key_find_block(d->plan->view, a, ret);
}
