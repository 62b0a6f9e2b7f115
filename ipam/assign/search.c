/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/search.h"

#include <string.h>

const struct pool *search_pool_of(const struct search *s, struct cidr block)
{
	const struct candidates *c = &s->a->candidates;

	for (unsigned i = 0; i < c->n_allowed[s->family]; i++)
		if (cidr_holds_cidr(c->allowed[s->family][i]->cidr, block))
			return c->allowed[s->family][i];
	return NULL;
}

int search_usable_ordinal(struct search *s, const struct pool *p, const struct block *b)
{
	bool seen[BLOCK_SIZE_MAX + 1];

	if (assign_gateway_is_held(s->a, b)) {
		s->gateway_held |= b->n_unallocated > 0;
		return -1;
	}
	memset(seen, false, b->size);
	seen[b->size] = true;
	for (unsigned i = 0; i < b->n_unallocated; i++) {
		unsigned ordinal = block_listed(b, i);

		if (!seen[ordinal] && block_is_free(b, ordinal) &&
		    !reserved_holds(&s->a->reserved, block_addr(b, ordinal)) &&
		    !gateways_keep(&s->a->gateways, p, b, ordinal))
			return (int)ordinal;
		seen[ordinal] = true;
	}
	return -1;
}

int search_take_from(struct search *s, struct draft_block *b, struct err *e)
{
	const struct pool *p = search_pool_of(s, b->block.cidr);
	int ordinal = p ? search_usable_ordinal(s, p, &b->block) : -1;

	if (ordinal < 0)
		return 0;
	s->found = true;
	return assign_take(s->a, p, b, (unsigned)ordinal, e);
}

int search_claim(struct search *s, struct cidr cidr, struct err *e)
{
	struct draft_block *b;

	if (draft_claim_block(&s->a->draft, cidr, s->a->owner, &b, e) < 0)
		return -1;
	return search_take_from(s, b, e);
}

bool search_fresh_is_usable(struct search *s, struct cidr cidr)
{
	const struct pool *p = search_pool_of(s, cidr);
	struct err ignored = {0};
	struct block b;
	bool usable;

	if (!p || block_new(cidr, s->a->owner, 0, &b, &ignored) < 0)
		return false;
	usable = search_usable_ordinal(s, p, &b) >= 0;
	block_done(&b);
	return usable;
}
