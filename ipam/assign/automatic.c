/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/assign/search.h"

#include <stdio.h>

static int add_gateways(struct search *s, struct err *e)
{
	const struct candidates *c = &s->a->candidates;

	for (unsigned i = 0; i < c->n_allowed[s->family]; i++)
		if (gateways_add(&s->a->gateways, s->a->request, c->allowed[s->family][i], e) < 0)
			return -1;
	return 0;
}

/* A large cluster's other pools need not be read to search these. */
static void find_prefix(struct search *s)
{
	const struct candidates *c = &s->a->candidates;
	char other[KEY_TEXT];

	snprintf(s->blocks, sizeof(s->blocks), "%s", key_of_blocks(s->family));
	for (unsigned i = 0; i < c->n_allowed[s->family]; i++) {
		size_t same = 0;

		key_of_blocks_in(c->allowed[s->family][i]->cidr, other);
		if (i == 0)
			snprintf(s->blocks, sizeof(s->blocks), "%s", other);
		while (s->blocks[same] && s->blocks[same] == other[same])
			same++;
		s->blocks[same] = '\0';
	}
}

int assign_automatic(struct assign *a, enum family family, struct err *e)
{
	struct search s = { .a = a, .family = family };
	bool ready;

	if (key_of_affinities(a->owner, family, s.affinities, e) < 0 ||
	    choose_pools(&a->candidates, &a->draft, a->request, family, &ready, e) < 0)
		return -1;
	if (!ready)
		return 0;
	find_prefix(&s);
	if (add_gateways(&s, e) < 0 || search_own(&s, e) < 0)
		return -1;
	return s.found || s.waits ? 0 : search_elsewhere(&s, e);
}
