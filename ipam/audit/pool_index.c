/* SPDX-License-Identifier: Apache-2.0 */
#include "ipam/audit/pool_index.h"

#include "base/list.h"

#include <stdlib.h>

static int compare_places(const void *left, const void *right)
{
	const struct pool_place *a = left, *b = right;
	int order = cidr_compare(a->cidr, b->cidr);

	return order ? order : (a->at > b->at) - (a->at < b->at);
}

int pool_index_init(struct pool_index *x, const struct pools *pools)
{
	*x = (struct pool_index){ .n = pools->n, .list = calloc(pools->n + 1, sizeof(*x->list)) };
	if (!x->list)
		return -1;
	for (size_t i = 0; i < pools->n; i++) {
		struct cidr c = pools->list[i].cidr;

		x->list[i] = (struct pool_place){ c, i };
		x->has_len[c.base.family][c.len] = true;
	}
	qsort(x->list, x->n, sizeof(*x->list), compare_places);
	return 0;
}

void pool_index_done(struct pool_index *x)
{
	free(x->list);
	*x = (struct pool_index){ 0 };
}

static int compare_cidr(const void *cidr, const void *element)
{
	const struct cidr *c = cidr;
	const struct pool_place *place = element;

	return cidr_compare(*c, place->cidr);
}

/* Pools may lie in each other, so each length that there is, is looked for. */
size_t pool_index_find(const struct pool_index *x, struct cidr c)
{
	size_t found = x->n;

	for (unsigned len = 0; len <= c.len; len++) {
		struct cidr wide = cidr_masked((struct cidr){ c.base, len });
		size_t i;

		if (!x->has_len[c.base.family][len])
			continue;
		i = list_place(x->list, x->n, &wide, compare_cidr);
		if (i < x->n && cidr_equal(x->list[i].cidr, wide) && x->list[i].at < found)
			found = x->list[i].at;
	}
	return found;
}
